// Pages of the process: what goes back to the kernel, and what comes back.

import Platform
import Testing

@Suite struct PagesTests {
    /// Text that has been left is read from the file again when it is run; the test runs on.
    @Test func theProgramRunsOnWithoutItsText() {
        var hasShrunk = false
        // Other tests grow meanwhile.
        for _ in 0..<20 where !hasShrunk {
            let before = ProcessUsage.residentMemory
            Pages.leaveProgramText()
            hasShrunk = ProcessUsage.residentMemory < before
        }
        #expect(hasShrunk)
        #expect(FloatTextProbe.text(of: 0.5) == "0.5")
    }
}

/// Something that has to be run from its text again.
private enum FloatTextProbe {
    static func text(of number: Double) -> String { "\(number)" }
}
