// Syntax errors and their messages, as lua5.1 words them: chunk, line and token.

import Testing

@testable import Lua

@Suite struct CompilerMessageTests {
    /// Sources and what stock Lua 5.1 says of them when the chunk is called "@x".
    static let cases: [(source: String, message: String)] = [
        ("x = 1 2", "x:1: unexpected symbol near '2'"),
        ("x =", "x:1: unexpected symbol near '<eof>'"),
        ("x = = 1", "x:1: unexpected symbol near '='"),
        ("if x", "x:1: 'then' expected near '<eof>'"),
        ("if x then", "x:1: 'end' expected near '<eof>'"),
        ("if x then\nelse", "x:2: 'end' expected (to close 'if' at line 1) near '<eof>'"),
        ("if x then\n\n", "x:3: 'end' expected (to close 'if' at line 1) near '<eof>'"),
        ("while x do\n\nfunction f()\n", "x:4: 'end' expected (to close 'function' at line 3) near '<eof>'"),
        ("repeat", "x:1: 'until' expected near '<eof>'"),
        ("repeat\n\n\n", "x:4: 'until' expected (to close 'repeat' at line 1) near '<eof>'"),
        ("function f(a,)", "x:1: <name> or '...' expected near ')'"),
        ("function f(..., a) end", "x:1: ')' expected near ','"),
        ("function f(a b) end", "x:1: ')' expected near 'b'"),
        ("for a do end", "x:1: '=' or 'in' expected near 'do'"),
        ("for 1 = 2", "x:1: '<name>' expected near '1'"),
        ("for i = 1 do end", "x:1: ',' expected near 'do'"),
        ("for k, v of t do end", "x:1: 'in' expected near 'of'"),
        ("local 1", "x:1: '<name>' expected near '1'"),
        ("local function a.b() end", "x:1: '(' expected near '.'"),
        ("function a:b.c() end", "x:1: '(' expected near '.'"),
        ("break", "x:1: no loop to break near '<eof>'"),
        ("do break end", "x:1: no loop to break near 'end'"),
        ("function f() while x do function g() break end end end", "x:1: no loop to break near 'end'"),
        ("return 1 x", "x:1: '<eof>' expected near 'x'"),
        ("break x", "x:1: no loop to break near 'x'"),
        ("return ... , function() return ... end", "x:1: cannot use '...' outside a vararg function near '...'"),
        ("f\n(a)", "x:2: ambiguous syntax (function call x new statement) near '('"),
        ("local f = g\n(h)", "x:2: ambiguous syntax (function call x new statement) near '('"),
        ("(a) = 1", "x:1: syntax error near '='"),
        ("a() = 1", "x:1: unexpected symbol near '='"),
        ("a, b() = 1", "x:1: syntax error near '='"),
        ("a + 1", "x:1: '=' expected near '+'"),
        ("1", "x:1: unexpected symbol near '1'"),
        ("'a'", "x:1: unexpected symbol near ''a''"),
        ("a.b", "x:1: '=' expected near '<eof>'"),
        ("a:b", "x:1: function arguments expected near '<eof>'"),
        ("x.1", "x:1: '=' expected near '.1'"),
        ("x:y z", "x:1: function arguments expected near 'z'"),
        ("x[1", "x:1: ']' expected near '<eof>'"),
        ("f(1,", "x:1: unexpected symbol near '<eof>'"),
        ("x = {a", "x:1: '}' expected near '<eof>'"),
        ("x = {\n\na", "x:3: '}' expected (to close '{' at line 1) near '<eof>'"),
        ("x = {1 2}", "x:1: '}' expected near '2'"),
        ("x = {,}", "x:1: unexpected symbol near ','"),
        ("; x = 1", "x:1: unexpected symbol near ';'"),
        ("x ~ 1", "x:1: '=' expected near '~'"),
        ("x = a ! b", "x:1: unexpected symbol near '!'"),
        ("@", "x:1: unexpected symbol near '@'"),
        ("\\", "x:1: unexpected symbol near '\\'"),
        ("x = }", "x:1: unexpected symbol near '}'"),
        ("end", "x:1: '<eof>' expected near 'end'"),
        ("until", "x:1: '<eof>' expected near 'until'"),
        ("x = 1 end", "x:1: '<eof>' expected near 'end'"),
        ("x = 'a\nb'", "x:1: unfinished string near ''a'"),
        ("x = 'abc", "x:1: unfinished string near '<eof>'"),
        ("x = '\\", "x:1: unfinished string near '<eof>'"),
        ("x = 'a\\\nb' y", "x:2: '=' expected near '<eof>'"),
        ("x = '\\300'", "x:1: escape sequence too large near '''"),
        ("x = 'a\\tb\\999'", "x:1: escape sequence too large near ''a\tb'"),
        ("x = [[a", "x:1: unfinished long string near '<eof>'"),
        ("x = [[\n\na", "x:3: unfinished long string near '<eof>'"),
        ("--[[\n\na", "x:3: unfinished long comment near '<eof>'"),
        ("--[==[ a ]]", "x:1: unfinished long comment near '<eof>'"),
        ("x = [=[a]]]=] y", "x:1: '=' expected near '<eof>'"),
        ("x = [[a[[b]]", "x:1: nesting of [[...]] is deprecated near '['"),
        ("x = [=", "x:1: invalid long string delimiter near '[='"),
        ("x = [==a", "x:1: invalid long string delimiter near '[=='"),
        ("x = 3x", "x:1: malformed number near '3x'"),
        ("x = 0x", "x:1: malformed number near '0x'"),
        ("x = 0xg", "x:1: malformed number near '0xg'"),
        ("x = 1e", "x:1: malformed number near '1e'"),
        ("x = 1e+", "x:1: malformed number near '1e+'"),
        ("x = 3.4.5", "x:1: malformed number near '3.4.5'"),
        ("x = 1..2", "x:1: malformed number near '1..2'"),
        ("x = '\\1a\\12b\\65c' y", "x:1: '=' expected near '<eof>'"),
        ("x = 'a\\0b' y", "x:1: '=' expected near '<eof>'"),
        ("x = \"a'b\" \"c\"", "x:1: unexpected symbol near '\"c\"'"),
        ("f 'a' 'b' = 1", "x:1: unexpected symbol near '='"),
        ("'a':f()", "x:1: unexpected symbol near ''a''"),
        ("x = 1 \u{0} y", "x:1: unexpected symbol"),
        ("x = 1 \u{1}", "x:1: unexpected symbol near 'char(1)'"),
        ("x = \u{7F}", "x:1: unexpected symbol near 'char(127)'"),
        ("x = 1\r\n\r\ny y", "x:3: '=' expected near 'y'"),
        ("x = 1\n\ry y", "x:2: '=' expected near 'y'"),
        ("x = 1\r\ry y", "x:3: '=' expected near 'y'"),
        ("x = a != b", "x:1: unexpected symbol near '!'"),
        ("x += 1", "x:1: '=' expected near '+'"),
        ("x = .", "x:1: unexpected symbol near '.'"),
        ("x = ....", "x:1: unexpected symbol near '.'"),
        ("goto a", "x:1: '=' expected near 'a'"),
        ("return {", "x:1: unexpected symbol near '<eof>'"),
        ("return (\n\na", "x:3: ')' expected (to close '(' at line 1) near '<eof>'"),
        ("x = function", "x:1: '(' expected near '<eof>'"),
        ("x = function(", "x:1: <name> or '...' expected near '<eof>'"),
        ("function", "x:1: '<name>' expected near '<eof>'"),
        ("function f", "x:1: '(' expected near '<eof>'"),
        ("function f(", "x:1: <name> or '...' expected near '<eof>'"),
        ("local", "x:1: '<name>' expected near '<eof>'"),
        ("local a,", "x:1: '<name>' expected near '<eof>'"),
        ("local a =", "x:1: unexpected symbol near '<eof>'"),
        ("not", "x:1: unexpected symbol near 'not'"),
        ("return #", "x:1: unexpected symbol near '<eof>'"),
        ("x = a.b.c:d.e", "x:1: function arguments expected near '.'"),
    ]

    @Test(arguments: cases) func isWordedAsIn51(source: String, message: String) {
        #expect(compilerMessage(source) == message)
    }

    @Test func limitsAreThoseOf51() {
        let names = (0..<201).map { "a\($0)" }.joined(separator: ",")
        #expect(compilerMessage("local \(names)") == "x:1: main function has more than 200 local variables")
        #expect(
            compilerMessage("\nfunction f(\(names)) end")
                == "x:2: function at line 2 has more than 200 local variables")
        let few = (0..<61).map { "a\($0)" }
        #expect(
            compilerMessage(
                "local \(few.joined(separator: ","))\nfunction f() return \(few.joined(separator: "+")) end")
                == "x:2: function at line 2 has more than 60 upvalues")
        #expect(compilerMessage("x = " + String(repeating: "(", count: 200)) == "x:1: chunk has too many syntax levels")
        #expect(
            compilerMessage("f(" + String(repeating: "a,", count: 250) + "a)")
                == "x:1: function or expression too complex near 'a'")
        #expect(
            compilerMessage("a" + String(repeating: ",a", count: 200) + "=1")
                == "x:1: main function has more than 199 variables in assignment")
    }

    @Test func namesOfChunksAreShortened() {
        func short(_ name: String) -> String {
            String(decoding: Compiler.shortName(of: Array(name.utf8)), as: UTF8.self)
        }
        #expect(short("@user_script") == "user_script")
        #expect(short("=stdin") == "stdin")
        #expect(short("return 1") == "[string \"return 1\"]")
        #expect(short("return 1\nreturn 2") == "[string \"return 1...\"]")
        #expect(short("=" + String(repeating: "a", count: 70)) == String(repeating: "a", count: 59))
        #expect(short("@" + String(repeating: "a", count: 70)) == "..." + String(repeating: "a", count: 52))
        let long = String(repeating: "a", count: 70)
        #expect(short(long) == "[string \"" + String(repeating: "a", count: 43) + "...\"]")
        #expect(short("") == "[string \"\"]")
    }
}
