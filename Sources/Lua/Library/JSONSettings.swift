// The settings of cjson: those of the machine outlive a script, those of `cjson.new` live with its table.

/// What a script has set about JSON.
struct JSONSettings {
    enum InvalidNumbers: Int { case refused, written, null }

    /// A sparse array becomes an object; otherwise it is an error.
    var convertsSparseArrays = false
    /// An array is sparse if its largest index is so many times its count; 0: never.
    var sparseRatio = 2
    /// Up to this index no array is sparse.
    var sparseSafeLength = 10
    var deepestEncoded = 1000
    var deepestDecoded = 1000
    var precision = 14
    /// Without effect: buffers are kept or not as it suits the machine.
    var keepsBuffer = true
    var encodedInvalidNumbers = InvalidNumbers.refused
    var decodesInvalidNumbers = true
}

extension JSONSettings {
    /// As `store` left them in a table.
    init(from table: Value, _ machine: inout Machine) {
        let values = (1...8).map { Machine.integer(machine.rawGet(table, index: $0).number) }
        convertsSparseArrays = values[0] == 1
        (sparseRatio, sparseSafeLength) = (values[1], values[2])
        (deepestEncoded, deepestDecoded) = (values[3], values[4])
        precision = values[5]
        encodedInvalidNumbers = InvalidNumbers(rawValue: values[6]) ?? .refused
        keepsBuffer = values[7] & 1 == 1
        decodesInvalidNumbers = values[7] & 2 == 2
    }

    /// As numbers, for libraries that `cjson.new` made.
    func store(in table: Value, _ machine: inout Machine) throws(Raised) {
        let flags = (keepsBuffer ? 1 : 0) + (decodesInvalidNumbers ? 2 : 0)
        let values = [
            convertsSparseArrays ? 1 : 0, sparseRatio, sparseSafeLength, deepestEncoded, deepestDecoded, precision,
            encodedInvalidNumbers.rawValue, flags,
        ]
        for (index, value) in values.enumerated() {
            try machine.rawSet(table, index: index + 1, Value(Double(value)))
        }
    }
}
