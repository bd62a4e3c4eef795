// Fields with their deadlines, one behind the other, as files bring them.

extension HashValue {
    /// Adds a field that the caller knows to be absent: a packed hash is not searched. A `deadline` of 0 stands for
    /// none.
    @_lifetime(self: copy self)
    mutating func append(absent field: Bytes, _ value: Bytes, deadline: Int64) {
        prepare(addingFields: 1, longestSize: max(field.count, value.count))
        if isTimed, case .packed(let pairs) = form {
            _ = appendTimed(field, PackedField(field), value, to: pairs)
        } else {
            append(absent: field, value)
        }
        if deadline == 0 { return }
        guard case .packed(let pairs) = form else {
            setDeadline(of: field, to: deadline)
            return
        }
        if !isTimed { beginTiming() }
        deadlines[pairs.count &- 1] = deadline
        deadlines.earliest = min(deadlines.earliest, deadline)
    }
}
