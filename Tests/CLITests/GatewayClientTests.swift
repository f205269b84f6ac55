import Contract
import Platform
import Support
import Testing
import Wire

@testable import CLI

@Suite struct GatewayClientTests {
    @Test func theDeviceSignsTheChallenge() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            let client = try await gateway.connector().connect(try gateway.route())
            let params = try #require(gateway.connects.first)
            #expect(params["minProtocol"]?.int == 3)
            #expect(params["maxProtocol"]?.int == 4)
            #expect(params["client"]?["id"]?.string == "cli")
            #expect(params["auth"]?["token"]?.string == "the-shared-secret")
            let connect = try ConnectParams(params)
            let device = try #require(connect.device)
            #expect(device.nonce == FakeGateway.nonce)
            #expect(device.signedAt == FakeGateway.challengeTime)
            let key = try #require(Base64.url.decode(device.publicKey).flatMap { Ed25519.PublicKey(rawBytes: $0) })
            #expect(device.id == Hex.encode(SHA256.hash(key.rawBytes)))
            let signature = try #require(Base64.url.decode(device.signature))
            #expect(key.isValid(signature, for: Array(DeviceStatement(connect, device).text(.v2).utf8)))
            #expect(client.hello.standing == "operator.admin")
            #expect(client.hello.uptime == .milliseconds(1500))
            client.close()
        }
    }

    @Test func theSocketNeedsNeitherTokenNorDevice() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            let client = try await gateway.connector().connect(GatewayRoute(.socket(path: "/gateway.sock")))
            #expect(gateway.connects.first?["auth"] == nil)
            #expect(gateway.connects.first?["device"] == nil)
            #expect(gateway.state.read("identity/device.json") == nil)
            client.close()
        }
    }

    @Test func aRefusalNamesBothSourcesAndNoValue() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            gateway.welcomes = [
                { id in
                    FakeGateway.failure(
                        id, "INVALID_REQUEST", "unauthorized: gateway token mismatch (provide gateway auth token)",
                        ["code": "AUTH_TOKEN_MISMATCH"])
                }
            ]
            let route = try gateway.route()
            let refused = await failure { () throws(ClientError) in try await gateway.connector().connect(route) }
            #expect(refused?.code == .notAuthorized)
            #expect(refused?.reason == "auth-token-mismatch")
            #expect(refused?.details.contains("ours: from gateway.auth.token in ~/.openclaw/openclaw.json") == true)
            #expect(refused?.text(TextStyle(width: 80)).contains("the-shared-secret") == false)
        }
    }

    @Test func anUnknownDeviceIsToldHowItIsApproved() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            gateway.welcomes = [
                { FakeGateway.failure($0, "NOT_PAIRED", "pairing required", ["requestId": "r-17"]) }
            ]
            let route = try gateway.route()
            let refused = await failure { () throws(ClientError) in try await gateway.connector().connect(route) }
            #expect(refused?.code == .notAuthorized)
            #expect(refused?.next == ["openclaw devices approve r-17"])
        }
    }

    @Test func aGatewayThatIsStartingIsAskedAgain() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            gateway.welcomes = [
                { id in
                    var frame = FakeGateway.failure(id, "UNAVAILABLE", "gateway starting; retry shortly")
                    frame["error"]?["retryable"] = true
                    return frame
                }, { FakeGateway.hello($0) },
            ]
            let route = try gateway.route()
            let client = try await whileTimePasses(gateway.clock) { try await gateway.connector().connect(route) }
            #expect(gateway.connects.count == 2)
            client.close()
        }
    }

    @Test func whatSendsNoChallengeIsNoGateway() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            gateway.isSilent = true
            let route = try gateway.route()
            let refused = try await whileTimePasses(gateway.clock) {
                await failure { () throws(ClientError) in try await gateway.connector().connect(route) }
            }
            #expect(refused?.code == .unreachable)
            #expect(refused?.reason == "not-a-gateway")
        }
    }

    @Test func answersFindTheirRequests() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            gateway.answer = { method, params, id in
                switch method {
                case "health": [["type": "res", "id": .string(id), "ok": true, "payload": ["ok": true]]]
                case "agent":
                    [
                        ["type": "res", "id": .string(id), "ok": true, "payload": ["status": "accepted"]],
                        ["type": "res", "id": .string(id), "ok": true, "payload": ["status": "ok"]],
                    ]
                default: [FakeGateway.failure(id, "INVALID_REQUEST", "unknown method: \(method)")]
                }
            }
            let client = try await gateway.connector().connect(try gateway.route())
            #expect(try await client.call("health")["ok"]?.bool == true)
            #expect(try await client.call("agent")["status"]?.string == "accepted")
            let end = try await client.callForEnd("agent", nil, within: .seconds(1))
            #expect(end["status"]?.string == "ok")
            let unknown = await failure { () throws(ClientError) in try await client.call("nope") }
            #expect(unknown?.code == .notGood)
            #expect(unknown?.message == "nope: unknown method: nope")
            client.close()
        }
    }

    @Test func aMissingScopeIsNotAuthorized() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            gateway.answer = { _, _, id in [FakeGateway.failure(id, "FORBIDDEN", "missing scope: operator.admin")] }
            let client = try await gateway.connector().connect(try gateway.route())
            let refused = await failure { () throws(ClientError) in try await client.call("config.set") }
            #expect(refused?.code == .notAuthorized)
            client.close()
        }
    }

    @Test func aRequestWithoutAnAnswerIsGivenUpAndCancelled() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            let client = try await gateway.connector().connect(try gateway.route())
            let refused = try await whileTimePasses(gateway.clock) {
                await failure { () throws(ClientError) in try await client.call("health", within: .seconds(2)) }
            }
            #expect(refused?.reason == "timeout")
            #expect(gateway.frames.contains { $0["method"]?.string == "health" })
            try await turns { gateway.frames.contains { $0["type"]?.string == "cancel" } }
            client.close()
        }
    }

    @Test func eventsComeInOrderAndEndWithTheConnection() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            let client = try await gateway.connector().connect(try gateway.route())
            for number in 1...3 {
                gateway.send(["type": "event", "event": "tick", "payload": ["ts": JSON(number)], "seq": JSON(number)])
            }
            gateway.sockets.last?.close(WebSocketCloseCode(rawValue: 1012), "service restart")
            var seen: [Int64?] = []
            do throws(ClientError) {
                for try await event in client.events { seen.append(event.sequence) }
                Issue.record("events ended without a reason")
            } catch {
                let failure = error.failure("openclaw")
                #expect(failure.code == .unreachable)
                #expect(failure.message.contains("1012 (service restart)"))
            }
            #expect(seen == [1, 2, 3])
        }
    }

    @Test func anIssuedTokenIsKeptForItsGatewayAlone() async throws {
        try await onLoop {
            let gateway = FakeGateway()
            gateway.welcomes = [
                {
                    FakeGateway.hello(
                        $0, auth: ["role": "operator", "scopes": ["operator.admin"], "deviceToken": "issued-token-1"])
                }
            ]
            try await gateway.connector().connect(try gateway.route()).close()
            try await gateway.connector().connect(try gateway.route(token: nil)).close()
            #expect(gateway.connects[1]["auth"]?["token"]?.string == "issued-token-1")
            try await gateway.connector().connect(try gateway.route("ws://127.0.0.1:19999", token: nil)).close()
            #expect(gateway.connects[2]["auth"] == nil)
        }
    }
}

@Suite struct DeviceIdentityTests {
    @Test func theKeyIsMadeOnceAndKeptPrivate() throws {
        let state = ScratchDirectory()
        let first = try DeviceIdentity.loadOrCreate(in: state.path)
        #expect(try DeviceIdentity.loadOrCreate(in: state.path).id == first.id)
        let facts = try #require(try FileFacts.of(state.path("identity/device.json"), followLinks: false))
        #expect(facts.mode == 0o600)
        #expect(state.read("identity/device.json")?.contains("-----BEGIN PRIVATE KEY-----\\n") == true)
    }

    @Test func aDamagedKeyIsNotReplaced() throws {
        let state = ScratchDirectory()
        _ = try DeviceIdentity.loadOrCreate(in: state.path)
        state.write("{}", to: "identity/device.json")
        do throws(ClientError) {
            _ = try DeviceIdentity.loadOrCreate(in: state.path)
            Issue.record("a damaged key was taken")
        } catch {
            #expect(error.failure("openclaw").message.contains("holds no key"))
        }
        #expect(state.read("identity/device.json") == "{}")
    }

    /// RFC 8410 section 10.3 has this key in its text form.
    @Test func keysHaveTheFormThatOtherProgramsRead() throws {
        let text =
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
            + "-----END PRIVATE KEY-----\n"
        let key = try #require(PEMKey.privateKey(text))
        #expect(PEMKey.text(key) == text)
        #expect(
            PEMKey.text(key.publicKey)
                == "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                + "-----END PUBLIC KEY-----\n")
    }
}
