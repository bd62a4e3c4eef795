// When free memory goes back to the kernel: what counts is what has come free since it last did.

import Testing

@testable import Engine

@Suite struct HeapReturnTests {
    @Test func whatHasComeFreeIsWorthIt() {
        var heapReturn = HeapReturn()
        func areWorthIt(_ sizes: [Int]) -> [Bool] { sizes.map { heapReturn.isWorthwhile(free: $0, most: 1000) } }
        #expect(areWorthIt([900, 1001]) == [false, true])
        heapReturn.noteReturn(free: 5000)
        #expect(areWorthIt([5000, 6000, 6001]) == [false, false, true])
        // Part of it was needed again, and is free again.
        #expect(areWorthIt([2000, 3000, 3001]) == [false, false, true])
    }

    @Test func whatWasGivenBackIsNotHeld() {
        var heapReturn = HeapReturn()
        heapReturn.bytesGivenBack = 70
        heapReturn.noteReturn(free: 5000)
        #expect(heapReturn.bytesReturned == 5000 && heapReturn.bytesGivenBack == 0)
        _ = heapReturn.isWorthwhile(free: 4000, most: 1000)
        _ = heapReturn.isWorthwhile(free: 4500, most: 1000)
        #expect(heapReturn.bytesReturned == 4000)
    }

    /// A heap of a million pieces is not walked every second.
    @Test func looksThatTakeLongAreRare() {
        var heapReturn = HeapReturn()
        #expect(heapReturn.isLookDue(at: 1_700_000_000_000))
        heapReturn.noteLook(at: 1_700_000_000_000, took: 10)
        #expect(!heapReturn.isLookDue(at: 1_700_000_000_999))
        #expect(heapReturn.isLookDue(at: 1_700_000_001_000))
        heapReturn.noteLook(at: 1_700_000_001_000, took: 20_000)
        #expect(!heapReturn.isLookDue(at: 1_700_000_020_999))
        #expect(heapReturn.isLookDue(at: 1_700_000_021_000))
        // A clock that was set back does not put it off for ever.
        heapReturn.noteLook(at: 1_800_000_000_000, took: 10)
        #expect(heapReturn.isLookDue(at: 1_700_000_000_000))
    }

    @Test func eachSnapshotCountsOnce() {
        var heapReturn = HeapReturn()
        let answers = [0, 1, 1, 2].map { heapReturn.hasSeenSave($0) }
        #expect(answers == [false, true, false, true])
    }
}
