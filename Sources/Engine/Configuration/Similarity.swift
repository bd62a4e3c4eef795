// "Did you mean": the known name that is nearest to one that is not known.

extension Setting {
    private static let directives = ["include", "rename-command"]

    /// The name that takes the fewest changes, if that is few for its length.
    static func similar(to name: String) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let names = all.filter { !$0.traits.contains(.hidden) }.map(\.name) + all.compactMap(\.alias) + directives
        let best = names.map { (name: $0, distance: distance(Array($0.utf8), Array(name.utf8))) }.min {
            $0.distance < $1.distance
        }
        guard let best, best.distance <= max(2, name.utf8.count / 3) else { return nil }
        return best.name
    }

    /// How many letters must be inserted, removed or replaced to make one of the other.
    private static func distance(_ left: Word, _ right: Word) -> Int {
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let change = diagonal + (letter == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
