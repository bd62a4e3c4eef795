// Lua scripts in tests of the bundled libraries: one machine, whole scripts, answers as text.

import Foundation
import TestSupport
import Testing

@testable import Lua

/// A machine with all libraries that runs scripts to their end.
struct BundledScripts: ~Copyable {
    private var machine: Machine
    private let prelude: String

    static let folder = repositoryRoot.appendingPathComponent("Tests/LuaTests/Answers")

    init() throws {
        prelude = try String(contentsOf: BundledScripts.folder.appendingPathComponent("prelude.lua"), encoding: .utf8)
        machine = Machine()
        do throws(Raised) { try machine.openLibraries() } catch { Issue.record("the libraries do not open") }
        machine.keep()
    }

    /// What an expression gives behind the prelude, as scripts/lib/lua_answers.py runs it on a real server.
    mutating func answer(_ expression: String) -> String {
        run("\(prelude)return answer(pcall(function() return \(expression) end))")
    }

    /// The string that a script returns behind the prelude, or its error.
    mutating func run(behindPrelude script: String) -> String { run(prelude + script) }

    private mutating func run(_ script: String) -> String {
        defer { machine.end() }
        do throws(Raised) {
            let function = try unsafe machine.load(
                Array(script.utf8).span.bytes, chunkName: Array("@user_script".utf8).span.bytes)
            machine.begin(function)
        } catch {
            return "ERROR " + text(machine.raised)
        }
        while true {
            switch machine.run() {
            case .finished(let results): return results == 0 ? "nothing" : text(machine[result: 0])
            case .failed: return "ERROR " + text(machine.raised)
            case .paused: continue
            case .hostCall: machine.finishHostCall(results: 0)
            }
        }
    }

    private func text(_ value: Value) -> String {
        guard value.isString else { return "(a \(value.typeName))" }
        let bytes = machine.text(of: value).array
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
