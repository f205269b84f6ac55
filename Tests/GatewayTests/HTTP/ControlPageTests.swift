import Platform
import Support
import Testing

@testable import Gateway

/// The Control UI as a browser asks for it.
@Suite struct ControlPageTests {
    @Test func everyFileComesPlainAndCompressedWithItsTypeAndNoSecret() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let assets = ControlAssets.builtIn
            #expect(assets.names.contains("index.html") && assets.names.contains("app.js"))
            for name in assets.names {
                let path = "/assets/\(assets.digest)/\(name)"
                let answer = try await gateway.get(path)
                #expect(answer.status == 200, "\(path)")
                #expect(answer.body == assets.plain(name).map { String(decoding: $0, as: UTF8.self) })
                #expect(answer.field("Content-Type") == ControlFileType.of(name))
                #expect(answer.field("Cache-Control") == "public, max-age=31536000, immutable")
                #expect(answer.field("Content-Encoding") == nil)
                let packed = try #require(assets.compressed(name))
                #expect(packed.prefix(2) == [0x1f, 0x8b])
                for accepted in ["gzip", "br, GZIP;q=0.5", "*"] {
                    let short = try await gateway.get(path, ["Host": "127.0.0.1:18789", "Accept-Encoding": accepted])
                    #expect(short.field("Content-Encoding") == "gzip", "\(accepted)")
                    #expect(short.field("Content-Length") == "\(packed.count)")
                }
                for refused in ["identity", "gzip;q=0", "br"] {
                    let long = try await gateway.get(path, ["Host": "127.0.0.1:18789", "Accept-Encoding": refused])
                    #expect(long.field("Content-Encoding") == nil, "\(refused)")
                }
            }
        }
    }

    @Test func whatABrowserHasIsNotSentAgain() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let tag = try #require(try await gateway.get("/").field("ETag"))
            for (asked, status) in [(tag, 304), ("\"other\", W/\(tag)", 304), ("*", 304), ("\"other\"", 200)] {
                let answer = try await gateway.get("/", ["Host": "127.0.0.1:18789", "If-None-Match": asked])
                #expect(answer.status == status, "\(asked)")
                #expect(answer.field("ETag") == tag)
                #expect(answer.body.isEmpty == (status == 304))
            }
        }
    }

    @Test func otherPathsBelowThePageAreNotThere() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let folder = "/assets/\(ControlAssets.builtIn.digest)"
            for path in [
                "/assets/", "/assets/0123456789abcdef/app.js", "\(folder)/", "\(folder)/none.js", "\(folder)/../app.js",
                "/app.js", "/index.html", "/control-ui-config.json",
            ] {
                #expect(try await gateway.get(path).status == 404, "\(path)")
            }
        }
    }

    @Test func thePolicyNamesThisGatewaysSocketAndNoOther() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let page = try await gateway.get("/", ["Host": "localhost:18789"])
            let policy = try #require(page.field("Content-Security-Policy"))
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
            #expect(policy.contains("connect-src 'self' ws://localhost:18789;"))
            #expect(policy.contains("require-trusted-types-for 'script'"))
            #expect(!policy.contains("unsafe"))
            #expect(page.field("Cache-Control") == "no-cache")
            #expect(page.field("X-Frame-Options") == "DENY")
            #expect(ControlPolicy(host: "a;b", isEncrypted: true).own.contains("connect-src 'self';"))
            #expect(ControlPolicy(host: "[::1]:1", isEncrypted: true).own.contains("connect-src 'self' wss://[::1]:1;"))
        }
    }

    @Test func underABasePathTheAddressWithoutItsSlashLeadsThere() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            gateway.plane.page.settings = Self.settings(basePath: "/ui")
            let answer = try await gateway.get("/ui?session=a")
            #expect(answer.status == 302)
            #expect(answer.field("Location") == "/ui/?session=a")
            #expect(try await gateway.get("/ui/assets/\(ControlAssets.builtIn.digest)/app.js").status == 200)
            #expect(try await gateway.get("/assets/\(ControlAssets.builtIn.digest)/app.js").status == 404)
        }
    }

    @Test func anotherBuildIsServedFromItsDirectoryAndNothingBesideIt() async throws {
        let scratch = ScratchDirectory()
        for (name, text) in [("index.html", "<p>other</p>"), ("main.js", "1"), ("data.bin", "2")] {
            scratch.write(text, to: name)
        }
        let root = scratch.path
        try await onLoop {
            let gateway = try await GatewayHarness()
            gateway.plane.page.settings = Self.settings(root: root)
            for (path, status, body) in [
                ("/", 200, "<p>other</p>"), ("/index.html", 200, "<p>other</p>"), ("/chat", 200, "<p>other</p>"),
                ("/main.js", 200, "1"), ("/none.js", 404, "Not Found"), ("/data.bin", 200, "<p>other</p>"),
                ("/%2e%2e/main.js", 404, "Not Found"), ("/..%2fmain.js", 404, "Not Found"),
            ] {
                let answer = try await gateway.get(path)
                #expect((answer.status, answer.body) == (status, body), "\(path)")
            }
            let policy = try await gateway.get("/").field("Content-Security-Policy")
            #expect(policy?.contains("connect-src 'self' ws://127.0.0.1:18789;") == true)
            gateway.plane.page.settings = Self.settings(root: root + "/nowhere")
            #expect(try await gateway.get("/").status == 503)
        }
    }

    private static func settings(basePath: String = "", root: String? = nil) -> GatewaySettings.ControlUI {
        GatewaySettings.ControlUI(
            enabled: true, basePath: basePath, root: root, allowedOrigins: [], allowInsecureAuth: false)
    }
}
