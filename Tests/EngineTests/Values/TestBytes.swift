// Views of what tests have at hand.

@testable import Engine

extension Bytes {
    static func view<Result>(_ array: [UInt8], _ body: (Bytes) -> Result) -> Result {
        unsafe array.withUnsafeBytes { buffer in
            var nothing: UInt8 = 0
            return unsafe withUnsafeMutablePointer(to: &nothing) { nothing in
                unsafe body(Bytes(unsafeStart: buffer.baseAddress ?? UnsafeRawPointer(nothing), count: buffer.count))
            }
        }
    }
}

extension String {
    func withBytes<Result>(_ body: (Bytes) -> Result) -> Result { Bytes.view(Array(utf8), body) }
}
