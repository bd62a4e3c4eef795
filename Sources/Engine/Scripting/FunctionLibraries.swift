// The libraries that FUNCTION LOAD has made, and their functions, found by name whatever the case of its letters. What
// their functions are to the machine is kept there, in a table of the host, under the numbers that they have here.

/// A function that FCALL can call.
struct LibraryFunction {
    let name: [UInt8]
    let description: [UInt8]?
    let flags: ScriptFlags
    /// Its place in the table of callbacks, from 1 on.
    let number: Int
}

/// What one FUNCTION LOAD has brought.
struct FunctionLibrary {
    let name: [UInt8]
    /// As it was given, with its first line.
    let code: [UInt8]
    let functions: [LibraryFunction]

    private static let overhead = 96

    /// What it occupies, without what its code was compiled to.
    var memoryUsed: Int {
        functions.reduce(name.count + code.count + FunctionLibrary.overhead) { sum, function in
            sum + function.name.count + (function.description?.count ?? 0) + FunctionLibrary.overhead
        }
    }
}

/// All libraries, in the order in which they came.
struct FunctionLibraries: ~Copyable {
    private(set) var all: [FunctionLibrary] = []
    private(set) var functionCount = 0
    private(set) var memoryUsed = 0
    /// Functions by their numbers.
    private var functions = SlotTable<LibraryFunction>()
    private var byName = HashIndex()
    private var freeNumbers: [Int] = []
    private var nextNumber = 1

    // MARK: Looking up

    /// The function of this name, whose letters may be of either case.
    func function(named name: Bytes) -> LibraryFunction? {
        guard let number = find(name) else { return nil }
        return functions[number]
    }

    private func find(_ name: Bytes) -> Int? {
        var search = HashIndex.Search(FunctionLibraries.hash(name))
        while let number = byName.next(&search) {
            if withBytes(of: functions[number].name, { FunctionLibraries.areAlike($0, name) }) { return number }
        }
        return nil
    }

    func index(ofLibrary name: [UInt8]) -> Int? { all.firstIndex { $0.name == name } }

    static func areAlike(_ one: Bytes, _ other: Bytes) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count where lowercase(one[index]) != lowercase(other[index]) { return false }
        return true
    }

    @inline(__always) private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// The same for all names that are alike. Who loads functions chooses their names, and hurts only himself.
    private static func hash(_ name: Bytes) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in 0..<name.count { hash = (hash ^ UInt64(lowercase(name[index]))) &* 0x100_0000_01B3 }
        return hash
    }

    // MARK: Changing

    /// A number for a function that is being registered: it is given back, or inserted with the library.
    mutating func takeNumber() -> Int {
        if let number = freeNumbers.popLast() { return number }
        defer { nextNumber += 1 }
        return nextNumber
    }

    mutating func giveBack(_ number: Int) { freeNumbers.append(number) }

    mutating func insert(_ library: FunctionLibrary) {
        for function in library.functions {
            functions.insert(function, at: function.number)
            byName.insert(withBytes(of: function.name) { FunctionLibraries.hash($0) }, function.number)
        }
        functionCount += library.functions.count
        memoryUsed += library.memoryUsed
        all.append(library)
    }

    /// Takes a library out; the numbers of its functions stay theirs until they are given back.
    mutating func remove(at index: Int) -> FunctionLibrary {
        let library = all.remove(at: index)
        for function in library.functions {
            byName.remove(withBytes(of: function.name) { FunctionLibraries.hash($0) }, function.number)
            functions.remove(at: function.number)
        }
        functionCount -= library.functions.count
        memoryUsed -= library.memoryUsed
        return library
    }
}
