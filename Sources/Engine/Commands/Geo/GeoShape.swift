// The areas that places are searched in, and distances on the Earth, which is taken for a ball. Every step rounds as
// Redis rounds, so that both draw the same borders.

internal import Platform

/// Where distances are measured from.
struct GeoOrigin {
    let position: GeoPosition
    private let longitude: Double
    private let latitude: Double
    private let cosine: Double

    private static let earthRadius = 6372797.560856
    private static let degree = Double.pi / 180

    init(_ position: GeoPosition) {
        self.position = position
        longitude = position.longitude * GeoOrigin.degree
        latitude = position.latitude * GeoOrigin.degree
        cosine = Trigonometry.cosine(latitude)
    }

    /// Along the great circle, in meters.
    func distance(to other: GeoPosition) -> Double {
        let v = Trigonometry.sine((other.longitude * GeoOrigin.degree - longitude) / 2)
        if v == 0 { return distance(toLatitude: other.latitude) }
        let otherLatitude = other.latitude * GeoOrigin.degree
        let u = Trigonometry.sine((otherLatitude - latitude) / 2)
        let square = u * u + cosine * Trigonometry.cosine(otherLatitude) * v * v
        return 2 * GeoOrigin.earthRadius * Trigonometry.arcSine(square.squareRoot())
    }

    /// Along the meridian, in meters.
    @inline(__always) func distance(toLatitude other: Double) -> Double {
        GeoOrigin.earthRadius * abs(other * GeoOrigin.degree - latitude)
    }

    /// How many degrees of latitude so many meters are.
    static func degrees(_ meters: Double) -> Double { meters / earthRadius / degree }

    /// How many degrees of longitude so many meters are at a latitude.
    static func degrees(_ meters: Double, at latitude: Double) -> Double {
        meters / earthRadius / Trigonometry.cosine(latitude * degree) / degree
    }
}

/// A circle, or a rectangle along meridians and parallels, around a place.
struct GeoShape {
    enum Outline {
        case circle(radius: Double)
        case box(width: Double, height: Double)
    }

    let origin: GeoOrigin
    let outline: Outline
    /// How many meters the unit has in which the outline was given.
    let unit: Double

    /// A circle's places are not farther north or south than this; more than there is where that saves nothing.
    private var surelyOutside = Double.infinity

    init(around centre: GeoPosition, _ outline: Outline, unit: Double) {
        origin = GeoOrigin(centre)
        self.outline = outline
        self.unit = unit
        if case .circle(let radius) = outline, radius * unit < 1_000_000 {
            // A little more, for what rounding may do to the distance itself.
            surelyOutside = radius * unit * 1.00001 + 0.001
        }
    }

    /// How far a place is from the centre, in meters; nil if it is outside.
    @inline(__always) func distance(to place: GeoPosition) -> Double? {
        switch outline {
        case .circle(let radius):
            if origin.distance(toLatitude: place.latitude) > surelyOutside { return nil }
            let distance = origin.distance(to: place)
            return distance > radius * unit ? nil : distance
        case .box(let width, let height):
            if origin.distance(toLatitude: place.latitude) > height * unit / 2 { return nil }
            let meridian = GeoPosition(longitude: origin.position.longitude, latitude: place.latitude)
            if GeoOrigin(place).distance(to: meridian) > width * unit / 2 { return nil }
            return origin.distance(to: place)
        }
    }

    // MARK: Cells

    /// The cells that cover it, in the order in which they are to be searched; nil where one is not needed.
    var cells: [GeoCell?] {
        let edges = edges
        var cell = GeoCell(of: origin.position, steps: estimatedSteps)
        if cell.steps > 1, !cell.isSurroundedBeyond(edges) {
            cell = GeoCell(of: origin.position, steps: cell.steps - 1)
        }
        let skips = cell.steps >= 2
        let x = cell.longitudes, y = cell.latitudes
        let skipsSouth = skips && y.least < edges.latitudes.least, skipsNorth = skips && y.most > edges.latitudes.most
        let skipsWest = skips && x.least < edges.longitudes.least, skipsEast = skips && x.most > edges.longitudes.most
        let directions = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)]
        return directions.map { east, north in
            let isSkipped =
                east > 0 && skipsEast || east < 0 && skipsWest || north > 0 && skipsNorth || north < 0 && skipsSouth
            return isSkipped ? nil : cell.neighbour(east: east, north: north)
        }
    }

    /// Meridians and parallels that the shape touches, about.
    private var edges: (longitudes: DegreeRange, latitudes: DegreeRange) {
        let across: Double
        let along: Double
        switch outline {
        case .circle(let radius): (across, along) = (unit * radius, unit * radius)
        case .box(let width, let height): (across, along) = (unit * (width / 2), unit * (height / 2))
        }
        let centre = origin.position, north = GeoOrigin.degrees(along)
        // The same width is more degrees at the edge nearer to the pole.
        let edge = centre.latitude < 0 ? centre.latitude - north : centre.latitude + north
        let east = GeoOrigin.degrees(across, at: edge)
        return (
            DegreeRange(centre.longitude - east, centre.longitude + east),
            DegreeRange(centre.latitude - north, centre.latitude + north)
        )
    }

    /// So many steps that nine cells are about enough.
    private var estimatedSteps: Int {
        var reach: Double
        switch outline {
        case .circle(let radius): reach = radius
        case .box(let width, let height): reach = (width / 2 * (width / 2) + height / 2 * (height / 2)).squareRoot()
        }
        reach *= unit
        if reach == 0 { return GeoCell.mostSteps }
        let halfMap = 20037726.37
        var steps = -1
        while reach < halfMap {
            reach *= 2
            steps += 1
        }
        // Towards the poles the cells become narrow.
        let latitude = abs(origin.position.latitude)
        if latitude > 66 { steps -= latitude > 80 ? 2 : 1 }
        return max(1, min(GeoCell.mostSteps, steps))
    }
}

extension GeoCell {
    /// The cells around this one reach as far as the edges in all four directions.
    fileprivate func isSurroundedBeyond(_ edges: (longitudes: DegreeRange, latitudes: DegreeRange)) -> Bool {
        let isShort =
            neighbour(east: 0, north: 1).latitudes.most < edges.latitudes.most
            || neighbour(east: 0, north: -1).latitudes.least > edges.latitudes.least
            || neighbour(east: 1, north: 0).longitudes.most < edges.longitudes.most
            || neighbour(east: -1, north: 0).longitudes.least > edges.longitudes.least
        return !isShort
    }
}
