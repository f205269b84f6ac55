package import Platform

/// Writes an event stream (WHATWG HTML section 9.2).
package enum SSEWriter {
    package static let contentType = "text/event-stream"

    /// An event; each line of `data` gets a field of its own. `name` and `id` are single lines: breaks in them are left
    /// out, as they would begin another field, and so is a NUL in an id, for which readers would skip it.
    package static func write(
        name: String? = nil, id: String? = nil, data: Span<UInt8>, to buffer: inout ByteBuffer
    ) {
        if let name { field("event: ", name, to: &buffer) }
        if let id { field("id: ", id, without: 0, to: &buffer) }
        var start = 0
        var isLast = false
        while !isLast {
            var end = start
            while end < data.count, data[end] != UInt8(ascii: "\n"), data[end] != UInt8(ascii: "\r") { end += 1 }
            buffer.append("data: " as StaticString)
            buffer.append(data.extracting(start..<end))
            buffer.append(UInt8(ascii: "\n"))
            isLast = end == data.count
            let isPair = end + 1 < data.count && data[end] == UInt8(ascii: "\r") && data[end + 1] == UInt8(ascii: "\n")
            start = end + (isPair ? 2 : 1)
        }
        buffer.append(UInt8(ascii: "\n"))
    }

    /// A comment, which readers skip: it keeps a quiet connection alive and shows a dead one.
    package static func writeKeepAlive(to buffer: inout ByteBuffer) {
        buffer.append(":\n\n" as StaticString)
    }

    /// How long a reader should wait before it opens the stream again.
    package static func writeRetry(milliseconds: Int, to buffer: inout ByteBuffer) {
        field("retry: ", String(milliseconds), to: &buffer)
        buffer.append(UInt8(ascii: "\n"))
    }

    private static func field(
        _ name: StaticString, _ value: String, without excluded: UInt8? = nil, to buffer: inout ByteBuffer
    ) {
        buffer.append(name)
        for byte in value.utf8 where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r") && byte != excluded {
            buffer.append(byte)
        }
        buffer.append(UInt8(ascii: "\n"))
    }
}
