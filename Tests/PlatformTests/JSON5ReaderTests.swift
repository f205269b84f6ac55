import Testing

@testable import Platform

private func value(_ text: String) throws(JSONError) -> JSON { try JSON5Document(text).value }

private func refusal5(_ text: String, _ limits: JSONLimits = JSONLimits()) -> String? {
    do {
        _ = try JSON5Document(text, limits: limits)
        return nil
    } catch {
        return error.description
    }
}

private let accepted: [(String, JSON)] = [
    ("{}", [:]), ("[]", []), ("null", nil), ("{a:1}", ["a": 1]), ("{a:1,}", ["a": 1]), ("[1,2,]", [1, 2]),
    // Keys
    ("{$_a1:1}", ["$_a1": 1]), ("{ünïcödé:1, 日本:2, ὕ:3}", ["ünïcödé": 1, "日本": 2, "ὕ": 3]),
    (#"{\u0061b:1}"#, ["ab": 1]), (#"{a\u0062:1}"#, ["ab": 1]), (#"{sig\u03A3ma:1}"#, ["sigΣma": 1]),
    ("{a\u{200C}b\u{200D}:1}", ["a\u{200C}b\u{200D}": 1]), ("{a\u{301}:1}", ["a\u{301}": 1]),
    ("{null:1, true:2, Infinity:3, while:4}", ["null": 1, "true": 2, "Infinity": 3, "while": 4]),
    ("{'a':1,\"b\":2}", ["a": 1, "b": 2]), ("{'':1}", ["": 1]), ("{'\\x61':1}", ["a": 1]),
    ("{ⅷ:1, 𝒳:2}", ["ⅷ": 1, "𝒳": 2]),
    // Strings
    ("'a\"b'", "a\"b"), ("\"a'b\"", "a'b"), (#"'\'\"\\\/'"#, "'\"\\/"),
    (#"'\b\f\n\r\t\v\0'"#, "\u{8}\u{C}\n\r\t\u{B}\0"),
    (#"'\x41\xe9'"#, "Aé"), (#"'\u00e9\uD83D\uDE00'"#, "é😀"), ("'a\\\nb'", "ab"), ("'a\\\r\nb'", "ab"),
    ("'a\\\rb'", "ab"),
    ("'a\\\u{2028}b\\\u{2029}c'", "abc"), ("'\u{2028}\u{2029}'", "\u{2028}\u{2029}"), (#"'\a\C\q\é\😀'"#, "aCqé😀"),
    ("'\t'", "\t"), ("'// no /* comment'", "// no /* comment"), (#"'\0a'"#, "\0a"), ("'é日本😀'", "é日本😀"),
    // Numbers
    ("0x1F", 31), ("0XdecAF", 0xDECAF), ("-0xa", -10), ("+0x10", 16), ("0xFFFFFFFFFFFFFFFF", JSON(UInt64.max)),
    ("0x00000000000000000000000000000001", 1), ("-0x8000000000000000", .int(.min)), ("0x7fffffffffffffff", .int(.max)),
    (".5", 0.5), ("5.", 5.0), ("+.5", 0.5), ("-.5", -0.5), ("+1", 1), ("-1", -1), ("1e3", 1000.0), ("5.e1", 50.0),
    (".5E-1", 0.05),
    ("0", 0), ("-0", .double(-0.0)), ("18446744073709551615", JSON(UInt64.max)), ("0.", 0.0),
    ("9007199254740993", 9_007_199_254_740_993), ("1E400", .number(JSONNumber("1E400")!)),
    // White space and comments
    ("\u{FEFF}1", 1), ("\t\u{B}\u{C} \u{A0}\u{2028}\u{2029}\u{1680}\u{2003}\u{202F}\u{3000}1", 1),
    ("// a\n1", 1), ("/* a */1/* b */", 1), ("/**/1//", 1), ("/* * / ** */1", 1), ("1//", 1), ("1// end", 1),
    ("{/*a*/a/*b*/:/*c*/1/*d*/,/*e*/}", ["a": 1]), ("[// one\n1,// two\r2// three\u{2028},]", [1, 2]), ("/*\n*/1", 1),
    ("// 'x' {\n{//}\n}", [:]), ("{a:[{b:[{c:'d'}]}]}", ["a": [["b": [["c": "d"]]]]]),
]

private let refused: [(String, String)] = [
    ("", "line 1, column 1: expected a value, found the end of the text"), ("// only", "expected a value"),
    ("{", "expected a key or '}'"), ("{,}", "expected a key or '}', found ','"),
    ("[,]", "expected a value or ']', found ','"),
    ("[1,,2]", "expected a value or ']', found ','"), ("{a:1,,}", "expected a key"),
    ("{a}", "expected ':' after the key, found '}'"),
    ("{a:}", "expected a value, found '}'"), ("{a 1}", "expected ':'"),
    ("{a:1 b:2}", "line 1, column 6: expected ',' or '}', found 'b'"),
    ("[1 2]", "expected ',' or ']'"), ("{a:1]", "expected ',' or '}', found ']'"), ("{}{}", "nothing more"),
    ("1 2", "nothing more"),
    ("{1:1}", "expected a key or '}', found '1'"), ("{-a:1}", "expected a key"),
    ("{a-b:1}", "expected ':' after the key, found '-'"),
    (#"{\u0031a:1}"#, "a letter"), (#"{\x61:1}"#, "a letter"), (#"{a\u0020b:1}"#, "a letter"),
    (#"{\uD83D\uDE00:1}"#, "surrogate"),
    (#"{\u00:1}"#, "hexadecimal digit"), ("{😀:1}", "expected a key"), ("{#:1}", "expected a key"),
    ("loopback", "line 1, column 1: loopback is not a value; a string needs quotes"),
    ("{a:\n lan}", "line 2, column 2: lan is not a value"),
    ("undefined", "is not a value"), ("True", "True is not a value"),
    ("Infinity", "Infinity is not a value JSON can hold"), ("-Infinity", "Infinity is not"),
    ("{a:NaN}", "line 1, column 4: NaN is not"),
    ("+NaN", "NaN is not"), ("0x10000000000000000", "0x10000000000000000 is not a value JSON can hold"),
    ("-0x8000000000000001", "-0x8000000000000001 is not"), ("0x", "hexadecimal digit"),
    ("0xg", "hexadecimal digit, found 'g'"),
    ("0x1.5", "hexadecimal digit"), ("0x1g", "hexadecimal digit"), ("01", "must not begin with a zero"),
    ("-01", "must not begin"),
    (".", "expected a digit"), ("+", "expected a digit"), ("-", "expected a digit"), ("+-1", "expected a digit"),
    ("--1", "expected a digit"),
    ("1e", "expected a digit"), ("1e+", "expected a digit"), (".e1", "expected a digit"),
    ("1x", "expected a digit, found 'x'"),
    ("+a", "expected a digit"), ("1..2", "nothing more"), ("- 1", "expected a digit"),
    ("'a", "expected the closing quote"), ("'a\"", "closing quote"), ("'a\nb'", "column 3: expected the closing quote"),
    ("'a\rb'", "closing quote"), ("'\\", "closing quote"), (#"'\1'"#, "an escape JSON knows"), (#"'\9'"#, "found '9'"),
    (#"'\01'"#, "column 3"),
    (#"'\x4'"#, "hexadecimal digit"), (#"'\u12'"#, "hexadecimal digit"), (#"'\uD800'"#, "surrogate"),
    (#"'\uDC00\uD800'"#, "surrogate"),
    (#"'\uD800\u0041'"#, "surrogate"), ("/* a", "line 1, column 1: the comment that begins here has no '*/'"),
    ("{a:1, /* b }", "line 1, column 7: the comment"), ("/*/", "comment"), ("/ a", "expected a value, found '/'"),
    ("1 /", "nothing more"),
    ("{a:1,\n  b:2,\n  'a':3}", "line 3, column 3: duplicate key \"a\", first given at line 1, column 2"),
    (#"{a:1, \u0061:2}"#, "line 1, column 7: duplicate key \"a\", first given at line 1, column 2"),
]

@Test func json5ReadsWhatTheSpecificationAllows() throws {
    for (text, expected) in accepted {
        do {
            #expect(try value(text) == expected, "\(text)")
        } catch {
            Issue.record("\(text): \(error)")
        }
    }
}

@Test func json5RefusesTheRestAndSaysWhere() {
    for (text, message) in refused {
        #expect(refusal5(text)?.contains(message) == true, "\(text.debugDescription): \(refusal5(text) ?? "was read")")
    }
}

@Test func json5ReadsEveryJSONText() throws {
    for seed in UInt64(1)...200 {
        var random = JSONRandom(seed: seed)
        let json = random.json()
        #expect(try value(written(json)) == json, "seed \(seed)")
        #expect(try value(written(json, .pretty)) == json, "seed \(seed)")
    }
}

@Test func json5TruncationIsAnError() {
    for (text, value) in accepted where value.object?.isEmpty == false || value.array?.isEmpty == false {
        let bytes = Array(text.utf8)
        let end = bytes.lastIndex { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "]") }!
        for length in 0..<end {
            #expect((try? JSON5Document(Array(bytes[..<length]))) == nil, "\(text) cut to \(length)")
        }
    }
    for (text, _) in accepted {
        // Whatever comes out, nothing is read behind the end.
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count { _ = try? JSON5Document(Array(bytes[..<length])) }
    }
}

@Test func json5RefusesMalformedUTF8Everywhere() {
    for text in [[0x27, 0xFF, 0x27], [0x2F, 0x2F, 0xC3], [0x7B, 0xC3, 0x28, 0x3A, 0x31, 0x7D], [0xED, 0xA0, 0x80]]
        as [[UInt8]]
    {
        #expect(throws: JSONError.self) { try JSON5Document(text) }
    }
}

@Test func json5LimitsHoldAtTheirEdges() {
    for depth in [127, 128, 129] {
        let text =
            String(repeating: "{a:[", count: depth / 2) + (depth % 2 == 1 ? "[]" : "")
            + String(repeating: "]}", count: depth / 2)
        #expect((refusal5(text) == nil) == (depth <= JSONLimits.standardDepth))
    }
    for length in [127, 128, 129] {
        #expect((refusal5(String(repeating: "1", count: length)) == nil) == (length <= JSONLimits.standardNumberLength))
    }
    for length in [9, 10, 11] {
        #expect(
            (refusal5("1" + String(repeating: " ", count: length - 1), JSONLimits(maxBytes: 10)) == nil)
                == (length <= 10))
    }
}

/// The limit is for the number as JSON writes it, so that what is read can be written and read again.
@Test func aJSON5NumberIsNoLongerThanJSONAllows() throws {
    for length in [127, 128, 129] {
        let fits = length <= JSONLimits.standardNumberLength
        for (text, added) in [(".1", 1), ("-.1", 1), ("1.", 1), ("+1", -1), ("1.e1", 1)] {
            let digits = String(repeating: "1", count: length - added - text.utf8.count)
            let number = text.replacing("1", with: "1" + digits, maxReplacements: 1)
            let document = try? JSON5Document(number)
            #expect((document != nil) == fits, "\(text) with \(length) characters")
            guard let document else { continue }
            #expect(try JSONParser.parse(JSONWriter.bytes(of: document.value)) == document.value)
        }
    }
}

@Test func everyKeyAndValueHasAPosition() throws {
    let document = try JSON5Document(
        """
        // Gateway
        {
          gateway: { port: 18789, /* é */ bind: 'lan' },
          "a/b": [1,
            {x: 2}],
        }
        """)
    func place(_ pointer: String) -> String? {
        document.location(of: JSONPointer(pointer)!).map {
            "\($0.key.map { "\($0.line):\($0.column) " } ?? "")\($0.value.line):\($0.value.column)"
        }
    }
    #expect(place("") == "2:1")
    #expect(place("/gateway") == "3:3 3:12")
    #expect(place("/gateway/port") == "3:14 3:20")
    #expect(place("/gateway/bind") == "3:35 3:41")
    #expect(place("/a~1b") == "4:3 4:10")
    #expect(place("/a~1b/0") == "4:11")
    #expect(place("/a~1b/1/x") == "5:6 5:9")
    #expect(place("/a~1b/2") == nil)
    #expect(place("/gateway/port/x") == nil)
    #expect(place("/nothing") == nil)
    #expect(document.value["gateway"]?["port"] == 18789)
}
