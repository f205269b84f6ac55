import Platform
import Testing

@testable import Settings

/// One table: a text, and what is said of it.
@Suite struct ValidationTests {
    private static let schema = ConfigSchema(parts: [
        SchemaPart([
            .hot("s.word", .oneOf(["loopback", "lan", "tailnet"]), "a word"),
            .restart("s.number", .integer(1...65535), default: 7, "a number"),
            .hot("s.ratio", .number(0...1), "a ratio"), .hot("s.flag", .boolean, default: true, "a flag"),
            .hot("s.text", .string, "a text"), .hot("s.secret", .secret, "a secret"),
            .hot("s.list", .list(.string), "a list"), .hot("s.every", .duration, "a time"),
            .hot("s.url", .text(.webURL), "a URL"), .hot("s.origin", .text(.origin), "an origin"),
            .hot("s.net", .text(.addressRange), "a network"), .hot("s.header", .text(.header), "a header"),
            .hot("s.path", .text(.path), "a path"), .hot("s.named.*.port", .port, "by name"),
            .hot("s.each[].id", .text(.notEmpty), "in a list"), .hot("s.map", .map(.boolean), "flags"),
            .hot("s.mixed", .either([.boolean, .string]), "two kinds"),
            .foreign("s.theirs", "theirs"), .noted("s.quiet", "theirs, quietly"), .foreign("other", "theirs"),
        ])
    ])

    @Test(
        arguments: [
            ("{s: {word: 'lan', number: 1, ratio: 0.5, flag: false, text: '', list: [], every: '5m'}}", []),
            (
                "{s: {word: 'lann'}}",
                ["1:12  s.word: \"lann\" is not allowed; one of loopback, lan, tailnet (did you mean \"lan\"?)"]
            ),
            ("{s: {word: 'zzzzzz'}}", ["1:12  s.word: \"zzzzzz\" is not allowed; one of loopback, lan, tailnet"]),
            ("{s: {word: 3}}", ["1:12  s.word: 3 is not allowed; one of loopback, lan, tailnet"]),
            ("{s: {number: 0}}", ["1:14  s.number: 0 is not allowed; a whole number from 1 to 65535"]),
            ("{s: {number: 65536}}", ["1:14  s.number: 65536 is not allowed; a whole number from 1 to 65535"]),
            ("{s: {number: 65535}}", []),
            ("{s: {number: 3.0}}", []),
            ("{s: {number: '3'}}", ["1:14  s.number: \"3\" is not allowed; a whole number from 1 to 65535"]),
            ("{s: {ratio: 1.5}}", ["1:13  s.ratio: 1.5 is not allowed; a number from 0.0 to 1.0"]),
            ("{s: {flag: 'yes'}}", ["1:12  s.flag: \"yes\" is not allowed; true or false"]),
            ("{s: {flag: null}}", ["1:12  s.flag: null is not allowed; true or false"]),
            ("{s: {text: {a: 1}}}", ["1:12  s.text: an object is not allowed; a text"]),
            ("{s: {list: ['a', 3]}}", ["1:18  s.list[1]: 3 is not allowed; a text"]),
            ("{s: {list: 'a'}}", ["1:12  s.list: \"a\" is not allowed; a list, each a text"]),
            (
                "{s: {every: '5 minutes'}}",
                ["1:13  s.every: \"5 minutes\" is not allowed; a time such as 500ms, 30s, 5m, 2h or 7d"]
            ),
            (
                "{s: {url: 'ftp://x'}}",
                ["1:11  s.url: \"ftp://x\" is not allowed; a URL that begins with http:// or https://"]
            ),
            ("{s: {url: 'https://x'}}", []),
            (
                "{s: {origin: 'https://x/'}}",
                ["1:14  s.origin: \"https://x/\" is not allowed; an origin such as https://control.example.com, or *"]
            ),
            ("{s: {origin: 'https://x:8443'}}", []),
            ("{s: {net: '10.0.0.0/8'}}", []), ("{s: {net: 'fd00::/64'}}", []),
            (
                "{s: {net: '10.0.0.0/33'}}",
                ["1:11  s.net: \"10.0.0.0/33\" is not allowed; an IP address, or a range such as 10.0.0.0/8"]
            ),
            (
                "{s: {net: 'proxy'}}",
                ["1:11  s.net: \"proxy\" is not allowed; an IP address, or a range such as 10.0.0.0/8"]
            ),
            ("{s: {header: 'x y'}}", ["1:14  s.header: \"x y\" is not allowed; the name of a header"]),
            ("{s: {path: 'x'}}", ["1:12  s.path: \"x\" is not allowed; a path that begins with / or ~"]),
            (
                "{s: {named: {a: {port: 0}}}}",
                ["1:24  s.named.a.port: 0 is not allowed; a whole number from 1 to 65535"]
            ),
            (
                "{s: {named: {'a.b': {prt: 1}}}}",
                ["1:22  s.named[\"a.b\"].prt: no such setting; did you mean \"port\"?"]
            ),
            ("{s: {named: 3}}", ["1:13  s.named: 3 is not allowed; an object"]),
            (
                "{s: {each: [{id: 'a'}, {id: ' '}]}}",
                ["1:29  s.each[1].id: \" \" is not allowed; a text that is not empty"]
            ),
            ("{s: {each: {id: 'a'}}}", ["1:12  s.each: an object is not allowed; a list"]),
            ("{s: {map: {a: true, b: 1}}}", ["1:24  s.map.b: 1 is not allowed; true or false"]),
            ("{s: {mixed: 1}}", ["1:13  s.mixed: 1 is not allowed; true or false; or a text"]),
            ("{s: {nubmer: 1}}", ["1:6  s.nubmer: no such setting; did you mean \"number\"?"]),
            ("{s: {entirelyElse: 1}}", ["1:6  s.entirelyElse: no such setting"]),
            ("{s: 3}", ["1:5  s: 3 is not allowed; an object"]),
            (
                "{s: {secret: 5}}",
                [
                    "1:14  s.secret: a number here is not allowed; a text, or {source: \"env\", \"file\" or \"exec\", id: …}"
                ]
            ),
            (
                "{s: {secret: {source: 'store', id: 'A'}}}",
                ["1:14  s.secret: secrets from \"store\" cannot be read by this program; one of env, file, exec"]
            ),
            (
                "{s: {secret: {source: 'env', id: 'a b'}}}",
                ["1:14  s.secret: id: the name of a variable, in capital letters"]
            ),
            ("{s: {theirs: {anything: [1, 2]}, quiet: 1}, other: {x: 1}, unknown: 1}", []),
            (
                "{\n  s: {\n    // both are told\n    word: 'x',\n    flag: 1\n  }\n}",
                [
                    "4:11  s.word: \"x\" is not allowed; one of loopback, lan, tailnet",
                    "5:11  s.flag: 1 is not allowed; true or false",
                ]
            ),
        ] as [(String, [String])])
    func problemsAreToldAllAtOnceWithTheirPlaces(_ text: String, _ problems: [String]) async throws {
        #expect(try await ConfigHome().refusal(text, schema: Self.schema) == problems)
    }

    @Test func whatIsNotServedIsKeptAndWarnedOfOnce() async throws {
        let home = try ConfigHome()
        let snapshot = try await home.load(
            "{s: {theirs: {a: {b: 1}}, quiet: 1, text: 'x'}, other: {x: 1}, otter: 1, outher: 1}", schema: Self.schema)
        #expect(
            snapshot.warnings.map { "\($0)" } == [
                "1:6  s.theirs: known to OpenClaw, not served by this program; it is kept and has no effect",
                "1:49  other: known to OpenClaw, not served by this program; it is kept and has no effect",
                "1:64  otter: no such section; it is kept and has no effect",
                "1:74  outher: no such section; it is kept and has no effect",
            ])
        #expect(snapshot.resolved["s"]?["theirs"] == ["a": ["b": 1]])
    }

    @Test(arguments: [(59, 59), (60, 60), (61, 15)])
    func aLongValueIsShownShort(_ length: Int, _ shown: Int) async throws {
        let lines = try await ConfigHome().refusal(
            "{s: {word: '\(String(repeating: "z", count: length))'}}", schema: Self.schema)
        #expect(lines.count == 1 && lines[0].filter { $0 == "z" }.count == shown)
    }

    @Test func theNearestSectionIsNamed() async throws {
        let snapshot = try await ConfigHome().load("{othre: 1}", schema: Self.schema)
        #expect(
            snapshot.warnings.map { "\($0)" } == [
                "1:2  othre: no such section; did you mean \"other\"? it is kept and has no effect"
            ])
    }

    @Test func aSecretIsNeverInAMessage() async throws {
        let part = SchemaPart([
            .hot("s.key", .text(.webURL), sensitive: true, "a URL with a password")
        ])
        let lines = try await ConfigHome().refusal(
            "{s: {key: 'hunter2hunter2'}}", schema: ConfigSchema(parts: [part]))
        #expect(lines == ["1:11  s.key: the value is not allowed; a URL that begins with http:// or https://"])
    }

    @Test func whatAVariableStoodForIsNotShown() async throws {
        let home = try ConfigHome(["WORD": "sesame-open"])
        #expect(
            try await home.refusal("{s: {word: '${WORD}'}}", schema: Self.schema)
                == ["1:12  s.word: \"${WORD}\" is not allowed; one of loopback, lan, tailnet"])
    }

    @Test func theRefusalReadsAsPeopleReadIt() async throws {
        let home = try ConfigHome()
        home.write("{s: {word: 'lann'}, \n s2: 1, channels: 3}")
        await #expect {
            try await home.load(schema: ConfigSchema(parts: [SchemaPart(Self.schema.keys), .openClaw]))
        } throws: { error in
            "\(error)" == """
                ~/.openclaw/openclaw.json has 2 problems
                  1:12  s.word: "lann" is not allowed; one of loopback, lan, tailnet (did you mean "lan"?)
                  2:19  channels: 3 is not allowed; an object
                """
        }
    }

    @Test(arguments: [
        ("", "1:1  expected a value, found the end of the text"), ("{a: }", "1:5  expected a value, found '}'"),
        ("[]", "the configuration is an array; it must be an object: { … }"),
    ])
    func whatIsNoConfigurationIsRefused(_ text: String, _ problem: String) async throws {
        #expect(try await ConfigHome().refusal(text, schema: Self.schema) == [problem])
    }

    @Test func withoutAFileTheStandardsHold() async throws {
        let snapshot = try await ConfigHome().load(schema: Self.schema)
        #expect(!snapshot.exists && snapshot.hash == nil && snapshot.raw == "")
        #expect(
            snapshot.integer("s.number") == 7 && snapshot.bool("s.flag") == true && snapshot.string("s.text") == nil)
    }
}

/// What the product's own schema says of settings that belong to one agent.
@Suite struct AgentSchemaTests {
    @Test(arguments: ["list: [{id: 'a', tools: {%}}]", "entries: {a: {tools: {%}}}"])
    func anAgentsToolsAreCheckedAsThoseOfAll(place: String) async throws {
        func problems(_ tools: String) async throws -> [String] {
            let text = "{agents: {\(place.replacing("%", with: tools))}}"
            return try await ConfigHome().refusal(text)
        }
        #expect(try await problems("profile: 'coding', allow: ['read'], alsoAllow: [], deny: ['exec']") == [])
        #expect(
            try await problems("byProvider: {openai: {profile: 'minimal', deny: ['group:fs']}}, exec: {node: 'x'}")
                == [])
        let wrong = try await problems("profile: 'codng'")
        #expect(wrong.count == 1 && wrong.first?.hasSuffix("(did you mean \"coding\"?)") == true, "\(wrong)")
        #expect(try await problems("deny: 'exec'").first?.hasSuffix("a list, each a text") == true)
    }
}
