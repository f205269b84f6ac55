import Platform
import Support
import Testing
import Wire

@Suite struct HarnessTests {
    @Test func aClientConnectsAndAsks() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let client = try await gateway.connect()
            let health = try await client.call("health")
            #expect(health?["ok"]?.bool == true)
            client.leave()
            #expect(try await client.ended().code == .normal)
        }
    }

    @Test func theClockBringsTicks() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let client = try await gateway.connect()
            await gateway.clock.advance(by: .seconds(31))
            #expect(try await client.event("tick")["ts"]?.int != nil)
        }
    }

    @Test func probesAreAnswered() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let answer = try await gateway.get("/health")
            #expect(answer.status == 200)
            #expect(answer.json?["status"]?.string == "live")
            #expect(try await gateway.get("/nothing").status == 404)
        }
    }
}
