// stub: source text to prototype.

/// Why a chunk cannot be compiled: 5.1's message, chunk name and line included.
struct SyntaxError: Error { let message: [UInt8] }

/// Compiles in one pass.
enum Compiler {
    /// `chunkName` as lua_load takes it: "@name", "=name" or the source itself.
    static func compile(_ source: Text, chunkName: [UInt8]) throws(SyntaxError) -> Prototype { fatalError() }
    /// As luaO_chunkid shortens it for messages: `user_script`, `[string "return 1…"]`.
    static func shortName(of chunkName: [UInt8]) -> [UInt8] { fatalError() }
}
