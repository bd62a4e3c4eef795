// What models that a test runs beside the server have in common: they take their steps by chance, all from one seed.

@testable import Engine

/// A model whose steps are drawn.
protocol RandomModel {
    var random: RandomSource { get set }
}

extension RandomModel {
    /// Once in so many times.
    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    /// One of these, of which there are some.
    mutating func choose<Item>(_ items: [Item]) -> Item { items.randomElement(using: &random) ?? items[0] }
}
