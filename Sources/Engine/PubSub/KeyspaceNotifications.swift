// Changes of keys as messages: `__keyspace@<db>__:<key>` hears the event's name, `__keyevent@<db>__:<event>` the key.
// The change feed collects events only of the classes that `notify-keyspace-events` asks for.

extension CommandContext {
    /// The command that has just run changed keys that somebody asked about.
    @inline(never) mutating func spreadNews() {
        if keyspace.snapshot?.hasChunks == true || keyspace.keepsTooMuch { passChunksOn() }
        if keyspace.feed.waitedKeys.hasChanged { attention.insert(.hasChangedKeys) }
        if keyspace.feed.trackedKeys.hasPending { spreadInvalidations() }
        if keyspace.feed.hasPendingEvents { publishPendingEvents() }
        if keyspace.feed.hasManyOwnChanges { noteOwnDeadlines() }
        keyspace.feed.noteNewsTaken()
    }

    /// Tells those who asked what has happened to keys since the last command.
    @inline(never) mutating func publishPendingEvents() {
        let classes = keyspace.feed.eventClasses
        let events = keyspace.feed.takePendingEvents()
        if channels.isEmpty { return }
        for news in events {
            var name = Buffer(), keyCopy = Buffer()
            name.append(text: news.event.rawValue)
            keyCopy.append(array: news.key)
            if classes.contains(.keyspaceChannel) {
                publishNotification("__keyspace@", news.database, of: keyCopy.contents, saying: name.contents)
            }
            if classes.contains(.keyEventChannel) {
                publishNotification("__keyevent@", news.database, of: name.contents, saying: keyCopy.contents)
            }
            if _slowPath(!news.fields.isEmpty) { publishFields(of: news, classes) }
        }
    }

    /// The same with the fields that it is about: each with its size before it.
    private mutating func publishFields(of news: PendingEvent, _ classes: EventClasses) {
        var name = Buffer(), key = Buffer(), list = Buffer()
        name.append(text: news.event.rawValue)
        key.append(array: news.key)
        for field in news.fields {
            if list.count > 0 { list.append(",") }
            list.append(sized: field)
        }
        if classes.contains(.subkeyspaceChannel) {
            var message = Buffer()
            message.append(name.contents, "|", list.contents)
            publishNotification("__subkeyspace@", news.database, of: key.contents, saying: message.contents)
        }
        if classes.contains(.subkeyEventChannel) {
            var message = Buffer()
            message.append(sized: news.key)
            message.append("|")
            message.append(list.contents)
            publishNotification("__subkeyevent@", news.database, of: name.contents, saying: message.contents)
        }
        // A key with a line's end could not be told from its field.
        if classes.contains(.subkeyspaceItemChannel), !news.key.contains(UInt8(ascii: "\n")) {
            for field in news.fields {
                var item = Buffer(), fieldCopy = Buffer()
                fieldCopy.append(array: field)
                item.append(key.contents, "\n", fieldCopy.contents)
                publishNotification("__subkeyspaceitem@", news.database, of: item.contents, saying: name.contents)
            }
        }
        if classes.contains(.subkeyspaceEventChannel) {
            var subject = Buffer()
            subject.append(name.contents, "|", key.contents)
            publishNotification("__subkeyspaceevent@", news.database, of: subject.contents, saying: list.contents)
        }
    }

    private mutating func publishNotification(
        _ prefix: StaticString, _ database: Int, of subject: Bytes, saying message: Bytes
    ) {
        var channel = Buffer()
        swap(&channel, &channels.scratch)
        channel.truncate(to: 0)
        channel.append(prefix)
        channel.append(decimal: Int64(database))
        channel.append("__:")
        channel.append(subject)
        _ = publish(message, to: channel.contents)
        swap(&channel, &channels.scratch)
    }
}

extension Buffer {
    /// Its size, a colon, and the word.
    fileprivate mutating func append(sized word: [UInt8]) {
        append(decimal: Int64(word.count))
        append(":")
        append(array: word)
    }

    fileprivate mutating func append(_ first: Bytes, _ mark: StaticString, _ second: Bytes) {
        append(first)
        append(mark)
        append(second)
    }
}
