// Sorting only as far as somebody looks: a stretch of many elements, in order. It is the quicksort of Bentley and
// McIlroy ("Engineering a Sort Function", 1993) as Redis uses it, so that equal elements end in the same order; parts
// outside the stretch are left as they are, and parts that refuse to become small are sorted in another way.
//
//     while a part is divided       = pivot | < pivot | not seen | > pivot | = pivot
//                                   start   equalEnd  low     high  equalStart    end

extension Array {
    /// Puts in order what belongs into `stretch`; what is in front of it then is less, and what is behind is more.
    /// - Complexity: O(n log n) whatever the order was; about O(n) for a short stretch.
    mutating func sort(only stretch: Range<Int>, by order: (Element, Element) -> Int) {
        if stretch.isEmpty || count < 2 { return }
        // Twice as many divisions as halving would need.
        let patience = 2 * (Int.bitWidth - count.leadingZeroBitCount)
        sort(0..<count, only: stretch, patience, order)
    }

    private mutating func sort(
        _ whole: Range<Int>, only stretch: Range<Int>, _ patience: Int, _ order: (Element, Element) -> Int
    ) {
        var part = whole, patience = patience
        while part.count >= 7 {
            if patience == 0 { return sortFully(part, order) }
            patience -= 1
            let (less, more) = divide(part, order)
            if less.count > 1, less.overlaps(stretch) { sort(less, only: stretch, patience, order) }
            guard more.count > 1, more.overlaps(stretch) else { return }
            part = more
        }
        for end in part.dropFirst() {
            var place = end
            while place > part.lowerBound, order(self[place &- 1], self[place]) > 0 {
                swapAt(place, place &- 1)
                place &-= 1
            }
        }
    }

    private mutating func sortFully(_ part: Range<Int>, _ order: (Element, Element) -> Int) {
        self[part].sort { order($0, $1) < 0 }
    }

    /// Brings what is less than a pivot to the front, and what is more to the back.
    private mutating func divide(_ part: Range<Int>, _ order: (Element, Element) -> Int) -> (Range<Int>, Range<Int>) {
        let start = part.lowerBound, end = part.upperBound
        swapAt(start, pivot(of: part, order))
        var equalEnd = start &+ 1, low = equalEnd, high = end &- 1, equalStart = high
        while true {
            while low <= high, case let result = order(self[low], self[start]), result <= 0 {
                if result == 0 {
                    swapAt(equalEnd, low)
                    equalEnd &+= 1
                }
                low &+= 1
            }
            while low <= high, case let result = order(self[high], self[start]), result >= 0 {
                if result == 0 {
                    swapAt(high, equalStart)
                    equalStart &-= 1
                }
                high &-= 1
            }
            if low > high { break }
            swapAt(low, high)
            low &+= 1
            high &-= 1
        }
        let less = low &- equalEnd, more = equalStart &- high
        exchange(start, low, Swift.min(equalEnd &- start, less))
        exchange(low, end, Swift.min(more, end &- 1 &- equalStart))
        return (start..<start &+ less, end &- more..<end)
    }

    /// Exchanges the first `size` elements from `start` on with the last ones before `end`.
    private mutating func exchange(_ start: Int, _ end: Int, _ size: Int) {
        for index in 0..<size { swapAt(start &+ index, end &- size &+ index) }
    }

    /// The middle one of three elements, or of nine.
    private func pivot(of part: Range<Int>, _ order: (Element, Element) -> Int) -> Int {
        var low = part.lowerBound, middle = low &+ part.count / 2, high = part.upperBound &- 1
        if part.count == 7 { return middle }
        if part.count > 40 {
            let step = part.count / 8
            low = median(low, low &+ step, low &+ 2 &* step, order)
            middle = median(middle &- step, middle, middle &+ step, order)
            high = median(high &- 2 &* step, high &- step, high, order)
        }
        return median(low, middle, high, order)
    }

    private func median(_ a: Int, _ b: Int, _ c: Int, _ order: (Element, Element) -> Int) -> Int {
        if order(self[a], self[b]) < 0 {
            return order(self[b], self[c]) < 0 ? b : order(self[a], self[c]) < 0 ? c : a
        }
        return order(self[b], self[c]) > 0 ? b : order(self[a], self[c]) < 0 ? a : c
    }
}
