import Contract
import Platform
import Testing

@Suite struct ShapeTests {
    static let shape = Shape.object(
        .required("key", .text), .optional("limit", .integer(1...1000)), .optional("mode", .word(["now", "later"])),
        .optional("tags", .list(.string, 0...2)), .optional("env", .map(.string)),
        .optional("note", .nullable(.string)),
        .optional("inner", .open(.required("on", .boolean), .optional("rate", .number))))

    @Test(arguments: [
        ("{\"key\":\"a\"}", []),
        ("{\"key\":\"a\",\"limit\":1,\"mode\":\"now\",\"tags\":[\"x\",\"y\"],\"env\":{\"A\":\"b\"},\"note\":null}", []),
        ("{\"key\":\"a\",\"limit\":3.0,\"inner\":{\"on\":true,\"rate\":1.5,\"more\":[1]}}", []),
        ("{}", ["at root: must have required property 'key'"]),
        ("[]", ["at root: must be object"]),
        ("{\"key\":\"\"}", ["at /key: must be a string that is not empty"]),
        ("{\"key\":\"a\",\"limit\":0}", ["at /limit: must be an integer from 1 to 1000"]),
        ("{\"key\":\"a\",\"limit\":1001}", ["at /limit: must be an integer from 1 to 1000"]),
        ("{\"key\":\"a\",\"limit\":1.5}", ["at /limit: must be an integer from 1 to 1000"]),
        ("{\"key\":\"a\",\"mode\":\"soon\"}", ["at /mode: must be one of now, later"]),
        ("{\"key\":\"a\",\"tags\":[\"x\",\"y\",\"z\"]}", ["at /tags: must be an array with a count from 0 to 2"]),
        ("{\"key\":\"a\",\"tags\":[\"x\",2]}", ["at /tags/1: must be string"]),
        ("{\"key\":\"a\",\"env\":{\"A\":1}}", ["at /env/A: must be string"]),
        ("{\"key\":\"a\",\"note\":1}", ["at /note: must be string or null"]),
        ("{\"key\":\"a\",\"inner\":{}}", ["at /inner: must have required property 'on'"]),
        ("{\"key\":\"a\",\"limits\":1}", ["at root: unexpected property 'limits'; did you mean 'limit'?"]),
        ("{\"key\":null}", ["at /key: must be a string that is not empty"]),
        (
            "{\"limit\":\"x\",\"mode\":1}",
            [
                "at root: must have required property 'key'", "at /limit: must be an integer from 1 to 1000",
                "at /mode: must be one of now, later",
            ]
        ),
    ])
    func problemsAreNamedWithTheirPlaces(text: String, problems: [String]) throws {
        #expect(Self.shape.problems(try JSONParser.parse(text)) == problems)
    }

    @Test(arguments: [Shape.problemLimit - 1, Shape.problemLimit, Shape.problemLimit + 1, 10_000])
    func aWrongFrameDoesNotMakeALongAnswer(count: Int) {
        let value = JSON.array(Array(repeating: .null, count: count))
        #expect(Shape.list(.string).problems(value).count == min(count, Shape.problemLimit))
    }

    @Test func theSignatureIsShort() {
        #expect(
            Self.shape.signature
                == "{key, limit? 1..1000, mode? now\\|later, tags? [string], env? {name: string}, note? string\\|null, "
                + "inner? {on boolean, rate? number, …}}")
        #expect(Shape.natural.signature == "integer")
        #expect(Shape.integer(1 ... .max).signature == "1..")
        #expect(Shape.empty.signature == "{}")
    }

    @Test func absentParametersStandForAnEmptyObject() throws {
        let needs = MethodContract("m", .scope(.read), "", params: .object(.required("a", .text)))
        #expect(throws: RPCError.invalid("invalid m params: at root: must have required property 'a'")) {
            try needs.read(nil)
        }
        _ = try MethodContract("n", .scope(.read), "").read(nil)
        #expect(throws: RPCError.invalid("invalid n params: at root: must be object")) {
            try MethodContract("n", .scope(.read), "").read(.null)
        }
    }
}
