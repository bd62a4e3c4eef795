// What commands do with their keys, and where those stand: the key specifications of COMMAND INFO.

/// What a command does with one key, in the words of COMMAND INFO.
struct KeyUse: OptionSet, Sendable {
    let rawValue: UInt16
    static let readOnly = KeyUse(rawValue: 1)
    static let readWrite = KeyUse(rawValue: 2)
    static let overwriting = KeyUse(rawValue: 4)
    static let removing = KeyUse(rawValue: 8)
    static let accesses = KeyUse(rawValue: 16)
    static let updates = KeyUse(rawValue: 32)
    static let inserts = KeyUse(rawValue: 64)
    static let deletes = KeyUse(rawValue: 128)
    /// A channel that is placed like a key.
    static let notAKey = KeyUse(rawValue: 256)
    /// More keys may stand where the specification does not look.
    static let incomplete = KeyUse(rawValue: 512)
    /// The options of a call decide about the flags.
    static let variable = KeyUse(rawValue: 1024)

    /// Its value goes into the reply.
    static let read: KeyUse = [.readOnly, .accesses]
    /// Something about it is told, such as its length, but not its value.
    static let inspect: KeyUse = [.readOnly]
    static let update: KeyUse = [.readWrite, .updates]
    static let readAndUpdate: KeyUse = [.readWrite, .accesses, .updates]
    static let insert: KeyUse = [.readWrite, .inserts]
    static let readAndInsert: KeyUse = [.readWrite, .accesses, .inserts]
    static let delete: KeyUse = [.readWrite, .deletes]
    static let readAndDelete: KeyUse = [.readWrite, .accesses, .deletes]
    static let readAndConvert: KeyUse = [.readWrite, .accesses]
    static let overwrite: KeyUse = [.overwriting, .updates]
    static let create: KeyUse = [.overwriting, .inserts]
    static let remove: KeyUse = [.removing, .deletes]

    static let names: [(KeyUse, StaticString)] = [
        (.readOnly, "RO"), (.readWrite, "RW"), (.overwriting, "OW"), (.removing, "RM"), (.accesses, "access"),
        (.updates, "update"), (.inserts, "insert"), (.deletes, "delete"), (.notAKey, "not_key"),
        (.incomplete, "incomplete"), (.variable, "variable_flags"),
    ]
}

/// What an argument says about the key that it is.
struct KeyArgument: Sendable {
    /// How the key is found among the words of a call.
    enum Search: Sendable {
        /// By the words that the grammar has before it.
        case byPosition
        /// The same run of keys as the key argument before it.
        case withPrevious
        /// Behind a word, which is looked for from an index on (backwards from the end if negative). `share` is
        /// the part of the words behind it that are keys: 2 for a half.
        case behind(StaticString, from: Int, share: Int = 0)
        /// Nobody can tell from the words: it is made of other keys' values.
        case byCommand
        /// The value of an option that may stand anywhere; the last one counts.
        case asOption
        /// Covered by the specification of another argument.
        case elsewhere
    }

    let use: KeyUse
    let search: Search
    let note: String?
}

/// Where the keys of one kind are in the words of a call.
struct KeySpecification: Sendable {
    enum Begin: Sendable {
        case index(Int), keyword(StaticString, from: Int), unknown
        /// The value of the option of this number. Redis has no words for it and calls it unknown.
        case option(Int, of: [OptionToken], from: Int)
    }

    enum Find: Sendable {
        /// Up to `last`, counted from the first key, or from the end if negative; every `step`-th word.
        case range(last: Int, step: Int, share: Int)
        /// As many as the number says that stands at the beginning; every `step`-th word.
        case counted(step: Int)
        case unknown
    }

    let use: KeyUse
    let note: String?
    let begin: Begin
    var find: Find

    /// Its keys stand in a row at a fixed place.
    var isRange: Bool {
        if case (.index, .range) = (begin, find) { true } else { false }
    }
}

extension Declaration {
    /// Where the keys are. `offset` is the index of the first word of the grammar.
    func keySpecifications(offset: Int) -> [KeySpecification] {
        var found: [KeySpecification] = []
        var index = offset
        for (position, argument) in grammar.enumerated() {
            let rest = grammar[(position + 1)...].reduce(0) { $0 + $1.leastCount }
            for key in argument.keys {
                add(key, argument, at: index, isCounted: isCounted(position), rest: rest, to: &found)
            }
            index += argument.leastCount
        }
        return found
    }

    /// A number of keys stands before the argument at this position.
    private func isCounted(_ position: Int) -> Bool { position > 0 && grammar[position - 1].name == "numkeys" }

    private func add(
        _ key: KeyArgument, _ argument: Argument, at index: Int, isCounted: Bool, rest: Int,
        to found: inout [KeySpecification]
    ) {
        func note(_ begin: KeySpecification.Begin, _ find: KeySpecification.Find) {
            found.append(KeySpecification(use: key.use, note: key.note, begin: begin, find: find))
        }
        let step = argument.kind == .block ? argument.children.reduce(0) { $0 + $1.leastCount } : 1
        switch key.search {
        case .elsewhere: break
        case .byCommand: note(.unknown, .unknown)
        case .asOption:
            let all = grammar.flatMap(\.options)
            if let option = argument.option { note(.option(option.ordinal, of: all, from: index), .unknown) }
        case .behind(let word, let start, let share):
            note(
                .keyword(word, from: start),
                .range(last: argument.isRepeated || share > 0 ? -1 : 0, step: 1, share: share))
        case .withPrevious:
            if let last = found.indices.last, case .range(let end, let step, let share) = found[last].find {
                found[last].find = .range(last: end + 1, step: step, share: share)
            }
        case .byPosition:
            if isCounted {
                note(.index(index - 1), .counted(step: step))
            } else {
                note(.index(index), .range(last: argument.isRepeated ? -1 - rest : 0, step: step, share: 0))
            }
        }
    }
}

extension Argument {
    /// The key that it is, or begins with, or the keys among which it is a choice.
    fileprivate var keys: [KeyArgument] {
        switch kind {
        case .block: children.first?.keys ?? []
        case .oneOf: children.flatMap(\.keys)
        default: key.map { [$0] } ?? []
        }
    }
}
