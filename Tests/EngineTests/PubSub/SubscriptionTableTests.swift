// Random subscriptions against a dictionary of sets. The seed is printed when a run fails.

import Testing

@testable import Engine

@Suite struct SubscriptionTableTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func behavesAsADictionaryOfSets(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        var table = SubscriptionTable(hash: KeyHash(seed: seed))
        var model: [String: Set<Int>] = [:]
        for step in 0..<20_000 {
            let text = "channel-\(Int.random(in: 0..<200, using: &random))"
            let client = Int.random(in: 0..<20, using: &random)
            var name = Buffer()
            name.append(text: text)
            if Bool.random(using: &random) {
                if model[text, default: []].insert(client).inserted {
                    table.add(client, to: table.number(for: name.contents))
                }
            } else if model[text]?.remove(client) != nil {
                if let number = table.find(name.contents) { table.remove(client, from: number) }
                if model[text] == [] { model[text] = nil }
            }
            let found = table.find(name.contents).map { Set(table[$0].subscribers) }
            #expect(found == model[text], "seed \(seed), step \(step)")
            if step % 500 == 0 {
                table.checkInvariants()
                #expect(table.count == model.count, "seed \(seed), step \(step)")
            }
        }
        table.checkInvariants()
    }
}
