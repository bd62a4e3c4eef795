// Random calls of the newer commands, alone, in transactions and by clients that wait, while time passes: the server
// that repeats their log has the same data, deadlines of fields among them, and the same entries pending in groups.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct RepeatedLogTests {
    /// What is said; a word in braces stands for one of several.
    private static let forms = """
        SET {s} {v} IFEQ {v} {e}|SET {s} {v} IFNE {v} GET {e}|SET {s} {v} NX {e}|SET {s} {v} KEEPTTL IFNE x
        DELEX {s} IFEQ {v}|DELEX {s} IFNE {v}|DELIFEQ {s} {v}|MSETEX 2 {s} {v} {s} {v} {e}|MSETEX 2 {s} {v} {s} {v} NX
        MSETEX 1 {s} {v} KEEPTTL|INCREX {s} BYINT {n} LBOUND -9 UBOUND 9 SATURATE {e}|INCREX {s} BYFLOAT 1.5 {e}
        INCREX {s} {e}|INCREX {s} EX 1 ENX|INCREX {s} PERSIST|CL.THROTTLE {s} {n} 3 10|CL.THROTTLE {s} 3 {n} 1 2
        BITOP DIFF {s} {s} {s}|BITOP ONE {s} {s} {s} {s}|BITOP ANDOR {s} {s} {s}|BITOP DIFF1 {s} {s} {s}
        HSET {h} {f} {v} {f} {v}|HSETEX {h} {e} FIELDS 2 {f} {v} {f} {v}|HSETEX {h} FNX {e} FIELDS 1 {f} {v}
        HSETEX {h} FXX KEEPTTL FIELDS 2 {f} {v} {f} {v}|HEXPIRE {h} {n} FIELDS 2 {f} {f}
        HPEXPIRE {h} {d} GT FIELDS 2 {f} {f}|HPEXPIREAT {h} {t} LT FIELDS 1 {f}|HEXPIREAT {h} 1 NX FIELDS 1 {f}
        HPERSIST {h} FIELDS 2 {f} {f}|HGETEX {h} {e} FIELDS 2 {f} {f}|HGETEX {h} PERSIST FIELDS 1 {f}
        HGETDEL {h} FIELDS 2 {f} {f}|HINCRBY {h} {f} 2|RENAME {h} {h}|COPY {h} {h} REPLACE|RPUSH {l} {v} {v} {v}
        LMOVEM {l} {l} {w} {w}|LPOP {l}|LMOVEM {l} {l} {w} {w} COUNT {c} OBO|LMOVEM {l} {l} {w} {w} EXACTLY {c} BULK
        EXPIRE {l} 1|DEL {s} {l}|ZADD {z} {n} {v} {n} {v}|ZUNIONSTORE {z} 2 {z} {z} WEIGHTS 2 {c} AGGREGATE COUNT
        XADD {x} * {f} {v}|XADD {x} * {f} {v}|XADD {x} ACKED MAXLEN ~ 20 * {f} {v}
        XADD {x} DELREF MAXLEN = 20 * {f} {v}|XTRIM {x} MAXLEN 15 ACKED|XREADGROUP GROUP g {f} COUNT {c} STREAMS {x} >
        XREADGROUP GROUP g {f} COUNT {c} CLAIM {d} STREAMS {x} >
        XREADGROUP GROUP g {f} COUNT {c} NOACK CLAIM {d} STREAMS {x} >|XACKDEL {x} g {p} IDS 2 {i} {i}
        XDELEX {x} {p} IDS 2 {i} {i}|XREADGROUP GROUP h {f} COUNT {c} STREAMS {x} >|XACK {x} g {i}|XACK {x} h {i}
        XGROUP CREATE {x} h 0 MKSTREAM
        """.split(whereSeparator: { "|\n".contains($0) }).map(String.init)

    @Test(arguments: [1, 2, 3, 4, UInt64.random(in: 5 ... .max)])
    func theLogLeadsToTheSameData(_ seed: UInt64) {
        var settings = Settings()
        settings.appendOnly = true
        settings.appendSync = .always
        settings.savePoints = []
        settings.rewritesAsSnapshot = seed % 2 == 0
        var machine = Machine(settings), random = RandomSource(seed: seed)
        let setUp = (0..<2).map { "XGROUP CREATE x\($0) g 0 MKSTREAM" }
        for line in setUp { _ = machine.ask(line) }
        for step in 0..<1500 {
            let form = RepeatedLogTests.forms.randomElement(using: &random)!
            let lines = (0..<(step % 7 == 0 ? 3 : 1)).map { index in
                let form = index == 0 ? form : RepeatedLogTests.forms.randomElement(using: &random)!
                return RepeatedLogTests.filled(form, machine.clock.milliseconds, &machine, &random)
            }
            if lines.count > 1 {
                _ = machine.ask((["MULTI"] + lines + ["EXEC"]).joined(separator: "\r\n"))
            } else {
                _ = machine.ask(lines[0])
            }
            if step % 5 == 0 { machine.pass(milliseconds: 10 * Int64.random(in: 1...30, using: &random)) }
            if step % 40 == 0 {
                // Someone waits for what comes to a list, or grows old in a stream.
                let other = machine.connect(), way = step % 80 == 0 ? "LEFT LEFT" : "RIGHT LEFT"
                machine.say("BLMOVEM l0 l1 \(way) 0 EXACTLY 4 OBO\r\n", as: other)
            }
            if step % 150 == 149 {
                let before = RepeatedLogTests.contents(&machine)
                if step % 600 == 599 {
                    _ = machine.ask("BGREWRITEAOF")
                    machine.settle()
                }
                machine.restart()
                let after = RepeatedLogTests.contents(&machine)
                #expect(Set(before).symmetricDifference(after).isEmpty, "seed \(seed), step \(step)")
            }
        }
    }

    private static func filled(
        _ form: String, _ now: Int64, _ machine: inout Machine, _ random: inout RandomSource
    ) -> String {
        form.split(separator: " ").map { word -> String in
            let number = Int64.random(in: 0..<6, using: &random)
            return switch word {
            case "{s}": "s\(number % 4)"
            case "{h}": "h\(number % 2)"
            case "{l}": "l\(number % 3)"
            case "{x}": "x\(number % 2)"
            case "{z}": "z\(number % 3)"
            case "{f}": "field\(number)"
            case "{v}": ["1", "2", "-3", "4.5", "text", "7"][Int(number)]
            case "{n}": "\(number - 1)"
            case "{c}": "\(number + 1)"
            case "{d}": "\(number * 90)"
            case "{t}": "\(now + number * 200)"
            case "{w}": number < 3 ? "LEFT" : "RIGHT"
            case "{p}": ["KEEPREF", "DELREF", "ACKED"][Int(number % 3)]
            case "{e}": ["PX 400", "EX 2", "PXAT \(now + 900)", "PXAT 1", "", ""][Int(number)]
            case "{i}": identifier(of: "x\(number % 2)", &machine, &random)
            default: String(word)
            }
        }.joined(separator: " ")
    }

    /// The number of an entry that is there, mostly.
    private static func identifier(
        of key: String, _ machine: inout Machine, _ random: inout RandomSource
    ) -> String {
        let reply = machine.ask("XRANGE \(key) - + COUNT 25").split(separator: "\r\n")
        return reply.filter { $0.contains("-") }.randomElement(using: &random).map(String.init) ?? "1-1"
    }

    /// The digest, and what is pending in each group. A log of commands alone cannot say that something is pending
    /// which has been deleted.
    private static func contents(_ machine: inout Machine) -> [String] {
        machine.turns()
        var contents = [machine.ask("DEBUG DIGEST"), machine.ask("HPEXPIRETIME h0 FIELDS 3 field0 field1 field2")]
        for key in ["x0", "x1"] {
            let entries = machine.ask("XRANGE \(key) - +")
            contents.append(entries)
            for group in ["g", "h"] {
                let lines = machine.ask("XPENDING \(key) \(group) - + 1000").split(separator: "\r\n").dropFirst()
                for start in stride(from: lines.startIndex, to: lines.endIndex, by: 7) {
                    let item = lines[start..<min(start + 7, lines.endIndex)], id = item.dropFirst(2).first ?? ""
                    if machine.settings.rewritesAsSnapshot || entries.contains("\r\n\(id)\r\n") {
                        contents.append("\(key) \(group): " + item.joined(separator: " "))
                    }
                }
            }
        }
        return contents
    }
}
