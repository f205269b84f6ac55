import Contract
import Platform
import Store
import Support
import Testing
import Wire

@testable import Gateway

/// protocol.md section 7, devices, and section 4, extra checks.
@Suite struct DeviceMethodsTests {
    static let read = GatewayHarness.params(scopes: ["operator.read"])
    static let chief = GatewayHarness.params(protocols: 3...3)

    @Test func aWaitingDeviceIsListedApprovedAndToldAToken() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let chief = try await gateway.connect(Self.chief)
            let device = HarnessDevice()
            let pending = try await gateway.attempt(device, Self.read, fields: ConnectGateTests.forwarded)
            let id = try #require(pending.answer["error"]?["details"]?["requestId"]?.string)
            let reason = try await pending.client.ended().reason
            #expect(reason == "pairing required: device is not approved yet (requestId: \(id))")
            #expect(try await chief.event("device.pair.requested")["requestId"]?.string == id)
            let list = try await chief.call("device.pair.list")
            #expect(list?["pending"]?[0]?["deviceId"]?.string == device.id)
            #expect(list?["paired"]?.array?.isEmpty == true)
            let again = try await gateway.attempt(device, Self.read, fields: ConnectGateTests.forwarded)
            #expect(again.answer["error"]?["details"]?["requestId"]?.string == id, "asking again is the same request")
            let approved = try await chief.call("device.pair.approve", ["requestId": .string(id)])
            #expect(approved?["device"]?["scopes"]?.array?.compactMap(\.string) == ["operator.read"])
            #expect(try await chief.event("device.pair.resolved")["decision"]?.string == "approved")
            let first = try await gateway.attempt(device, Self.read, fields: ConnectGateTests.forwarded)
            let token = try #require(first.answer.deviceToken)
            #expect(gateway.storage.devices.values.allSatisfy { !"\($0)".utf8.elementsEqual(token.utf8) })
            let stored = String(
                decoding: JSONWriter.bytes(of: gateway.storage.devices[device.id] ?? .null), as: UTF8.self)
            #expect(stored.split(separator: "\"").contains(Substring(Hex.encode(SHA256.hash(Array(token.utf8))))))
            #expect(!stored.split(separator: "\"").contains(Substring(token)))
            let shown = try await chief.call("device.pair.list")?["paired"]?[0]?["tokens"]?[0]
            #expect(shown?["digest"] == nil)
            #expect(shown?["scopes"]?.array?.compactMap(\.string) == ["operator.read"])
        }
    }

    @Test func rejectingTurnsAwayAndTheNextAskIsANewRequest() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let chief = try await gateway.connect(Self.chief)
            let device = HarnessDevice()
            func ask() async throws -> String? {
                try await gateway.attempt(device, Self.read, fields: ConnectGateTests.forwarded)
                    .answer["error"]?["details"]?["requestId"]?.string
            }
            let id = try #require(try await ask())
            let gone = try await chief.call("device.pair.reject", ["requestId": .string(id)])
            #expect(gone?["deviceId"]?.string == device.id)
            #expect(try await chief.event("device.pair.resolved")["decision"]?.string == "rejected")
            let late = try await chief.request("device.pair.approve", ["requestId": .string(id)])
            #expect(late["error"]?["message"]?.string == "unknown requestId")
            #expect(try await ask() != id)
        }
    }

    @Test func nobodyGrantsWhatHeHasNot() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let small = try await gateway.connect(GatewayHarness.params(protocols: 3...3, scopes: ["operator.pairing"]))
            let pending = try await gateway.attempt(
                HarnessDevice(), GatewayHarness.params(scopes: ["operator.admin"]), fields: ConnectGateTests.forwarded)
            let id = try #require(pending.answer["error"]?["details"]?["requestId"])
            let refused = try await small.request("device.pair.approve", ["requestId": id])
            #expect(refused["error"]?["message"]?.string == "missing scope: operator.admin")
            #expect(gateway.plane.devices.paired.isEmpty)
        }
    }

    @Test func aDeviceManagesItselfAlone() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let other = HarnessDevice()
            _ = try await gateway.attempt(other, Self.read)
            let own = HarnessDevice()
            let session = try await gateway.attempt(own, GatewayHarness.params(scopes: ["operator.pairing"]))
            for method in ["device.token.rotate", "device.token.revoke"] {
                let refused = try await session.client.request(
                    method, ["deviceId": .string(other.id), "role": "operator"])
                #expect(refused["error"]?["message"]?.string == "missing scope: operator.admin", "\(method)")
            }
            let removal = try await session.client.request("device.pair.remove", ["deviceId": .string(other.id)])
            #expect(removal["ok"]?.bool == false)
            let wider = try await session.client.request(
                "device.token.rotate",
                ["deviceId": .string(own.id), "role": "operator", "scopes": ["operator.admin"]])
            #expect(wider["error"]?["message"]?.string == "missing scope: operator.admin")
            let rotated = try await session.client.call(
                "device.token.rotate", ["deviceId": .string(own.id), "role": "operator"])
            let token = try #require(rotated?["token"]?.string)
            let old = try await gateway.attempt(
                own,
                GatewayHarness.params(
                    scopes: ["operator.pairing"], auth: ["deviceToken": .string(session.answer.deviceToken ?? "")]))
            #expect(old.answer.refusalCode == "AUTH_DEVICE_TOKEN_MISMATCH")
            let new = try await gateway.attempt(
                own, GatewayHarness.params(scopes: ["operator.pairing"], auth: ["deviceToken": .string(token)]))
            #expect(new.answer.grantedScopes == ["operator.pairing"])
        }
    }

    @Test func fromGeneration4OnATokenIsToldToItsDeviceAlone() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let device = HarnessDevice()
            let first = try await gateway.attempt(device, Self.read)
            let params: JSON = ["deviceId": .string(device.id), "role": "operator"]
            let four = try await gateway.connect(GatewayHarness.params(scopes: ["operator.admin"]))
            let hidden = try await four.call("device.token.rotate", params)
            #expect(hidden?["token"] == nil)
            #expect(hidden?["rotatedAtMs"]?.int != nil)
            #expect(
                try await first.client.ended()
                    == WebSocketClose(WebSocketCloseCode(rawValue: 4001), "client invalidated: device token rotated"))
            let told = try await gateway.attempt(device, Self.read)
            #expect(told.answer.deviceToken != nil, "it is told one when it proves itself otherwise")
            let three = try await gateway.connect(Self.chief)
            #expect(try await three.call("device.token.rotate", params)?["token"]?.string != nil)
        }
    }

    @Test func revokedAndRemovedDevicesAreShutOut() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let chief = try await gateway.connect(Self.chief)
            let device = HarnessDevice()
            let first = try await gateway.attempt(device, Self.read)
            let byToken = GatewayHarness.params(
                scopes: ["operator.read"], auth: ["deviceToken": .string(first.answer.deviceToken ?? "")])
            let second = try await gateway.attempt(device, byToken)
            #expect(second.answer["ok"]?.bool == true)
            _ = try await chief.call("device.token.revoke", ["deviceId": .string(device.id), "role": "operator"])
            #expect(
                try await second.client.ended()
                    == WebSocketClose(WebSocketCloseCode(rawValue: 4001), "client invalidated: device token revoked"))
            #expect(try await gateway.attempt(device, byToken).answer.refusalCode == "AUTH_DEVICE_TOKEN_MISMATCH")
            let third = try await gateway.attempt(device, Self.read)
            #expect(third.answer["ok"]?.bool == true)
            _ = try await chief.call("device.pair.rename", ["deviceId": .string(device.id), "displayName": "Desk"])
            #expect(gateway.plane.devices.device(device.id)?.facts.displayName == "Desk")
            _ = try await chief.call("device.pair.remove", ["deviceId": .string(device.id)])
            #expect(
                try await third.client.ended()
                    == WebSocketClose(WebSocketCloseCode(rawValue: 4001), "client invalidated: device removed"))
            #expect(gateway.storage.devices.isEmpty)
            let gone = try await chief.request(
                "device.token.revoke", ["deviceId": .string(device.id), "role": "operator"])
            #expect(gone["error"]?["code"]?.string == "INVALID_REQUEST")
        }
    }

    @Test func whatCannotBeStoredIsNotGranted() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            gateway.storage.failure = .full(path: "/state")
            let device = HarnessDevice()
            let refused = try await gateway.attempt(device, Self.read)
            #expect(refused.answer["error"]?["code"]?.string == "UNAVAILABLE")
            #expect(gateway.plane.devices.device(device.id) == nil)
            gateway.storage.failure = nil
            let fine = try await gateway.attempt(device, Self.read)
            #expect(fine.answer.deviceToken != nil)
            gateway.storage.failure = .full(path: "/state")
            let chief = try await gateway.connect(Self.chief)
            let revoked = try await chief.request(
                "device.token.revoke", ["deviceId": .string(device.id), "role": "operator"])
            #expect(revoked["ok"]?.bool == false)
            let token = GatewayHarness.params(auth: ["deviceToken": .string(fine.answer.deviceToken ?? "")])
            #expect(
                try await gateway.attempt(device, token).answer.refusalCode == "AUTH_DEVICE_TOKEN_MISMATCH",
                "what takes away holds")
        }
    }

    @Test func requestsHaveALimitAndALifetime() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            for number in 0..<DeviceRegistry.requestLimit + 1 {
                _ = try await gateway.attempt(HarnessDevice(), Self.read, fields: ConnectGateTests.forwarded)
                #expect(gateway.plane.devices.pending.count == min(number + 1, DeviceRegistry.requestLimit))
                await gateway.clock.advance(by: .milliseconds(1))
            }
            #expect(gateway.storage.requests.count == DeviceRegistry.requestLimit)
            await gateway.clock.advance(by: DeviceRegistry.requestLifetime + .seconds(1))
            #expect(gateway.plane.devices.pending.isEmpty)
        }
    }

    @Test func pairingsOutliveTheProcess() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let device = HarnessDevice()
            let first = try await gateway.attempt(device, Self.read)
            let registry = DeviceRegistry(
                hub: EventHub(), clock: gateway.clock, log: Log(gateway.log, subsystem: "test"))
            try await registry.open(gateway.storage)
            #expect(registry.device(device.id) == gateway.plane.devices.device(device.id))
            let digest = SecretDigest(of: first.answer.deviceToken ?? "")
            #expect(registry.scopes(of: digest, device: device.id, role: .operator) == [.read])
            #expect(registry.scopes(of: digest, device: device.id, role: .node) == nil)
        }
    }

    @Test func theStoreKeepsThem() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let store = try await Store.open(at: scratch.path("state.sqlite"), schema: GatewaySchema.schema)
            let stored = StoredDevices(store: store)
            let device = PairedDevice(
                id: "d", publicKey: "k", facts: DeviceFacts(), roles: [.operator, .node], scopes: [.read],
                tokens: [
                    .operator: DeviceToken(
                        digest: SecretDigest(of: "t"), scopes: [.read], createdAt: WallTime(nanoseconds: 1_000_000),
                        lastUsedAt: WallTime(nanoseconds: 2_000_000))
                ], createdAt: WallTime(nanoseconds: 1_000_000), approvedAt: WallTime(nanoseconds: 3_000_000))
            let request = PairingRequest(
                id: "r", deviceID: "e", publicKey: "l", facts: DeviceFacts(), role: .node, scopes: [], isRepair: true,
                askedAt: WallTime(nanoseconds: 4_000_000))
            try await stored.apply([.device(device), .request(request)])
            let kept = try await stored.load()
            #expect(kept.devices == [device])
            #expect(kept.requests == [request])
            try await stored.apply([.deviceRemoved("d"), .requestRemoved("r")])
            let empty = try await stored.load()
            #expect(empty.devices.isEmpty && empty.requests.isEmpty)
            await store.close()
        }
    }
}
