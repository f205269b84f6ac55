import Platform
import Support
import Testing

@testable import Gateway

/// The moment in which the gateway listens and nothing stands behind it yet.
@Suite struct DoorstepTests {
    @Test func probesAreAnsweredBeforeTheGatewayStands() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness(phase: .starting(pending: "startup"), isOpen: false)
            #expect(try await gateway.get("/healthz").status == 200)
            let started = try await gateway.get("/startupz")
            #expect(started.status == 503)
            #expect(started.json?["pendingReason"]?.string == "startup")
            #expect(try await gateway.get("/readyz").status == 503)
        }
    }

    @Test func allElseIsToldToComeBack() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness(phase: .starting(pending: "startup"), isOpen: false)
            for path in ["/", "/v1/models", EntranceTests.guarded] {
                let answer = try await gateway.get(path)
                #expect(answer.status == 503, "\(path)")
                #expect(answer.field("Retry-After") == "1", "\(path)")
            }
            #expect(try await gateway.open().upgrade.status == 503)
            gateway.routes.open(gateway.plane)
            #expect(try await gateway.open().upgrade.status == 101)
        }
    }

    @Test func strangersAreRefusedThereToo() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness(phase: .starting(pending: "startup"), isOpen: false)
            #expect(try await gateway.get("/healthz", ["Host": "evil.test"]).status == 421)
            let foreign: KeyValuePairs<String, String> = ["Host": "127.0.0.1:18789", "Origin": "https://evil.test"]
            #expect(try await gateway.get("/healthz", foreign).status == 403)
            #expect(try await gateway.get("/startupz", from: GatewayHarness.stranger).json?["version"] == nil)
        }
    }
}
