import Testing

@testable import Platform

@Test func writesCompact() {
    let value: JSON = ["a": [1, -2, 2.5, nil, true, false], "b": [:], "c": [], "d": ["e": "f"]]
    #expect(written(value) == #"{"a":[1,-2,2.5,null,true,false],"b":{},"c":[],"d":{"e":"f"}}"#)
    #expect(value.description == written(value))
}

@Test func writesPretty() {
    let value: JSON = ["a": [1, [], [:]], "b": ["c": "d"]]
    let text = """
        {
          "a": [
            1,
            [],
            {}
          ],
          "b": {
            "c": "d"
          }
        }
        """
    #expect(written(value, .pretty) == text)
    #expect(written([], .pretty) == "[]")
    #expect(written("x", .pretty) == "\"x\"")
}

@Test func canonicalTextHasItsKeysInOrder() {
    let a: JSON = ["b": 1, "a": ["z": 1, "é": 2, "Z": 3], "": 0]
    #expect(written(a, .canonical) == #"{"":0,"a":{"Z":3,"z":1,"é":2},"b":1}"#)
    #expect(a.object?.keys == ["b", "a", ""])
}

@Test func writesNumbers() {
    let numbers: [(JSON, String)] = [
        (0, "0"), (-1, "-1"), (.int(.max), "9223372036854775807"), (.int(.min), "-9223372036854775808"), (10, "10"),
        (99, "99"),
        (100, "100"), (1.0, "1.0"), (-0.0, "-0.0"), (1e22, "1e+22"), (1e-7, "1e-07"), (0.1, "0.1"),
        (JSON(UInt64.max), "18446744073709551615"),
    ]
    for (value, text) in numbers { #expect(written(value) == text) }
    var text = "1"
    for _ in 0..<18 {
        #expect(written(.int(Int64(text)!)) == text)
        #expect(written(.int(Int64(text)! - 1)) == String(Int64(text)! - 1))
        text += "0"
    }
}

@Test func whatIsNoNumberBecomesNull() {
    #expect(written([.double(.nan), .double(.infinity), .double(-.infinity)]) == "[null,null,null]")
}

/// The plainest way to write a string, to compare with.
private func plainlyQuoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\u{8}": result += "\\b"
        case "\u{C}": result += "\\f"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{0}"..."\u{1F}":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

@Test func escapesAtEveryPlaceOfAWord() {
    let specials =
        (0..<0x20).map { String(Unicode.Scalar(UInt8($0))) } + ["\"", "\\", "\u{7F}", "é", "😀", "/", "\u{2028}"]
    for special in specials {
        for before in 0..<18 {
            for after in [0, 1, 3, 4, 7, 8, 9] {
                let text = String(repeating: "a", count: before) + special + String(repeating: "b", count: after)
                #expect(written(.string(text)) == plainlyQuoted(text))
                #expect(written(.string(special + text + special)) == plainlyQuoted(special + text + special))
            }
        }
    }
}

@Test func theBufferGrows() throws {
    for length in [0, 1, 61, 62, 63, 64, 65, 500, 510, 511, 512, 513, 5000] {
        let texts = [
            String(repeating: "x", count: length), String(repeating: "\u{1}", count: length),
            String(repeating: "\u{1}xyz😀", count: length),
        ]
        for text in texts {
            let value: JSON = ["k": .string(text), .init(text): [.int(.min), .bool(false)]]
            #expect(try parsed(written(value)) == value)
            #expect(written(.string(text)) == plainlyQuoted(text))
        }
    }
    let numbers = JSON.array([JSON](repeating: .int(.min), count: 1000))
    #expect(try parsed(written(numbers, .pretty)) == numbers)
}

extension String {
    fileprivate init(_ text: String) { self = text }
}

@Test func framesCanBeWrittenWithoutATree() {
    var writer = JSONWriter(capacity: 1)
    for _ in 0..<2 {
        writer.removeAll()
        writer.beginObject()
        writer.key("type")
        writer.string("event")
        writer.key("seq")
        writer.int(UInt64(7))
        writer.key("list")
        writer.beginArray()
        writer.null()
        writer.bool(true)
        writer.double(0.5)
        writer.value(["x": 1])
        let part = Array("{\"done\":1}".utf8)
        writer.encoded(part.span)
        writer.endArray()
        writer.key("end")
        writer.int(-1)
        writer.endObject()
        var target = Array(">".utf8)
        writer.append(to: &target)
        let text = #"{"type":"event","seq":7,"list":[null,true,0.5,{"x":1},{"done":1}],"end":-1}"#
        #expect(String(decoding: target, as: UTF8.self) == ">" + text)
        #expect(writer.count == text.utf8.count)
        #expect(writer.span.count == text.utf8.count)
    }
}

@Test func whatIsWrittenIsReadBack() throws {
    for seed in UInt64(1)...300 {
        var random = JSONRandom(seed: seed)
        let value = random.json()
        for style in [JSONWriter.Style.compact, .pretty, .canonical] {
            let back = try parsed(written(value, style))
            #expect(back == value, "seed \(seed)")
            #expect(written(back, style) == written(value, style), "seed \(seed)")
        }
    }
}

/// Changed bytes are refused or read, never a crash; and what is read can be written and read again.
@Test func damagedTextIsRefusedOrRead() throws {
    for seed in UInt64(1)...300 {
        var random = JSONRandom(seed: seed)
        var bytes = JSONWriter.bytes(of: random.json())
        for _ in 0..<20 {
            let place = random.below(bytes.count)
            switch random.below(3) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.insert(random.oneOf(Array("\"\\{}[],:0-e.\u{0}".utf8)), at: place)
            default: if bytes.count > 1 { bytes.remove(at: place) }
            }
            guard let value = try? JSONParser.parse(bytes) else { continue }
            #expect(try parsed(written(value)) == value, "seed \(seed)")
        }
    }
}
