import Contract
import Platform
import Settings
import Support
import Testing

@testable import Gateway

@Suite struct ConfigMethodTests {
    static let text = """
        {
          // the port of this gateway
          gateway: { mode: "local", port: 19099, auth: { mode: "token", token: "a-token-of-this-test" } },
        }
        """

    @LoopActor
    private func bench() async throws -> (MethodBench, BenchClient) {
        let bench = try MethodBench()
        try await bench.begin(Self.text)
        return (bench, try await bench.connect())
    }

    @LoopActor
    private func hash(_ client: BenchClient) async throws -> JSON {
        try #require(try await client.call("config.get")["hash"])
    }

    @Test func whatIsReadHasNoSecretsForAnybody() async throws {
        try await onLoop {
            let (bench, admin) = try await bench()
            for client in [admin, try await bench.connect(scopes: [.read])] {
                let got = try await client.call("config.get")
                #expect(!got.description.contains("a-token-of-this-test"))
                #expect((got["valid"], got["exists"]) == (true, true))
                #expect(got["config"]?["gateway"]?["port"] == 19099)
                #expect(got["raw"]?.string?.contains("// the port of this gateway") == true)
                #expect(got["hash"] == got["appliedConfigHash"])
            }
        }
    }

    @Test func withoutAFileThereIsNoHash() async throws {
        try await onLoop {
            let client = try await MethodBench().connect()
            let got = try await client.call("config.get")
            #expect((got["exists"], got["valid"]) == (false, true))
            #expect(!got.has("hash"))
            let set = try await client.call("config.set", ["raw": "{gateway: {mode: \"local\"}}"])
            #expect(set["config"] == ["gateway": ["mode": "local"]])
        }
    }

    @Test func aFileWithErrorsIsToldAndNotShown() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            bench.file = "{gateway: {bind: \"lann\", auth: {token: \"another-secret\"}}}"
            let got = try await client.call("config.get")
            #expect(got["valid"] == false)
            #expect(got["issues"]?[0]?["path"] == "gateway.bind")
            #expect(!got.description.contains("another-secret"))
            #expect(got.has("hash"))
            #expect(MethodContract.configGet.result.problems(got) == [])
        }
    }

    @Test func aChangeNamesTheStateThatItIsFor() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            for method in ["config.set", "config.patch", "config.apply"] {
                #expect(
                    try await client.refusal(method, ["raw": "{}"])
                        == "INVALID_REQUEST config base hash required; re-run config.get and retry")
            }
            let hash = try await hash(client)
            bench.file = Self.text + "\n"
            #expect(
                try await client.refusal("config.set", ["raw": "{}", "baseHash": hash])
                    == "INVALID_REQUEST config changed since last load; re-run config.get and retry")
        }
    }

    @Test func aPatchKeepsCommentsAndSecretsAndSaysWhatWaits() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            let answer = try await client.call(
                "config.patch",
                ["raw": "{gateway: {port: 19100}, agents: {list: [{id: 'home'}]}}", "baseHash": try await hash(client)])
            #expect(MethodContract.configPatch.result.problems(answer) == [])
            #expect(bench.file?.contains("// the port of this gateway") == true)
            #expect(bench.file?.contains("a-token-of-this-test") == true)
            #expect(!answer.description.contains("a-token-of-this-test"))
            #expect(answer["needsRestart"] == ["gateway.port"])
            #expect(answer["restart"]?["ok"] == false)
            let event = try await client.event("config.changed")
            #expect(event["hash"] == answer["hash"])
            #expect(try await client.call("agents.list")["defaultId"] == "home")
            let after = try await client.call("config.get")
            #expect(after["hash"] == answer["hash"])
            #expect(after["appliedConfigHash"] != after["hash"])
        }
    }

    @Test func whatChangesNothingSaysSoAndTellsNobody() async throws {
        try await onLoop {
            let (_, client) = try await bench()
            let answer = try await client.call(
                "config.patch", ["raw": "{gateway: {port: 19099}}", "baseHash": try await hash(client)])
            #expect(answer["noop"] == true)
            #expect(client.events("config.changed") == [])
        }
    }

    @Test func whatIsInvalidIsRefusedWithEachProblem() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            let answer = try await client.request(
                "config.patch",
                ["raw": "{gateway: {bind: 'lann', port: 'x'}}", "baseHash": try await hash(client)])
            #expect(answer["error"]?["message"] == "invalid config")
            let paths = answer["error"]?["details"]?["issues"]?.array?.compactMap { $0["path"]?.string } ?? []
            #expect(Set(paths) == ["gateway.bind", "gateway.port"])
            #expect(bench.file == Self.text)
        }
    }

    @Test func whoseAuthenticationChangesIsToldAtOnce() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            var seen: [String?] = []
            bench.configuration.add(["gateway.auth"]) { seen.append($0.string("gateway.auth.token")) }
            let answer = try await client.call(
                "config.patch",
                ["raw": "{gateway: {auth: {token: 'the-next-token'}}}", "baseHash": try await hash(client)])
            #expect(seen == ["the-next-token"])
            #expect(answer["taken"] == ["gateway.auth.token"])
            #expect(answer["needsRestart"] == [])
            #expect(!answer.description.contains("the-next-token"))
        }
    }

    @Test func whatTheNextStartWouldRefuseIsNotWritten() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            let instance = bench.configuration.instance
            bench.configuration.rules = { (snapshot) throws(ConfigRefusal) in
                _ = try GatewaySettings(snapshot, instance: instance, flags: GatewayFlags())
            }
            let open = "{gateway: {mode: 'local', bind: 'lan', auth: {mode: 'none'}}}"
            for (method, text) in [
                ("config.set", open), ("config.patch", "{gateway: {bind: 'lan', auth: {mode: 'none'}}}"),
                ("config.apply", open),
            ] {
                let answer = try await client.request(
                    method, ["raw": .string(text), "baseHash": try await hash(client)])
                #expect(answer["error"]?["message"] == "invalid config")
                #expect(answer["error"]?["details"]?["issues"]?[0]?["path"] == "gateway.auth.mode")
                #expect(bench.file == Self.text)
            }
        }
    }

    @Test func aValueThatCannotBeHadIsNotWritten() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            let answer = try await client.request(
                "config.patch",
                ["raw": "{gateway: {auth: {token: '${NOT_SET_HERE}'}}}", "baseHash": try await hash(client)])
            #expect(answer["error"]?["message"] == "invalid config")
            #expect(
                answer["error"]?["details"]?["issues"]?[0]?["message"]?.string?.contains("NOT_SET_HERE") == true)
            #expect(bench.file == Self.text)
        }
    }

    @Test func aFileThatCannotBeTakenOverLeavesTheGatewayAsItIs() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            bench.file = "{gateway: {mode: 'local', auth: {token: '${NOT_SET_HERE}'}}}"
            #expect(try await client.refusal("secrets.reload").hasPrefix("UNAVAILABLE the secrets stay as they were"))
        }
    }

    @Test func aListLosesElementsOnlyWhenItIsNamed() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            bench.file = "{gateway: {mode: 'local', trustedProxies: ['10.0.0.1', '10.0.0.2']}}"
            let patch: JSON = [
                "raw": "{gateway: {trustedProxies: ['10.0.0.1']}}", "baseHash": try await hash(client),
            ]
            let refused = try await client.request("config.patch", patch)
            #expect(refused["error"]?["code"] == "INVALID_REQUEST")
            #expect(refused["error"]?["details"]?["replacePaths"] == ["gateway.trustedProxies"])
            var meant = patch
            meant["replacePaths"] = ["gateway.trustedProxies"]
            #expect(
                try await client.call("config.patch", meant)["config"]?["gateway"]?["trustedProxies"] == ["10.0.0.1"])
        }
    }

    @Test func writesOfOneClientAreLimitedTogether() async throws {
        try await onLoop {
            let (_, client) = try await bench()
            for method in ["config.patch", "config.apply", "config.patch"] {
                _ = try await client.refusal(method, ["raw": "{}"])
            }
            let answer = try await client.request("config.apply", ["raw": "{}"])
            #expect(answer["error"]?["details"] == ["method": "config.apply", "limit": "3 per 60s"])
            #expect(try await client.refusal("config.set", ["raw": "{}"]).contains("base hash required"))
        }
    }

    @Test func theSchemaIsLookedUpByPath() async throws {
        try await onLoop {
            let (_, client) = try await bench()
            let found = try await client.call("config.schema.lookup", ["path": "gateway.port"])
            #expect(found["reloadKind"] == "restart")
            #expect(
                try await client.refusal("config.schema.lookup", ["path": "gateway.prt"])
                    == "INVALID_REQUEST config schema path not found: gateway.prt")
            let schema = try await client.call("config.schema")
            #expect(schema["uiHints"]?["gateway.port"]?.has("help") == true)
        }
    }
}
