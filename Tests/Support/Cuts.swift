/// The same bytes in all the ways a parser must not care about: whole, one at a time, and cut at random places.
package func cuts(of bytes: [UInt8], seeds: Range<UInt64> = 0..<12) -> [[[UInt8]]] {
    [[bytes], bytes.map { [$0] }] + seeds.map { randomPieces(of: bytes, seed: $0) }
}

/// Pieces whose sizes depend on the seed alone; some are empty.
package func randomPieces(of bytes: [UInt8], seed: UInt64) -> [[UInt8]] {
    var random = SeededRandom(seed: seed)
    let longest = Int.random(in: 1...max(1, min(64, bytes.count)), using: &random)
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 0...longest, using: &random))
        pieces.append(Array(bytes[start..<end]))
        start = end
    }
    return pieces
}
