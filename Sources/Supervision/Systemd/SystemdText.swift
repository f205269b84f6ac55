/// Words of a unit file, quoted and read back as systemd.syntax(7) and systemd.service(5) say.
enum SystemdText {
    /// One word of a command line or an assignment: in double quotes, and with `%`, which would begin a specifier,
    /// doubled. Characters that end or break a line are written by their numbers.
    static func quoted(_ word: String) -> String {
        var text = "\""
        for scalar in word.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "%": text += "%%"
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = Array("0123456789abcdef")
                text += "\\x\(digits[Int(scalar.value >> 4)])\(digits[Int(scalar.value & 15)])"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// A command line. With a `$` in it the colon keeps systemd from replacing variables.
    static func command(_ words: [String]) -> String {
        guard let first = words.first else { return "" }
        let isLiteral = words.contains { $0.utf8.contains(UInt8(ascii: "$")) }
        return ([quoted((isLiteral ? ":" : "") + first)] + words.dropFirst().map(quoted)).joined(separator: " ")
    }

    /// The words of a value. Quotes of both kinds and the escapes that `quoted` writes are understood, and what older
    /// installations wrote without any.
    static func words(_ value: Substring) -> [String] {
        var words: [String] = []
        var word: [UInt8]?
        var quote: UInt8?
        var bytes = Array(value.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "\\"), let next = bytes.popFirst() {
                word = (word ?? []) + [escaped(next, &bytes)]
            } else if byte == UInt8(ascii: "%"), bytes.first == byte {
                bytes.removeFirst()
                word = (word ?? []) + [byte]
            } else if let open = quote {
                if byte == open { quote = nil } else { word?.append(byte) }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                word = word ?? []
            } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                if let ended = word { words.append(String(decoding: ended, as: UTF8.self)) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
        if let ended = word { words.append(String(decoding: ended, as: UTF8.self)) }
        return words
    }

    private static func escaped(_ byte: UInt8, _ bytes: inout ArraySlice<UInt8>) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "s"): return 32
        case UInt8(ascii: "x"):
            let digits = String(decoding: bytes.prefix(2), as: UTF8.self)
            guard let value = UInt8(digits, radix: 16) else { return byte }
            bytes = bytes.dropFirst(2)
            return value
        default: return byte
        }
    }
}
