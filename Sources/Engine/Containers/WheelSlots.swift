// The slots of a timing wheel: lists of chunks of at most 4 KiB, so that neither filling nor emptying one is ever a
// long step. An item knows its chunk and its place there, and the chunk knows its slot; where an item is follows from
// no time and no deadline. Only the first chunk of a slot has room; a hole elsewhere is filled from there.
//
//     chunk    0…3  slot    4…7  next chunk    8…11  last chunk    12…13  count    14…15  capacity    16…  items
//
// The last chunk has what has been in the slot longest; only the first one names it.
// Ownership rule: the slots own the chunks, never the items.

/// What the wheel needs to know about an item; the item itself keeps both numbers.
protocol WheelItem: Equatable {
    var deadline: Int64 { get }
    var wheelIndex: UInt32 { get nonmutating set }
}

/// Bags of items by number; every step but growing the list of chunks takes constant time.
@safe struct WheelSlots<Item: WheelItem>: ~Copyable {
    /// The number of no chunk.
    private static var none: UInt32 { .max }
    private static var headerSize: Int { 16 }
    /// As many as fit in 4 KiB, and fewer than the 512 that an index can tell apart.
    private static var largestCapacity: Int { 510 }

    let heap: Heap
    let slotCount: Int
    /// The first chunk of each slot.
    private let heads: UnsafeMutablePointer<UInt32>
    /// Where chunks are, by number; a free number keeps the next free one.
    private var chunks: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private var chunkCapacity = 16
    private var chunkCount = 0
    private var freeNumbers: [UInt32] = []

    init(count: Int, in heap: Heap) {
        self.heap = heap
        slotCount = count
        unsafe heads = heap.allocate(count * 4).bindMemory(to: UInt32.self, capacity: count)
        unsafe heads.initialize(repeating: WheelSlots.none, count: count)
        unsafe chunks = WheelSlots.allocateTable(16, heap)
    }

    /// Bytes that items have called for. Takes time in proportion to the chunks.
    var memoryUsage: Int {
        var sum = (chunkCapacity - 16) * 8
        for number in 0..<chunkCount {
            if let chunk = unsafe chunks[number] { unsafe sum += Heap.capacity(of: chunk) }
        }
        return sum
    }

    private static func allocateTable(_ count: Int, _ heap: Heap) -> UnsafeMutablePointer<UnsafeMutableRawPointer?> {
        let size = unsafe count * MemoryLayout<UnsafeMutableRawPointer?>.stride
        let table = unsafe heap.allocate(size).bindMemory(to: UnsafeMutableRawPointer?.self, capacity: count)
        unsafe table.initialize(repeating: nil, count: count)
        return unsafe table
    }

    /// One chunk; its number is the caller's to know.
    @safe private struct Chunk {
        let start: UnsafeMutableRawPointer

        @inline(__always) var slot: Int {
            get { unsafe Int(start.load(as: UInt32.self)) }
            nonmutating set { unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: newValue), as: UInt32.self) }
        }
        @inline(__always) var next: UInt32 {
            get { unsafe start.load(fromByteOffset: 4, as: UInt32.self) }
            nonmutating set { unsafe start.storeBytes(of: newValue, toByteOffset: 4, as: UInt32.self) }
        }
        /// The previous one, or of the first chunk the last.
        @inline(__always) var previous: UInt32 {
            get { unsafe start.load(fromByteOffset: 8, as: UInt32.self) }
            nonmutating set { unsafe start.storeBytes(of: newValue, toByteOffset: 8, as: UInt32.self) }
        }
        @inline(__always) var count: Int {
            get { unsafe Int(start.load(fromByteOffset: 12, as: UInt16.self)) }
            nonmutating set {
                unsafe start.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 12, as: UInt16.self)
            }
        }
        @inline(__always) var capacity: Int {
            get { unsafe Int(start.load(fromByteOffset: 14, as: UInt16.self)) }
            nonmutating set {
                unsafe start.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 14, as: UInt16.self)
            }
        }
        @inline(__always) var items: UnsafeMutablePointer<Item> {
            unsafe (start + headerSize).assumingMemoryBound(to: Item.self)
        }
    }

    @inline(__always) private func chunk(_ number: UInt32) -> Chunk {
        unsafe Chunk(start: chunks[Int(number)].unsafelyUnwrapped)
    }

    @inline(__always) func isEmpty(_ slot: Int) -> Bool { unsafe heads[slot] == WheelSlots.none }

    // MARK: Items

    @inline(__always) mutating func insert(_ item: Item, _ slot: Int) {
        var number = unsafe heads[slot]
        if number == WheelSlots.none || chunk(number).count == chunk(number).capacity { number = makeRoom(slot) }
        let chunk = chunk(number)
        let count = chunk.count
        item.wheelIndex = number &<< 9 | UInt32(truncatingIfNeeded: count)
        unsafe (chunk.items + count).initialize(to: item)
        chunk.count = count &+ 1
    }

    /// Takes an item out of its slot, and answers which one that was.
    @discardableResult
    @inline(__always) mutating func remove(_ item: Item) -> Int {
        let index = item.wheelIndex
        let own = chunk(index &>> 9)
        let slot = own.slot
        let number = unsafe heads[slot]
        let head = chunk(number)
        if index &>> 9 == head.previous || own.next == head.previous, index &>> 9 != number {
            removeOld(item, slot)
            return slot
        }
        let last = unsafe head.items[head.count &- 1]
        if last != item {
            unsafe own.items[Int(index & 511)] = last
            last.wheelIndex = index
        }
        dropLast(of: head, number, slot)
        return slot
    }

    /// Takes an item out of one of the last two chunks, which is not the first. What is left of both goes together when
    /// it fits.
    @inline(never) private mutating func removeOld(_ item: Item, _ slot: Int) {
        let index = item.wheelIndex, number = index >> 9
        let own = chunk(number), rest = own.count - 1
        let last = unsafe own.items[rest]
        if last != item {
            unsafe own.items[Int(index & 511)] = last
            last.wheelIndex = index
        }
        own.count = rest
        let tail = unsafe chunk(heads[slot]).previous
        let before = chunk(tail).previous
        if unsafe before != heads[slot] { joinOld(before, tail, slot) } else if rest == 0 { unlink(tail, slot) }
    }

    /// The items of the last two chunks go into one of them, if it has room; fewer move where both have.
    private mutating func joinOld(_ before: UInt32, _ tail: UInt32, _ slot: Int) {
        let counts = (chunk(before).count, chunk(tail).count), sum = counts.0 + counts.1
        let fitsBefore = sum <= chunk(before).capacity, fitsTail = sum <= chunk(tail).capacity
        guard fitsBefore || fitsTail else { return }
        let goesBefore = fitsBefore && (counts.1 <= counts.0 || !fitsTail)
        let (from, to) = goesBefore ? (tail, before) : (before, tail)
        let (source, target) = (chunk(from), chunk(to))
        for index in 0..<source.count {
            let item = unsafe source.items[index], place = target.count
            item.wheelIndex = to << 9 | UInt32(truncatingIfNeeded: place)
            unsafe (target.items + place).initialize(to: item)
            target.count = place + 1
        }
        unlink(from, slot)
    }

    /// Some item of the slot, which must have one; it is in no slot any more.
    @inline(__always) mutating func pop(_ slot: Int) -> Item {
        let number = unsafe heads[slot]
        let head = chunk(number)
        let last = unsafe head.items[head.count &- 1]
        dropLast(of: head, number, slot)
        return last
    }

    @inline(__always) private mutating func dropLast(of head: Chunk, _ number: UInt32, _ slot: Int) {
        let rest = head.count &- 1
        head.count = rest
        if _slowPath(rest == 0) { removeFirst(number, slot) }
    }

    /// The item moved to another block.
    @inline(__always) func replace(_ old: Item, with new: Item) {
        let index = old.wheelIndex
        new.wheelIndex = index
        unsafe chunk(index &>> 9).items[Int(index & 511)] = new
    }

    /// The item is in another block since, which says the same of its place.
    @inline(__always) func notice(_ moved: Item) {
        let index = moved.wheelIndex
        unsafe chunk(index &>> 9).items[Int(index & 511)] = moved
    }

    /// Moves the chunk of this number, if the heap wants that; false if there are no more.
    func moveChunk(_ number: Int) -> Bool {
        guard number < chunkCount else { return false }
        if let start = unsafe chunks[number] {
            let moved = heap.moved(UInt64(UInt(bitPattern: start)))
            unsafe chunks[number] = UnsafeMutableRawPointer(bitPattern: UInt(moved))
        }
        return true
    }

    func slot(of item: Item) -> Int { chunk(item.wheelIndex &>> 9).slot }

    /// Adds all chunks of one slot to another.
    mutating func move(_ from: Int, to slot: Int) {
        while unsafe heads[from] != WheelSlots.none {
            let number = unsafe heads[from]
            let moved = chunk(number)
            unsafe heads[from] = moved.next
            moved.slot = slot
            // Behind the first chunk, which is the one that may have room; full ones only.
            let head = unsafe heads[slot]
            if head == WheelSlots.none || moved.count < moved.capacity {
                link(number, before: head, slot)
            } else {
                insertBehindHead(number, slot)
            }
        }
    }

    private mutating func link(_ number: UInt32, before head: UInt32, _ slot: Int) {
        let chunk = chunk(number)
        if head != WheelSlots.none, self.chunk(head).count < self.chunk(head).capacity {
            // Two with room: the items of the smaller go one by one.
            chunk.next = WheelSlots.none
            while chunk.count > 0 {
                let item = unsafe chunk.items[chunk.count - 1]
                chunk.count -= 1
                insert(item, slot)
            }
            release(number)
            return
        }
        putFirst(number, before: head, slot)
    }

    private mutating func putFirst(_ number: UInt32, before head: UInt32, _ slot: Int) {
        let new = chunk(number)
        new.next = head
        new.previous = number
        if head != WheelSlots.none {
            new.previous = chunk(head).previous
            chunk(head).previous = number
        }
        unsafe heads[slot] = number
    }

    private mutating func insertBehindHead(_ number: UInt32, _ slot: Int) {
        let head = unsafe heads[slot]
        let (chunk, first) = (chunk(number), chunk(head))
        (chunk.next, chunk.previous) = (first.next, head)
        if first.next == WheelSlots.none { first.previous = number } else { self.chunk(first.next).previous = number }
        first.next = number
    }

    // MARK: Chunks

    /// The first chunk grows, up to its largest size; then another comes before it.
    @inline(never) private mutating func makeRoom(_ slot: Int) -> UInt32 {
        let head = unsafe heads[slot]
        if head != WheelSlots.none, chunk(head).capacity < WheelSlots.largestCapacity {
            let old = chunk(head)
            let capacity = min(old.capacity * 4 + 6, WheelSlots.largestCapacity)
            let used = WheelSlots.headerSize + old.count * MemoryLayout<Item>.stride
            let size = WheelSlots.headerSize + capacity * MemoryLayout<Item>.stride
            unsafe chunks[Int(head)] = heap.reallocate(old.start, keeping: used, size: size)
            chunk(head).capacity = capacity
            return head
        }
        // The first chunk of a slot begins small, those before a full one do not.
        let capacity = head == WheelSlots.none ? 6 : WheelSlots.largestCapacity
        let number = takeNumber()
        unsafe chunks[Int(number)] = heap.allocate(WheelSlots.headerSize + capacity * MemoryLayout<Item>.stride)
        let new = chunk(number)
        (new.slot, new.count, new.capacity) = (slot, 0, capacity)
        putFirst(number, before: head, slot)
        return number
    }

    private mutating func takeNumber() -> UInt32 {
        if let number = freeNumbers.popLast() { return number }
        if chunkCount == chunkCapacity {
            let enlarged = unsafe WheelSlots.allocateTable(chunkCapacity * 2, heap)
            unsafe enlarged.update(from: chunks, count: chunkCapacity)
            unsafe heap.deallocate(chunks)
            unsafe chunks = enlarged
            chunkCapacity *= 2
        }
        chunkCount += 1
        return UInt32(chunkCount - 1)
    }

    @inline(never) private mutating func removeFirst(_ number: UInt32, _ slot: Int) {
        let (next, last) = (chunk(number).next, chunk(number).previous)
        unsafe heads[slot] = next
        if next != WheelSlots.none { chunk(next).previous = last }
        release(number)
    }

    /// Takes out a chunk that is not the first.
    private mutating func unlink(_ number: UInt32, _ slot: Int) {
        let (previous, next) = (chunk(number).previous, chunk(number).next)
        chunk(previous).next = next
        unsafe chunk(next == WheelSlots.none ? heads[slot] : next).previous = previous
        release(number)
    }

    private mutating func release(_ number: UInt32) {
        unsafe heap.deallocate(chunk(number).start)
        unsafe chunks[Int(number)] = nil
        freeNumbers.append(number)
    }

    /// Gives a chunk back whatever is in it; false when there was none left. The slots are not used again.
    mutating func freeNext() -> Bool {
        while chunkCount > 0 {
            chunkCount -= 1
            if let start = unsafe chunks[chunkCount] {
                unsafe heap.deallocate(start)
                unsafe chunks[chunkCount] = nil
                return true
            }
        }
        return false
    }

    /// Gives back what is left when there are no chunks any more.
    mutating func freeTables() {
        unsafe heap.deallocate(chunks)
        unsafe heap.deallocate(heads)
    }

    /// Some item, each about as likely as any other; nil if there is none.
    func randomItem(_ heap: Heap) -> Item? {
        guard chunkCount > 0 else { return nil }
        // A chunk is met as often as any other, and an item as often as any other place in one.
        for _ in 0..<16 {
            guard let start = unsafe chunks[heap.random(below: chunkCount)] else { continue }
            let chunk = unsafe Chunk(start: start), index = heap.random(below: WheelSlots.largestCapacity)
            if index < chunk.count { return unsafe chunk.items[index] }
        }
        // They are mostly empty: then any that is not.
        let first = heap.random(below: chunkCount)
        for step in 0..<chunkCount {
            guard let start = unsafe chunks[(first + step) % chunkCount] else { continue }
            let chunk = unsafe Chunk(start: start)
            return unsafe chunk.items[heap.random(below: chunk.count)]
        }
        return nil
    }

    /// Visits items of a slot, at most `limit` of them: of those that have been there longest.
    func sample(_ slot: Int, limit: Int, _ body: (Item) -> Void) {
        guard !isEmpty(slot) else { return }
        let head = unsafe heads[slot], tail = chunk(head).previous
        var fromBefore = 0
        // Half of them from the last chunk but one: what stays in the last may be what is young.
        if tail != head {
            let before = chunk(chunk(tail).previous)
            fromBefore = min(before.count, max(limit / 2, limit - chunk(tail).count))
            for index in 0..<fromBefore { unsafe body(before.items[index]) }
        }
        for index in 0..<min(limit - fromBefore, chunk(tail).count) { unsafe body(chunk(tail).items[index]) }
    }

    /// Visits every item with its slot; for tests.
    func forEach(_ body: (_ item: Item, _ slot: Int) -> Void) {
        for slot in 0..<slotCount {
            let head = unsafe heads[slot]
            var number = head, previous = head == WheelSlots.none ? head : chunk(head).previous
            let tail = previous
            while number != WheelSlots.none {
                let chunk = chunk(number)
                precondition(chunk.slot == slot && chunk.count > 0 && chunk.previous == previous)
                let isOld = number == tail || chunk.next == tail
                precondition(number == head || isOld || chunk.count == chunk.capacity)
                for index in 0..<chunk.count {
                    let item = unsafe chunk.items[index]
                    precondition(item.wheelIndex == number << 9 | UInt32(index))
                    body(item, slot)
                }
                precondition(chunk.next != WheelSlots.none || number == tail)
                (previous, number) = (number, chunk.next)
            }
        }
    }
}
