import Platform
import Support
import Testing

@testable import Models

private func call(_ id: String) -> MessagePart { .toolCall(ToolCall(id: id, name: "f", argumentsText: "{}")) }

private func result(_ id: String, _ text: String = "r") -> MessagePart {
    .toolResult(ToolResult(callID: id, name: "f", parts: [.text(text)]))
}

private let lost = MessagePart.toolResult(
    ToolResult(callID: "1", name: "f", parts: [.text(Conversation.noResult)], isError: true))

private func conversation(_ messages: [ModelMessage], images: Bool = true) -> [ModelMessage] {
    let request = ModelRequest(ModelTarget("m", ModelTraits(acceptsImages: images)), messages: messages)
    return Conversation(request, for: .anthropicMessages).messages
}

@Suite struct ConversationTests {
    @Test func neighboursAreJoinedAndEmptyOnesLeftOut() {
        let messages = conversation([
            ModelMessage(.user, "a"), ModelMessage(.user, "b"), ModelMessage(.assistant, ""), ModelMessage(.user, "c"),
        ])
        #expect(messages == [ModelMessage(.user, [.text("a"), .text("b"), .text("c")])])
    }

    @Test func aConversationBeginsWithTheUser() {
        #expect(
            conversation([ModelMessage(.assistant, "a")])
                == [ModelMessage(.user, Conversation.opening), ModelMessage(.assistant, "a")])
    }

    @Test func everyCallHasItsResultRightBehind() {
        let user = ModelMessage(.user, "u")
        for (messages, expected) in [
            // As it should be; the text behind the results.
            (
                [
                    user, ModelMessage(.assistant, [call("1"), call("2")]),
                    ModelMessage(.user, [.text("t"), result("2"), result("1")]),
                ],
                [
                    user, ModelMessage(.assistant, [call("1"), call("2")]),
                    ModelMessage(.user, [result("1"), result("2"), .text("t")]),
                ]
            ),
            // The run died between call and result.
            (
                [user, ModelMessage(.assistant, [call("1")])],
                [user, ModelMessage(.assistant, [call("1")]), ModelMessage(.user, [lost])]
            ),
            (
                [user, ModelMessage(.assistant, [call("1")]), ModelMessage(.user, "next")],
                [user, ModelMessage(.assistant, [call("1")]), ModelMessage(.user, [lost, .text("next")])]
            ),
            // A result without its call.
            (
                [user, ModelMessage(.assistant, "a"), ModelMessage(.user, [result("1")])],
                [user, ModelMessage(.assistant, "a")]
            ),
            ([ModelMessage(.user, [result("1"), .text("u")])], [user]),
        ] as [([ModelMessage], [ModelMessage])] {
            #expect(conversation(messages) == expected)
        }
    }

    @Test func noOrphanIsSentWhateverTheHistory() {
        for seed in UInt64(0)..<500 {
            var random = SeededRandom(seed: seed)
            let messages = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                let role: ModelMessage.Role = Bool.random(using: &random) ? .user : .assistant
                let parts = (0..<Int.random(in: 0...3, using: &random)).map { _ -> MessagePart in
                    let id = "\(Int.random(in: 0...2, using: &random))"
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: return .text(id)
                    case 1: return role == .assistant ? call(id) : result(id)
                    default: return .text("")
                    }
                }
                return ModelMessage(role, parts)
            }
            var open: [String] = []
            var before: ModelMessage.Role?
            for message in conversation(messages) {
                #expect(message.role != before && !message.parts.isEmpty, "seed \(seed)")
                before = message.role
                #expect(message.parts.compactMap(\.toolResult).map(\.callID) == open, "seed \(seed)")
                open = message.parts.compactMap { if case .toolCall(let call) = $0 { call.id } else { nil } }
            }
            #expect(open.isEmpty, "seed \(seed)")
        }
    }

    @Test func imagesAndForeignThoughtsAreLeftOut() {
        let image = MessagePart.image(ImagePart(mediaType: "image/png", base64: "AA=="))
        #expect(conversation([ModelMessage(.user, [image])]) == [ModelMessage(.user, [image])])
        #expect(
            conversation([ModelMessage(.user, [image])], images: false)
                == [ModelMessage(.user, Conversation.imageLeftOut)])
        let thoughts: [MessagePart] = [
            .thinking(ThinkingPart("own", seal: Seal(.anthropicMessages, "s"))), .thinking(ThinkingPart("bare")),
            .thinking(ThinkingPart("theirs", seal: Seal(.googleGenerativeAI, "s"))), .text("t"),
        ]
        let sent = conversation([ModelMessage(.user, "u"), ModelMessage(.assistant, thoughts)])
        #expect(sent.last?.parts == [thoughts[0], .text("t")])
    }

    @Test func brokenArgumentsAreNoObject() {
        for (text, isObject) in [("", true), (" \n", true), ("{}", true), ("{", false), ("[]", false), ("nul", false)] {
            #expect((ToolCall(id: "1", name: "f", argumentsText: text).arguments != nil) == isObject, "\(text)")
        }
    }
}
