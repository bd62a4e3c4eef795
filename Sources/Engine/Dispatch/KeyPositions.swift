// The keys of a call, found in its actual words without allocating: for admission, clusters and COMMAND GETKEYS.

extension KeySpecification {
    /// Calls `body` with the index of every key of `words`; false if the words do not allow to say where they are.
    func forEachKey(_ count: Int, _ words: Arguments, _ body: (Int, KeyUse) -> Void) -> Bool {
        guard let first = firstIndex(count, words) else { return isOptional }
        switch find {
        case .unknown: body(first, use)
        case .range(let last, let step, let share):
            var end = last < 0 ? count &+ last : first &+ last
            // Half of what is behind STREAMS is keys, the other half is positions.
            if share > 1, last == -1 { end = first &+ (count &- first) / share &- 1 }
            guard end < count, end >= first else { return false }
            for index in stride(from: first, through: end, by: max(step, 1)) { body(index, use) }
        case .counted(let step):
            guard first < count, let number = words[first].integer, number > 0,
                number <= (count &- first &- 1) / max(step, 1)
            else { return false }
            for index in 0..<Int(number) { body(first &+ 1 &+ index &* step, use) }
        }
        return true
    }

    /// A word that is not there announces no keys, and keys of which the words say nothing are none of the call's.
    private var isOptional: Bool {
        if case .index = begin { false } else { true }
    }

    private func firstIndex(_ count: Int, _ words: Arguments) -> Int? {
        switch begin {
        case .unknown: return nil
        case .option(let ordinal, let options, let start): return lastValue(of: ordinal, options, start, count, words)
        case .index(let index): return index < count ? index : nil
        case .keyword(let word, let start):
            let name = FoldedName(word)
            let isForward = start >= 0
            var index = isForward ? start : count &+ start
            while index > 0, index < count &- 1 {
                if FoldedName(words[index]) == name { return index + 1 }
                index &+= isForward ? 1 : -1
            }
            return nil
        }
    }

    /// Where the value of an option is, as Redis looks for it: values of other options are passed, other words are not
    /// looked at.
    private func lastValue(
        of ordinal: Int, _ options: [OptionToken], _ start: Int, _ count: Int, _ words: Arguments
    ) -> Int? {
        var found: Int?
        var index = start
        while index < count {
            let name = FoldedName(words[index])
            index += 1
            for option in options where option.name == name {
                if option.ordinal != ordinal {
                    index += option.valueCount
                } else if index < count {
                    found = index
                }
            }
        }
        return found
    }
}
