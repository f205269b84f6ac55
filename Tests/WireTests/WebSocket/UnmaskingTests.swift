import Support
import Testing

@testable import Wire

@Suite struct UnmaskingTests {
    private func naive(_ bytes: [UInt8], _ key: UInt32, in range: Range<Int>) -> [UInt8] {
        var bytes = bytes
        for index in range {
            bytes[index] ^= UInt8(truncatingIfNeeded: key >> UInt32((index - range.lowerBound) % 4 * 8))
        }
        return bytes
    }

    @Test func everyOffsetAndLengthAgreesWithTheNaiveLoop() {
        var random = SeededRandom(seed: 1)
        let bytes = (0..<170).map { _ in UInt8.random(in: 0...255, using: &random) }
        for offset in 0...35 {
            for length in 0...130 {
                let key = UInt32.random(in: 0...(.max), using: &random)
                var masked = bytes
                var span = masked.mutableSpan
                span.applyMask(key, in: offset..<(offset + length))
                #expect(
                    masked == naive(bytes, key, in: offset..<(offset + length)), "offset \(offset) length \(length)")
            }
        }
    }

    @Test func aPayloadInPiecesIsUnmaskedAsOne() {
        var random = SeededRandom(seed: 2)
        let bytes = (0..<130).map { _ in UInt8.random(in: 0...255, using: &random) }
        let whole = naive(bytes, 0x8421_c37e, in: bytes.indices)
        for cut in bytes.indices {
            for second in stride(from: cut, through: bytes.count, by: 7) {
                var masked = bytes
                var span = masked.mutableSpan
                var key: UInt32 = 0x8421_c37e
                for range in [0..<cut, cut..<second, second..<bytes.count] { key = span.applyMask(key, in: range) }
                #expect(masked == whole, "cut at \(cut) and \(second)")
            }
        }
    }
}
