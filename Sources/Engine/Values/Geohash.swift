// Places on the Earth as numbers: longitude and latitude are each halved again and again, and the halves' bits stand
// by turns in one number, so that neighbours mostly have neighbouring numbers. Sorted sets keep such numbers of 52
// bits as scores. Here: to a number and back, cells and the cells around them. Every step rounds as Redis rounds.
//
//     a cell of 2 steps     bits   x1 y1 x0 y0     x: longitude from the west, y: latitude from the south

/// A place on the Earth, in degrees to the east and to the north.
struct GeoPosition: Equatable {
    var longitude: Double
    var latitude: Double

    /// Mercator's map ends here, and scores cannot express more.
    static let largestLongitude = 180.0
    static let largestLatitude = 85.05112878

    /// Whether a score can express it.
    var isOnMap: Bool {
        longitude >= -GeoPosition.largestLongitude && longitude <= GeoPosition.largestLongitude
            && latitude >= -GeoPosition.largestLatitude && latitude <= GeoPosition.largestLatitude
    }
}

/// From `least` to `most` degrees.
struct DegreeRange: Equatable {
    var least: Double
    var most: Double

    /// Everything up to `most` on both sides of zero.
    init(upTo most: Double) { (least, self.most) = (-most, most) }
    init(_ least: Double, _ most: Double) { (self.least, self.most) = (least, most) }

    /// The one of 2^`steps` equal parts in which a place is.
    fileprivate func part(of degrees: Double, steps: Int) -> UInt32 {
        let offset = (degrees - least) / (most - least) * Double(sign: .plus, exponent: steps, significand: 1)
        // Places outside have no part; nobody asks for one.
        return UInt32(exactly: offset.rounded(.towardZero)) ?? 0
    }

    /// The part of this number.
    fileprivate func part(_ number: UInt32, steps: Int) -> DegreeRange {
        let parts = Double(sign: .plus, exponent: steps, significand: 1), width = most - least
        return DegreeRange(
            least + Double(number) / parts * width, least + Double(number &+ 1) / parts * width)
    }
}

/// A rectangle between two meridians and two parallels: one of 4^`steps` into which the map is divided.
struct GeoCell: Equatable {
    var bits: UInt64
    let steps: Int

    /// With so many steps a score is full.
    static let mostSteps = 26
    static let mapLongitudes = DegreeRange(upTo: GeoPosition.largestLongitude)
    static let mapLatitudes = DegreeRange(upTo: GeoPosition.largestLatitude)

    init(bits: UInt64, steps: Int = mostSteps) { (self.bits, self.steps) = (bits, steps) }

    /// The cell in which a place of the map is; other latitudes make another map.
    init(of position: GeoPosition, steps: Int = mostSteps, latitudes: DegreeRange = mapLatitudes) {
        let x = GeoCell.mapLongitudes.part(of: position.longitude, steps: steps)
        let y = latitudes.part(of: position.latitude, steps: steps)
        self.init(bits: GeoCell.spread(y) | GeoCell.spread(x) &<< 1, steps: steps)
    }

    /// What a sorted set keeps: any score at all, though only some come from places.
    init(score: Double) { self.init(bits: score.truncatedBits) }

    var longitudes: DegreeRange { GeoCell.mapLongitudes.part(GeoCell.gathered(bits &>> 1), steps: steps) }
    var latitudes: DegreeRange { GeoCell.mapLatitudes.part(GeoCell.gathered(bits), steps: steps) }

    /// The middle of the cell; where that is outside the map, its edge.
    var centre: GeoPosition {
        let x = longitudes, y = latitudes
        let longitude = (x.least + x.most) / 2, latitude = (y.least + y.most) / 2
        return GeoPosition(
            longitude: max(-GeoPosition.largestLongitude, min(GeoPosition.largestLongitude, longitude)),
            latitude: max(-GeoPosition.largestLatitude, min(GeoPosition.largestLatitude, latitude)))
    }

    /// The scores of the places in the cell; the last one belongs to the next cell.
    var scores: ScoreRange {
        let unit = UInt64(2 * (GeoCell.mostSteps - steps))
        return ScoreRange(
            least: Double(bits &<< unit), most: Double((bits &+ 1) &<< unit), leavesOutMost: true)
    }

    /// The cell so many to the east and so many to the north (negative: west, south), each at most one; round the
    /// world if need be.
    func neighbour(east: Int, north: Int) -> GeoCell {
        var x = bits & GeoCell.oddBits, y = bits & GeoCell.evenBits
        let unused = UInt64(64 - steps * 2)
        // Bits of the other coordinate are filled, or cleared, so that carries pass through them.
        let xGaps = GeoCell.evenBits &>> unused, yGaps = GeoCell.oddBits &>> unused
        if east > 0 { x = x &+ (xGaps &+ 1) } else if east < 0 { x = (x | xGaps) &- (xGaps &+ 1) }
        if north > 0 { y = y &+ (yGaps &+ 1) } else if north < 0 { y = (y | yGaps) &- (yGaps &+ 1) }
        if east != 0 { x &= GeoCell.oddBits &>> unused }
        if north != 0 { y &= GeoCell.evenBits &>> unused }
        return GeoCell(bits: x | y, steps: steps)
    }

    // MARK: Bits

    private static let evenBits: UInt64 = 0x5555_5555_5555_5555
    private static let oddBits: UInt64 = 0xAAAA_AAAA_AAAA_AAAA

    /// Each bit at twice its place.
    private static func spread(_ number: UInt32) -> UInt64 {
        var bits = UInt64(number)
        bits = (bits | bits &<< 16) & 0x0000_FFFF_0000_FFFF
        bits = (bits | bits &<< 8) & 0x00FF_00FF_00FF_00FF
        bits = (bits | bits &<< 4) & 0x0F0F_0F0F_0F0F_0F0F
        bits = (bits | bits &<< 2) & 0x3333_3333_3333_3333
        return (bits | bits &<< 1) & evenBits
    }

    /// The bits of the even places, together again.
    private static func gathered(_ spread: UInt64) -> UInt32 {
        var bits = spread & evenBits
        bits = (bits | bits &>> 1) & 0x3333_3333_3333_3333
        bits = (bits | bits &>> 2) & 0x0F0F_0F0F_0F0F_0F0F
        bits = (bits | bits &>> 4) & 0x00FF_00FF_00FF_00FF
        bits = (bits | bits &>> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: bits | bits &>> 16)
    }
}

extension GeoPosition {
    /// The eleven letters by which the rest of the world knows such cells. It begins at the poles, which the map here
    /// leaves out, and the last letter has no bits left.
    var standardText: InlineArray<11, UInt8> {
        let bits = GeoCell(of: self, latitudes: DegreeRange(upTo: 90)).bits
        let letters: StaticString = "0123456789bcdefghjkmnpqrstuvwxyz"
        return InlineArray { index in
            Bytes(letters)[index == 10 ? 0 : Int(truncatingIfNeeded: bits &>> UInt64(47 &- index &* 5) & 31)]
        }
    }
}

extension Double {
    /// The number without its fraction in 64 bits. What does not fit becomes what a conversion in C makes of it on
    /// this kind of machine, because members with any score can be asked for their place.
    fileprivate var truncatedBits: UInt64 {
        if self >= -0x1p63, self < 0x1p63 { return UInt64(bitPattern: Int64(self)) }
        if self >= 0x1p63, self < 0x1p64 { return UInt64(self) }
        return self > 0 ? 0 : 1 &<< 63
    }
}
