// A sorted set: members, each with a score, in the order of score and then member. Few small members are a packed list
// (member, score, member, score …); all others a counted tree for the order and a hash table by member, which share
// the members' blocks. The large form is not left again.
//
//     word   0: no members    list address: small    tree address | 1: large, with the table as the tree's companion

/// What is to be done about a member that may be there already.
struct ScoreRules: OptionSet {
    let rawValue: UInt8
    static let onlyNew = ScoreRules(rawValue: 1)
    static let onlyPresent = ScoreRules(rawValue: 2)
    static let onlyGreater = ScoreRules(rawValue: 4)
    static let onlyLess = ScoreRules(rawValue: 8)
    /// The score given is added to the one that is there.
    static let increment = ScoreRules(rawValue: 16)
    /// Zero keeps its sign in the small form too, where Redis drops it.
    static let signedZero = ScoreRules(rawValue: 32)
}

/// What became of a member and its score.
enum ScoreChange { case added, updated, same, refused, notANumber }

/// The value of a sorted set key.
struct SortedSetValue: ContainerValue, ~Escapable {
    private(set) var word: UInt64
    let heap: Heap

    @_lifetime(immortal)
    @inline(__always) init(word: UInt64, heap: Heap) {
        self.word = word
        self.heap = heap
    }

    @_lifetime(immortal)
    static func empty(in heap: Heap) -> SortedSetValue { SortedSetValue(word: 0, heap: heap) }

    @inline(__always) var isLarge: Bool { word & 1 != 0 }
    /// Only of the large form.
    @inline(__always) var tree: CountedTree { CountedTree(word: word & ~1, heap: heap) }
    /// Only of the large form.
    @inline(__always) var table: HashTable<ScoredMember> { HashTable(word: tree.companion, heap: heap) }
    /// Only of a small set with members.
    @inline(__always) var list: PackedList { PackedList(word: word) }

    @inline(__always) var count: Int { isLarge ? tree.count : word == 0 ? 0 : list.count &>> 1 }
    var encoding: StaticString { isLarge ? "skiplist" : "listpack" }
    var memoryUsage: Int { isLarge ? tree.memoryUsage + table.memoryUsage : word == 0 ? 0 : list.memoryUsage }

    var blockCount: Int { isLarge ? count : 1 }

    @_lifetime(immortal)
    func copied() -> SortedSetValue {
        if word == 0 { return SortedSetValue(word: 0, heap: heap) }
        if !isLarge { return SortedSetValue(word: list.copied(in: heap).word, heap: heap) }
        var copy = SortedSetValue(word: 0, heap: heap)
        copy.enlarge(expecting: count)
        forEach(in: 0..<count) { member, score in
            member.withBytes { copy.insertLarge($0, score, heap.hash($0)) }
        }
        return copy
    }

    @_lifetime(self: copy self)
    mutating func free(budget: inout Int) -> Bool {
        if word == 0 { return true }
        if isLarge {
            let tree = tree
            if tree.companion != 0 {
                guard table.free(budget: &budget) else { return false }
                tree.companion = 0
            }
            guard tree.free(budget: &budget) else { return false }
        } else {
            list.free(to: heap)
            budget -= 1
        }
        word = 0
        return true
    }

    // MARK: Members

    func score(of member: Bytes) -> Double? {
        if isLarge { return table.find(member, heap.hash(member))?.item.score }
        guard word != 0, let position = list.find(member, stride: 2) else { return nil }
        return list.score(at: list.next(position))
    }

    /// Adds a member, or changes its score, as the rules allow. Answers what it did, and the score that came out.
    @_lifetime(self: copy self)
    @discardableResult @inline(__always)
    mutating func add(_ member: Bytes, score: Double, _ rules: ScoreRules = []) -> (change: ScoreChange, score: Double)
    {
        isLarge ? addLarge(member, score, rules) : addSmall(member, score, rules)
    }

    @_lifetime(self: copy self)
    private mutating func addLarge(_ member: Bytes, _ score: Double, _ rules: ScoreRules) -> (
        change: ScoreChange, score: Double
    ) {
        let hash = heap.hash(member)
        guard let item = table.find(member, hash)?.item else {
            if rules.contains(.onlyPresent) { return (.refused, score) }
            insertLarge(member, score, hash)
            return (.added, score)
        }
        let old = item.score
        let (change, new) = SortedSetValue.decide(old, score, rules)
        if change == .updated {
            if _slowPath(heap.isSaving) {
                moveWhileSaving(item, from: old, to: new)
            } else {
                tree.move(item, from: old, to: new)
            }
            item.score = new
        }
        return (change, new)
    }

    @_lifetime(self: copy self)
    private mutating func insertLarge(_ member: Bytes, _ score: Double, _ hash: UInt64) {
        let item = ScoredMember(member, score: score, in: heap)
        table.insert(item, hash)
        tree.insert(item, score: score)
        if _slowPath(heap.isSaving) { noteNew(item, score: score) }
    }

    @_lifetime(self: copy self)
    private mutating func addSmall(_ member: Bytes, _ score: Double, _ rules: ScoreRules) -> (
        change: ScoreChange, score: Double
    ) {
        if word != 0, let position = list.find(member, stride: 2) {
            let (change, new) = SortedSetValue.decide(list.score(at: list.next(position)), score, rules)
            if change == .updated {
                var list = list
                list.remove(2, at: position, in: heap)
                insert(member, SortedSetValue.kept(new, rules), into: &list)
                word = list.word
            }
            return (change, new)
        }
        if rules.contains(.onlyPresent) { return (.refused, score) }
        let limits = heap.limits
        if count >= limits.sortedSetEntries || member.count > limits.sortedSetValueSize
            || word != 0 && !list.hasRoom(for: member.count + 16)
        {
            enlarge(expecting: count + 1)
            return addLarge(member, score, rules)
        }
        var list = word == 0 ? PackedList(in: heap, size: member.count + 10) : list
        insert(member, SortedSetValue.kept(score, rules), into: &list)
        word = list.word
        return (.added, score)
    }

    /// What the small form keeps of a score.
    private static func kept(_ score: Double, _ rules: ScoreRules) -> Double {
        score == 0 && !rules.contains(.signedZero) ? 0 : score
    }

    private func insert(_ member: Bytes, _ score: Double, into list: inout PackedList) {
        var position = list.first
        while position < list.end {
            let scorePosition = list.next(position), other = list.score(at: scorePosition)
            if other > score || other == score && list.element(at: position).compare(member) > 0 { break }
            position = list.next(scorePosition)
        }
        list.insert(PackedElement(member), PackedElement(score: score), at: position, in: heap)
    }

    private static func decide(_ old: Double, _ given: Double, _ rules: ScoreRules) -> (
        change: ScoreChange, score: Double
    ) {
        if rules.contains(.onlyNew) { return (.refused, old) }
        let new = rules.contains(.increment) ? given + old : given
        if new.isNaN { return (.notANumber, new) }
        if rules.contains(.onlyLess) && new >= old || rules.contains(.onlyGreater) && new <= old {
            return (.refused, old)
        }
        let isSame = new == old && (new.sign == old.sign || !rules.contains(.signedZero))
        return (isSame ? .same : .updated, new)
    }

    /// Takes a member out; false if it was not there.
    @_lifetime(self: copy self)
    mutating func remove(_ member: Bytes) -> Bool {
        if isLarge {
            let hash = heap.hash(member), table = table
            guard let place = table.find(member, hash) else { return false }
            let item = table.remove(place, hash)
            if _slowPath(heap.isSaving) { keep(item, score: item.score) }
            tree.remove(item, score: item.score)
            item.free(to: heap)
            return true
        }
        guard word != 0, let position = list.find(member, stride: 2) else { return false }
        var list = list
        list.remove(2, at: position, in: heap)
        word = list.word
        return true
    }

    /// Takes out the members of these ranks, which must exist.
    @_lifetime(self: copy self)
    mutating func remove(_ ranks: Range<Int>) {
        if ranks.isEmpty { return }
        precondition(ranks.lowerBound >= 0 && ranks.upperBound <= count)
        if isLarge {
            let tree = tree, table = table
            if ranks.count > SortedSetValue.fewestCut, ranks.count < count, !heap.isSaving {
                var freed = 0
                tree.cut(ranks) { freed += table.remove($0) }
                return table.noteRemoved(ranks.count, bytes: freed)
            }
            for _ in ranks {
                let item = tree.place(ranks.lowerBound).member, hash = heap.hash(item.member)
                if _slowPath(heap.isSaving) { keep(item, score: item.score) }
                tree.remove(item, score: item.score)
                if let place = table.find(item.member, hash) { _ = table.remove(place, hash) }
                item.free(to: heap)
            }
        } else {
            var list = list
            list.remove(2 * ranks.count, at: list.position(of: 2 * ranks.lowerBound), in: heap)
            word = list.word
        }
    }

    /// More than so many members leave together: noting it goes through all shards.
    private static let fewestCut = 2000

    /// Takes out the members of these ranks, which must exist. Where hardly any stay, those move to a new value: the
    /// old one is answered, for the caller to give back.
    @_lifetime(self: copy self)
    mutating func detach(_ ranks: Range<Int>) -> UInt64? {
        let kept = count - ranks.count
        guard isLarge, !heap.isSaving, ranks.count > 256, kept <= ranks.count / 4 else {
            remove(ranks)
            return nil
        }
        precondition(ranks.lowerBound >= 0 && ranks.upperBound <= count)
        let old = SortedSetValue(word: word, heap: heap)
        word = 0
        guard kept > 0 else { return old.word }
        becomeLarge(reserving: kept)
        var rest = SortedSetValue(word: word, heap: heap)
        for range in [0..<ranks.lowerBound, ranks.upperBound..<old.count] {
            old.forEach(in: range) { member, score in
                member.withBytes { rest.insertLarge($0, score, heap.hash($0)) }
            }
        }
        word = rest.word
        return old.word
    }

    // MARK: Forms

    /// Before several members are added, of which the first has this size: takes the form that suits them.
    @_lifetime(self: copy self)
    mutating func prepare(adding members: Int, firstSize: Int) {
        if isLarge { return }
        if members > heap.limits.sortedSetEntries || word == 0 && firstSize > heap.limits.sortedSetValueSize {
            enlarge(expecting: members)
        }
    }

    /// Takes the large form, whatever comes.
    @_lifetime(self: copy self)
    mutating func becomeLarge(expecting members: Int) {
        if !isLarge { enlarge(expecting: members) }
    }

    /// The same for a set without members that is to get so many at once.
    @_lifetime(self: copy self)
    mutating func becomeLarge(reserving members: Int) {
        guard word == 0 else { return becomeLarge(expecting: members) }
        let table = HashTable<ScoredMember>(heap: heap, reserving: members)
        word = CountedTree(heap: heap, companion: table.word).word | 1
    }

    /// Asks for the memory in which a member will be looked for.
    @inline(__always) func prefetch(_ member: Bytes) {
        if isLarge { table.prefetchBucket(heap.hash(member)) }
    }

    @_lifetime(self: copy self)
    @inline(never) private mutating func enlarge(expecting members: Int) {
        let old = SortedSetValue(word: word, heap: heap)
        let table = HashTable<ScoredMember>(heap: heap, expecting: min(max(members, count), 1 << 20))
        word = CountedTree(heap: heap, companion: table.word).word | 1
        if old.word == 0 { return }
        var position = old.list.first
        while position < old.list.end {
            let scorePosition = old.list.next(position), score = old.list.score(at: scorePosition)
            old.list.element(at: position).withBytes { insertLarge($0, score, heap.hash($0)) }
            position = old.list.next(scorePosition)
        }
        old.list.free(to: heap)
    }

    /// A set in its large form whose members, and each of them, are small enough takes the small form.
    @_lifetime(self: copy self)
    mutating func becomeSmallIfPossible() {
        let limits = heap.limits
        guard isLarge, count <= limits.sortedSetEntries else { return }
        var size = 0, longest = 0
        forEach { member, _ in
            let count = member.textCount
            size += count + 16
            longest = max(longest, count)
        }
        guard longest <= limits.sortedSetValueSize, size <= PackedList.largestSize else { return }
        var list = PackedList(in: heap, size: size)
        forEach { member, score in
            list.insert(
                PackedElement(member), PackedElement(score: SortedSetValue.kept(score, [])), at: list.end, in: heap)
        }
        if !heap.isSaving || !isLeftToSaving {
            var large = SortedSetValue(word: word, heap: heap), budget = Int.max
            _ = large.free(budget: &budget)
        }
        word = list.word
    }

    /// A small set that is to be kept forgets the signs of zeros.
    @_lifetime(self: copy self)
    mutating func dropSignsOfZeros() {
        if isLarge || word == 0 { return }
        var list = list, position = list.first
        while position < list.end {
            position = list.next(position)
            if list.score(at: position) == 0 { list.replace(at: position, with: PackedElement(score: 0), in: heap) }
            position = list.next(position)
        }
        word = list.word
    }

    func checkInvariants() -> Bool {
        if word == 0 { return true }
        if !isLarge { return list.checkInvariants() && list.count % 2 == 0 }
        table.checkInvariants()
        return tree.checkInvariants() && tree.count == table.count
    }
}
