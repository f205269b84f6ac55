import Contract
import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// protocol.md section 3.3, and who is let in as what.
@Suite struct ConnectGateTests {
    static let forwarded: KeyValuePairs<String, String> = ["Host": "127.0.0.1:18789", "X-Forwarded-For": "203.0.113.7"]
    static let page: KeyValuePairs<String, String> = ["Host": "127.0.0.1:18789", "Origin": "http://127.0.0.1:18789"]
    static let owner = HTTPPeer(address: nil, credentials: PeerCredentials(process: 4_194_305, user: 0, group: 0))

    @Test func withoutADeviceGeneration3HasWhatItAsksAnd4HasNothing() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let three = try await gateway.attempt(
                GatewayHarness.params(protocols: 3...3, id: "cli", mode: "cli", scopes: ["operator.read", "no.scope"]))
            #expect(three.answer.grantedScopes == ["operator.read"])
            let all = try await gateway.attempt(GatewayHarness.params(protocols: 3...3, id: "cli", mode: "cli"))
            #expect(all.answer.grantedScopes == Scope.operatorDefaults.words)
            let four = try await gateway.attempt(
                GatewayHarness.params(id: "cli", mode: "cli", scopes: ["operator.admin"]))
            #expect(four.answer.grantedScopes == [])
            let pair = try await gateway.attempt(GatewayHarness.params(scopes: ["operator.admin"]))
            #expect(pair.answer.grantedScopes == ["operator.admin"])
            let through = try await gateway.attempt(
                GatewayHarness.params(scopes: ["operator.admin"]), fields: Self.forwarded)
            #expect(through.answer.grantedScopes == [])
            let afar = try await gateway.attempt(
                GatewayHarness.params(scopes: ["operator.admin"]), from: GatewayHarness.stranger)
            #expect(afar.answer.grantedScopes == [])
        }
    }

    @Test func whoShowsNothingNeedsADevice() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let nobody = try await gateway.attempt(GatewayHarness.params(token: nil))
            #expect(nobody.answer["error"]?["code"]?.string == "NOT_PAIRED")
            #expect(nobody.answer.refusalCode == "DEVICE_IDENTITY_REQUIRED")
            #expect(
                try await nobody.client.ended()
                    == WebSocketClose(WebSocketCloseCode(rawValue: 1008), "device identity required"))
            let node = try await gateway.attempt(GatewayHarness.params(id: "node-host", mode: "node", role: "node"))
            #expect(node.answer.refusalCode == "DEVICE_IDENTITY_REQUIRED")
            let role = try await gateway.attempt(GatewayHarness.params(role: "worker"))
            #expect(role.answer["error"]?["message"]?.string == "invalid role")
        }
    }

    @Test func theUnixSocketNeedsNoSecretAndIsNeverLockedOut() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness(kinship: { _ in .owner })
            for number in 0..<20 { _ = try await gateway.attempt(GatewayHarness.params(token: "wrong-\(number)")) }
            let locked = try await gateway.attempt()
            #expect(locked.answer.refusalCode == "AUTH_RATE_LIMITED")
            #expect(locked.answer["error"]?["retryAfterMs"]?.int ?? 0 > 0)
            let owner = try await gateway.attempt(
                GatewayHarness.params(id: "cli", mode: "cli", scopes: ["operator.admin"], token: nil), from: Self.owner)
            #expect(owner.answer.grantedScopes == ["operator.admin"])
            let forwarded = try await gateway.attempt(
                GatewayHarness.params(token: nil), from: Self.owner, fields: Self.forwarded)
            #expect(forwarded.answer.refusalCode == "DEVICE_IDENTITY_REQUIRED", "a proxy's visitor is not the owner")
        }
    }

    @Test func whatTheGatewayStartedMayOnlyLook() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness(kinship: { _ in .descendant })
            let asked = ["operator.admin", "operator.read", "operator.write"]
            for params in [GatewayHarness.params(scopes: asked), GatewayHarness.params(token: nil)] {
                let shell = try await gateway.attempt(params, from: Self.owner)
                #expect(shell.answer.grantedScopes == ["operator.read"])
            }
            let device = HarnessDevice()
            let paired = try await gateway.attempt(device, GatewayHarness.params(scopes: asked), from: Self.owner)
            #expect(paired.answer.grantedScopes == ["operator.read"])
            #expect(paired.answer.deviceToken == nil)
            #expect(gateway.plane.devices.device(device.id) == nil)
            let node = try await gateway.attempt(device, GatewayHarness.params(role: "node"), from: Self.owner)
            #expect(node.answer["ok"]?.bool == false)
        }
    }

    @Test func aNewDeviceIsLetInSilentlyOnlyByAProgramOfThisMachineWithTheSecret() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let read = GatewayHarness.params(scopes: ["operator.read"])
            let silent = try await gateway.attempt(HarnessDevice(), read)
            #expect(silent.answer.grantedScopes == ["operator.read"])
            #expect(silent.answer.deviceToken != nil)
            let pending = [
                try await gateway.attempt(HarnessDevice(), read, fields: Self.forwarded),
                try await gateway.attempt(HarnessDevice(), read, fields: Self.page),
                try await gateway.attempt(HarnessDevice(), read, from: GatewayHarness.stranger),
            ]
            for attempt in pending {
                #expect(attempt.answer["error"]?["code"]?.string == "NOT_PAIRED")
                #expect(attempt.answer["error"]?["details"]?["reason"]?.string == "not-paired")
            }
            #expect(gateway.plane.devices.pending.count == 3)
        }
    }

    @Test func aBrowserComesInByADashboardCodeOnce() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let code = gateway.plane.entrance.authenticator.codes.issue()
            let params = GatewayHarness.params(
                id: "openclaw-control-ui", mode: "webchat", scopes: ["operator.admin"],
                auth: ["bootstrapToken": .string(code)])
            let browser = try await gateway.attempt(HarnessDevice(), params, fields: Self.page)
            #expect(browser.answer.grantedScopes == ["operator.admin"])
            let again = try await gateway.attempt(HarnessDevice(), params, fields: Self.page)
            #expect(again.answer.refusalCode == "AUTH_BOOTSTRAP_TOKEN_INVALID")
        }
    }

    /// GHSA-rqpp-rjj8-7wv8.
    @Test func askingNeverGrantsMoreThanTheRecord() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let device = HarnessDevice()
            let first = try await gateway.attempt(device, GatewayHarness.params(scopes: ["operator.read"]))
            let token = try #require(first.answer.deviceToken)
            for auth: JSON in [
                ["token": .string(token)], ["deviceToken": .string(token)], ["token": .string(GatewayHarness.token)],
            ] {
                let more = try await gateway.attempt(
                    device, GatewayHarness.params(scopes: ["operator.read", "operator.admin"], auth: auth))
                #expect(more.answer["error"]?["details"]?["reason"]?.string == "scope-upgrade")
            }
            let same = try await gateway.attempt(
                device, GatewayHarness.params(scopes: ["operator.read"], auth: ["deviceToken": .string(token)]))
            #expect(same.answer.grantedScopes == ["operator.read"])
            #expect(same.answer.deviceToken == nil, "told once")
            let other = try await gateway.attempt(
                HarnessDevice(), GatewayHarness.params(auth: ["deviceToken": .string(token)]))
            #expect(other.answer.refusalCode == "AUTH_DEVICE_TOKEN_MISMATCH")
        }
    }

    /// oc#57647: the limiter stands around the whole decision.
    @Test func aDeviceTokenBesideItDoesNotSwitchTheLimiterOff() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            var codes: [String?] = []
            for number in 0..<12 {
                let auth: JSON = ["token": .string("wrong-\(number)"), "deviceToken": .string("bogus-\(number)")]
                codes.append(
                    try await gateway.attempt(HarnessDevice(), GatewayHarness.params(auth: auth)).answer.refusalCode)
            }
            #expect(codes.prefix(10).allSatisfy { $0 == "AUTH_TOKEN_MISMATCH" })
            #expect(codes.suffix(2).allSatisfy { $0 == "AUTH_RATE_LIMITED" })
        }
    }

    @Test func proofsAreCheckedInTheirOrder() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let table: [(ClosedRange<Int>, DeviceStatement.Version, (inout JSON) -> Void, String)] = [
                (3...4, .v3, { $0["publicKey"] = "x" }, "DEVICE_AUTH_PUBLIC_KEY_INVALID"),
                (
                    3...4, .v3, { $0["id"] = .string(String(repeating: "0", count: 64)) },
                    "DEVICE_AUTH_DEVICE_ID_MISMATCH"
                ),
                (
                    3...4, .v3, { $0["signedAt"] = .int(gateway.clock.wall.milliseconds - 120_001) },
                    "DEVICE_AUTH_SIGNATURE_EXPIRED"
                ),
                (
                    3...4, .v3, { $0["signedAt"] = .int(gateway.clock.wall.milliseconds + 120_001) },
                    "DEVICE_AUTH_SIGNATURE_EXPIRED"
                ),
                (
                    3...3, .v2, { $0["signedAt"] = .int(gateway.clock.wall.milliseconds - 600_001) },
                    "DEVICE_AUTH_SIGNATURE_EXPIRED"
                ),
                (
                    3...3, .v2, { $0["signedAt"] = .int(gateway.clock.wall.milliseconds - 600_000) },
                    "DEVICE_AUTH_SIGNATURE_INVALID"
                ),
                (
                    3...4, .v3, { $0["signedAt"] = .int(gateway.clock.wall.milliseconds - 120_000) },
                    "DEVICE_AUTH_SIGNATURE_INVALID"
                ),
                (3...4, .v1, { _ in }, "DEVICE_AUTH_NONCE_REQUIRED"),
                (3...4, .v3, { $0["nonce"] = "other" }, "DEVICE_AUTH_NONCE_MISMATCH"),
                (3...4, .v3, { $0["signature"] = "AAAA" }, "DEVICE_AUTH_SIGNATURE_INVALID"),
            ]
            for (protocols, version, change, code) in table {
                let params = GatewayHarness.params(protocols: protocols)
                let refused = try await gateway.attempt(HarnessDevice(), params, version, change: change)
                #expect(refused.answer.refusalCode == code)
            }
            let afar = try await gateway.attempt(
                HarnessDevice(), GatewayHarness.params(protocols: 3...3), .v1, fields: Self.forwarded)
            #expect(afar.answer.refusalCode == "DEVICE_AUTH_NONCE_REQUIRED")
            let local = try await gateway.attempt(HarnessDevice(), GatewayHarness.params(protocols: 3...3), .v1)
            #expect(local.answer["ok"]?.bool == true)
        }
    }

    /// GHSA-68x5-xx89-w9mm, GHSA-xmxx-7p24-h892.
    @Test func afterARotationTheOldSecretIsOfNoUse() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let bySecret = try await gateway.connect()
            let device = HarnessDevice()
            let first = try await gateway.attempt(device, GatewayHarness.params(scopes: ["operator.read"]))
            let token = try #require(first.answer.deviceToken)
            first.client.leave()
            let byDevice = try await gateway.attempt(
                device, GatewayHarness.params(scopes: ["operator.read"], auth: ["deviceToken": .string(token)]))
            gateway.plane.entrance.replace(AccessSettings(token: "another-token-0123456789"))
            let close = try await bySecret.ended()
            #expect(close == WebSocketClose(WebSocketCloseCode(rawValue: 4001), "gateway auth changed"))
            #expect(try await gateway.attempt().answer.refusalCode == "AUTH_TOKEN_MISMATCH")
            #expect(
                try await gateway.attempt(GatewayHarness.params(token: "another-token-0123456789")).answer["ok"]?.bool
                    == true)
            #expect(try await byDevice.client.call("health") != nil, "a device's own token is no gateway token")
            #expect(
                try await gateway.get(
                    "/api/diagnostics/prometheus",
                    ["Host": "localhost", "Authorization": "Bearer \(GatewayHarness.token)"]
                ).status == 401)
        }
    }

    @Test func modeNoneServesThisMachineAlone() async throws {
        try await onLoop {
            var settings = AccessSettings()
            settings.mode = .none
            let gateway = try await GatewayHarness(access: settings)
            let local = try await gateway.attempt(GatewayHarness.params(scopes: ["operator.admin"], token: nil))
            #expect(local.answer.grantedScopes == ["operator.admin"])
            let afar = try await gateway.attempt(
                HarnessDevice(), GatewayHarness.params(token: nil), fields: Self.forwarded)
            #expect(afar.answer.refusalCode == "AUTH_REQUIRED")
        }
    }

    @Test func startingRefusesBeforeAnythingElse() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness(phase: .starting(pending: "store"))
            let early = try await gateway.attempt()
            #expect(early.answer["error"]?["code"]?.string == "UNAVAILABLE")
            #expect(try await early.client.ended().code == WebSocketCloseCode(rawValue: 1013))
        }
    }
}
