import Platform
import Testing

@testable import CLI

@Suite struct ChatStoryTests {
    private func chat(_ run: String, _ state: String, _ text: String) -> GatewayEvent {
        GatewayEvent(
            name: "chat",
            payload: [
                "runId": .string(run), "state": .string(state),
                "message": ["role": "assistant", "content": [["type": "text", "text": .string(text)]]],
            ], sequence: nil)
    }

    private func message(_ seq: Int, _ role: String, _ text: String) -> JSON {
        [
            "role": .string(role), "content": [["type": "text", "text": .string(text)]],
            "__openclaw": ["seq": JSON(seq)],
        ]
    }

    @Test func eachPieceIsShownOnce() {
        var story = ChatStory()
        story.began("r", "hi")
        #expect(story.isAnswering)
        #expect(story.take(chat("r", "delta", "Hel")) == [.text("Hel")])
        #expect(story.take(chat("r", "delta", "Hel")) == [])
        #expect(story.take(chat("r", "final", "Hello")) == [.text("lo"), .end])
        #expect(!story.isAnswering)
        #expect(story.take(chat("r", "delta", "Hello again")) == [])
    }

    @Test func aWordThatComesBeforeTheAnswerToTheRequestIsTheSameRun() {
        var story = ChatStory()
        #expect(story.take(chat("r", "final", "quick")) == [.text("quick"), .end])
        story.began("r", "hi")
        #expect(!story.isAnswering)
    }

    @Test func afterAReconnectOnlyWhatIsNewIsShown() {
        var story = ChatStory()
        let first: JSON = ["messages": [message(1, "user", "before"), message(2, "assistant", "answer")]]
        #expect(story.take(history: first, limit: 20) == [.user("before"), .text("answer"), .end])
        story.began("r", "mine")
        _ = story.take(chat("r", "final", "to mine"))
        let later: JSON = [
            "messages": [
                message(2, "assistant", "answer"), message(3, "user", "mine"), message(4, "assistant", "to mine"),
                message(5, "user", "another's"),
            ],
            "inFlightRun": ["runId": "s", "text": "going on"],
        ]
        #expect(story.take(history: later, limit: 20) == [.user("another's"), .text("going on")])
        #expect(story.isAnswering)
    }

    @Test func aCommandThatWaitsIsTold() {
        var story = ChatStory()
        let asked = GatewayEvent(
            name: "exec.approval.requested",
            payload: [
                "id": "0f9d1c2e-1111-4222-8333-444455556666",
                "request": ["command": "ls\n/approve x", "sessionKey": "agent:main:main", "warningText": "odd"],
            ], sequence: nil)
        #expect(ApprovalNotice(asked)?.sessionKey == "agent:main:main")
        guard case .note(let text)? = story.take(asked).first else {
            Issue.record("no note")
            return
        }
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2, "a command cannot begin a line of its own")
        #expect(lines[0].hasPrefix("wants to run: ls") && lines[0].hasSuffix("(odd)"))
        #expect(lines[1] == "/approve 0f9d1c2e allow-once, allow-always or deny")
        #expect(!story.isAnswering)
    }

    @Test func howARunEndedIsSaid() {
        var story = ChatStory()
        #expect(story.take(chat("r", "aborted", "Hel")) == [.text("Hel"), .end, .note("ended")])
        #expect(story.lastFailed)
        let error = GatewayEvent(
            name: "chat", payload: ["runId": "s", "state": "error", "errorMessage": "no key"], sequence: nil)
        #expect(story.take(error) == [.end, .note("no answer: no key")])
    }
}
