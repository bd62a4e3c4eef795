// Union, intersection and difference of sorted sets and sets, with weights and ways to join scores. The members of a
// plain set count with the score 1. What comes out is a sorted set of its own.

/// What may stand behind the sets; a command has those of them that its grammar has.
enum ScoredOption: Int, CommandOption { case weights, aggregate, withScores }

extension [Argument] {
    /// How scores are joined, as the grammars have it.
    static var scoring: [Argument] {
        [
            .token(ScoredOption.weights, .integer("weight")).repeated,
            .token(
                ScoredOption.aggregate,
                .oneOf(
                    "aggregate",
                    [.word("SUM"), .word("MIN"), .word("MAX"), .word("COUNT").since("8.8.0")]
                ).required),
        ]
    }
}

/// The sets that a command names, and how their scores are joined.
struct ScoredOperands {
    /// How two scores of one member become one.
    enum Aggregate {
        case sum, min, max
        /// The weights alone are added.
        case count

        func callAsFunction(_ left: Double, _ right: Double) -> Double {
            switch self {
            case .sum, .count: (left + right).isNaN ? 0 : left + right
            case .min: right < left ? right : left
            case .max: right > left ? right : left
            }
        }
    }

    /// One of them; a missing key counts as an empty set.
    private struct Operand {
        enum Kind { case missing, set, sortedSet }
        var kind = Kind.missing
        var word: UInt64 = 0
        var weight = 1.0
    }

    private var operands: [Operand] = []
    private var aggregate = Aggregate.sum
    private let heap: Heap
    /// Index of the first word behind the keys.
    let end: Int

    /// Reads how many keys there are, and the keys.
    init(
        _ arguments: Arguments, countAt index: Int, _ context: inout CommandContext, _ command: StaticString
    ) throws(CommandError) {
        let count = try arguments.integer(index)
        guard count > 0 else { throw context.error("ERR at least 1 input key is needed for '\(command)' command") }
        guard count <= arguments.count - index - 1 else { throw .syntax }
        heap = context.keyspace.heap
        end = index + 1 + Int(count)
        for place in index + 1..<end {
            let key = arguments.key(place)
            var operand = Operand()
            if context.keyspace.kind(of: key) == .set {
                operand.kind = .set
                operand.word = try context.keyspace.value(at: key, as: SetValue.self)?.word ?? 0
            } else if let set = try context.keyspace.value(at: key, as: SortedSetValue.self) {
                operand.kind = .sortedSet
                operand.word = set.word
            }
            operands.append(operand)
        }
    }

    /// Reads the options, as far as the command has them; whether scores are wanted.
    mutating func readOptions(_ arguments: Arguments) throws(CommandError) -> Bool {
        var index = end, withScores = false
        while index < arguments.count {
            guard let option = arguments.option(ScoredOption.self, at: index) else { throw .syntax }
            let left = arguments.count - index
            switch option {
            case .weights where left > operands.count:
                for number in operands.indices {
                    guard let weight = arguments[index + 1 + number].double else {
                        throw .because("ERR weight value is not a float")
                    }
                    operands[number].weight = weight
                }
                index += operands.count
            case .aggregate where left >= 2:
                index += 1
                let word = FoldedName(arguments[index])
                if word == FoldedName("sum") {
                    aggregate = .sum
                } else if word == FoldedName("min") {
                    aggregate = .min
                } else if word == FoldedName("max") {
                    aggregate = .max
                } else if word == FoldedName("count") {
                    aggregate = .count
                } else {
                    throw .syntax
                }
            case .withScores: withScores = true
            default: throw .syntax
            }
            index += 1
        }
        return withScores
    }

    // MARK: Operands

    private func count(_ operand: Operand) -> Int {
        switch operand.kind {
        case .missing: 0
        case .set: SetValue(word: operand.word, heap: heap).count
        case .sortedSet: SortedSetValue(word: operand.word, heap: heap).count
        }
    }

    private func forEach(_ operand: Operand, _ body: (StringValue, Double) -> Void) {
        switch operand.kind {
        case .missing: break
        case .set: SetValue(word: operand.word, heap: heap).forEach { body($0, 1) }
        case .sortedSet:
            let isCounted = aggregate == .count
            SortedSetValue(word: operand.word, heap: heap).forEach { body($0, isCounted ? 1 : $1) }
        }
    }

    private func score(of member: StringValue, in operand: Operand) -> Double? {
        switch operand.kind {
        case .missing: nil
        case .set: SetValue(word: operand.word, heap: heap).contains(member) ? 1 : nil
        case .sortedSet:
            member.withBytes { SortedSetValue(word: operand.word, heap: heap).score(of: $0) }
                .map { aggregate == .count ? 1 : $0 }
        }
    }

    /// Infinity times zero is taken for zero.
    private static func weighted(_ score: Double, _ operand: Operand) -> Double {
        let product = operand.weight * score
        return product.isNaN ? 0 : product
    }

    // MARK: Results

    /// The members of all operands, with their joined scores, until `body` says no.
    func forEachInAll(_ body: (StringValue, Double) -> Bool) {
        let sorted = operands.sorted { count($0) < count($1) }
        var goesOn = count(sorted[0]) > 0
        forEach(sorted[0]) { member, score in
            guard goesOn else { return }
            var joined = ScoredOperands.weighted(score, sorted[0])
            for operand in sorted.dropFirst() {
                guard let other = self.score(of: member, in: operand) else { return }
                joined = aggregate(joined, other * operand.weight)
            }
            goesOn = body(member, joined)
        }
    }

    @_lifetime(immortal)
    func intersection() -> SortedSetValue {
        var result = SortedSetValue.empty(in: heap)
        forEachInAll { member, score in
            member.withBytes { _ = result.add($0, score: score, .signedZero) }
            return true
        }
        return result
    }

    @_lifetime(immortal)
    func union() -> SortedSetValue {
        var result = SortedSetValue.empty(in: heap)
        for operand in operands.sorted(by: { count($0) < count($1) }) {
            forEach(operand) { member, score in
                let weighted = ScoredOperands.weighted(score, operand)
                member.withBytes { bytes in
                    let joined = result.score(of: bytes).map { aggregate($0, weighted) } ?? weighted
                    _ = result.add(bytes, score: joined, .signedZero)
                }
            }
        }
        return result
    }

    /// The members of the first operand that are in no other.
    @_lifetime(immortal)
    func difference() -> SortedSetValue {
        var result = SortedSetValue.empty(in: heap)
        let others = operands.dropFirst().sorted { count($0) > count($1) }
        forEach(operands[0]) { member, score in
            for operand in others where self.score(of: member, in: operand) != nil { return }
            member.withBytes { _ = result.add($0, score: score, .signedZero) }
        }
        return result
    }
}

extension CommandContext {
    /// Keeps a sorted set that no key has yet, and answers how many members it has.
    mutating func store(_ made: SortedSetValue, at key: Key, event: KeyspaceEvent, _ reply: inout ReplyWriter) {
        var made = made
        made.dropSignsOfZeros()
        let count = made.count
        keyspace.store(key, made, event: event)
        reply.integer(count)
    }
}
