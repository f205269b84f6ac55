import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// reliability.md section 2.3, pre-auth WebSocket flood: silent sockets keep nobody out, and no descriptor either.
@Suite struct UnadmittedSessionsTests {
    @Test func theOldestOfAnAddressGivesWayAtOnce() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let admitted = try await gateway.connect()
            var silent: [HarnessClient] = []
            for _ in 0..<UnadmittedSessions.limitByAddress {
                silent.append(try await gateway.open())
                _ = try await silent.last?.event("connect.challenge")
            }
            #expect(silent.allSatisfy { $0.close == nil })
            _ = try await gateway.open()
            #expect(try await silent[0].ended().code == WebSocketCloseCode(rawValue: 1013))
            #expect(silent.dropFirst().allSatisfy { $0.close == nil })
            #expect(try await gateway.open(from: GatewayHarness.stranger).upgrade.status == 101)
            #expect(silent.dropFirst().allSatisfy { $0.close == nil }, "another address has places of its own")
            #expect(try await admitted.call("health") != nil)
        }
    }

    @Test func inAllThereIsALimitToo() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            func open(_ place: Int) async throws -> HarnessClient {
                let address = IPv4Address(bits: 0x0a00_0000 + UInt32(place))
                return try await gateway.open(from: HTTPPeer(address: .v4(address: address, port: 1)))
            }
            let first = try await open(1)
            let second = try await open(2)
            for place in 3...UnadmittedSessions.limit { _ = try await open(place) }
            #expect(first.close == nil)
            let last = try await open(UnadmittedSessions.limit + 1)
            #expect(try await first.ended().code == WebSocketCloseCode(rawValue: 1013))
            #expect(second.close == nil && last.close == nil)
        }
    }
}
