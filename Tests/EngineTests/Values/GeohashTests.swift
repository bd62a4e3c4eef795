// Places as numbers: values that are known, and the way there and back for random ones.

import Testing

@testable import Engine

@Suite struct GeohashTests {
    private static func text(_ longitude: Double, _ latitude: Double) -> String {
        let letters = GeoPosition(longitude: longitude, latitude: latitude).standardText
        return String(decoding: letters.indices.map { letters[$0] }, as: UTF8.self)
    }

    @Test func knownPlacesHaveTheirLetters() {
        #expect(GeohashTests.text(10.40744, 57.64911) == "u4pruydqqv0")
        #expect(GeohashTests.text(-5.6, 42.6).hasPrefix("ezs42"))
        #expect(GeohashTests.text(112.5584, 37.8324).hasPrefix("ww8p1r4t8"))
        #expect(GeohashTests.text(-180, -85).first == "0")
    }

    @Test func knownPlacesHaveTheScoresOfRedis() {
        #expect(GeoCell(of: GeoPosition(longitude: 13.361389, latitude: 38.115556)).bits == 3_479_099_956_230_698)
        #expect(GeoCell(of: GeoPosition(longitude: 15.087269, latitude: 37.502669)).bits == 3_479_447_370_796_909)
        let centre = GeoCell(score: 3_479_099_956_230_698).centre
        #expect(centre == GeoPosition(longitude: 13.361389338970184, latitude: 38.1155563954963))
    }

    @Test func theMapWrapsAround() {
        let east = GeoCell(of: GeoPosition(longitude: 179.9, latitude: 0.1), steps: 8)
        let west = GeoCell(of: GeoPosition(longitude: -179.9, latitude: 0.1), steps: 8)
        #expect(east.neighbour(east: 1, north: 0) == west)
        #expect(west.neighbour(east: -1, north: 0) == east)
    }

    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func aPlaceIsInItsCell(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for _ in 0..<2000 {
            let position = GeoPosition(
                longitude: Double.random(in: -180...180, using: &random),
                latitude: Double.random(in: -85.05...85.05, using: &random))
            let steps = Int.random(in: 1...26, using: &random), cell = GeoCell(of: position, steps: steps)
            let comment: Comment = "seed \(seed), \(position), \(steps) steps"
            #expect(cell.longitudes.least <= position.longitude && position.longitude <= cell.longitudes.most, comment)
            #expect(cell.latitudes.least <= position.latitude && position.latitude <= cell.latitudes.most, comment)
            let scores = cell.scores, score = Double(GeoCell(of: position).bits)
            #expect(scores.least <= score && score < scores.most, comment)
            for (east, north) in [(1, 0), (0, 1), (1, 1), (-1, 1)] {
                let back = cell.neighbour(east: east, north: north).neighbour(east: -east, north: -north)
                #expect(back == cell, comment)
            }
            #expect(GeoCell(of: GeoCell(of: position).centre) == GeoCell(of: position), comment)
        }
    }

    @Test func anyScoreHasSomePlace() {
        for score in [-1, -0x1p63, -.infinity, .infinity, 0x1p63, 0x1p64, 1e300, 0.5, -0.5, 0x1p52] as [Double] {
            #expect(GeoCell(score: score).centre.isOnMap)
        }
    }
}
