import Channels
import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// Commands that wait for an owner's word, in chats.
@Suite struct ApprovalPostTests {
    private static let owner = ", commands: {ownerAllowFrom: ['telegram:7', 'slack:U9', 'telegram:*']}"
    private static let asked: JSON = [
        "id": "mine", "command": "rm -rf ```x``` <b>", "cwd": "/srv", "agentId": "main", "timeoutMs": 60_000,
    ]

    @Test func anOwnerIsAskedAndPresses() async throws {
        try await ChannelConversationTests.withChannel(
            "{token: 'one', dmPolicy: 'open', allowFrom: ['*']}", more: Self.owner
        ) { bench, platform in
            let asker = try await bench.connect(scopes: [.approvals])
            let request = asker.start("exec.approval.request", Self.asked)
            try await bench.calm()
            #expect(platform.said.count == 1 && platform.said[0].address.chat == "7")
            let said = platform.said[0]
            #expect(said.text.contains("<pre>rm -rf ```x``` &lt;b&gt;</pre>"), "\(said.text)")
            let buttons = (said.choices?.rows ?? []).joined().map(\.deed)
            #expect(buttons.contains(.say("/approve mine allow-once")) && buttons.count == 3)
            // Somebody else's word counts for nothing.
            try await platform.say("/approve mine allow-once", from: "8", in: .init(.direct, "8"))
            try await bench.calm()
            #expect(platform.sent.allSatisfy { $0.action == .say })
            try await platform.say("/approve mine allow-once")
            await bench.clock.advance(by: .seconds(2))
            try await bench.calm()
            let answer = try await asker.response(request)["payload"]
            #expect(answer?["decision"]?.string == "allow-once")
            let end = platform.sent.last { $0.action == .edit("p1") }
            #expect(end?.choices == Choices() && end?.text.hasPrefix("Allowed once by ") == true, "\(end as Any)")
        }
    }

    @Test func whatNobodyDecidesSaysSo() async throws {
        try await ChannelConversationTests.withChannel("{token: 'one'}", more: Self.owner) { bench, platform in
            let asker = try await bench.connect(scopes: [.approvals])
            let request = asker.start("exec.approval.request", Self.asked)
            try await bench.calm()
            await bench.clock.advance(by: .seconds(61))
            try await bench.calm()
            _ = try await asker.response(request)
            #expect(platform.sent.last?.action == .edit("p1"))
            #expect(platform.sent.last?.text.hasPrefix("Nobody decided in time:") == true)
        }
    }

    @Test(arguments: ["{token: 'one', execApprovals: {enabled: false}}", "{token: 'one', enabled: false}"])
    func nobodyIsAskedWhereThatIsOff(settings: String) async throws {
        try await ChannelConversationTests.withChannel(settings, more: Self.owner) { bench, platform in
            let asker = try await bench.connect(scopes: [.approvals])
            let request = asker.start("exec.approval.request", Self.asked)
            try await bench.calm()
            await bench.clock.advance(by: .seconds(61))
            try await bench.calm()
            _ = try await asker.response(request)
            #expect(platform.sent.isEmpty)
        }
    }
}
