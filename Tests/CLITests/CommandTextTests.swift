import Platform
import Testing

@testable import CLI

@Suite struct CommandTextTests {
    @Test func aBindingIsAChannelAndPerhapsAnAccount() throws {
        let channel = try #require(Binding("Telegram"))
        #expect(channel.json("ops") == ["agentId": "ops", "match": ["channel": "telegram"]])
        let account = try #require(Binding("telegram:work:2"))
        #expect(account.account == "work:2")
        #expect(Binding(json: account.json("ops")) == account)
        for text in ["", ":x", "telegram:", "tele\u{1b}gram"] { #expect(Binding(text) == nil, "\(text.shown)") }
    }

    @Test func tokensAreShort() {
        #expect(
            [999, 1000, 200_000, 1_000_000, 1_050_000, 1_500_000].map(tokens) == [
                "999", "1k", "200k", "1M", "1M", "1.5M",
            ])
    }

    @Test func aSkillSaysWhatItLacks() {
        let skill = SkillView(json: [
            "name": "git", "eligible": false, "missing": ["bins": ["git"], "env": ["A", "B"], "os": []],
        ])
        #expect(skill.state == "missing: program git; variable A, B")
        #expect(SkillView(json: ["name": "git", "eligible": true]).state == "ready")
        #expect(SkillView(json: ["name": "git", "eligible": false, "disabled": true]).state == "switched off")
    }

    @Test func aMessageIsReadInEitherForm() {
        #expect(MessageText.said(["content": "plain"]) == "plain")
        let parts: JSON = [
            "role": "assistant", "model": "fake", "timestamp": 1_790_000_000_000,
            "content": [
                ["type": "thinking", "thinking": "hm"], ["type": "text", "text": "Hello"],
                ["type": "toolCall", "name": "read", "arguments": ["path": "a"]],
            ],
        ]
        #expect(MessageText.said(parts) == "Hello")
        let text = SessionMarkdown.text(parts)
        #expect(text.hasPrefix("\n## Assistant (fake)\n\n_2026-"))
        #expect(text.hasSuffix("> hm\n\nHello\n\nCalls `read` with `{\"path\":\"a\"}`\n"))
    }

    @Test func agentsAreFoundInEitherForm() {
        let named: JSON = ["agents": ["entries": ["ops": ["name": "Ops"]]]]
        #expect(AgentsView.entry("ops", in: named)?.pointer == JSONPointer(["agents", "entries", "ops"]))
        let listed: JSON = ["agents": ["list": [["id": "main"], ["id": "ops"]]]]
        #expect(AgentsView.entry("ops", in: listed)?.pointer == JSONPointer(["agents", "list", "1"]))
        #expect(AgentsView.entry("main", in: [:])?.pointer == nil)
    }

    @Test func spaceAtBothEndsGoes() {
        #expect("  a b\n".trimmedSpace == "a b")
        #expect(" \t".trimmedSpace.isEmpty)
    }
}
