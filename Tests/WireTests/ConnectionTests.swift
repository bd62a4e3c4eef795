// What the tests themselves stand on: connections of many tests in one process.

import Glibc
import TestSupport
import Testing

@Suite struct ConnectionTests {
    /// Tests run side by side in one process, where a descriptor that is closed twice is another test's the second
    /// time.
    @Test func aRefusedConnectionIsClosedOnce() {
        errno = 0
        let isRefused = Connection(port: unusedPort()) == nil
        let problem = errno
        #expect(isRefused && problem == ECONNREFUSED)
    }
}
