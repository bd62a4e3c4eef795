// DEBUG PROTOCOL: one value of each kind that the protocol has, for testing clients.

extension ReplyWriter {
    mutating func writeSample(of kind: String) throws(CommandError) {
        switch kind {
        case "string": bulk("Hello World")
        case "integer": integer(12345)
        case "double": double(3.141)
        case "null": null()
        case "array": writeThree { $0.array(3) }
        case "set": writeThree { $0.set(3) }
        case "map":
            map(3)
            for number in 0..<3 {
                integer(number)
                boolean(number == 1)
            }
        case "attrib": writeAttributed()
        case "push": try writePush()
        case "verbatim": verbatim(text: "This is a verbatim\nstring")
        case "true": boolean(true)
        case "false": boolean(false)
        case "bignum": bigNumber("1234567999999999999999999999999999999")
        default:
            throw .because(
                """
                ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|\
                set|map|attrib|push|verbatim|true|false
                """)
        }
    }

    private mutating func writeThree(_ begin: (inout ReplyWriter) -> Void) {
        begin(&self)
        for number in 0..<3 { integer(number) }
    }

    private mutating func writeAttributed() {
        if version == .three {
            attribute(1)
            bulk("key-popularity")
            array(2)
            bulk("key:123")
            integer(90)
        }
        bulk("Some real reply following the attribute")
    }

    private mutating func writePush() throws(CommandError) {
        guard version == .three else { throw .because("ERR RESP2 is not supported by this command") }
        bulk("Some real reply following the push reply")
        push(2)
        bulk("server-cpu-usage")
        integer(42)
    }
}
