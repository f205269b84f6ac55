@testable import Platform

/// A generator whose sequence its seed decides (SplitMix64), so that a failure can be run again.
struct JSONRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    mutating func oneOf<Choice>(_ choices: [Choice]) -> Choice { choices[below(choices.count)] }

    mutating func chance(_ part: Int, in whole: Int) -> Bool { below(whole) < part }
}

extension JSONRandom {
    /// Any value that JSON can hold, with all that is hard to write in it.
    mutating func json(depth: Int = 4) -> JSON {
        switch below(depth > 0 ? 10 : 7) {
        case 0: .null
        case 1: .bool(chance(1, in: 2))
        case 2: .int(Int64(truncatingIfNeeded: next()) >> Int64(below(64)))
        case 3: double()
        case 4: .number(JSONNumber(UInt64(Int64.max) + 1 + next() >> 1))
        case 5, 6: .string(text())
        case 7: .array((0..<below(5)).map { _ in json(depth: depth - 1) })
        default:
            .object(JSONObject((0..<oneOf([0, 1, 3, 20])).map { ("\(text())\($0)", json(depth: depth - 1)) }))
        }
    }

    private mutating func double() -> JSON {
        let value = Double(bitPattern: next())
        return .double(value.isFinite ? value : 0.5)
    }

    mutating func text() -> String {
        let pieces = [
            "a", "key", "Zürich", "日本", "👩‍👩‍👧", "\"", "\\", "/", "\n", "\r\n", "\t", "\u{0}", "\u{1F}", "\u{7F}",
            "\u{2028}",
            "\u{2029}", "e\u{301}", "\u{E9}", " ", "'", "//", "/*", "*/", ",", "}", "{", "0123456789abcdef", "\u{FFFF}",
            "\u{10FFFF}", "\u{FEFF}",
        ]
        return (0..<below(6)).map { _ in oneOf(pieces) }.joined()
    }
}

func parsed(_ text: String, _ limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSON {
    try JSONParser.parse(text, limits: limits)
}

/// The message of the error that `text` is refused with; nil if it is read.
func refusal(_ text: String, _ limits: JSONLimits = JSONLimits()) -> String? { refusal(Array(text.utf8), limits) }

func refusal(_ bytes: [UInt8], _ limits: JSONLimits = JSONLimits()) -> String? {
    do {
        _ = try JSONParser.parse(bytes, limits: limits)
        return nil
    } catch {
        return error.description
    }
}

func written(_ value: JSON, _ style: JSONWriter.Style = .compact) -> String {
    String(decoding: JSONWriter.bytes(of: value, style: style), as: UTF8.self)
}
