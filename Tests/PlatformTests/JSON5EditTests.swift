import Testing

@testable import Platform

/// One change of a text and the text it must become.
private struct Change {
    let before: String
    let pointer: String
    /// Nil removes.
    let value: JSON?
    let after: String

    init(_ before: String, _ pointer: String, _ value: JSON?, _ after: String) {
        self.before = before
        self.pointer = pointer
        self.value = value
        self.after = after
    }

    func check(_ location: SourceLocation = #_sourceLocation) throws {
        var document = try JSON5Document(before)
        if let value {
            try document.set(JSONPointer(pointer)!, to: value)
            if !pointer.hasSuffix("/-") {
                #expect(document.value[JSONPointer(pointer)!] == value, sourceLocation: location)
            }
        } else {
            #expect(try document.remove(JSONPointer(pointer)!), sourceLocation: location)
        }
        #expect(document.text == after, "\(pointer)", sourceLocation: location)
        #expect(try JSON5Document(document.bytes).value == document.value, sourceLocation: location)
    }
}

private let config = """
    // My gateway.
    {
      gateway: {
        port: 18789, // the usual one
        bind: 'loopback',

        /* who may come in */
        auth: { mode: 'token', token: 'abc' },
      },
      // Chat
      channels: {
        telegram: {
          allowFrom: ["1", "2"], // Ann, Bob
        },
      },
    }

    """

/// `config` with one line changed.
private func config(_ line: String, _ replacement: String) -> String {
    let parts = config.split(separator: line, omittingEmptySubsequences: false)
    precondition(parts.count == 2)
    return parts.joined(separator: replacement)
}

@Test func aValueIsReplacedInItsPlace() throws {
    for change in [
        Change(config, "/gateway/port", 19001, config("18789", "19001")),
        Change(config, "/gateway/bind", "lan", config("'loopback'", "'lan'")),
        Change(config, "/gateway/bind", "it's", config("'loopback'", #"'it\'s'"#)),
        Change(config, "/gateway/auth/mode", "it's \"x\"", config("'token', ", #"'it\'s "x"', "#)),
        Change(config, "/gateway/port", 18789, config),
        Change(config, "/channels/telegram/allowFrom/1", "3", config(#""2""#, #""3""#)),
        Change(config, "/channels/telegram/allowFrom", ["1", "2", "3"], config(#""2"]"#, #""2", "3"]"#)),
        Change(config, "/channels/telegram/allowFrom", ["0", "1", "2"], config(#"["1""#, #"["0", "1""#)),
        Change(config, "/channels/telegram/allowFrom", ["2"], config(#""1", "#, "")),
        Change(config, "/channels/telegram/allowFrom", ["1"], config(#", "2""#, "")),
        Change(config, "/channels/telegram/allowFrom", [], config(#""1", "2""#, "")),
        Change("1", "", [1, [:]], "[\n  1,\n  {}\n]"),
        Change("{a:0x10}", "/a", 17, "{a:17}"), Change("{a:0x10}", "/a", 16, "{a:0x10}"),
        Change("{a:1}", "/a", ["b": ["c": 1]], "{a:{ b: { c: 1 } }}"),
        Change(
            "{\n\ta: 1\n}", "/a", ["b": [1, 2], "c": [[1]]],
            "{\n\ta: {\n\t\tb: [1, 2],\n\t\tc: [\n\t\t\t[1]\n\t\t]\n\t}\n}"),
    ] { try change.check() }
}

@Test func anObjectIsChangedMemberByMember() throws {
    let value: JSON = ["bind": "loopback", "port": 1, "auth": ["mode": "token"], "tls": true]
    let after = config("18789", "1").replacing(", token: 'abc'", "").replacing(
        "mode: 'token' },\n", "mode: 'token' },\n    tls: true,\n")
    try Change(config, "/gateway", value, after).check()
}

extension String {
    fileprivate func replacing(_ text: String, _ other: String) -> String {
        split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
    }
}

@Test func aNewMemberIsWrittenLikeItsNeighbours() throws {
    for change in [
        Change(config, "/gateway/port2", 1, config("'abc' },\n", "'abc' },\n    port2: 1,\n")),
        Change(config, "/gateway/auth/user", "u", config("token: 'abc'", "token: 'abc', user: 'u'")),
        Change(config, "/gateway/a b", [1], config("'abc' },\n", "'abc' },\n    'a b': [1],\n")),
        Change(
            config, "/channels/telegram/dm/policy", "pairing",
            config("// Ann, Bob\n", "// Ann, Bob\n      dm: {\n        policy: 'pairing',\n      },\n")),
        Change(
            config, "/agents/list", [["id": "main"]],
            config("  },\n}", "  },\n  agents: {\n    list: [\n      {\n        id: 'main',\n      },\n    ],\n  },\n}")
        ),
        // Plain JSON stays plain JSON.
        Change("{\n  \"a\": 1\n}\n", "/b", "x", "{\n  \"a\": 1,\n  \"b\": \"x\"\n}\n"),
        Change("{\"a\":1}", "/b", 2, "{\"a\":1, \"b\":2}"),
        Change("{\"a\":1,\"b\":2}", "/c", 3, "{\"a\":1,\"b\":2,\"c\":3}"),
        Change("[1,2]", "/2", 3, "[1,2,3]"), Change("[1, 2]", "/-", 3, "[1, 2, 3]"), Change("[1,]", "/1", 2, "[1, 2,]"),
        Change("[\n  1,\n  2\n]", "/2", 3, "[\n  1,\n  2,\n  3\n]"),
        Change("[\n  1, // one\n  2 // two\n]", "/2", 3, "[\n  1, // one\n  2, // two\n  3\n]"),
        Change("{\n  a: 1 /* x */ // y\n  // end\n}", "/b", 2, "{\n  a: 1, /* x */ // y\n  b: 2\n  // end\n}"),
        Change("{\n  a: 1, /* x\n  y */\n}", "/b", 2, "{\n  a: 1, /* x\n  y */\n  b: 2,\n}"),
        Change("{ a: 1 /* x */ }", "/b", 2, "{ a: 1, b: 2 /* x */ }"),
        Change("{ a: 1, // x\n}", "/b", 2, "{ a: 1, b: 2, // x\n}"),
        Change("{\n  a: 1 }", "/b", 2, "{\n  a: 1,\n  b: 2 }"), Change("{ a : 1 }", "/b", 2, "{ a : 1, b : 2 }"),
        Change("{ a: 1\n, b: 2\n}", "/c", 3, "{ a: 1\n, b: 2, c: 3\n}"),
        Change("{\r\n\ta: 1,\r\n}", "/b/c", 2, "{\r\n\ta: 1,\r\n\tb: {\r\n\t\tc: 2,\r\n\t},\r\n}"),
        Change(
            "{\n    a: {\n        b: 1\n    }\n}", "/c/d", 1,
            "{\n    a: {\n        b: 1\n    },\n    c: {\n        d: 1\n    }\n}"),
    ] { try change.check() }
}

@Test func anEmptyContainerIsFilled() throws {
    for change in [
        Change("{}", "/a", 1, "{\n  \"a\": 1\n}"),
        Change("{}\n", "/a/b", "x", "{\n  \"a\": {\n    \"b\": \"x\"\n  }\n}\n"),
        Change("{ }", "/a", 1, "{\n  \"a\": 1\n}"), Change("[]", "/0", 1, "[1]"),
        Change("[ ]", "/0", [:], "[\n  {}\n]"),
        Change("// top\n{\n  // nothing yet\n}\n", "/a", 1, "// top\n{\n  // nothing yet\n  \"a\": 1\n}\n"),
        Change("{// c\n}", "/a", 1, "{// c\n  \"a\": 1\n}"), Change("{ /* c */ }", "/a", 1, "{ /* c */\n  \"a\": 1\n}"),
        Change("{ a: {} }", "/a/b", 1, "{ a: { b: 1 } }"), Change("{ a: {/*x*/} }", "/a/b", 1, "{ a: {/*x*/ b: 1 } }"),
        Change("{\n  a: {},\n}", "/a/b", 1, "{\n  a: {\n    b: 1,\n  },\n}"),
        Change("{\n  a: [\n    // c\n  ],\n}", "/a/0", 1, "{\n  a: [\n    // c\n    1,\n  ],\n}"),
    ] { try change.check() }
}

@Test func aMemberIsRemovedWithItsLine() throws {
    for change in [
        Change(config, "/gateway/port", nil, config("    port: 18789, // the usual one\n", "")),
        Change(config, "/gateway/bind", nil, config("    bind: 'loopback',\n", "")),
        Change(config, "/gateway/auth", nil, config("    auth: { mode: 'token', token: 'abc' },\n", "")),
        Change(config, "/gateway/auth/mode", nil, config("mode: 'token', ", "")),
        Change(config, "/gateway/auth/token", nil, config(", token: 'abc'", "")),
        Change(
            config, "/channels/telegram", nil,
            config("\n    telegram: {\n      allowFrom: [\"1\", \"2\"], // Ann, Bob\n    },\n  ", "")),
        Change("{\n  \"a\": 1,\n  \"b\": 2\n}", "/b", nil, "{\n  \"a\": 1\n}"),
        Change("{\n  \"a\": 1, // x\n  \"b\": 2 // y\n}", "/b", nil, "{\n  \"a\": 1 // x\n}"),
        Change("{\n  a: 1,\n  // about b\n  b: 2,\n}", "/b", nil, "{\n  a: 1,\n  // about b\n}"),
        Change("{\n  // about a\n  a: 1\n}", "/a", nil, "{\n  // about a\n}"),
        Change("{a:1}", "/a", nil, "{}"), Change("{ a: 1, }", "/a", nil, "{}"),
        Change("{\n  a: 1,\n}", "/a", nil, "{}"),
        Change("[1,2,3]", "/0", nil, "[2,3]"), Change("[1,2,3]", "/1", nil, "[1,3]"),
        Change("[1,2,3]", "/2", nil, "[1,2]"),
        Change("[1, 2, 3,]", "/2", nil, "[1, 2,]"), Change("{ a: 1\n, b: 2\n, c: 3\n}", "/b", nil, "{ a: 1\n, c: 3\n}"),
        Change("{ a: 1\n, b: 2\n}", "/b", nil, "{ a: 1\n}"), Change("{ a: 1, // x\n  b: 2 }", "/a", nil, "{\n  b: 2 }"),
        Change("{\n  a: 1, b: 2\n}", "/a", nil, "{\n  b: 2\n}"),
        Change("{\n  a: 1, b: 2\n}", "/b", nil, "{\n  a: 1\n}"),
        Change("{\n  a: 1, /* b's */ b: 2\n}", "/a", nil, "{\n  /* b's */ b: 2\n}"),
        Change("{\n  a: 1, /* long\n  one */\n  b: 2\n}", "/a", nil, "{\n  /* long\n  one */\n  b: 2\n}"),
        Change("{a:1 /*x*/ , /*y*/ b:2}", "/b", nil, "{a:1 /*x*/  /*y*/}"),
    ] { try change.check() }
}

@Test func whatCannotBeChangedIsSaid() throws {
    let original = try JSON5Document("{ a: 'x', list: [1] }")
    func complaint(_ change: (inout JSON5Document) throws -> Void) -> String {
        var document = original
        do {
            try change(&document)
            return "no error"
        } catch {
            #expect(document.text == original.text)
            return "\(error)"
        }
    }
    #expect(
        complaint { try $0.set(JSONPointer("/a/b/c")!, to: 1) } == "at /a: is a string, which has no members to set")
    #expect(
        complaint { try $0.set(JSONPointer("/list/3")!, to: 1) }
            == "at /list/3: no such element; the array has 1, and a new one takes the number 1")
    #expect(complaint { try $0.set(JSONPointer("/b")!, to: [1, .double(.nan)]) } == "at /b/1: must be a finite number")
    #expect(complaint { try $0.remove(JSONPointer()) } == "at the top level: the whole text cannot be removed")
    #expect(complaint { _ = try $0.remove(JSONPointer("/c")!) } == "no error")
    var deep = JSON.null
    for _ in 0..<200 { deep = [deep] }
    #expect(complaint { try $0.set(JSONPointer("/b")!, to: deep) }.contains("at most 128 levels"))
    var document = original
    #expect(try !document.remove(JSONPointer("/a/b")!))
}

/// With a reading of the text for each of them this would take minutes.
@Test func thousandsOfMembersChangeAndComeTogether() throws {
    let old = (0..<3000).map { "  key\($0): \($0), // note \($0)\n" }.joined()
    var document = try JSON5Document("{\n" + old + "}\n")
    let members = (0..<6000).map { ("key\($0)", JSON.int(Int64($0) + 1)) }
    try document.set(JSONPointer("")!, to: .object(JSONObject(members)))
    let new = (0..<6000).map { "  key\($0): \($0 + 1),\($0 < 3000 ? " // note \($0)" : "")\n" }.joined()
    #expect(document.text == "{\n" + new + "}\n")
}
