import Platform
import Support
import Testing

@testable import Channels

/// Lines of the protocol, read and written.
struct IRCLineTests {
    @Test(
        arguments: [
            (":nick!u@h PRIVMSG #c :hello there", "nick!u@h", "PRIVMSG", ["#c", "hello there"]),
            ("PING :irc.test", nil, "PING", ["irc.test"]),
            (
                "@time=2026;a=b :s 005 me CASEMAPPING=ascii :are supported", "s", "005",
                ["me", "CASEMAPPING=ascii", "are supported"]
            ),
            ("join   #a", nil, "JOIN", ["#a"]), ("ERROR :", nil, "ERROR", [""]),
            (":only.prefix", "only.prefix", nil, []),
            ("", nil, nil, []),
            (":a!u@h PRIVMSG molly :\u{301}x", "a!u@h", "PRIVMSG", ["molly", "\u{301}x"]),
            (":a!\u{301}@h PRIVMSG #c \u{301}", "a!\u{301}@h", "PRIVMSG", ["#c", "\u{301}"]),
        ] as [(String, String?, String?, [String])])
    func linesAreRead(_ text: String, _ prefix: String?, _ command: String?, _ parameters: [String]) {
        let line = IRCLine(text)
        #expect(line?.command == command)
        guard command != nil else { return }
        #expect(line?.prefix == prefix && line?.parameters == parameters)
    }

    @Test func noTextBecomesACommand() {
        #expect(IRCLine.text("PRIVMSG", "#c", "a\r\nQUIT :x\0y") == "PRIVMSG #c :a  QUIT :x y")
        #expect(IRCLine.text("NICK", "molly") == "NICK molly")
        #expect(IRCLine.text("PRIVMSG", "#c", ":)") == "PRIVMSG #c ::)")
        #expect(IRCLine.text("USER", "u", "0", "*", "") == "USER u 0 * :")
    }

    /// Whatever the text, each line is whole UTF-8, fits, and together they say the same.
    @Test(arguments: 1...40) func piecesFitAndLoseNothing(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let signs = ["a", "b ", "é", "漢", "👩‍👩‍👧", " ", "x", "ß"]
        let text = (0..<Int.random(in: 0...900, using: &random)).map { _ in signs.randomElement(using: &random)! }
            .joined()
        let room = Int.random(in: 64...450, using: &random)
        let pieces = IRCLine.pieces(text, room: room)
        #expect(pieces.joined() == text)
        #expect(pieces.allSatisfy { $0.utf8.count <= room && !$0.isEmpty })
    }

    @Test func theRoomIsWhatALineLeaves() {
        let prefix = "molly!~molly@203.0.113.9"
        let room = IRCLine.room(for: "#openclaw", prefixBytes: prefix.utf8.count)
        let line = ":\(prefix) PRIVMSG #openclaw :\(String(repeating: "x", count: room))\r\n"
        #expect(line.utf8.count == 512)
    }

    @Test func caseIsFoldedAsTheServerSays() {
        #expect(IRCCase.rfc1459.folded("Nick[A]\\^é") == "nick{a}|~é")
        #expect(IRCCase.strict.folded("Nick[A]\\^é") == "nick{a}|^é")
        #expect(IRCCase.ascii.folded("Nick[A]\\^é") == "nick[a]\\^é")
    }

    @Test(arguments: [
        ("\u{2}bold\u{2} \u{3}04,12red\u{3} \u{3}5, five\u{f}", "bold red , five"), ("plain", "plain"),
        ("\u{4}ff00AAhex\u{16}x\u{1d}", "hexx"), ("\u{3}", ""), ("\u{3}1,2", ""),
    ])
    func formattingIsLeftOut(_ text: String, _ expected: String) {
        #expect(IRCFormatting.stripped(text) == expected)
    }

    // MARK: The opening

    private static func settings(_ change: (inout IRCSettings) -> Void = { _ in }) -> IRCSettings {
        var settings = IRCSettings(host: "irc.test", port: 6697, nick: "molly")
        change(&settings)
        return settings
    }

    private static func steps(_ settings: IRCSettings, _ lines: [String]) -> [IRCRegistration.Step] {
        var opening = IRCRegistration(settings)
        return lines.compactMap { IRCLine($0).map { opening.take($0) } }
    }

    @Test func theOpeningSaysWhoItIs() {
        let settings = Self.settings {
            $0.password = "server pass"
            $0.realname = "Molly the bot"
        }
        #expect(
            IRCRegistration(settings).opening == [
                "CAP LS 302", "PASS :server pass", "NICK molly", "USER molly 0 * :Molly the bot",
            ])
        #expect(
            Self.steps(settings, [":s CAP * LS * :a b", ":s CAP * LS :c", ":s 001 molly :Welcome"])
                == [.nothing, .send(["CAP END"]), .welcome(nick: "molly")])
    }

    @Test func saslIsPlainAndMustBeOffered() {
        let settings = Self.settings { $0.sasl = ("molly", "secret") }
        let plain = Base64.standard.encode(Array("\0molly\0secret".utf8))
        #expect(
            Self.steps(
                settings,
                [
                    ":s CAP * LS :multi-prefix sasl=PLAIN,EXTERNAL", ":s CAP * ACK :sasl", "AUTHENTICATE +",
                    ":s 903 * :ok",
                ])
                == [
                    .send(["CAP REQ :sasl"]), .send(["AUTHENTICATE PLAIN"]), .send(["AUTHENTICATE \(plain)"]),
                    .send(["CAP END"]),
                ])
        for lines in [[":s 421 * CAP :Unknown command"], [":s 904 * :failed"]] {
            guard case .failed(.lasting(let reason, let cure))? = Self.steps(settings, lines).last else {
                Issue.record("\(lines) went on")
                continue
            }
            #expect(!reason.contains("secret") && !cure.isEmpty)
        }
        // Services that are away come back.
        for line in [":s CAP * LS :multi-prefix", ":s CAP * LS :sasl=EXTERNAL", ":s CAP * NAK :sasl"] {
            guard case .failed(.passing(let reason, _))? = Self.steps(settings, [line]).last else {
                Issue.record("\(line) went on, or ended it for good")
                continue
            }
            #expect(reason.contains("nickserv.password") && !reason.contains("secret"))
        }
        let long = IRCRegistration.plain("u", String(repeating: "p", count: 297))
        #expect(long.count == 2 && long[0].utf8.count == 413 && long[1] == "AUTHENTICATE +")
    }

    @Test func aTakenNickIsFollowedByOthers() {
        let lines = Array(repeating: ":s 433 * molly :Nickname is already in use", count: 6)
        #expect(
            Self.steps(Self.settings(), lines).prefix(3)
                == [.send(["NICK molly_"]), .send(["NICK molly1"]), .send(["NICK molly2"])])
        guard case .failed(.passing)? = Self.steps(Self.settings(), lines).last else {
            Issue.record("it went on for ever")
            return
        }
    }

    @Test func aNickThatIsTooLongWithItsEndIsMadeShorter() {
        var opening = IRCRegistration(Self.settings { $0.nick = "molly1234" })
        var sent: [String] = []
        for code in ["433", "432", "433", "433"] {
            guard let line = IRCLine(":s \(code) * x :no"), case .send(let lines) = opening.take(line) else {
                Issue.record("it ended at \(code)")
                return
            }
            sent += lines
        }
        #expect(sent == ["NICK molly1234_", "NICK molly121", "NICK molly122", "NICK molly123"])
    }

    @Test(arguments: [
        (":s 464 molly :Password incorrect", true), (":s 465 molly :You are banned", true),
        ("ERROR :Closing Link: (K-Lined)", true), ("ERROR :Closing Link: [Z-Lined]", true),
        ("ERROR :Access denied: Bad password?", true), (":s 432 * molly :Erroneous nickname", true),
        ("ERROR :Your host is trying to (re)connect too fast -- throttled", false),
        ("ERROR :Closing Link: ping timeout", false),
    ])
    func refusalsAreToldFromTroubles(line: String, isLasting: Bool) {
        guard case .failed(let fault)? = Self.steps(Self.settings(), [line]).last else {
            Issue.record("\(line) is no refusal")
            return
        }
        if case .lasting = fault { #expect(isLasting) } else { #expect(!isLasting) }
    }
}
