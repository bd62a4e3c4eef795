// The elements that SORT sorts. They are copied, because looking for what they weigh may change the keyspace, and so
// are the texts that they are sorted by. A number of 64 bits decides most comparisons: the weight, or the beginning
// of the text.

/// Elements of a list, set or sorted set, on their way into another order.
struct SortElements: ~Copyable {
    private struct Element {
        /// The element's bytes.
        let start: Int
        let size: Int
        /// What decides where the ranks are equal; the size is negative if there is nothing.
        var keyStart = 0
        var keySize = -1
        /// Elements of a lower rank come first.
        var rank: UInt64 = 0

        mutating func weighByItself(_ text: borrowing Buffer, visible: Bool) {
            let bytes = text.contents.dropping(first: start).prefix(size)
            keyStart = start
            keySize = visible ? bytes.visible.count : size
            rank = bytes.prefix(keySize).leadingRank
        }
    }

    private var elements: [Element] = []
    private var text = Buffer()

    var count: Int { elements.count }

    mutating func append(_ element: StringValue) {
        let start = text.count
        element.withBytes { text.append($0) }
        elements.append(Element(start: start, size: text.count - start))
    }

    @_lifetime(borrow self)
    func element(_ index: Int) -> Bytes {
        text.contents.dropping(first: elements[index].start).prefix(elements[index].size)
    }

    // MARK: Weights

    /// The elements are the texts to sort by.
    mutating func weighByThemselves(visible: Bool) {
        for index in 0..<elements.count { elements[index].weighByItself(text, visible: visible) }
    }

    /// The element is sorted by this text.
    mutating func weigh(_ index: Int, by value: Bytes, visible: Bool) {
        elements[index].keyStart = text.count
        text.append(visible ? value.visible : value)
        elements[index].keySize = text.count - elements[index].keyStart
        elements[index].rank = text.contents.dropping(first: elements[index].keyStart).leadingRank
    }

    /// The element is sorted by this number, and then by itself.
    mutating func weigh(_ index: Int, by number: Double) {
        elements[index].keyStart = elements[index].start
        elements[index].keySize = elements[index].size
        elements[index].rank = number.orderedBits
    }

    // MARK: Order

    /// Puts in order what belongs into `range`; the rest only if `whole`. Equal elements stay in the order in which
    /// they came, or are in that of Redis if not all are sorted.
    mutating func sort(descending: Bool, _ range: Range<Int>, whole: Bool) {
        if descending {
            SortElements.sort(&elements, range, whole) { -SortElements.order($0, $1, text) }
        } else {
            SortElements.sort(&elements, range, whole) { SortElements.order($0, $1, text) }
        }
    }

    @inline(__always)
    private static func sort(
        _ elements: inout [Element], _ range: Range<Int>, _ whole: Bool, _ order: (Element, Element) -> Int
    ) {
        if whole { elements.sort { order($0, $1) < 0 } } else { elements.sort(only: range, by: order) }
    }

    @inline(__always)
    private static func order(_ left: Element, _ right: Element, _ text: borrowing Buffer) -> Int {
        if left.rank != right.rank { return left.rank < right.rank ? -1 : 1 }
        return orderOfTexts(left, right, text)
    }

    private static func orderOfTexts(_ left: Element, _ right: Element, _ text: borrowing Buffer) -> Int {
        guard left.keySize >= 0, right.keySize >= 0 else {
            return left.keySize < right.keySize ? -1 : left.keySize == right.keySize ? 0 : 1
        }
        let leftText = text.contents.dropping(first: left.keyStart).prefix(left.keySize)
        return leftText.compare(text.contents.dropping(first: right.keyStart).prefix(right.keySize))
    }
}

extension Bytes {
    /// The first 8 bytes as a number whose order is that of the texts; missing ones are zeros.
    fileprivate var leadingRank: UInt64 {
        if count >= 8 { return word(at: 0).byteSwapped }
        var rank: UInt64 = 0
        for index in 0..<count { rank = rank &<< 8 | UInt64(self[index]) }
        return count == 0 ? 0 : rank &<< UInt64(64 - 8 * count)
    }
}

extension Double {
    /// A number whose order is that of the numbers; both zeros are one.
    fileprivate var orderedBits: UInt64 {
        let bits = self == 0 ? 0 : bitPattern
        return sign == .minus && self != 0 ? ~bits : bits | 1 &<< 63
    }
}
