import Platform
import Support
import Wire

/// What a decoder took out of the bytes, and where it stopped.
private struct Decoded: Equatable {
    var body: [UInt8] = []
    /// Bytes up to the end of the body, if it was reached.
    var length: Int?
    var error: HTTPError?
}

extension FuzzHTTP {
    static func chunked(_ bytes: [UInt8]) {
        let expected = decode([bytes])
        for pieces in cuts(of: bytes, seeds: 0..<2) { precondition(decode(pieces) == expected) }
        var stream: [UInt8] = []
        for chunk in randomPieces(of: bytes, seed: 1) where !chunk.isEmpty {
            stream += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
        }
        stream += Array("0\r\n\r\n".utf8)
        precondition(decode([stream + bytes]) == Decoded(body: bytes, length: stream.count))
    }

    private static func decode(_ pieces: [[UInt8]]) -> Decoded {
        var decoder = ChunkedDecoder()
        var decoded = Decoded()
        var before = 0
        do throws(HTTPError) {
            for piece in pieces {
                var offset = 0
                reading: while true {
                    let start = offset
                    switch try decoder.next(piece.span, &offset) {
                    case .data(let range):
                        precondition(range.lowerBound >= start && range.upperBound == offset && !range.isEmpty)
                        precondition(decoder.announced >= 0)
                        decoded.body += piece[range]
                    case .needsMore:
                        precondition(offset == piece.count)
                        break reading
                    case .end:
                        decoded.length = before + offset
                        return decoded
                    }
                }
                before += piece.count
            }
        } catch {
            decoded.error = error
        }
        return decoded
    }
}
