// Source text to prototype, in one pass: instructions are made while the text is read, there is no syntax tree.
//
// The parts: Lexer (tokens), Compilation+Statements and +Expressions (the grammar), +Values, +Operators, +Jumps (the
// instructions), +Variables (scopes), Constants, Verifier. Text only: there is no form of compiled code to be loaded.

/// Compiles in one pass.
enum Compiler {
    /// The largest source: 512 MiB.
    static let sourceLimit = 512 << 20

    /// `chunkName` as lua_load takes it: "@name", "=name" or the source itself. `depth` counts against the 200 levels
    /// of nesting: 1 if a running script compiles. Throws 5.1's message, or "not enough memory" if the code would take
    /// about more bytes than `memory`.
    /// - Complexity: O(n); functions nested in functions look their free names up in each of them.
    static func compile(_ source: Text, chunkName: [UInt8], depth: Int = 0, memory: Int = .max)
        throws(SyntaxError) -> Prototype
    {
        guard source.count <= sourceLimit else {
            throw SyntaxError(message: shortName(of: chunkName) + Array(": chunk too large".utf8))
        }
        var compilation = Compilation(Lexer(source, chunkName: chunkName), depth: depth, memory: memory)
        return try compilation.compileChunk()
    }
}

/// A chunk while it is compiled.
struct Compilation: ~Copyable, ~Escapable {
    var lexer: Lexer
    /// The innermost function.
    var function = FunctionState(firstLine: 0)
    /// The functions around it, the outermost first.
    var enclosing: [FunctionState] = []
    /// The variables that those have in scope.
    var enclosingVariables = 0
    /// Levels of nesting of blocks and expressions, as 5.1 counts them.
    var depth: Int
    /// Bytes that the code may still take.
    var memory: Int

    static let levelLimit = 200
    static let localLimit = 200
    static let upvalueLimit = 60
    static let registerLimit = 250

    @_lifetime(copy lexer)
    init(_ lexer: consuming Lexer, depth: Int, memory: Int) {
        self.lexer = lexer
        self.depth = depth
        self.memory = memory
    }

    mutating func compileChunk() throws(SyntaxError) -> Prototype {
        function.prototype.isVariadic = true
        try lexer.advance()
        try parseBlockStatements()
        try check(.end)
        return try closeFunction()
    }

    @inline(__always) mutating func enterLevel() throws(SyntaxError) {
        depth += 1
        if depth > Compilation.levelLimit { throw lexer.error("chunk has too many syntax levels") }
    }

    // MARK: Tokens

    @inline(__always) mutating func accept(_ kind: TokenKind) throws(SyntaxError) -> Bool {
        guard lexer.token.kind == kind else { return false }
        try lexer.advance()
        return true
    }

    @inline(__always) func check(_ kind: TokenKind) throws(SyntaxError) {
        if lexer.token.kind != kind { throw lexer.errorNearToken("'\(kind.text)' expected") }
    }

    @inline(__always) mutating func expect(_ kind: TokenKind) throws(SyntaxError) {
        try check(kind)
        try lexer.advance()
    }

    /// What closes something that was opened on a line.
    mutating func expect(_ kind: TokenKind, closing opener: TokenKind, at line: Int) throws(SyntaxError) {
        if try accept(kind) { return }
        if line == lexer.line { try check(kind) }
        throw lexer.errorNearToken("'\(kind.text)' expected (to close '\(opener.text)' at line \(line))")
    }

    mutating func expectName() throws(SyntaxError) -> Slice {
        try check(.name)
        let name = lexer.token.slice
        try lexer.advance()
        return name
    }

    /// An error about a limit of the function.
    func limitError(_ limit: Int, _ what: String) -> SyntaxError {
        let line = function.prototype.firstLine
        let place = line == 0 ? "main function" : "function at line \(line)"
        return lexer.error("\(place) has more than \(limit) \(what)")
    }
}
