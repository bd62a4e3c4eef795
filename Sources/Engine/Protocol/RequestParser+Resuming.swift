// Requests of many arguments that arrive in pieces: each piece is read once.
// Ownership rule: what is remembered are offsets; the views are made when the request is complete.

/// How far a request of many arguments has been read: where its arguments are, counted from its start. Without it,
/// each new piece of input would have all that came before read again.
@safe struct RequestProgress: ~Copyable {
    fileprivate var places = Buffer()
    fileprivate var count = 0
    fileprivate var cursor = 0

    fileprivate static let placeSize = 2 * MemoryLayout<Int>.size
    /// With fewer arguments than this, reading them again is cheaper than remembering them.
    fileprivate static let leastRead = 32

    var isEmpty: Bool { count == 0 }
    var memoryUsed: Int { places.capacity }

    fileprivate var read: Int { places.count / RequestProgress.placeSize }

    fileprivate mutating func append(_ offset: Int, _ length: Int) {
        places.reserve(RequestProgress.placeSize)
        unsafe places.end.storeBytes(of: offset, as: Int.self)
        unsafe places.end.storeBytes(of: length, toByteOffset: MemoryLayout<Int>.size, as: Int.self)
        places.advance(RequestProgress.placeSize)
    }

    fileprivate func place(_ index: Int) -> (offset: Int, length: Int) {
        let place = unsafe places.start + index * RequestProgress.placeSize
        return unsafe (place.load(as: Int.self), place.load(fromByteOffset: MemoryLayout<Int>.size, as: Int.self))
    }

    mutating func reset() { self = RequestProgress() }
}

extension RequestParser {
    /// Keeps what `next` has read of the incomplete request at `offset`, if it is much.
    mutating func saveProgress(in input: Bytes, at offset: Int, to progress: inout RequestProgress) {
        guard partial.read >= RequestProgress.leastRead, progress.isEmpty else { return }
        progress.count = partial.count
        progress.cursor = partial.cursor
        progress.places.reserve(partial.read * RequestProgress.placeSize)
        for index in 0..<partial.read {
            let slot = unsafe slots[used + index]
            unsafe progress.append(slot.start - input.start - offset, slot.count)
        }
    }

    /// Goes on with the request at the start of the input, of which `progress` tells; nothing else has been parsed.
    mutating func resume(_ progress: inout RequestProgress, in input: Bytes, at offset: inout Int) -> ParsedRequest {
        precondition(used == 0 && offset == 0)
        partial = (0, 0, 0)
        forgetName()
        let end = unsafe input.start + input.count
        var cursor = unsafe input.start + progress.cursor
        while progress.read < progress.count {
            progress.cursor = unsafe cursor - input.start
            guard unsafe cursor < end else { return .incomplete(sizeNeeded: input.count + 1) }
            let byte = unsafe cursor.load(as: UInt8.self)
            guard byte == UInt8(ascii: "$") else { return .malformed(.expectedBulk(got: byte)) }
            unsafe cursor += 1
            let length = unsafe RequestParser.length(&cursor, end)
            if length == RequestParser.unfinished { return .incomplete(sizeNeeded: input.count + 1) }
            if length < 0 || length > 16384, let error = error(inLength: length) { return .malformed(error) }
            guard unsafe length + 2 <= end - cursor else {
                return unsafe .incomplete(sizeNeeded: cursor - input.start + length + 2)
            }
            unsafe progress.append(cursor - input.start, length)
            unsafe cursor += length + 2
        }
        if progress.count > capacity { grow(progress.count) }
        for index in 0..<progress.count {
            let place = progress.place(index)
            unsafe (slots + index).initialize(
                to: ArgumentList.Slot(start: input.start + place.offset, count: place.length))
        }
        used = progress.count
        offset = unsafe cursor - input.start
        progress.reset()
        return unsafe .request(ArgumentList(slots: slots, count: used))
    }
}
