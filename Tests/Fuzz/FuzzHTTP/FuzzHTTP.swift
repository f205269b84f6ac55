import FuzzDriver

/// Heads, chunked bodies and addresses: the same verdict however the bytes arrive, and what was accepted means the same
/// to whoever reads it again. The first byte chooses the parser, so that a digit in front of a text makes a seed.
@main
enum FuzzHTTP: Fuzzer {
    static func run(_ input: [UInt8]) {
        guard let mode = input.first else { return }
        let bytes = Array(input.dropFirst())
        let isTight = mode & 4 != 0
        switch mode % 4 {
        case 0: request(bytes, isTight: isTight)
        case 1: response(bytes, isTight: isTight)
        case 2: chunked(bytes)
        default: address(bytes)
        }
    }
}
