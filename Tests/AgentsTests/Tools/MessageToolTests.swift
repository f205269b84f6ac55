import Channels
import Platform
import Support
import Testing

@testable import Agents

/// Keeps what it is to send.
@LoopActor
final class FakeSender: MessageSending {
    private(set) var sent: [OutgoingMessage] = []

    func send(_ message: OutgoingMessage) async throws(MessageRefusal) -> String {
        sent.append(message)
        return "m\(sent.count)"
    }
}

@Suite struct MessageToolTests {
    @Test func filesGoAlongByTheNamesThatModelsUse() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("a", to: "a.png")
            bench.write("b", to: "b.png")
            let sender = FakeSender()
            let tool = MessageTool(sender)
            _ = try await bench.good(tool, ["text": "look", "media": "./a.png", "asVoice": true])
            _ = try await bench.good(
                tool, ["message": "look", "mediaUrls": ["a.png", "https://example.com/x.png"], "filePath": "b.png"])
            _ = try await bench.good(tool, ["path": "a.png", "forceDocument": true])
            #expect(
                sender.sent.map(\.files) == [["a.png"], ["b.png", "a.png", "https://example.com/x.png"], ["a.png"]])
            #expect(sender.sent.map(\.text) == ["look", "look", ""])
            #expect(sender.sent.map(\.isVoice) == [true, false, false])
            #expect(sender.sent.map(\.isDocument) == [false, false, true])
            #expect(sender.sent.allSatisfy { $0.workspace == bench.scratch.path("workspace") })
            #expect(try await bench.refused(tool, ["text": "x", "media": "gone.png"]).contains("gone.png"))
            #expect(try await bench.refused(tool, ["text": "x", "media": "http://example.com/x"]).contains("refused"))
        }
    }

    @Test func buttonsGoAlongInWhateverShapeModelsGiveThem() async throws {
        try await onLoop {
            let bench = ToolBench()
            let sender = FakeSender()
            let tool = MessageTool(sender)
            let rows: JSON = [[["text": "Yes", "callback_data": "y"]]]
            _ = try await bench.good(tool, ["text": "sure?", "buttons": rows])
            _ = try await bench.good(tool, ["text": "sure?", "buttons": .string(rows.description)])
            _ = try await bench.good(
                tool,
                [
                    "presentation": [
                        "blocks": [
                            ["type": "text", "text": "sure?"],
                            ["type": "buttons", "buttons": [["label": "Yes", "value": "y"]]],
                        ]
                    ]
                ])
            #expect(sender.sent.map(\.text) == ["sure?", "sure?", "sure?"])
            #expect(sender.sent.allSatisfy { $0.choices == Choices(rows: [[.init("Yes", .say("y"))]]) })
            let refusal = try await bench.refused(tool, ["text": "x", "buttons": [["text": 1]]])
            #expect(refusal.contains("/buttons/0/text: must be a string"), "\(refusal)")
        }
    }

    /// Who presses speaks in their own name, and an owner's word is a command.
    @Test(arguments: [
        ("/approve 1 allow-always", false), (" /CONFIG set a b", false), ("/restart", false), ("/status", true),
        ("/unheard of", true), ("approve", true),
    ])
    func noAgentPutsACommandIntoAnOwnersMouth(text: String, isTaken: Bool) async throws {
        try await onLoop {
            let bench = ToolBench()
            let sender = FakeSender()
            let button: JSON = [["text": "Yes", "callback_data": .string(text)]]
            let option: JSON = [
                "blocks": [["type": "select", "options": [["label": "Yes", "value": .string(text)]]]]
            ]
            for wish: JSON in [["text": "sure?", "buttons": button], ["text": "sure?", "presentation": option]] {
                let output = try await bench.run(MessageTool(sender), wish)
                #expect(output.isError != isTaken)
            }
            #expect(sender.sent.count == (isTaken ? 2 : 0))
        }
    }

    @Test(arguments: [10, 11]) func soManyFilesGoAlong(count: Int) async throws {
        try await onLoop {
            let bench = ToolBench()
            let links = (0..<count).map { JSON.string("https://example.com/\($0)") }
            let sender = FakeSender()
            let output = try await bench.run(MessageTool(sender), ["text": "x", "mediaUrls": .array(links)])
            #expect(output.isError == (count > 10) && sender.sent.count == (count > 10 ? 0 : 1))
        }
    }
}
