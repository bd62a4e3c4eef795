// Which program this is.

/// Names and versions.
enum Build {
    /// The version of Redis whose behaviour this is.
    static let redisVersion = "7.2.4"
    /// The same as one number: a byte for each part.
    static let redisVersionNumber = 0x0007_0204
    static let version = "0.2.0"

    static let versionLine = "Apus server v=\(redisVersion) sha=00000000:0 malloc=slab bits=64 build=apus-\(version)"
}
