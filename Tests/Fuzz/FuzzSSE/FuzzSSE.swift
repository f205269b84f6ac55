import FuzzDriver
import Platform
import Support
import Wire

/// Any stream gives the same events however it is cut, and what was read survives being written and read again.
@main
enum FuzzSSE: Fuzzer {
    private static let limits = SSELimits(line: 64, event: 128)

    static func run(_ input: [UInt8]) {
        let expected = parse([input], limits)
        for pieces in cuts(of: input, seeds: 0..<2) { precondition(parse(pieces, limits) == expected) }
        for event in expected.events {
            precondition(event.data.count <= limits.event)
            var stream = ByteBuffer()
            SSEWriter.write(name: event.name, id: event.id, data: event.data.span, to: &stream)
            var copy = event
            copy.data = event.data.split(separator: UInt8(ascii: "\r"), omittingEmptySubsequences: false)
                .joined(separator: [UInt8(ascii: "\n")]).map { $0 }
            precondition(parse([stream.bytes], SSELimits()).events == [copy])
        }
    }

    private static func parse(_ pieces: [[UInt8]], _ limits: SSELimits) -> (events: [SSEEvent], error: SSEError?) {
        var parser = SSEParser(limits: limits)
        var events: [SSEEvent] = []
        do throws(SSEError) {
            for piece in pieces {
                var offset = 0
                while let event = try parser.next(in: piece.span, from: &offset) { events.append(event) }
                precondition(offset == piece.count)
            }
        } catch {
            return (events, error)
        }
        return (events, nil)
    }
}
