// The first line of a library of functions: `#!lua name=mylib`.

/// What a library says about itself.
struct LibraryLine {
    private(set) var name: [UInt8] = []
    /// How much of the code it takes; the line end, which counts as a line of the library, is not a part of it.
    private(set) var length = 0

    /// Reads the line; what is wrong with it is composed in `message`.
    init?(of code: Bytes, _ message: inout String) {
        guard code.count >= 2, code[0] == UInt8(ascii: "#"), code[1] == UInt8(ascii: "!") else {
            message = "Missing library metadata"
            return nil
        }
        guard let end = code.firstIndex(of: 10), code.prefix(end).firstIndex(of: 0) == nil,
            let words = Shebang.words(of: code.prefix(end)), let engine = words.first
        else {
            message = "Invalid library metadata"
            return nil
        }
        length = end
        guard read(words.dropFirst(), &message) else { return nil }
        guard LibraryLine.isName(name) else {
            message = LibraryLine.wrongName
            return nil
        }
        guard engine.dropFirst(2).lowercased() == "lua" else {
            message = "Engine '\(engine.dropFirst(2))' not found"
            return nil
        }
    }

    private mutating func read(_ words: ArraySlice<String>, _ message: inout String) -> Bool {
        var found: String?
        for word in words {
            guard word.utf8.count >= 5, word.prefix(5).lowercased() == "name=" else {
                message = "Invalid metadata value given: \(word)"
                return false
            }
            if found != nil {
                message = "Invalid metadata value, name argument was given multiple times"
                return false
            }
            found = String(word.dropFirst(5))
        }
        guard let found else {
            message = "Library name was not given"
            return false
        }
        name = Array(found.utf8)
        return true
    }

    static let wrongName =
        "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"

    /// Whether a library or a function can be called so.
    static func isName(_ name: [UInt8]) -> Bool {
        !name.isEmpty
            && name.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
                default: false
                }
            }
    }
}
