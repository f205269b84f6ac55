/// A file of environment variables, a line each: `NAME=value`, `export NAME="value"`, `# comment`. Lines that say
/// anything else are passed over, as every program that reads such files does.
enum DotEnvFile {
    static let bytesLimit = 1 << 20

    /// Of a name given twice the last value counts.
    static func parse(_ bytes: [UInt8]) -> [String: String] {
        var values: [String: String] = [:]
        let text = String(
            decoding: bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes, as: UTF8.self)
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        while var line = lines.popFirst()?.trimmed {
            if line.hasPrefix("export "), case let rest = line.dropFirst(7) { line = rest.trimmed }
            guard let sign = line.firstIndex(of: "=") else { continue }
            let name = line[..<sign].trimmed
            guard isName(name) else { continue }
            values[String(name)] = value(line[line.index(after: sign)...].trimmed, &lines)
        }
        return values
    }

    private static func value(_ text: Substring, _ more: inout ArraySlice<Substring>) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            // A comment begins with a space and a hash; a hash within the value is part of it.
            return String((text.range(ofFirst: " #").map { text[..<$0.lowerBound] } ?? text).trimmed)
        }
        var rest = text.dropFirst()
        var value = ""
        while true {
            while let letter = rest.popFirst() {
                if letter == quote { return value }
                if letter == "\\", quote == "\"", let escaped = rest.popFirst() {
                    switch escaped {
                    case "n": value += "\n"
                    case "r": value += "\r"
                    case "t": value += "\t"
                    case "\"", "\\", "$": value.append(escaped)
                    default: value += "\\" + String(escaped)
                    }
                } else {
                    value.append(letter)
                }
            }
            // A quoted value may go on over lines: keys in PEM form are written so.
            guard let next = more.popFirst() else { return value }
            value += "\n"
            rest = next
        }
    }

    static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte) || byte == 95
        }
    }
}

extension Substring {
    var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
