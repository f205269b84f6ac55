import Platform
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct MediaFetchTests {
    @Test func telegramNamesAFileAndGivesIt() async throws {
        try await withFiles { bench in
            let telegram = try bench.telegram()
            bench.on("/bot123:secret/getFile", .ok, [:], #"{"ok":true,"result":{"file_path":"photos/file 1.png"}}"#)
            bench.on("/file/bot123:secret/photos/file%201.png", .ok, [:], "picture")
            #expect(await bench.fetch(telegram, "id1") == nil)
            #expect(bench.got == "picture" && bench.scratch.mode("got") == 0o600)
            #expect(bench.bodies("/bot") == [#"{"file_id":"id1"}"#])
        }
    }

    @Test(arguments: ["/var/lib/bot/x.png", "../x", "photos/../../x", "", "a//b"])
    func aPathOfTelegramsLeadsNowhereElse(path: String) async throws {
        try await withFiles { bench in
            let telegram = try bench.telegram()
            let answer: JSON = ["ok": true, "result": ["file_path": .string(path)]]
            bench.on("/bot123:secret/getFile", .ok, [:], answer.description)
            #expect(await bench.fetch(telegram, "id1") == .lasting("Telegram did not say where it is"))
            #expect(bench.service.requests.count == 1)
        }
    }

    @Test func whatTelegramRefusesIsToldApart() async throws {
        try await withFiles { bench in
            let telegram = try bench.telegram()
            @LoopActor func refusal(_ code: Int, _ words: String) async -> MediaTrouble? {
                let answer: JSON = ["ok": false, "error_code": JSON(code), "description": .string(words)]
                bench.answers = [("/", HTTPStatus(code), [:], answer.description)]
                return await bench.fetch(telegram, "id1")
            }
            #expect(
                await refusal(400, "Bad Request: file is too big")
                    == .lasting("Telegram gives bots no files of more than 20 MB"))
            #expect(await refusal(429, "x") == .passing("Telegram asks for 5.0 seconds of quiet", after: .seconds(5)))
            guard case .passing? = await refusal(502, "Bad Gateway") else {
                Issue.record("it may come later")
                return
            }
            bench.service.faults = [.resetAfter]
            guard case .passing(let reason, _)? = await bench.fetch(telegram, "id1") else {
                Issue.record("it may come later")
                return
            }
            #expect(!reason.contains("secret"))
            #expect(bench.scratch.names() == ["a.txt"])
        }
    }

    /// What a message says of where its file lies is not believed.
    @Test(arguments: [
        ("https://cdn.discordapp.com/attachments/1/2/x.png?ex=1", true),
        ("https://discord.test/attachments/1/2/x", true),
        ("https://evil.test/x.png", false), ("http://cdn.discordapp.com/x.png", false), ("file:///etc/passwd", false),
        ("https://cdn.discordapp.com.evil.test/x", false), ("https://cdn.discordapp.com:8443/x", false),
        ("http://169.254.169.254/latest", false), ("x", false), ("https://cdn.discordapp.com@evil.test/x", false),
    ])
    func discordsFilesLieWithDiscord(link: String, isOwn: Bool) async throws {
        try await withFiles { bench in
            let discord = try bench.discord()
            bench.on("/", .ok, [:], "picture")
            let trouble = await bench.fetch(discord, link)
            #expect((trouble == nil) == isOwn)
            #expect(bench.service.requests.count == (isOwn ? 1 : 0), "nothing is asked elsewhere")
            #expect(bench.service.heads.allSatisfy { $0.fields["Authorization"] == nil }, "no token goes along")
        }
    }

    @Test func slackSaysWhereAFileLies() async throws {
        try await withFiles { bench in
            func file(_ address: String, _ type: String = "image/png") -> String {
                let file: JSON = ["url_private_download": .string(address), "mimetype": .string(type)]
                return (["ok": true, "file": file] as JSON).description
            }
            let slack = bench.slack()
            bench.on("/api/files.info", .ok, [:], file("https://files.slack.com/files-pri/T1-F1/x.png"))
            bench.on("/files-pri", .ok, ["Content-Type": "image/png"], "picture")
            #expect(await bench.fetch(slack, "F1") == nil)
            #expect(bench.got == "picture" && bench.bodies("/api/files.info") == ["file=F1"])
            #expect(bench.asked("/files-pri").first?.fields["Authorization"] == "Bearer xoxb-secret")

            // A page to log in at comes with a good status.
            bench.scratch.delete("got")
            bench.answers[1] = ("/files-pri", .ok, ["Content-Type": "text/html; charset=utf-8"], "<html>")
            guard case .lasting(let words)? = await bench.fetch(slack, "F1") else {
                Issue.record("it is no file")
                return
            }
            #expect(words.contains("files:read") && bench.got == nil)
            bench.answers[1] = ("/files-pri", HTTPStatus(302), ["Location": "https://slack.com/signin"], "")
            #expect(await bench.fetch(slack, "F1") == .lasting(words))

            for elsewhere in ["https://evil.test/x", "http://files.slack.com/x", "https://slack.com.evil.test/x"] {
                bench.answers[0] = ("/api/files.info", .ok, [:], file(elsewhere))
                let before = bench.service.requests.count
                #expect(await bench.fetch(slack, "F1") == .lasting("it does not lie with Slack"))
                #expect(bench.service.requests.count == before + 1, "the token goes nowhere else")
            }
            bench.answers[0] = ("/api/files.info", .ok, [:], #"{"ok":false,"error":"file_not_found"}"#)
            #expect(await bench.fetch(slack, "F1") == .lasting("Slack: file_not_found"))
        }
    }

    @Test(arguments: [
        ("/file-upload/abc/a b.png", true), ("https://chat.test/sub/file-upload/abc/x.png", true),
        ("/sub/file-upload/abc/x.png", true), ("https://evil.test/file-upload/abc/x.png", false),
        ("//evil.test/file-upload/x", false), ("/file-upload/../api/v1/users.list", false),
        ("/api/v1/users.list", false), ("http://chat.test/sub/file-upload/x", false), ("file-upload/x", false),
        ("https://chat.test/file-upload/x", false), ("javascript:x", false),
    ])
    func rocketChatsFilesLieWithTheServer(link: String, isOwn: Bool) async throws {
        try await withFiles { bench in
            let connector = try await bench.rocketChat("https://chat.test/sub")
            bench.on("/sub/file-upload/", .ok, [:], "picture")
            let before = bench.service.requests.count
            #expect((await bench.fetch(connector, link) == nil) == isOwn)
            #expect(bench.service.requests.count == before + (isOwn ? 1 : 0))
            if isOwn {
                #expect(bench.service.heads.last?.fields["X-Auth-Token"] == "secret" && bench.got == "picture")
            }
        }
    }

    @Test func matrixIsAskedTheNewWayAndThenTheOld() async throws {
        try await withFiles { bench in
            let connector = try await bench.matrix()
            bench.on("/_matrix/client/v1/media/download/other.test%3A8448/abc", .ok, [:], "picture")
            #expect(await bench.fetch(connector, "mxc://other.test:8448/abc") == nil)
            #expect(bench.got == "picture")
            #expect(bench.service.heads.last?.fields["Authorization"] == "Bearer secret")
            bench.scratch.delete("got")
            bench.on("/_matrix/client/v1/media", .notFound, [:], #"{"errcode":"M_UNRECOGNIZED","error":"x"}"#)
            bench.on("/_matrix/media/v3/download/old.test/abc", .ok, [:], "older")
            #expect(await bench.fetch(connector, "mxc://old.test/abc") == nil)
            #expect(bench.got == "older")
            bench.answers.removeAll { $0.start == "/_matrix/client/v1/media" }
            bench.on("/_matrix/client/v1/media", .notFound, [:], #"{"errcode":"M_NOT_FOUND","error":"x"}"#)
            let before = bench.service.requests.count
            #expect(
                await bench.fetch(connector, "mxc://old.test/gone")
                    == .lasting("the homeserver does not have it any more"))
            #expect(bench.service.requests.count == before + 1)
        }
    }

    @Test(arguments: [
        "https://evil.test/x", "mxc://a/b/c", "mxc://a", "mxc:///b", "mxc://a/..", "mxc://../b", "mxc://a b/c", "",
    ])
    func whatIsNoAddressOfMatrixsIsNotAskedFor(reference: String) async throws {
        try await withFiles { bench in
            let connector = try await bench.matrix()
            let before = bench.service.requests.count
            #expect(await bench.fetch(connector, reference) == .lasting("it has no address of Matrix's"))
            #expect(bench.service.requests.count == before)
        }
    }

    @Test(arguments: [(6, false), (7, true), (8, true)])
    func noMoreIsTakenThanIsAllowed(limit: Int, isTaken: Bool) async throws {
        try await withFiles { bench in
            let discord = try bench.discord()
            bench.on("/x", .ok, [:], "picture")
            let trouble = await bench.fetch(discord, "https://discord.test/x", limit: limit)
            #expect(trouble == (isTaken ? nil : .tooLarge(limit: limit)))
            #expect(bench.got == (isTaken ? "picture" : nil))
        }
    }

    @Test(arguments: [
        (HTTPStatus.notFound, MediaTrouble.lasting("Discord does not have it any more")),
        (.forbidden, .lasting("Discord does not let the bot have it (HTTP 403)")),
        (.badGateway, .passing("Discord answered with HTTP 502")),
        (.tooManyRequests, .passing("Discord asks for quiet", after: .seconds(9))),
    ])
    func whatIsThereInPlaceOfAFileSaysWhy(status: HTTPStatus, trouble: MediaTrouble) async throws {
        try await withFiles { bench in
            let discord = try bench.discord()
            bench.on("/x", status, ["Retry-After": "9"], "words")
            #expect(await bench.fetch(discord, "https://discord.test/x") == trouble)
            #expect(bench.scratch.names() == ["a.txt"])
        }
    }
}
