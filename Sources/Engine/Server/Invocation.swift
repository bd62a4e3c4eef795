// The command line: `[file] [--name value …] [-]`, and the questions answered without a start. Options become
// lines of configuration, as Redis makes them, so that quoting and errors are the same.

/// What a command line asks for.
struct Invocation {
    /// The name by which the program was called.
    var program = "apus-server"
    /// The absolute path of the configuration file.
    var configurationFile: String?
    var readsStandardInput = false
    /// Lines that stand behind the file.
    var options: [Word] = []
    /// Nothing was asked for, not even a file.
    var isBare = true
    /// Only says what is wrong with the configuration.
    var onlyTests = false
}

/// An answer to a question that needs no server.
struct CommandLineAnswer: Error {
    let text: String
    var goesToErrors = false
    var exitCode: Int32 = 0
}

extension Invocation {
    init(_ arguments: [String], directory: String) throws(CommandLineAnswer) {
        program = arguments.first ?? program
        isBare = arguments.count < 2
        if program.split(separator: "/").last?.contains("redis-sentinel") == true { throw .noSentinel }
        var rest = arguments.dropFirst()
        if let first = rest.first, let answer = CommandLineAnswer.answer(to: first, rest.dropFirst()) { throw answer }
        if rest.contains("--sentinel") { throw .noSentinel }
        if rest.first == "--test-config" {
            onlyTests = true
            rest = rest.dropFirst()
        }
        if let first = rest.first, !first.hasPrefix("-") {
            configurationFile = first.hasPrefix("/") ? first : "\(directory)/\(first)"
            rest = rest.dropFirst()
        }
        readOptions(Array(rest))
    }

    /// `--name value value` is the line `name "value" "value"`; `--name value` in one argument is a line of its own.
    private mutating func readOptions(_ arguments: [String]) {
        var line: Word?
        /// The last name has its value, so that what begins with `--` is the next name.
        var isComplete = true
        for (index, argument) in arguments.enumerated() {
            let isLast = index == arguments.count - 1
            if argument == "-", isLast || index == 0 && configurationFile == nil {
                readsStandardInput = true
            } else if isComplete, argument.hasPrefix("--") {
                if let line { options.append(line) }
                line = Word(argument.dropFirst(2).utf8) + [32]
                isComplete = (Word(argument.utf8).words?.count ?? 0) != 1
                if argument.lowercased() == "--save", isLast || arguments[index + 1].hasPrefix("--") {
                    line? += "\"\"".utf8
                    isComplete = true
                }
            } else {
                line = (line ?? []) + Word(argument.utf8).quoted + [32]
                isComplete = true
            }
        }
        if let line { options.append(line) }
    }
}

extension CommandLineAnswer {
    static let noSentinel = CommandLineAnswer(
        text: "Sentinel is not built into Apus: this program cannot watch over other servers.\n", goesToErrors: true,
        exitCode: 1)

    /// The answer, if the first word is a question.
    static func answer(to word: String, _ rest: ArraySlice<String>) -> CommandLineAnswer? {
        switch word {
        case "-v", "--version": CommandLineAnswer(text: Build.versionLine + "\n")
        case "-h", "--help": CommandLineAnswer(text: usage, goesToErrors: true, exitCode: 1)
        case "--print-sample-config": CommandLineAnswer(text: SampleConfiguration.text)
        case "--test-memory":
            CommandLineAnswer(
                text: "Apus does not test memory: use a program made for it, such as memtester.\n", goesToErrors: true,
                exitCode: 1)
        default: nil
        }
    }

    private static let usage = """
        Usage: ./apus-server [/path/to/redis.conf] [options] [-]
               ./apus-server - (read config from stdin)
               ./apus-server -v or --version
               ./apus-server -h or --help
               ./apus-server --test-config [/path/to/redis.conf] [options]
               ./apus-server --check-system

        Examples:
               ./apus-server (run the server with default conf)
               echo 'maxmemory 128mb' | ./apus-server -
               ./apus-server /etc/redis/6379.conf
               ./apus-server --port 7777
               ./apus-server /etc/myredis.conf --loglevel verbose -
               ./apus-server /etc/myredis.conf --loglevel verbose


        """
}
