import Platform

/// What values a setting takes.
package indirect enum SettingType: Hashable, Sendable {
    case string
    case text(SettingFormat)
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case boolean
    case oneOf([String])
    case list(SettingType)
    /// Keys are names of the user's own.
    case map(SettingType)
    /// What it holds, its own keys say.
    case object
    /// `30m`, `1500ms`, `2h`, `7d`; zero where nothing is to happen.
    case duration
    /// A string, or where to find it: `{source, provider, id}`.
    case secret
    case either([SettingType])
    case any

    package static let port = SettingType.integer(1...65535)
    package static let count = SettingType.integer(0...Int(Int32.max))
    package static let positive = SettingType.integer(1...Int(Int32.max))
}

/// Texts of which more is asked than to be one.
package enum SettingFormat: String, Hashable, Sendable {
    case notEmpty = "a text that is not empty"
    case path = "a path that begins with / or ~"
    case webURL = "a URL that begins with http:// or https://"
    case socketURL = "a URL that begins with ws:// or wss://"
    case origin = "an origin such as https://control.example.com, or *"
    case header = "the name of a header"
    case addressRange = "an IP address, or a range such as 10.0.0.0/8"

    func accepts(_ text: String) -> Bool {
        switch self {
        case .notEmpty: text.utf8.contains { $0 > 0x20 }
        case .path: text.hasPrefix("/") || text == "~" || text.hasPrefix("~/")
        case .webURL: Self.isURL(text, ["http://", "https://"])
        case .socketURL: Self.isURL(text, ["ws://", "wss://"])
        case .origin: text == "*" || Self.isOrigin(text)
        case .header: !text.isEmpty && text.utf8.allSatisfy(Self.isTokenByte)
        case .addressRange: Self.isAddressRange(text)
        }
    }

    private static func isURL(_ text: String, _ schemes: [String]) -> Bool {
        let bytes = text.utf8
        return schemes.contains { text.lowercased().hasPrefix($0) && bytes.count > $0.utf8.count }
            && bytes.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    }

    /// Scheme, host and port; nothing behind them.
    private static func isOrigin(_ text: String) -> Bool {
        guard let scheme = text.range(ofFirst: "://"), scheme.lowerBound > text.startIndex else { return false }
        let host = text[scheme.upperBound...]
        return !host.isEmpty && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"/?#@".utf8.contains($0) }
    }

    /// RFC 9110 section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func isAddressRange(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let bits: Int
        if IPv4Address(parts[0]) != nil {
            bits = 32
        } else if IPv6Address(parts[0]) != nil {
            bits = 128
        } else {
            return false
        }
        guard parts.count > 1 else { return true }
        return parts[1].utf8.count <= 3 && UInt(parts[1]).map { $0 <= bits } == true
    }
}

extension StringProtocol {
    func range(ofFirst text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension SettingType {
    /// Whether strings are meant as they are: a variable in them may have any value.
    var takesString: Bool {
        switch self {
        case .string, .text, .secret, .any, .oneOf, .duration: true
        case .either(let types): types.contains { $0.takesString }
        default: false
        }
    }

    /// What is allowed, in words that complete "… is not allowed;".
    var allowed: String {
        switch self {
        case .string: "a text"
        case .text(let format): format.rawValue
        case .integer(let range) where range.upperBound == Int(Int32.max):
            range.lowerBound == 0 ? "a whole number, 0 or more" : "a whole number of at least \(range.lowerBound)"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .oneOf(let words): "one of \(words.joined(separator: ", "))"
        case .list(let type): "a list, each \(type.allowed)"
        case .map(let type): "an object, each value \(type.allowed)"
        case .object: "an object"
        case .duration: "a time such as 500ms, 30s, 5m, 2h or 7d"
        case .secret: "a text, or {source: \"env\", \"file\" or \"exec\", id: …}"
        case .either(let types): types.map(\.allowed).joined(separator: "; or ")
        case .any: "any value"
        }
    }

    /// How the type is called in a table.
    package var name: String {
        switch self {
        case .string, .text: "text"
        case .integer(let range) where range.upperBound == Int(Int32.max):
            range.lowerBound == 0 ? "whole number" : "whole number from \(range.lowerBound)"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "number, \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true, false"
        case .oneOf(let words): words.joined(separator: ", ")
        case .list(let type): "list of: \(type.name)"
        case .map(let type): "object of: \(type.name)"
        case .object: "object"
        case .duration: "time (`30s`, `5m`, `2h`)"
        case .secret: "secret"
        case .either(let types): types.map(\.name).joined(separator: "; or ")
        case .any: "any"
        }
    }
}

/// A length of time as the configuration writes it.
package enum SettingDuration {
    private static let units: [(String, Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Nil for what is no time, or one beyond 100 years.
    package static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let unit = units.first(where: { $0.0 == text.dropFirst(digits.count) }) else {
            return nil
        }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit.1)
        guard !overflow, milliseconds <= 100 * 366 * 86_400_000 else { return nil }
        return .milliseconds(milliseconds)
    }
}
