// Compiles text for tests.

@testable import Lua

/// Compiles a chunk called "@x".
func compile(_ source: [UInt8]) throws(SyntaxError) -> Prototype {
    // One byte more, so that there is something to point at.
    let padded = source + [0]
    var result: Result<Prototype, SyntaxError> = .failure(SyntaxError(message: []))
    unsafe padded.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        let text = unsafe Text(unsafeStart: start, count: source.count)
        do throws(SyntaxError) {
            result = .success(try Compiler.compile(text, chunkName: Array("@x".utf8)))
        } catch {
            result = .failure(error)
        }
    }
    return try result.get()
}

/// The message of the syntax error, or nothing.
func compilerMessage(_ source: String) -> String {
    do throws(SyntaxError) {
        _ = try compile(Array(source.utf8))
        return ""
    } catch {
        return String(decoding: error.message, as: UTF8.self)
    }
}

/// The instructions, without the heading.
func listing(_ source: String) -> [String] {
    guard let prototype = try? compile(Array(source.utf8)) else { return [compilerMessage(source)] }
    return prototype.listing.split(separator: "\n").map(String.init)
}

extension Verifier {
    /// Whether the function and those within it are sound.
    static func isSoundThroughout(_ prototype: Prototype) -> Bool {
        isSound(prototype) && prototype.children.allSatisfy(isSoundThroughout)
    }
}
