import Platform
import Settings
import Support
import Testing

@testable import Supervision

@Suite struct LaunchdPlistTests {
    @Test func aPropertyListSaysWhatTheDescriptionSays() throws {
        for kind in ServiceKind.allCases {
            for home in ["/h", OddPath.home, "/a\nb\r\tc"] {
                let wanted = try description(profile: "rescue", kind: kind, binary: OddPath.binary, home: home)
                let read = try #require(LaunchdPlist.read(try LaunchdPlist.text(wanted), path: "/p"))
                #expect(ServiceDrift.between(read, wanted) == [])
                #expect(read.user == (kind == .system ? "ada" : nil))
            }
        }
    }

    @Test func theGatewayIsKeptAliveAndPrivate() throws {
        let list = try #require(PropertyList.parse(try LaunchdPlist.text(try description())))
        #expect(list["Label"] == .string("ai.openclaw.gateway"))
        #expect(list["KeepAlive"] == .boolean(true))
        #expect(list["RunAtLoad"] == .boolean(true))
        #expect(list["ThrottleInterval"] == .integer(10))
        #expect(list["ExitTimeOut"] == .integer(45))
        #expect(list["Umask"] == .integer(0o077))
        #expect(list["UserName"] == nil)
        #expect(list["StandardErrorPath"] == .string("/h/.openclaw/logs/launchd.log"))
    }

    @Test func whatAPropertyListCannotCarryIsRefusedByName() throws {
        let wanted = try description(home: "/h\u{1}")
        #expect {
            try LaunchdPlist.text(wanted)
        } throws: { error in
            "\(error)".contains("character 1")
        }
    }

    /// Apple's own reader, of which the Swift toolchain has one.
    @Test func plutilFindsNoFault() async throws {
        let path = Environment.process["PATH"] ?? ""
        let scratch = ScratchDirectory()
        var names: [String] = []
        for kind in ServiceKind.allCases {
            for (number, home) in ["/h", OddPath.home, "/a\nb\tc"].enumerated() {
                let wanted = try description(profile: "rescue", kind: kind, binary: OddPath.binary, home: home)
                names.append("\(kind)\(number).plist")
                scratch.write(try LaunchdPlist.text(wanted), to: names[names.count - 1])
            }
        }
        scratch.write("<plist><dict><key>a</key></dict>", to: "broken.plist")
        let files = names + ["broken.plist"]
        let results = try await onLoop {
            var results: [ProcessResult] = []
            for name in files {
                results.append(
                    try await ChildProcess().run(
                        ProcessRequest(
                            ["plutil", "-lint", scratch.path(name)], environment: ["PATH": path], deadline: .seconds(60)
                        )))
            }
            return results
        }
        for (name, result) in zip(names, results) {
            #expect(result.succeeded, "\(name): \(result.outputText)\(result.errorText)")
        }
        #expect(results.last?.succeeded == false)
    }

    @Test func whatOlderInstallationsWroteIsUnderstood() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <plist version="1.0">
              <dict>
                <key>Label</key><string>com.clawdbot.gateway</string>
                <key>StartDate</key><date>2025-01-01T00:00:00Z</date>
                <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
                <key>ProgramArguments</key>
                <array>
                  <string>/opt/homebrew/bin/node</string>
                  <string>/opt/claw &amp; co/index.js</string>
                  <string>gateway</string><string>--port</string><string>18790</string>
                </array>
                <key>EnvironmentVariables</key><dict><key>CLAWDBOT_PROFILE</key><string>x</string></dict>
              </dict>
            </plist>
            """
        let read = try #require(LaunchdPlist.read(text, path: "/p"))
        #expect(read.binary == "/opt/homebrew/bin/node")
        #expect(read.arguments.first == "/opt/claw & co/index.js")
        #expect(read.port == 18790)
        #expect(read.environment == ["CLAWDBOT_PROFILE": "x"])
        #expect(LaunchdPlist.read("bplist00\u{1}", path: "/p") == nil)
    }
}
