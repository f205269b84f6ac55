import Platform

/// Writes events without building the same JSON anew each time: what stands around a text is written once.
@LoopActor
final class EventBytes {
    private let prefix: [UInt8]
    private let suffix: [UInt8]
    private var json = JSONWriter()

    /// `template` is an event with `hole` where the text goes.
    init(_ template: JSON, name: String? = nil) {
        let bytes = Self.event(template, name: name)
        let hole = JSONWriter.bytes(of: .string(Self.hole))
        let at = bytes.indices.first { bytes[$0...].starts(with: hole) } ?? bytes.count
        prefix = Array(bytes[..<at])
        suffix = Array(bytes[min(at + hole.count, bytes.count)...])
    }

    /// No text of anybody's.
    static let hole = "\u{1}openclaw-text\u{1}"

    func event(_ text: String) -> [UInt8] {
        json.removeAll()
        json.string(text)
        return around()
    }

    /// The same with a `sequence_number` behind the text.
    func event(_ text: String, numbered number: Int) -> [UInt8] {
        json.removeAll()
        json.string(text)
        json.written(",\"sequence_number\":")
        json.int(number)
        return around()
    }

    private func around() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefix.count + json.count + suffix.count)
        bytes += prefix
        json.append(to: &bytes)
        bytes += suffix
        return bytes
    }

    /// One event. JSON has no line breaks of its own, so it is a single line.
    static func event(_ json: JSON, name: String? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        if let name { bytes += Array("event: \(name)\n".utf8) }
        bytes += Array("data: ".utf8)
        JSONWriter.append(json, to: &bytes)
        bytes += [UInt8(ascii: "\n"), UInt8(ascii: "\n")]
        return bytes
    }

    static let done = Array("data: [DONE]\n\n".utf8)
}
