import Platform
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct MediaSendTests {
    /// The parts of a form by their names, with what stands at the head of each.
    private static func parts(_ body: String) -> [String: (head: String, text: String)] {
        let boundary = String(body.prefix { $0 != "\r\n" })
        var parts: [String: (String, String)] = [:]
        var rest = body[...]
        while let start = rest.firstRange(of: boundary + "\r\n") {
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "\r\n" + boundary), let gap = rest.firstRange(of: "\r\n\r\n") else {
                break
            }
            let head = String(rest[..<gap.lowerBound])
            let name = head.split(separator: "name=\"")[1].prefix { $0 != "\"" }
            parts[String(name)] = (head, String(rest[gap.upperBound..<end.lowerBound]))
            rest = rest[rest.index(end.lowerBound, offsetBy: 1)...]
        }
        return parts
    }

    private static let sent = #"{"ok":true,"result":{"message_id":55}}"#

    @Test(arguments: [
        (MediaType.png, false, false, "sendPhoto", "photo"), (.jpeg, false, false, "sendPhoto", "photo"),
        (.png, true, false, "sendDocument", "document"), (.gif, false, false, "sendAnimation", "animation"),
        (.mp4, false, false, "sendVideo", "video"), (.mp3, false, false, "sendAudio", "audio"),
        (.ogg, false, true, "sendVoice", "voice"), (.text, false, false, "sendDocument", "document"),
        (.text, false, true, "sendDocument", "document"),
    ])
    func telegramHasAMethodForEachKind(
        type: MediaType, document: Bool, voice: Bool, method: String, field: String
    ) async throws {
        try await withFiles { bench in
            let telegram = try bench.telegram()
            bench.on("/bot123:secret/\(method)", .ok, [:], Self.sent)
            var message = bench.message("<b>look</b>", type: type, chat: "-1007", document: document, voice: voice)
            message.plainText = "look"
            message.replyTo = "4"
            message.isSilent = true
            #expect(await telegram.send(message, key: "k") == .delivered("55"))
            let parts = Self.parts(bench.bodies("/bot")[0])
            #expect(parts[field]?.text == "hello, file")
            #expect(parts[field]?.head.contains(#"filename="a.txt""#) == true)
            #expect(parts[field]?.head.contains("Content-Type: \(type.rawValue)") == true)
            #expect(parts["caption"]?.text == "<b>look</b>" && parts["parse_mode"]?.text == "HTML")
            #expect(parts["chat_id"]?.text == "-1007" && parts["disable_notification"]?.text == "true")
            #expect(
                parts["reply_parameters"]?.text == #"{"message_id":4,"allow_sending_without_reply":true}"#)
            #expect(parts["text"] == nil && parts.count == 6)
        }
    }

    @Test func aPictureThatTelegramCannotShowGoesAsAFile() async throws {
        try await withFiles { bench in
            let telegram = try bench.telegram()
            bench.on(
                "/bot123:secret/sendPhoto", .badRequest, [:],
                #"{"ok":false,"error_code":400,"description":"Bad Request: PHOTO_INVALID_DIMENSIONS"}"#)
            bench.on("/bot123:secret/sendDocument", .ok, [:], Self.sent)
            #expect(await telegram.send(bench.message("", type: .png), key: "k") == .delivered("55"))
            #expect(Self.parts(bench.bodies("/bot123:secret/sendDocument")[0])["document"]?.text == "hello, file")
        }
    }

    @Test func aFileThatIsGoneOrEmptyOrTooLargeIsRefusedByItsName() async throws {
        try await withFiles { bench in
            let telegram = try bench.telegram()
            #expect(
                await telegram.send(bench.message("x", "gone.txt"), key: "k")
                    == .refused("the file gone.txt is gone"))
            bench.scratch.write("", to: "empty")
            #expect(
                await telegram.send(bench.message("x", "empty"), key: "k") == .refused("the file empty is empty"))
            let media = bench.message("", "a.txt").media
            for (limit, isTaken) in [(10, false), (11, true), (12, true)] {
                do throws(FileRefusal) {
                    _ = try await media?.open(limit, "Telegram")
                    #expect(isTaken)
                } catch {
                    #expect(
                        !isTaken
                            && error.outcome == .refused("the file a.txt has 11 B, and Telegram takes 10 B"))
                }
            }
            #expect(bench.service.requests.isEmpty)
        }
    }

    /// As for texts.
    @Test(arguments: [(FakeService.Fault.refused, "notSent"), (.resetAfter, "unknown"), (.silence, "unknown")])
    func whatBecameOfAnUploadIsToldApart(fault: FakeService.Fault, word: String) async throws {
        try await withFiles { bench in
            bench.service.faults = [fault]
            let telegram = try bench.telegram()
            let task = startTask { await telegram.send(bench.message("x"), key: "k") }
            for _ in 0..<400 { await bench.clock.advance(by: .seconds(1)) }
            #expect("\(try await task.value)".hasPrefix(word))
        }
    }

    @Test func discordTakesAMessageAndItsFileTogether() async throws {
        try await withFiles { bench in
            bench.on("/api/v10/channels/7/messages", .ok, [:], #"{"id":"900"}"#)
            let discord = try bench.discord()
            #expect(await discord.send(bench.message("look"), key: "k") == .delivered("900"))
            let parts = Self.parts(bench.bodies("/api/v10/channels")[0])
            #expect(parts["files[0]"]?.text == "hello, file")
            let json = try JSONParser.parse(parts["payload_json"]?.text ?? "")
            #expect(json["content"] == "look" && json["attachments"] == [["id": 0, "filename": "a.txt"]])
            #expect(json["enforce_nonce"] == true && json["nonce"]?.string?.count == 25)
            #expect(await discord.send(bench.message(""), key: "k") == .delivered("900"))
            #expect(bench.service.heads.last?.fields["Authorization"] == "Bot secret")
        }
    }

    @Test func slackGetsAFileInThreeSteps() async throws {
        try await withFiles { bench in
            bench.on(
                "/api/files.getUploadURLExternal", .ok, [:],
                #"{"ok":true,"upload_url":"https://slack.test/upload/1","file_id":"F1"}"#)
            bench.on("/upload/1", .ok, [:], "OK")
            bench.on("/api/files.completeUploadExternal", .ok, [:], #"{"ok":true}"#)
            #expect(await bench.slack().send(bench.message("look", chat: "C1"), key: "k") == .delivered("F1"))
            #expect(bench.bodies("/upload/1") == ["hello, file"])
            #expect(bench.asked("/upload/1")[0].fields["Authorization"] == nil)
        }
    }

    @Test func rocketChatGetsTheBytesAndThenTheWords() async throws {
        try await withFiles { bench in
            let connector = try await bench.rocketChat()
            bench.on("/api/v1/rooms.mediaConfirm/r1/f%201", .ok, [:], #"{"success":true,"message":{"_id":"m1"}}"#)
            bench.on("/api/v1/rooms.media/r1", .ok, [:], #"{"success":true,"file":{"_id":"f 1","url":"/x"}}"#)
            var message = bench.message("look", chat: "r1")
            message.replyTo = "m0"
            #expect(await connector.send(message, key: "k") == .delivered("m1"))
            #expect(Self.parts(bench.bodies("/api/v1/rooms.media/r1")[0])["file"]?.text == "hello, file")
            #expect(bench.bodies("/api/v1/rooms.mediaConfirm") == [#"{"msg":"look","tmid":"m0"}"#])
            // Nobody saw the bytes.
            bench.service.faults = [.resetAfter]
            guard case .notSent = await connector.send(message, key: "k") else {
                Issue.record("nothing was seen of it")
                return
            }
        }
    }

    @Test func anOlderRocketChatGetsBothAtOnce() async throws {
        try await withFiles { bench in
            let connector = try await bench.rocketChat()
            bench.on(
                "/api/v1/rooms.media/r1", .notFound, [:], #"{"status":"error","message":"API endpoint does not exist"}"#
            )
            bench.on("/api/v1/rooms.upload/r1", .ok, [:], #"{"success":true,"message":{"_id":"m1"}}"#)
            #expect(await connector.send(bench.message("look", chat: "r1"), key: "k") == .delivered("m1"))
            let parts = Self.parts(bench.bodies("/api/v1/rooms.upload")[0])
            #expect(parts["file"]?.text == "hello, file" && parts["msg"]?.text == "look")
        }
    }

    @Test func matrixGetsTheBytesAndThenAnEvent() async throws {
        try await withFiles { bench in
            let connector = try await bench.matrix()
            bench.on("/_matrix/client/v1/media/config", .ok, [:], #"{"m.upload.size":11}"#)
            bench.on("/_matrix/media/v3/upload", .ok, [:], #"{"content_uri":"mxc://hs.test/abc"}"#)
            bench.on("/_matrix/client/v3/rooms/%21r/send/m.room.message", .ok, [:], #"{"event_id":"$1"}"#)
            #expect(await connector.send(bench.message("look", type: .png, chat: "!r"), key: "k") == .delivered("$1"))
            #expect(bench.bodies("/_matrix/media/v3/upload") == ["hello, file"])
            let head = bench.asked("/_matrix/media/v3/upload")[0]
            #expect(head.fields["Content-Type"] == "image/png" && head.query == "filename=a.txt")
            let event = try JSONParser.parse(bench.bodies("/_matrix/client/v3/rooms/%21r/send")[0])
            #expect(
                event == [
                    "msgtype": "m.image", "body": "look", "m.mentions": [:], "url": "mxc://hs.test/abc",
                    "filename": "a.txt", "info": ["mimetype": "image/png", "size": 11],
                ])
            #expect(await connector.send(bench.message("", chat: "!r"), key: "k2") == .delivered("$1"))
            let file = try JSONParser.parse(bench.bodies("/_matrix/client/v3/rooms/%21r/send")[1])
            #expect(file["msgtype"] == "m.file" && file["body"] == "a.txt")
            bench.answers.insert(("/_matrix/client/v1/media/config", .ok, [:], #"{"m.upload.size":10}"#), at: 0)
            #expect(
                await connector.send(bench.message("", chat: "!r"), key: "k3")
                    == .refused("M_TOO_LARGE: the file a.txt has 11 B, and the homeserver takes 10 B"))
        }
    }

    @Test func aFileIsNamedInTheOutboxAndSurvivesIt() throws {
        let address = ChatAddress(ChannelAccount(channel: "x"), chat: "7")
        var message = OutboundMessage(address, text: #"say "media":{ and more"#)
        #expect(try JSONParser.parse(message.json.description)["media"] == nil)
        message.media = .init(name: "a", type: "image/png", path: "/p", isDocument: true, isVoice: true)
        #expect(try JSONParser.parse(message.json.description)["media"] != nil)
        #expect(try OutboundMessage(JSONField(message.json), to: address) == message)
    }

    /// Where a file may be there twice, nobody knows what became of it; of a text it is known.
    @Test func whoDoesNotKnowAFileAgainIsNotSentItTwice() {
        let address = ChatAddress(ChannelAccount(channel: "x"), chat: "7")
        let text = OutboundMessage(address, text: "x")
        var file = text
        file.media = .init(name: "a", type: "image/png", path: "/p")
        #expect(ConnectorFacts.rocketChat.knowsAgain(text, .seconds(1)))
        #expect(!ConnectorFacts.rocketChat.knowsAgain(file, .seconds(1)))
        #expect(ConnectorFacts.matrix.knowsAgain(file, .seconds(1)))
        #expect(ConnectorFacts.discord.knowsAgain(file, .seconds(1)))
        #expect(!ConnectorFacts.telegram.knowsAgain(file, .seconds(1)))
    }
}
