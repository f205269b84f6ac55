/// A record without secrets, ready to be written in any of the ways.
struct LogLine: Sendable {
    /// Longer texts are cut and say by how much.
    static let messageLimit = 8192
    static let valueLimit = 2048

    private enum Value: Hashable, Sendable {
        case text([UInt8])
        /// A number or truth value, as JSON writes it.
        case plain([UInt8])
    }

    var time: WallTime
    let level: LogLevel
    private let subsystem: [UInt8]
    private let message: [UInt8]
    private let fields: [(name: StaticString, value: Value)]
    /// How often it came again; 0 for the first time.
    var repeats = 0

    init(_ record: LogRecord, _ redaction: Redaction) {
        time = record.time
        level = record.level
        var parts = [Array(record.message.utf8)]
        parts.reserveCapacity(record.fields.pairs.count + 2)
        for pair in record.fields.pairs { parts.append(Self.bytes(pair.value)) }
        parts.append(Array(record.subsystem.utf8))
        let limits = [Self.messageLimit] + [Int](repeating: Self.valueLimit, count: parts.count - 1)
        let before = parts
        let cut = redaction.redact(&parts, limits: limits)
        for index in parts.indices where cut[index] > 0 { parts[index] += "… (\(cut[index]) bytes more)".utf8 }
        message = parts[0]
        subsystem = parts[parts.count - 1]
        fields = record.fields.pairs.indices.map { index in
            let pair = record.fields.pairs[index]
            let bytes = parts[index + 1]
            switch pair.value {
            // Part of a secret in digits: what stands there now is no number.
            case .integer where bytes == before[index + 1], .flag: return (pair.name, .plain(bytes))
            case .number(let number) where number.isFinite && bytes == before[index + 1]:
                return (pair.name, .plain(bytes))
            default:
                let isHidden = !bytes.isEmpty && Redaction.isSecretName(pair.name)
                return (pair.name, .text(isHidden ? Redaction.mark : bytes))
            }
        }
    }

    private static func bytes(_ value: LogValue) -> [UInt8] {
        switch value {
        case .text(let text): Array(text.utf8)
        case .integer(let integer): Array("\(integer)".utf8)
        case .number(let number): Array("\(number)".utf8)
        case .flag(let flag): Array((flag ? "true" : "false").utf8)
        }
    }

    /// Whether both say the same, whenever.
    func isRepetition(of other: LogLine) -> Bool {
        level == other.level && message == other.message && subsystem == other.subsystem
            && fields.count == other.fields.count
            && zip(fields, other.fields).allSatisfy { $0.value == $1.value && Self.isSame($0.name, $1.name) }
    }

    private static func isSame(_ a: StaticString, _ b: StaticString) -> Bool {
        UnsafeBufferPointer(start: a.utf8Start, count: a.utf8CodeUnitCount)
            .elementsEqual(UnsafeBufferPointer(start: b.utf8Start, count: b.utf8CodeUnitCount))
    }

    // MARK: JSON

    /// One object and a line feed. The four names of ours come first; a field of the same name gets a "_" behind it.
    func json() -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(128 + message.count)
        line += "{\"time\":\"".utf8
        appendTime(to: &line)
        line += "\",\"level\":\"".utf8
        line += level.name.utf8
        line += "\",\"subsystem\":".utf8
        JSONText.append(subsystem, to: &line)
        line += ",\"message\":".utf8
        JSONText.append(message, to: &line)
        for field in fields {
            line += ",\"".utf8
            line += UnsafeBufferPointer(start: field.name.utf8Start, count: field.name.utf8CodeUnitCount)
            switch "\(field.name)" {
            case "time", "level", "subsystem", "message", "repeated": line += "_\":".utf8
            default: line += "\":".utf8
            }
            switch field.value {
            case .text(let bytes): JSONText.append(bytes, to: &line)
            case .plain(let bytes): line += bytes
            }
        }
        if repeats > 0 { line += ",\"repeated\":\(repeats)".utf8 }
        line += "}\n".utf8
        return line
    }

    private func appendTime(to line: inout [UInt8]) {
        let date = CalendarDate(time)
        date.appendDate(to: &line)
        line.append(UInt8(ascii: "T"))
        date.appendTime(to: &line)
        line.append(UInt8(ascii: "Z"))
    }

    // MARK: Text

    /// For a file or the journal.
    func plain() -> [UInt8] {
        var line: [UInt8] = []
        appendTime(to: &line)
        line.append(0x20)
        line += level.name.utf8
        line.append(0x20)
        appendText(to: &line, dim: "", reset: "")
        return line
    }

    /// For a person at a terminal, in local time.
    func pretty(isColoured: Bool, offset: Int) -> [UInt8] {
        let (dim, reset) = isColoured ? ("\u{1b}[2m", "\u{1b}[0m") : ("", "")
        var line: [UInt8] = []
        line += dim.utf8
        CalendarDate(time, offset: offset).appendTime(to: &line)
        line += reset.utf8
        line.append(0x20)
        line += (isColoured ? Self.colour(level) : "").utf8
        line += level.name.utf8
        line += reset.utf8
        line += (level.name.utf8.count < 5 ? "  " : " ").utf8
        appendText(to: &line, dim: dim, reset: reset)
        return line
    }

    private static func colour(_ level: LogLevel) -> String {
        switch level {
        case .trace, .debug: "\u{1b}[2m"
        case .info: "\u{1b}[32m"
        case .warn: "\u{1b}[33m"
        case .error: "\u{1b}[31m"
        }
    }

    private func appendText(to line: inout [UInt8], dim: String, reset: String) {
        Self.appendPrintable(subsystem, to: &line)
        line += ": ".utf8
        Self.appendPrintable(message, to: &line)
        for field in fields {
            line.append(0x20)
            line += dim.utf8
            line += UnsafeBufferPointer(start: field.name.utf8Start, count: field.name.utf8CodeUnitCount)
            line.append(UInt8(ascii: "="))
            line += reset.utf8
            switch field.value {
            case .plain(let bytes): line += bytes
            case .text(let bytes)
            where bytes.isEmpty || bytes.contains(where: { $0 <= 0x20 || $0 == 0x22 || $0 == 0x3d }):
                JSONText.append(bytes, to: &line)
            case .text(let bytes): Self.appendPrintable(bytes, to: &line)
            }
        }
        if repeats > 0 { line += " (repeated \(repeats) times)".utf8 }
        line.append(0x0a)
    }

    /// Without control characters, C1 among them: text from outside must not steer the terminal.
    private static func appendPrintable(_ bytes: [UInt8], to line: inout [UInt8]) {
        var previous: UInt8 = 0
        for byte in bytes {
            if byte < 0x20 || byte == 0x7f {
                JSONText.appendEscaped(byte, to: &line)
            } else if previous == 0xc2, byte < 0xa0 {
                line.removeLast()
                JSONText.appendEscaped(byte, to: &line)
            } else {
                line.append(byte)
            }
            previous = byte
        }
    }
}

/// Strings in JSON (RFC 8259 section 7), escaped further where a terminal may show them.
enum JSONText {
    static func append(_ bytes: [UInt8], to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        var previous: UInt8 = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            case 0..<0x20, 0x7f: appendEscaped(byte, to: &line)
            case 0x80..<0xa0 where previous == 0xc2:
                line.removeLast()
                appendEscaped(byte, to: &line)
            default: line.append(byte)
            }
            previous = byte
        }
        line.append(UInt8(ascii: "\""))
    }

    static func appendEscaped(_ byte: UInt8, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0a: line.append(UInt8(ascii: "n"))
        case 0x0d: line.append(UInt8(ascii: "r"))
        case 0x09: line.append(UInt8(ascii: "t"))
        default:
            line += "u00".utf8
            line.append(digit(byte >> 4))
            line.append(digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
