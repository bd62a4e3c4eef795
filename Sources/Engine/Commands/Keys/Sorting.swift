// SORT and SORT_RO: the elements are loaded, weighed by what their patterns name, sorted as far as they are asked for,
// and shown or stored.

extension CommandContext {
    mutating func sort(
        _ arguments: Arguments, mayStore: Bool, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var request = try SortRequest(arguments, mayStore: mayStore)
        var elements = SortElements()
        let range = try load(&elements, arguments.key(1), &request)
        if !request.keepsOrder {
            try weigh(&elements, arguments, request)
            let isPartial = range.count < elements.count && (request.by != nil || !request.comparesVisibleText)
            elements.sort(descending: request.isDescending, range, whole: !isPartial)
        }
        guard let destination = request.destination else {
            return show(elements, range, arguments, request, &reply)
        }
        let result = list(of: elements, range, arguments, request), count = result.count
        keyspace.store(arguments.key(destination), result, event: .sortstore, changes: count)
        reply.integer(count)
    }

    // MARK: Loading

    /// Loads the elements at `key`, and says which of the loaded ones are wanted once they are in order.
    private mutating func load(
        _ elements: inout SortElements, _ key: Key, _ request: inout SortRequest
    ) throws(CommandError) -> Range<Int> {
        switch keyspace.kind(of: key) {
        case .list:
            guard let list = try keyspace.value(at: key, as: ListValue.self) else { return 0..<0 }
            let (part, isBackwards) = request.part(of: list.count)
            list.forEach(in: part, backwards: isBackwards) { elements.append($0) }
            return request.keepsOrder ? 0..<part.count : request.range(of: list.count)
        case .sortedSet:
            guard let set = try keyspace.value(at: key, as: SortedSetValue.self) else { return 0..<0 }
            let (part, isBackwards) = request.part(of: set.count)
            set.forEach(in: part, backwards: isBackwards) { member, _ in elements.append(member) }
            return request.keepsOrder ? 0..<part.count : request.range(of: set.count)
        default:
            guard let set = try keyspace.value(at: key, as: SetValue.self) else { return 0..<0 }
            if request.keepsOrder, request.destination != nil || scripts.run.isRunning { request.orderIsNeeded() }
            set.forEach { elements.append($0) }
            return request.range(of: set.count)
        }
    }

    // MARK: Weights

    /// Finds out what each element is to be sorted by; what is missing counts as zero, or comes first.
    private mutating func weigh(
        _ elements: inout SortElements, _ arguments: Arguments, _ request: SortRequest
    ) throws(CommandError) {
        let visible = request.comparesVisibleText
        if request.by == nil, request.isByText { return elements.weighByThemselves(visible: visible) }
        var name = Buffer(), value = Buffer(), allAreNumbers = true
        for index in 0..<elements.count {
            guard let by = request.by else {
                let weight = StringValue.bytes(elements.element(index)).weight
                elements.weigh(index, by: weight ?? 0)
                allAreNumbers = allAreNumbers && weight != nil
                continue
            }
            if request.isByText {
                value.truncate(to: 0)
                let isThere = by.look(for: elements.element(index), arguments, in: &keyspace, &name) { found in
                    found?.withBytes { value.append($0) } != nil
                }
                if isThere { elements.weigh(index, by: value.contents, visible: visible) }
            } else {
                let weight = by.look(for: elements.element(index), arguments, in: &keyspace, &name) { found -> Double in
                    if let found { return found.weight ?? .nan }
                    return 0
                }
                elements.weigh(index, by: weight)
                allAreNumbers = allAreNumbers && !weight.isNaN
            }
        }
        guard allAreNumbers else { throw .because("ERR One or more scores can't be converted into double") }
    }

    // MARK: Results

    private mutating func show(
        _ elements: borrowing SortElements, _ range: Range<Int>, _ arguments: Arguments, _ request: SortRequest,
        _ reply: inout ReplyWriter
    ) {
        var name = Buffer()
        reply.array(range.count * max(1, request.shown.count))
        for index in range {
            if request.shown.isEmpty { reply.bulk(elements.element(index)) }
            for pattern in request.shown {
                pattern.look(for: elements.element(index), arguments, in: &keyspace, &name) { found in
                    if let found { reply.bulk(found) } else { reply.null() }
                }
            }
        }
    }

    @_lifetime(immortal)
    private mutating func list(
        of elements: borrowing SortElements, _ range: Range<Int>, _ arguments: Arguments, _ request: SortRequest
    ) -> ListValue {
        var result = ListValue.empty(in: keyspace.heap)
        var name = Buffer(), value = Buffer()
        for index in range {
            if request.shown.isEmpty { result.add(elements.element(index)) }
            for pattern in request.shown {
                value.truncate(to: 0)
                pattern.look(for: elements.element(index), arguments, in: &keyspace, &name) { found in
                    if let found { found.withBytes { value.append($0) } }
                }
                result.add(value.contents)
            }
        }
        return result
    }
}

extension ListValue {
    @_lifetime(self: copy self)
    fileprivate mutating func add(_ element: Bytes) {
        prepare(forSize: element.count, count: 1)
        push(element, at: .tail)
    }
}

extension SortRequest {
    /// Which of `count` elements are to be loaded, and whether from the last one to the first.
    fileprivate func part(of count: Int) -> (Range<Int>, isBackwards: Bool) {
        guard keepsOrder else { return (0..<count, false) }
        let range = range(of: count)
        return isDescending ? (count - range.upperBound..<count - range.lowerBound, true) : (range, false)
    }
}

extension StringValue {
    /// The value as C's `strtod` has it, which takes more for numbers than other commands do; nil if it is none.
    fileprivate var weight: Double? {
        switch self {
        case .integer(let integer): return Double(integer)
        case .bytes(let bytes):
            if let integer = bytes.integer { return Double(integer) }
            if let number = bytes.double, number.isNormal || number.isInfinite { return number }
            return bytes.libraryDouble
        }
    }
}
