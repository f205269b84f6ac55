import Platform
import Support
import Testing

@testable import Supervision

@Suite struct SystemdUnitTests {
    @Test func aUnitSaysWhatTheDescriptionSays() throws {
        for kind in ServiceKind.allCases {
            let wanted = try description(profile: "rescue", kind: kind)
            let read = SystemdUnit.read(SystemdUnit.text(wanted), path: "/u")
            #expect(ServiceDrift.between(read, wanted) == [])
            #expect(read.command == ["/usr/local/bin/openclaw", "gateway", "run", "--port", "18789"])
        }
    }

    @Test func theGatewayIsStartedAgainUnlessThatIsHopeless() throws {
        let lines = SystemdUnit.text(try description()).split(separator: "\n")
        for line in [
            "Type=notify", "NotifyAccess=main", "Restart=always", "RestartPreventExitStatus=78", "WatchdogSec=60",
            "TimeoutStopSec=45", "WantedBy=default.target",
        ] { #expect(lines.contains(Substring(line)), "\(line)") }
    }

    @Test func quotingIsAsSystemdReadsIt() {
        #expect(SystemdText.quoted(#"a b"#) == #""a b""#)
        #expect(SystemdText.quoted(#"100%"#) == #""100%%""#)
        #expect(SystemdText.quoted(#"a"b\c"#) == #""a\"b\\c""#)
        #expect(SystemdText.quoted("a\nb") == #""a\x0ab""#)
        #expect(SystemdText.command(["/a$b", "c"]) == #"":/a$b" "c""#)
    }

    @Test func anyWordIsReadBackAsItWas() {
        let seed = UInt64(20_261_126)
        var random = SeededRandom(seed: seed)
        let pieces = [
            "a", " ", "%", "%%", "$", "\"", "'", "\\", "\\x", "\n", "\t", "ü", "日", "🦞", ";", "#", "=", "\u{7f}",
        ]
        for _ in 0..<2000 {
            let words = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
            }
            let line = words.map(SystemdText.quoted).joined(separator: " ")
            #expect(SystemdText.words(Substring(line)) == words, "seed \(seed): \(line)")
        }
    }

    @Test func whatOlderInstallationsWroteIsUnderstood() {
        let text = """
            [Service]
            ExecStart=-/usr/bin/node /opt/claw/dist/index.js \\
              gateway --port 18790
            Environment='CLAWDBOT_PROFILE=x y' PATH=/bin
            User=ada
            """
        let read = SystemdUnit.read(text, path: "/u")
        #expect(read.command == ["/usr/bin/node", "/opt/claw/dist/index.js", "gateway", "--port", "18790"])
        #expect(read.port == 18790)
        #expect(read.environment == ["CLAWDBOT_PROFILE": "x y", "PATH": "/bin"])
        #expect(read.user == "ada")
    }
}

extension InstalledService {
    fileprivate var command: [String] { [binary] + arguments }
}
