import Testing

@testable import Platform

private enum Mode: String, CaseIterable { case off, hot, restart, hybrid }

/// The message of the error that `read` ends with.
private func complaint<Result>(_ read: () throws -> Result) -> String {
    do {
        return "no error, but \(try read())"
    } catch {
        return "\(error)"
    }
}

private let request = JSONField([
    "method": "sessions.list",
    "params": [
        "limit": 0, "ratio": 1.5, "name": "abc", "empty": "", "mode": "hott", "nothing": nil, "flag": "yes",
        "list": [1, "two", ["x": nil]], "a/b~c": 1, "whole": 3.0, "big": 18_446_744_073_709_551_615.0,
    ],
])

@Test func readsWhatIsThere() throws {
    let frame = try request.object()
    let params = try frame.field("params").object()
    #expect(try frame.field("method").string() == "sessions.list")
    #expect(try params.field("limit").integer() == 0)
    #expect(try params.field("limit").integer(in: 0...1000) == 0)
    #expect(try params.field("whole").integer(in: 3...3) == 3)
    #expect(try params.field("ratio").number(in: 1...2) == 1.5)
    #expect(try params.field("limit").number() == 0)
    #expect(try params.field("name").string(maxBytes: 3) == "abc")
    #expect(try params.field("empty").string() == "")
    #expect(try params.field("list").array(maxCount: 3).count == 3)
    #expect(try params.field("list").array()[1].string() == "two")
    #expect(try params.field("nothing").json() == nil)
    #expect(try JSONField("hot").oneOf(Mode.self) == .hot)
    #expect(try JSONField("a").oneOf(["b", "a"]) == "a")
    #expect(try JSONField(true).bool())
    #expect(params.fields.map(\.key) == params.object.keys)
}

@Test func whatIsMissingCanBeLeftOut() throws {
    let params = try request.object().field("params").object()
    #expect(try params.field("absent").ifPresent?.integer() == nil)
    #expect(try params.field("absent").ifNotNull?.integer() == nil)
    #expect(try params.field("nothing").ifNotNull?.integer() == nil)
    #expect(try params.field("limit").ifPresent?.integer() == 0)
    #expect(try params.field("limit").ifNotNull?.integer() == 0)
    #expect(complaint { try params.field("nothing").ifPresent?.integer() } == "at /params/nothing: must be an integer")
    #expect(complaint { try params.field("absent").integer() } == "at /params/absent: must be given")
    #expect(complaint { try params.field("absent").object() } == "at /params/absent: must be given")
    #expect(complaint { try params.field("absent").json() } == "at /params/absent: must be given")
}

@Test func errorsNameThePathAndWhatIsAllowed() throws {
    let params = try request.object().field("params").object()
    let field = params.field
    #expect(
        complaint { try field("limit").integer(in: 1...1000) } == "at /params/limit: must be an integer from 1 to 1000")
    #expect(
        complaint { try field("limit").integer(in: 1 ... .max) } == "at /params/limit: must be an integer of at least 1"
    )
    #expect(
        complaint { try field("limit").integer(in: .min ... -1) }
            == "at /params/limit: must be an integer of at most -1")
    #expect(complaint { try field("ratio").integer() } == "at /params/ratio: must be an integer")
    #expect(complaint { try field("big").integer() } == "at /params/big: must be an integer")
    #expect(complaint { try field("ratio").number(in: 2...3) } == "at /params/ratio: must be a number from 2.0 to 3.0")
    #expect(
        complaint { try field("ratio").number(in: 2 ... .infinity) }
            == "at /params/ratio: must be a number of at least 2.0")
    #expect(
        complaint { try field("ratio").number(in: -.infinity...1) }
            == "at /params/ratio: must be a number of at most 1.0")
    #expect(complaint { try field("name").number() } == "at /params/name: must be a number")
    #expect(
        complaint { try field("name").string(maxBytes: 2) } == "at /params/name: must be a string, of at most 2 bytes")
    #expect(
        complaint { try field("empty").string(allowsEmpty: false) }
            == "at /params/empty: must be a string that is not empty")
    #expect(complaint { try field("limit").string() } == "at /params/limit: must be a string")
    #expect(complaint { try field("flag").bool() } == "at /params/flag: must be true or false")
    #expect(complaint { try field("name").object() } == "at /params/name: must be an object")
    #expect(complaint { try field("name").array() } == "at /params/name: must be an array")
    #expect(
        complaint { try field("list").array(maxCount: 2) } == "at /params/list: must be an array of at most 2 elements")
    #expect(complaint { try field("list").array()[1].bool() } == "at /params/list/1: must be true or false")
    #expect(
        complaint { try field("list").array()[2].object().field("x").bool() }
            == "at /params/list/2/x: must be true or false")
    #expect(complaint { try field("a/b~c").bool() } == "at /params/a~1b~0c: must be true or false")
    #expect(
        complaint { try field("mode").oneOf(Mode.self) }
            == #"at /params/mode: must be "off", "hot", "restart" or "hybrid""#)
    #expect(complaint { try field("mode").oneOf(["on"]) } == #"at /params/mode: must be "on""#)
    #expect(complaint { try JSONField(3).object() } == "at the top level: must be an object")
    #expect(field("limit").mustBe("odd").description == "at /params/limit: must be odd")
}

@Test func limitsHoldAtTheirEdges() {
    for (length, isAllowed) in [(9, true), (10, true), (11, false)] {
        let field = JSONField(.string(String(repeating: "x", count: length)))
        #expect(((try? field.string(maxBytes: 10)) != nil) == isAllowed)
        let array = JSONField(.array([JSON](repeating: nil, count: length)))
        #expect(((try? array.array(maxCount: 10)) != nil) == isAllowed)
    }
    for (number, isAllowed) in [(0, false), (1, true), (1000, true), (1001, false)] {
        #expect(((try? JSONField(JSON(number)).integer(in: 1...1000)) != nil) == isAllowed)
    }
    #expect(throws: JSONDecodingError.self) { try JSONField(.string("éé")).string(maxBytes: 3) }
}

@Test func unknownKeysAreRefusedWithTheProbableName() throws {
    let reader = try JSONField(["limt": 1, "offset": 2]).object()
    #expect(
        complaint { try reader.allowOnly(["limit", "offset"]) } == #"at /limt: unknown key; did you mean "limit"?"#)
    #expect(complaint { try reader.allowOnly(["offset", "colour"]) } == "at /limt: unknown key")
    #expect(
        complaint { try JSONField(["port": 1, "prot": 2]).object().allowOnly(["port"]) } == "at /prot: unknown key")
    try reader.allowOnly(["limt", "offset", "more"])
}
