import Testing

@testable import Platform

/// What RFC 8259 allows, and what it makes of it.
private let accepted: [(String, JSON)] = [
    ("null", nil), ("true", true), ("false", false), ("0", 0), ("\"\"", ""), ("[]", []), ("{}", [:]),
    (" \t\r\n[ \t\r\n] \t\r\n", []), ("[null, true, false]", [nil, true, false]),
    ("[[[[]]]]", [[[[]]]]), ("{\"a\":{\"b\":{}}}", ["a": ["b": [:]]]), ("[{},[],{}]", [[:], [], [:]]),
    ("{\"a\" : 1 , \"b\":2}", ["a": 1, "b": 2]), ("{\"\":0}", ["": 0]), ("{\"\\u0000\":0}", ["\u{0}": 0]),
    ("{\"e\u{301}\":1,\"\u{E9}\":2}", ["e\u{301}": 1, "\u{E9}": 2]),
    // Strings
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC\uFFFF""#, "Aé€\u{FFFF}"),
    (#""\uD83D\uDE00""#, "😀"), (#""\udbff\udfff""#, "\u{10FFFF}"), (#""\uD800\uDC00""#, "\u{10000}"),
    ("\"é€😀\u{7F}\u{2028}\u{FEFF}\u{10FFFF}\"", "é€😀\u{7F}\u{2028}\u{FEFF}\u{10FFFF}"),
    (#""a/b // no comment /* none */""#, "a/b // no comment /* none */"),
    (#""\u0022\u005C""#, "\"\\"), (#""\\u0000""#, "\\u0000"), (#""asd😀\n""#, "asd😀\n"),
    // Numbers
    ("-0", .double(-0.0)), ("-1", -1), ("1234567890", 1_234_567_890), ("9223372036854775807", .int(.max)),
    ("-9223372036854775808", .int(.min)), ("0.5", 0.5), ("-0.0", .double(-0.0)), ("1.0", 1.0), ("1e3", 1000.0),
    ("1E3", 1000.0), ("1e+3", 1000.0), ("1E-3", 0.001), ("0e5", 0.0), ("0e+1", 0.0), ("1.50", 1.5),
    ("123.456e2", 12345.6),
    ("-0.000000000000000000000000000000000000000000000000000000000000000000000000000001", -1e-78),
    ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)), ("5e-324", .double(.leastNonzeroMagnitude)),
    ("0.30000000000000004", 0.30000000000000004), ("0.1", 0.1), ("1e22", 1e22), ("1e23", 1e23), ("100e-2", 1.0),
    ("9007199254740993", 9_007_199_254_740_993), ("123456789012345.6", 123456789012345.6),
]

/// What it does not allow, and what is wrong with it.
private let refused: [(String, String)] = [
    ("", "line 1, column 1: expected a value, found the end of the text"),
    (" ", "line 1, column 2: expected a value, found the end of the text"),
    // Values
    ("nul", "line 1, column 1: expected a value, found 'n'"), ("True", "expected a value, found 'T'"),
    ("nullx", "expected nothing more after the value, found 'x'"), ("undefined", "expected a value"),
    ("NaN", "expected a value"), ("Infinity", "expected a value"), ("-Infinity", "expected a digit, found 'I'"),
    ("tru\u{0}", "expected a value"), ("'a'", "expected a value, found '''"), ("*", "expected a value"),
    ("\u{A0}1", "expected a value, found U+00A0"), ("\u{C}1", "expected a value, found U+000C"),
    ("\u{2060}1", "expected a value"), ("<null>", "expected a value"), ("å", "expected a value, found 'å'"),
    // After the value
    ("1 2", "line 1, column 3: expected nothing more after the value, found '2'"), ("{}}", "nothing more"),
    ("[]]", "nothing more"), ("{} //", "nothing more"), ("{}/**/", "nothing more"), ("[],", "nothing more"),
    ("\"a\"\u{0}", "nothing more after the value, found U+0000"), ("1\u{0}", "nothing more"),
    // Arrays
    ("[", "expected a value or ']', found the end of the text"), ("[,]", "expected a value or ']', found ','"),
    ("[1,]", "line 1, column 4: expected a value, found ']'"), ("[1,,2]", "expected a value, found ','"),
    ("[1 2]", "expected ',' or ']', found '2'"), ("[1", "expected ',' or ']', found the end"), ("[1}", "found '}'"),
    ("[1:2]", "expected ',' or ']', found ':'"), ("]", "expected a value"), ("[\"a\"", "',' or ']'"),
    ("[-]", "expected a digit, found ']'"), ("[1,\n1\n,1", "line 3, column 3"), ("[\u{0}]", "found U+0000"),
    // Objects
    ("{", "expected a key in double quotes or '}', found the end of the text"), ("{,}", "found ','"),
    ("{\"a\"", "expected ':' after the key"), ("{\"a\":", "expected a value"), ("{\"a\":1", "expected ',' or '}'"),
    ("{\"a\":1,}", "line 1, column 8: expected a key in double quotes, found '}'"), ("{\"a\",1}", "expected ':'"),
    ("{\"a\" 1}", "expected ':'"), ("{\"a\"::1}", "expected a value"), ("{a:1}", "expected a key in double quotes"),
    ("{'a':1}", "expected a key"), ("{1:1}", "expected a key"), ("{null:1}", "expected a key"),
    ("{\"a\":1 \"b\":2}", "expected ',' or '}', found '\"'"),
    ("{\"a\":1,,\"b\":2}", "expected a key in double quotes, found ','"),
    ("{\"a\":1]", "found ']'"), ("{[]:1}", "expected a key"), ("{\"a\":1/**/}", "found '/'"), ("}", "expected a value"),
    ("{\"a\":1,\"a\":2}", "line 1, column 8: duplicate key \"a\", first given at line 1, column 2"),
    ("{\"a\":1,\n \"\\u0061\":1}", "line 2, column 2: duplicate key \"a\", first given at line 1, column 2"),
    ("[{\"x\":{\"k\":1,\"k\":1}}]", "column 14: duplicate key \"k\", first given at line 1, column 8"),
    // Numbers
    ("01", "line 1, column 1: a number must not begin with a zero"), ("-01", "column 2: a number must not begin"),
    ("00", "must not begin"), ("+1", "expected a value, found '+'"), (".5", "expected a value, found '.'"),
    ("-.5", "expected a digit, found '.'"), ("1.", "expected a digit, found the end"),
    ("1.e1", "expected a digit, found 'e'"),
    ("1e", "expected a digit"), ("1e+", "expected a digit"), ("1E-", "expected a digit"), ("1ee2", "expected a digit"),
    ("1.2.3", "nothing more"), ("0x1F", "nothing more"), ("1_000", "nothing more"), ("--1", "expected a digit"),
    ("- 1", "expected a digit, found U+0020"), ("1 000", "nothing more"), ("1e5.5", "nothing more"),
    ("1a", "nothing more"),
    ("\u{FF11}", "expected a value"), ("-", "expected a digit"), ("1+2", "nothing more"),
    // Strings
    ("\"", "expected the closing quote of the string, found the end of the text"), ("\"a", "closing quote"),
    ("\"\\\"", "closing quote"), ("\"\\", "closing quote"),
    ("\"a\nb\"", "column 3: U+000A must be escaped in a string"),
    ("\"\u{0}\"", "U+0000 must be escaped"), ("\"\u{1F}\"", "U+001F must be escaped"),
    ("\"\t\"", "U+0009 must be escaped"),
    (#""\x41""#, "must be followed by an escape JSON knows, found 'x'"), (#""\'""#, "found '''"),
    (#""\0""#, "found '0'"),
    (#""\a""#, "found 'a'"), (#""\U0041""#, "found 'U'"), ("\"\\\n\"", "found U+000A"), (#""\😀""#, "found '😀'"),
    (#""\u""#, "expected a hexadecimal digit, found '\"'"), (#""\u12""#, "hexadecimal digit"),
    (#""\u12G4""#, "found 'G'"),
    (#""\u123""#, "hexadecimal digit"), (#""\u 123""#, "hexadecimal digit"), (#""\u00A"#, "hexadecimal digit"),
    (#""\uD800""#, "column 2: half of a surrogate pair"), (#""\uDC00""#, "half of a surrogate pair"),
    (#""\uD800x""#, "half"), (#""\uD800\n""#, "half"), (#""\uD800\uD800""#, "half"), (#""\uD800\u0041""#, "half"),
    (#""\uDFFF\uD800""#, "half"), (#""\uD800\"#, "half"), (#""\uD800\u"#, "hexadecimal digit"),
    (#""abcdefgh\uD800ijklmnopq""#, "line 1, column 10: half"),
]

@Test func acceptsWhatTheRFCAllows() throws {
    for (text, value) in accepted {
        #expect(try parsed(text) == value, "\(text)")
    }
}

@Test func zeroKeepsItsSign() throws {
    for text in ["-0", "-0.0", "-0e1"] { #expect(try parsed(text).double?.sign == .minus, "\(text)") }
    #expect(try parsed("0.0").double?.sign == .plus)
}

@Test func refusesWhatTheRFCDoesNotAllowAndSaysWhere() {
    for (text, message) in refused {
        #expect(refusal(text)?.contains(message) == true, "\(text.debugDescription): \(refusal(text) ?? "was read")")
    }
}

@Test func refusesAByteOrderMark() {
    #expect(refusal([0xEF, 0xBB, 0xBF, 0x31])?.contains("byte order mark") == true)
    #expect(refusal([0xEF, 0xBB, 0xBF])?.contains("byte order mark") == true)
    #expect(refusal([0xFF, 0xFE, 0x31, 0x00])?.contains("expected a value, found byte 0xFF") == true)
}

/// RFC 3629 section 4, and what is just outside of it.
@Test func refusesMalformedUTF8() throws {
    let malformed: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE1, 0x80], [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF],
        [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF1, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x41], [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ]
    let wellFormed: [[UInt8]] = [
        [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80],
        [0xEF, 0xBF, 0xBF],
        [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
    ]
    for padding in 0..<18 {
        let head = [UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "x"), count: padding)
        for bytes in malformed {
            #expect(refusal(head + bytes + Array("\"".utf8))?.contains("not valid UTF-8") == true, "\(bytes)")
            #expect(refusal(head + Array("\\n".utf8) + bytes + Array("\"".utf8)) != nil, "\(bytes)")
            #expect(refusal(head + bytes) != nil, "\(bytes)")
        }
        for bytes in wellFormed {
            let text = String(decoding: head.dropFirst() + bytes, as: UTF8.self)
            #expect(try JSONParser.parse(head + bytes + Array("\"".utf8)) == .string(text), "\(bytes)")
        }
    }
    #expect(refusal([0x5B, 0xFF])?.contains("found byte 0xFF") == true)
    #expect(refusal([0x31, 0xFF])?.contains("found byte 0xFF") == true)
}

@Test func everyTruncationIsAnError() {
    for (text, value) in accepted {
        if value.double != nil { continue }  // a number cut short can be a number
        let bytes = Array(text.utf8)
        let end = bytes.lastIndex { $0 > 0x20 }!
        for length in 0...end {
            #expect(refusal(Array(bytes[..<length])) != nil, "\(text) cut to \(length) bytes")
        }
    }
}

@Test func readsNothingBehindTheSpan() throws {
    let bytes = Array("[\"abcdefghijklmnop\"]]1234567\"\"\"".utf8)
    for end in 0...bytes.count {
        let slice = Array(bytes[..<end])
        let part = Result { try JSONParser.parse(bytes.span.extracting(0..<end)) }
        #expect((try? part.get()) == (try? JSONParser.parse(slice)), "\(end)")
    }
    let digits = Array("1234567890".utf8)
    #expect(try JSONParser.parse(digits.span.extracting(2..<5)) == 345)
}

@Test func nestingEndsAtTheLimit() throws {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    func objects(_ depth: Int) -> String {
        String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    }
    for limit in [2, 7, JSONLimits.standardDepth, JSONLimits.greatestDepth] {
        let limits = JSONLimits(maxDepth: limit)
        for make in [nested, objects] {
            #expect(refusal(make(limit - 1), limits) == nil)
            #expect(refusal(make(limit), limits) == nil)
            #expect(refusal(make(limit + 1), limits)?.contains("at most \(limit) levels") == true)
        }
    }
    #expect(refusal(String(repeating: "[{\"a\":", count: 100_000))?.contains("at most 128 levels") == true)
    #expect(JSONLimits(maxDepth: 1_000_000).maxDepth == JSONLimits.greatestDepth)
    #expect(refusal("[[],[],[[]],[]]", JSONLimits(maxDepth: 3)) == nil)
}

@Test func sizeEndsAtTheLimit() {
    for limit in [4, 100] {
        for length in limit - 1...limit + 1 {
            let text = "\"" + String(repeating: "x", count: length - 2) + "\""
            let message = refusal(text, JSONLimits(maxBytes: limit))
            #expect((message == nil) == (length <= limit))
            #expect(message?.contains("at most \(limit) bytes") != false)
        }
    }
}

@Test func numbersEndAtTheLimit() {
    let limit = JSONLimits.standardNumberLength
    for length in limit - 1...limit + 1 {
        let texts = [
            String(repeating: "1", count: length), "-" + String(repeating: "1", count: length - 1),
            "0." + String(repeating: "1", count: length - 2), "1e" + String(repeating: "0", count: length - 2),
        ]
        for text in texts {
            #expect((refusal(text) == nil) == (length <= limit))
            #expect(refusal("[ " + text + "]")?.contains("column 3: a number of more than 128") != false)
        }
    }
}

@Test func duplicateKeysCanBeListed() throws {
    let text = "{\"a\":1,\"b\":[{\"k\":1,\"k\":{\"k\":2}}],\n\"a\":2,\"a\":3}"
    var duplicates: [JSONDuplicateKey] = []
    let value = try JSONParser.parse(Array(text.utf8).span, duplicates: &duplicates)
    #expect(value == ["a": 3, "b": [["k": ["k": 2]]]])
    #expect(value.object?.keys == ["a", "b"])
    #expect(duplicates.map(\.key) == ["k", "a", "a"])
    #expect(duplicates.map(\.firstOffset) == [13, 1, 1])
    #expect(duplicates.map(\.offset) == [19, 34, 40])
}

@Test func duplicateKeysAreFoundAmongMany() throws {
    for count in [2, 15, 16, 17, 18, 100, 10_000] {
        let members = (0..<count).map { "\"key\($0)\":\($0)" }
        let text = "{" + members.joined(separator: ",") + "}"
        let value = try parsed(text)
        #expect(value.object?.count == count)
        #expect(value["key\(count - 1)"] == .int(Int64(count - 1)))
        for again in [0, count / 2, count - 1] {
            let message = refusal("{" + members.joined(separator: ",") + ",\"key\(again)\":0}")
            #expect(message?.contains("duplicate key \"key\(again)\"") == true)
        }
    }
}

@Test func keysThatLookAlikeAreToldApart() throws {
    // Same beginning, end and length; lengths around eight; and escapes that make a key seen before.
    let keys = [
        "", "a", "b", "aaaaaaa", "aaaaaaaa", "aaaaaaaaa", "abcdefghXijklmnop", "abcdefghYijklmnop", "\u{0}",
        "\u{0}\u{0}",
    ]
    let object = JSONObject(keys.enumerated().map { ($1, .int(Int64($0))) })
    #expect(try parsed(written(.object(object))) == .object(object))
    for key in keys {
        let escaped = key.unicodeScalars.map { "\\u00" + ($0.value < 16 ? "0" : "") + String($0.value, radix: 16) }
            .joined()
        #expect(refusal("{\(written(.string(key))):1,\"\(escaped)\":2}")?.contains("duplicate key") == true, "\(key)")
    }
}

@Test func positionsCountLinesAndCharacters() throws {
    for (text, place) in [
        ("[1,\n2,\r\n3,\r4 x]", "line 4, column 3"), ("[\"é😀\" x]", "line 1, column 7"), ("\n\nx", "line 3, column 1"),
    ] {
        #expect(refusal(text)?.hasPrefix(place) == true, "\(refusal(text) ?? "")")
    }
    do {
        _ = try parsed("[1,x]")
        Issue.record("was read")
    } catch {
        #expect(error.position.offset == 3)
        #expect(error.problem == .expected(.value))
        #expect(error.found == .character("x"))
    }
}
