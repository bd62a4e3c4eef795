// Changes of keys as messages: `__keyspace@<db>__:<key>` hears the event's name, `__keyevent@<db>__:<event>` the key.
// The change feed collects events only of the classes that `notify-keyspace-events` asks for.

extension CommandContext {
    /// The command that has just run changed keys that somebody asked about.
    @inline(never) mutating func spreadNews() {
        if keyspace.snapshot?.hasChunks == true || keyspace.keepsTooMuch { passChunksOn() }
        if keyspace.feed.waitedKeys.hasChanged { attention.insert(.hasChangedKeys) }
        if keyspace.feed.trackedKeys.hasPending { spreadInvalidations() }
        if keyspace.feed.hasPendingEvents { publishPendingEvents() }
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
