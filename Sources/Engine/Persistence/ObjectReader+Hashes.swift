// Hashes from snapshots. A field that comes twice is refused. Of the hashes whose fields end, which Redis has from 7.4
// on and Valkey from 9.0, what has ended is left out.

extension ObjectReader {
    /// Types 9, 13 and 16: fields and values by turns in a zipmap, a ziplist or a listpack.
    func readPackedHash(_ type: ObjectType, from source: inout PayloadReader) throws(PayloadError)
        -> LoadedValue
    {
        var text = Buffer()
        let bytes = try source.string(&text)
        // What was in a zipmap is measured anew, as in Redis.
        if type == .hashZipmap {
            let listpack = try converted(zipmap: bytes)
            return try readFields(of: listpack.contents, stride: 2)
        }
        return try withoutSizeLimits { () throws(PayloadError) in
            if type == .hashListpack { return try readFields(of: bytes, stride: 2) }
            let listpack = try converted(ziplist: bytes)
            return try readFields(of: listpack.contents, stride: 2)
        }
    }

    /// The elements of an older form, as a listpack.
    func converted(ziplist bytes: Bytes) throws(PayloadError) -> ListpackWriter {
        guard let ziplist = Ziplist(checking: bytes) else { throw .malformed }
        var listpack = ListpackWriter()
        ziplist.forEach { listpack.append($0) }
        return listpack
    }

    private func converted(zipmap bytes: Bytes) throws(PayloadError) -> ListpackWriter {
        guard let zipmap = Zipmap(checking: bytes) else { throw .malformed }
        var listpack = ListpackWriter()
        zipmap.forEach { listpack.append($0) }
        return listpack
    }

    /// Fields and values by turns; with a stride of three, a moment behind each value, which is zero for none.
    private func readFields(of bytes: Bytes, stride: Int) throws(PayloadError) -> LoadedValue {
        guard let listpack = Listpack(checking: bytes), listpack.count % stride == 0 else { throw .malformed }
        let count = listpack.count / stride
        return try build(HashValue.empty(in: heap)) { (hash) throws(PayloadError) in
            var fields = FieldCollector(expecting: count, in: &hash, heap)
            fields.duplicate = .damaged("Hash integrity check failed: listpack with dup elements")
            var position = listpack.first
            while position < listpack.end {
                let valuePosition = listpack.next(position)
                var behind = listpack.next(valuePosition), end: Int64 = 0
                if stride == 3 {
                    guard case .integer(let moment) = listpack.element(at: behind) else { throw .malformed }
                    end = try deadline(moment)
                    behind = listpack.next(behind)
                }
                if keeps(fieldEndingAt: end) {
                    let field = listpack.element(at: position), value = listpack.element(at: valuePosition)
                    try field.withBytes { (field) throws(PayloadError) in
                        try value.withBytes { (value) throws(PayloadError) in
                            try fields.add(field, value, deadline: end, to: &hash)
                        }
                    }
                }
                position = behind
            }
        }
    }

    // MARK: Fields that end

    /// False for a field that has ended.
    private func keeps(fieldEndingAt moment: Int64) -> Bool { moment == 0 || moment > now }

    /// A moment as a hash may have it, 0 for none. Later ones than Redis has are none of its.
    private func deadline(_ moment: Int64) throws(PayloadError) -> Int64 {
        guard moment >= 0, moment <= HashField.latestDeadline else { throw .malformed }
        return moment
    }

    /// Types 22 and 24 of Redis: for each field a moment, the field and its value. The moments of type 24 count from
    /// the earliest one, which comes first, and begin at one.
    func readEndingHash(_ type: ObjectType, from source: inout PayloadReader) throws(PayloadError)
        -> LoadedValue
    {
        var text = Buffer(), valueText = Buffer()
        let earliest = type == .endingHash ? try deadline(source.milliseconds()) : 0
        let count = try source.count(leastSize: 3)
        return try build(HashValue.empty(in: heap)) { (hash) throws(PayloadError) in
            let fields = FieldCollector(expecting: count, in: &hash, heap)
            for _ in 0..<count {
                guard var moment = Int64(exactly: try source.length()) else { throw .malformed }
                if moment > 0, type == .endingHash {
                    let (sum, overflows) = earliest.addingReportingOverflow(moment - 1)
                    guard !overflows else { throw .malformed }
                    moment = sum
                }
                moment = try deadline(moment)
                let field = try source.string(&text), value = try source.string(&valueText)
                if keeps(fieldEndingAt: moment) { try fields.add(field, value, deadline: moment, to: &hash) }
            }
        }
    }

    /// Types 23 and 25 of Redis: one listpack of fields, values and moments.
    func readEndingListpack(_ type: ObjectType, from source: inout PayloadReader) throws(PayloadError)
        -> LoadedValue
    {
        var text = Buffer()
        // The earliest moment is said once more with the field it belongs to.
        if type == .endingHashListpack { _ = try deadline(source.milliseconds()) }
        let bytes = try source.string(&text)
        return try withoutSizeLimits { () throws(PayloadError) in try readFields(of: bytes, stride: 3) }
    }

    /// Type 22 of Valkey: for each field its value and a moment, which is -1 for none.
    func readValkeyHash(from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        var text = Buffer(), valueText = Buffer()
        let count = try source.count(leastSize: 10)
        return try build(HashValue.empty(in: heap)) { (hash) throws(PayloadError) in
            let fields = FieldCollector(expecting: count, in: &hash, heap)
            for _ in 0..<count {
                let field = try source.string(&text), value = try source.string(&valueText)
                let moment = try source.milliseconds()
                guard moment >= -1 else { throw .malformed }
                // Valkey's moments may be later than any that is kept here.
                let end = min(max(0, moment), HashField.latestDeadline)
                if keeps(fieldEndingAt: end) { try fields.add(field, value, deadline: end, to: &hash) }
            }
        }
    }
}

/// Puts fields into a hash, each of them once.
struct FieldCollector: ~Copyable {
    private let index: MemberIndex?
    /// What is said of a field that comes again.
    var duplicate = PayloadError.malformed

    /// For a hash that is searched.
    init() { index = nil }

    /// Before so many fields come, at most: the hash takes the form that suits their number.
    init(expecting count: Int, in hash: inout HashValue, _ heap: Heap) {
        if count > heap.limits.hashEntries { hash.prepare(addingFields: count, longestSize: 0) }
        index = hash.isPacked && count > ObjectReader.mostSearched ? MemberIndex(in: heap) : nil
    }

    /// A `deadline` of 0 stands for none.
    func add(_ field: Bytes, _ value: Bytes, deadline: Int64 = 0, to hash: inout HashValue) throws(PayloadError) {
        if index != nil, hash.isPacked {
            guard index?.insert(field) == true else { throw duplicate }
            hash.append(absent: field, value, deadline: deadline)
        } else {
            // Also a field that is hidden by now must not come twice.
            let before = hash.countInMemory
            hash.set(field, to: value)
            guard hash.countInMemory > before else { throw duplicate }
            if deadline != 0 { hash.setDeadline(of: field, to: deadline) }
        }
    }
}
