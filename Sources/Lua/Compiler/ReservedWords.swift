// The reserved words, told apart by their bytes as one number, the first byte lowest.

extension TokenKind {
    /// The reserved word of at most eight letters that these are.
    @inline(__always) static func reserved(_ letters: UInt64) -> TokenKind? {
        switch letters {
        case 0x646E61: .and
        case 0x6B61657262: .break
        case 0x6F64: .do
        case 0x65736C65: .else
        case 0x666965736C65: .elseif
        case 0x646E65: .endKeyword
        case 0x65736C6166: .false
        case 0x726F66: .for
        case 0x6E6F6974636E7566: .function
        case 0x6669: .if
        case 0x6E69: .in
        case 0x6C61636F6C: .local
        case 0x6C696E: .nil
        case 0x746F6E: .not
        case 0x726F: .or
        case 0x746165706572: .repeat
        case 0x6E7275746572: .return
        case 0x6E656874: .then
        case 0x65757274: .true
        case 0x6C69746E75: .until
        case 0x656C696877: .while
        default: nil
        }
    }
}
