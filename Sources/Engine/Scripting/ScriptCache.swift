// The scripts that EVAL and SCRIPT LOAD have met, found by their digests, and by the hashes of their bodies: a known
// body needs no digest. Scripts that only EVAL has met are bounded in number and size; those that have not been used
// for longest go first. What SCRIPT LOAD was given stays until SCRIPT FLUSH.

import Lua

/// One script that can be run.
struct CachedScript: ~Copyable {
    let digest: SHA1
    let body: [UInt8]
    fileprivate let bodyHash: UInt64
    let flags: ScriptFlags
    /// The function that it was compiled to.
    let function: Value
    /// SCRIPT LOAD has promised to keep it.
    fileprivate(set) var isKept = false
    /// When it was last run, by the count of all runs.
    fileprivate var lastUse = 0
}

/// All known scripts, by small numbers.
struct ScriptCache: ~Copyable {
    /// So many scripts, and so many bytes of them, may be there that only EVAL has met.
    private static let mostPassing = 500, mostPassingBytes = 32 << 20
    /// What a script takes besides its body.
    private static let overhead = MemoryLayout<CachedScript>.size + 96

    private var scripts = SlotTable<CachedScript>()
    private var freeNumbers: [Int] = []
    private var nextNumber = 0
    private var byDigest = HashIndex()
    private var byBody = HashIndex()
    private var uses = 0
    private var passingCount = 0
    private var passingBytes = 0
    /// What all scripts occupy, without what they were compiled to.
    private(set) var memoryUsed = 0

    var count: Int { scripts.count }

    subscript(number: Int) -> CachedScript {
        @inline(__always) _read { yield scripts[number] }
    }

    // MARK: Looking up

    /// The script with exactly this body.
    @inline(__always) func find(body: Bytes, hash: UInt64) -> Int? {
        var search = HashIndex.Search(hash)
        while let number = byBody.next(&search) {
            if withBytes(of: scripts[number].body, { $0 == body }) { return number }
        }
        return nil
    }

    func find(_ digest: SHA1) -> Int? {
        var search = HashIndex.Search(ScriptCache.hash(digest))
        while let number = byDigest.next(&search) {
            if scripts[number].digest == digest { return number }
        }
        return nil
    }

    private static func hash(_ digest: SHA1) -> UInt64 { UInt64(digest.a) << 32 | UInt64(digest.b) }

    // MARK: Changing

    /// The script is about to be run.
    @inline(__always) mutating func noteUse(of number: Int) {
        uses &+= 1
        scripts[number].lastUse = uses
    }

    /// SCRIPT LOAD was given it.
    mutating func keep(_ number: Int) {
        guard !scripts[number].isKept else { return }
        scripts[number].isKept = true
        passingCount -= 1
        passingBytes -= scripts[number].body.count
    }

    /// Takes in a script that is not there yet.
    mutating func insert(
        _ digest: SHA1, _ body: Bytes, hash: UInt64, _ flags: ScriptFlags, _ function: Value
    ) -> Int {
        let number = freeNumbers.popLast() ?? nextNumber
        if number == nextNumber { nextNumber += 1 }
        scripts.insert(
            CachedScript(digest: digest, body: body.array, bodyHash: hash, flags: flags, function: function),
            at: number)
        byDigest.insert(ScriptCache.hash(digest), number)
        byBody.insert(hash, number)
        passingCount += 1
        passingBytes += body.count
        memoryUsed += body.count + ScriptCache.overhead
        return number
    }

    /// Forgets a script that is one too many, and says to what it was compiled; nil if none is. `spared` stays.
    mutating func evict(sparing spared: Int) -> Value? {
        guard passingCount > ScriptCache.mostPassing || passingBytes > ScriptCache.mostPassingBytes else { return nil }
        var oldest: Int?
        for number in 0..<nextNumber where scripts.contains(number) && !scripts[number].isKept && number != spared {
            if let known = oldest, scripts[known].lastUse <= scripts[number].lastUse { continue }
            oldest = number
        }
        guard let oldest else { return nil }
        let function = scripts[oldest].function
        passingCount -= 1
        passingBytes -= scripts[oldest].body.count
        memoryUsed -= scripts[oldest].body.count + ScriptCache.overhead
        byDigest.remove(ScriptCache.hash(scripts[oldest].digest), oldest)
        byBody.remove(scripts[oldest].bodyHash, oldest)
        scripts.remove(at: oldest)
        freeNumbers.append(oldest)
        return function
    }
}

/// Small numbers by hashes: an open table, of which several entries may have one hash.
struct HashIndex: ~Copyable {
    /// A number under its hash.
    struct Entry: BitwiseCopyable {
        var hash: UInt64 = 0
        /// -1: the place is free.
        var number: Int32 = -1
    }

    private var entries: FixedArray<Entry>
    private var count = 0

    init() { entries = FixedArray(repeating: Entry(), count: 16) }

    /// The lowest bit of a key's hash is always the same.
    @inline(__always) private static func place(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 8) }

    /// Where a search for a hash goes on.
    struct Search {
        fileprivate let hash: UInt64
        fileprivate var place: Int
        @inline(__always) init(_ hash: UInt64) {
            self.hash = hash
            place = HashIndex.place(hash)
        }
    }

    /// The next number with the hash.
    @inline(__always) func next(_ search: inout Search) -> Int? {
        let mask = entries.count &- 1
        while true {
            let entry = entries[search.place & mask]
            if entry.number < 0 { return nil }
            search.place &+= 1
            if entry.hash == search.hash { return Int(entry.number) }
        }
    }

    mutating func insert(_ hash: UInt64, _ number: Int) {
        if (count + 1) * 2 > entries.count { grow() }
        place(Entry(hash: hash, number: Int32(truncatingIfNeeded: number)))
        count += 1
    }

    private mutating func place(_ entry: Entry) {
        let mask = entries.count - 1
        var place = HashIndex.place(entry.hash) & mask
        while entries[place].number >= 0 { place = (place + 1) & mask }
        entries[place] = entry
    }

    private mutating func grow() {
        var larger = FixedArray(repeating: Entry(), count: entries.count * 2)
        swap(&larger, &entries)
        for place in 0..<larger.count where larger[place].number >= 0 { self.place(larger[place]) }
    }

    /// Takes an entry out; those behind it that had to give way move back.
    mutating func remove(_ hash: UInt64, _ number: Int) {
        let mask = entries.count - 1
        var place = HashIndex.place(hash) & mask
        while entries[place].number >= 0, entries[place].hash != hash || entries[place].number != number {
            place = (place + 1) & mask
        }
        guard entries[place].number >= 0 else { return }
        entries[place] = Entry()
        count -= 1
        var next = (place + 1) & mask
        while entries[next].number >= 0 {
            let moved = entries[next]
            entries[next] = Entry()
            self.place(moved)
            next = (next + 1) & mask
        }
    }
}
