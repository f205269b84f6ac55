import Gateway
import Platform
import Testing

@testable import Settings

@Suite struct ClientSchemaTests {
    private let schema = ConfigSchema.product

    @Test func theJSONSchemaHasEverySetting() throws {
        let json = schema.jsonSchema
        let bind = json["properties"]?["gateway"]?["properties"]?["bind"]
        #expect(bind?["enum"] == ["loopback", "lan", "tailnet", "auto", "custom"])
        #expect(bind?["default"] == "loopback" && bind?["title"] == "Bind")
        let port = json["properties"]?["gateway"]?["properties"]?["port"]
        #expect(port?["type"] == "integer" && port?["minimum"] == 1 && port?["maximum"] == 65535)
        #expect(json["properties"]?["gateway"]?["additionalProperties"] == false)
        #expect(json["properties"]?["$schema"]?["type"] == "string")
        let token = json["properties"]?["gateway"]?["properties"]?["auth"]?["properties"]?["token"]
        #expect(token?["anyOf"]?.array?.count == 2)
        let provider = json["properties"]?["secrets"]?["properties"]?["providers"]?["additionalProperties"]
        #expect(provider?["properties"]?["command"]?["type"] == "string")
    }

    @Test func hintsAreByPathAndSayWhatIsASecret() {
        let hints = schema.uiHints
        #expect(hints["gateway.auth.token"]?["sensitive"] == true)
        #expect(hints["gateway.bind"]?["sensitive"] == nil && hints["gateway.bind"]?["group"] == "gateway")
        #expect(hints["secrets.providers.*.command"]?["help"]?.string?.isEmpty == false)
        #expect(hints.object?.count == schema.keys.count)
    }

    @Test func aNameThatIsNearlyASettingIsGuessed() throws {
        for (path, meant) in [
            ("gatewy.port", "gateway.port"), ("agents.defaults.modl", "agents.defaults.model"),
            ("gateway.prt", "gateway.port"), ("gateway.port", nil), ("plugins.own.thing", nil),
            ("models.providers.mine.apiKey", nil), ("nothing.like.it", nil),
        ] {
            let pointer = try #require(JSONPointer(setting: path))
            #expect(schema.meant(by: pointer) == meant, "\(path)")
        }
    }

    @Test func aLookupShowsOnePlaceAndWhatIsBelowIt() throws {
        let gateway = try #require(schema.lookup("gateway"))
        #expect(gateway["path"] == "gateway" && gateway["schema"]?["properties"] == nil)
        let children = gateway["children"]?.array ?? []
        let auth = children.first { $0["key"] == "auth" }
        #expect(auth?["path"] == "gateway.auth" && auth?["hasChildren"] == true && auth?["type"] == "object")
        let port = children.first { $0["key"] == "port" }
        #expect(
            port?["hasChildren"] == false && port?["reloadKind"] == "restart" && port?["hintPath"] == "gateway.port")
        let token = try #require(schema.lookup("gateway.auth.token"))
        #expect(token["hint"]?["sensitive"] == true && token["reloadKind"] == "hot" && token["children"] == [])
        #expect(schema.lookup("secrets.providers.vault.command")?["hintPath"] == "secrets.providers.*.command")
        #expect(schema.lookup("secrets.providers.*")?["children"]?.array?.isEmpty == false)
        #expect(schema.lookup("gateway.nothing") == nil && schema.lookup("nothing") == nil)
        let top = try #require(schema.lookup(""))
        #expect(top["children"]?.array?.contains { $0["path"] == "channels" } == true)
    }

    @Test func aPartThatServesASettingGoesBeforeOneThatKeepsIt() {
        let kept = SchemaPart([.foreign("a", "theirs"), .foreign("b.*", "theirs")])
        let served = SchemaPart([.hot("a.x", .string, "ours"), .hot("b.c", .string, "ours")])
        for parts in [[kept, served], [served, kept]] {
            let schema = ConfigSchema(parts: parts)
            #expect(schema.node(at: JSONPointer(["a"]))?.isForeign == false)
            #expect(schema.node(at: JSONPointer(["b", "other"]))?.isForeign == true)
            #expect(schema.key(at: JSONPointer(["b", "c"]))?.standing == .served)
        }
    }

    @Test func everySettingIsExplainedAndItsStandardIsAllowed() async throws {
        for key in schema.keys {
            #expect(!key.doc.isEmpty, "\(key.path)")
            guard let standard = key.standard else { continue }
            var value = standard
            for step in key.path.steps.reversed() {
                switch step {
                case .key(let name): value = .object(JSONObject([(name, value)]))
                case .anyKey: value = .object(JSONObject([("name", value)]))
                case .element: value = .array([value])
                }
            }
            let validator = SchemaValidator.validate(value, written: value, skipping: [], by: schema)
            #expect(validator.problems.isEmpty, "\(key.path)")
        }
    }

    /// Docs/configuration.md is made from the schema. `Scripts/format --pages` renews it.
    @Test func thePageIsCurrent() throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let path = root + "/Docs/configuration.md"
        let text = String(decoding: try FileReading.read(path, limit: 1 << 20), as: UTF8.self)
        let mark = "<!-- generated: configuration -->\n"
        let start = try #require(text.range(ofFirst: mark))
        let end = try #require(text[start.upperBound...].range(ofFirst: "<!-- end -->"))
        let renewed = text[..<start.upperBound] + schema.page + text[end.lowerBound...]
        if Environment.process["RENEW_PAGES"] != nil {
            try AtomicFile.write(Array(renewed.utf8), to: path, permission: .kept(otherwise: 0o644))
        } else {
            #expect(renewed == text, "Docs/configuration.md is not current; run Scripts/format --pages")
        }
    }
}
