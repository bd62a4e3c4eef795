// Containers through the doors: made when missing, gone when empty, unchanged when nothing happened.

import Testing

@testable import Engine

@Suite struct ContainerDoorTests {
    @Test func aContainerComesWithItsFirstElementAndGoesWithItsLast() throws {
        var keyspace = Keyspace(now: 0, seed: 7)
        let key = Bytes("set")
        let added = try keyspace.update(Key(key), as: SetValue.self, ifMissing: .create, event: .sadd) {
            value throws(CommandError) in
            value.insert(Bytes("a")) ? 1 : 0
        }
        #expect(added == 1)
        var count = 0
        if let value = try keyspace.value(at: Key(key), as: SetValue.self) { count = value.count }
        #expect(count == 1)
        let kind = keyspace.kind(of: Key(key))
        #expect(kind == .set)
        let changes = keyspace.feed.changeCount
        try keyspace.update(Key(key), as: SetValue.self, ifMissing: .create, event: .sadd) { _ throws(CommandError) in 0
        }
        let changesLater = keyspace.feed.changeCount
        #expect(changes == changesLater)
        try keyspace.update(Key(key), as: SetValue.self, ifMissing: .leave, event: .srem) {
            value throws(CommandError) in
            value.remove(Bytes("a")) ? 1 : 0
        }
        let isThere = keyspace.contains(Key(key))
        #expect(!isThere)
        let missing = try keyspace.update(Key(key), as: SetValue.self, ifMissing: .leave, event: .srem) {
            _ throws(CommandError) in 1
        }
        #expect(missing == nil)
    }

    @Test func aValueOfAnotherKindIsRefused() throws {
        var keyspace = Keyspace(now: 0, seed: 7)
        let key = Bytes("string")
        try keyspace.replace(Key(key), with: key, event: .set)
        var wasRefused = false
        do throws(CommandError) {
            if let value = try keyspace.value(at: Key(key), as: SetValue.self) { wasRefused = value.count < 0 }
        } catch { wasRefused = true }
        #expect(wasRefused)
    }
}
