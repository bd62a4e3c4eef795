// Command lines, and the lines of configuration that they become.

import Testing

@testable import Engine

@Suite struct InvocationTests {
    private func options(_ arguments: String...) throws -> [String] {
        let invocation = try Invocation(["apus-server"] + arguments, directory: "/d")
        return invocation.options.map { $0.trimmed.string }
    }

    @Test func optionsBecomeLines() throws {
        #expect(try options("--port", "1") == [#"port "1""#])
        #expect(try options("--port", "1", "2", "--hz", "3") == [#"port "1" "2""#, #"hz "3""#])
        #expect(try options("--maxmemory 700mb", "--loglevel 'verbose'") == ["maxmemory 700mb", "loglevel 'verbose'"])
        #expect(try options("--logfile", "--my--file", "--hz", "1") == [#"logfile "--my--file""#, #"hz "1""#])
        #expect(try options("--save", "--hz", "1") == [#"save """#, #"hz "1""#])
        #expect(try options("--hz", "1", "--save") == [#"hz "1""#, #"save """#])
        #expect(try options("--save", "", "--hz", "1") == [#"save """#, #"hz "1""#])
        #expect(
            try options("--proc-title-template", "--save", "--save", "") == [
                #"proc-title-template "--save""#, #"save """#,
            ])
        #expect(try options("--port") == ["port"])
        #expect(try options("--requirepass", "a\"b\n") == [#"requirepass "a\"b\n""#])
    }

    @Test func theFirstWordIsAFileUnlessItBeginsWithADash() throws {
        let invocation = try Invocation(["s", "a.conf", "loglevel", "verbose", "--hz", "1", "-"], directory: "/d")
        #expect(invocation.configurationFile == "/d/a.conf")
        #expect(invocation.readsStandardInput)
        #expect(invocation.options.map { $0.trimmed.string } == [#""loglevel" "verbose""#, #"hz "1""#])
        #expect(try Invocation(["s", "-"], directory: "/d").readsStandardInput)
        #expect(try Invocation(["s"], directory: "/d").isBare)
    }

    @Test func questionsAreAnsweredWithoutAServer() {
        func answer(_ arguments: String...) -> CommandLineAnswer? {
            do throws(CommandLineAnswer) { _ = try Invocation(arguments, directory: "/d") } catch { return error }
            return nil
        }
        #expect(answer("s", "--version")?.text.hasPrefix("Apus server v=7.2.4 sha=") == true)
        #expect(answer("s", "-v")?.exitCode == 0)
        #expect(answer("s", "--help")?.exitCode == 1)
        #expect(answer("s", "x.conf", "--sentinel")?.text.contains("Sentinel") == true)
        #expect(answer("/usr/bin/redis-sentinel", "x.conf")?.exitCode == 1)
        #expect(FileTool(program: "/usr/bin/redis-check-aof") == .checkAppendOnly)
        #expect(FileTool(program: "./redis-check-rdb-7") == .checkSnapshot)
        #expect(FileTool(program: "/redis-check-aof/redis-server") == nil)
        #expect(answer("/usr/bin/redis-server", "x.conf") == nil)
    }
}
