// Patterns against the answers of Redis's own matcher.

import Testing

@testable import Engine

@Suite struct GlobPatternTests {
    @Test(arguments: [
        ("*", "a", true), ("*", "", false), ("", "", true), ("a*", "a", true), ("a*b", "ab", true),
        ("a*b", "axxb", true),
        ("a*b*c", "aXbXc", true), ("a*b*c", "aXbX", false), ("?", "", false), ("a?c", "abc", true),
        ("[abc]", "b", true),
        ("[^abc]", "b", false), ("[^abc]", "d", true), ("[a-c]x", "bx", true), ("[c-a]x", "bx", true),
        ("a[", "ab", false),
        ("a[b", "ab", true), ("[^", "z", true), ("\\*", "*", true), ("\\*", "a", false), ("a\\", "a\\", true),
        ("[\\]]", "]", true),
        ("news.*", "news.art", true), ("*?*", "a", true), ("**a**", "bab", true), ("a", "ab", false),
        ("ab", "a", false),
        ("h[a-]llo", "hallo", false), ("*[0-9]", "key7", true), ("*[0-9]", "key", false),
    ])
    func matchesAsRedisDoes(_ pattern: String, _ text: String, _ expected: Bool) {
        #expect(matches(pattern, text) == expected)
    }

    @Test func caseIsIgnoredOnRequest() {
        #expect(matches("MAX*", "maxmemory", ignoringCase: true))
        #expect(matches("[A-C]x", "bX", ignoringCase: true))
        #expect(!matches("MAX*", "maxmemory"))
    }

    @Test func manyStarsCostNeitherStackNorAge() {
        let text = String(repeating: "a", count: 20_000)
        #expect(!matches(String(repeating: "a*", count: 2_000) + "b", text))
        #expect(matches(String(repeating: "*a", count: 1_000), text))
        #expect(matches(String(repeating: "*", count: 200_000), text))
    }

    /// Each start of the text could be the start of a match, and shows only at its end that it is not.
    @Test func aMatchThatWouldTakeHoursIsNone() {
        let text = String(repeating: "a", count: 40_000)
        #expect(!matches("*" + String(repeating: "a", count: 20_000) + "b", text))
        #expect(!matches("*" + String(repeating: "[ab]", count: 5_000) + "b", text))
        #expect(!matches("*[" + String(repeating: "b", count: 20_000) + "]", text))
    }

    private func matches(_ pattern: String, _ text: String, ignoringCase: Bool = false) -> Bool {
        var first = Buffer(), second = Buffer()
        first.append(text: pattern)
        second.append(text: text)
        return GlobPattern(first.contents, ignoringCase: ignoringCase).matches(second.contents)
    }
}
