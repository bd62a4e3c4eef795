// Consumer groups against dictionaries: deliveries that go to one consumer and then another, are acknowledged, and go
// with their consumer. The seed of a failing run is in its message.

import Testing

@testable import Engine

@Suite struct StreamGroupTests {
    struct Pending: Equatable {
        var owner: String
        var time: Int64, count: Int64
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4...UInt64.max)])
    func groupsKnowWhoHasWhat(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed), stream = StreamValue.empty(in: heap), model: [UInt64: Pending] = [:]
        guard let group = stream.addGroup(Bytes("group"), lastID: .zero, entriesRead: 0) else { return }
        let again = stream.addGroup(Bytes("group"), lastID: .zero, entriesRead: 0) == nil
        #expect(again)
        for step in 0..<20_000 {
            let name = "consumer\(Int.random(in: 0..<8, using: &random))", message = "seed \(seed), step \(step)"
            let number = UInt64.random(in: 0..<(step < 10_000 ? 2000 : 300), using: &random), id = StreamID(number, 7)
            withBytes(of: Array(name.utf8)) { bytes in
                let consumer =
                    group.consumer(bytes) ?? group.addConsumer(bytes, at: Int64(step), in: heap)
                guard let consumer else { return }
                switch Int.random(in: 0..<100, using: &random) {
                case 0..<55:
                    _ = group.deliver(id, to: consumer, at: Int64(step), in: heap)
                    model[number] = Pending(owner: name, time: Int64(step), count: 1)
                case 55..<70:
                    guard let delivery = group.delivery(id, in: heap) else { break }
                    group.assign(delivery, id, to: consumer, in: heap)
                    delivery.count += 1
                    model[number]?.owner = name
                    model[number]?.count += 1
                case 70..<99:
                    #expect(group.acknowledge(id, in: heap) == (model[number] != nil), "\(message)")
                    model[number] = nil
                default:
                    let count = model.values.count { $0.owner == name }
                    #expect(group.removeConsumer(bytes, in: heap) == count, "\(message)")
                    model = model.filter { $0.value.owner != name }
                }
            }
            if step % 200 == 0 { compare(group, model, heap, message) }
        }
        compare(group, model, heap, "seed \(seed)")
        var copy = stream.copied()
        if let twin = copy.group(Bytes("group")) { compare(twin, model, heap, "copy, seed \(seed)") }
        var budget = 10
        while !copy.free(budget: &budget) { budget = 10 }
        let isGone = stream.removeGroup(Bytes("group")) && !stream.removeGroup(Bytes("group"))
        #expect(isGone)
        while !stream.free(budget: &budget) { budget = 10 }
        #expect(heap.used == 0, "seed \(seed)")
    }

    private func compare(_ group: StreamGroup, _ model: [UInt64: Pending], _ heap: Heap, _ message: String) {
        var found: [UInt64: Pending] = [:]
        group.pending(in: heap).forEach { id, word in
            let delivery = StreamDelivery(word: word)
            found[id.milliseconds] = Pending(
                owner: delivery.consumer?.name.text ?? "", time: delivery.time, count: delivery.count)
        }
        #expect(found == model && group.checkInvariants(in: heap), "\(message)")
    }
}
