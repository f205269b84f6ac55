import Agents
import Contract
import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// Pages that agents make: who sees them, which files there are, and what they may do.
@Suite struct CanvasTests {
    @LoopActor
    private final class Bench {
        let gateway: GatewayHarness
        let scratch = ScratchDirectory()

        init(_ change: (inout CanvasSettings) -> Void = { _ in }) async throws {
            gateway = try await GatewayHarness()
            scratch.write("<p>Hi</p>", to: "index.html")
            scratch.write("body {}", to: "a.css")
            var settings = CanvasSettings()
            settings.root = scratch.path
            change(&settings)
            canvas.take(settings)
        }

        var canvas: CanvasRoutes { gateway.plane.canvas }

        func grant() -> String {
            String(canvas.address(for: "c1").path.dropLast(CanvasRoutes.canvasPath.utf8.count + 1))
        }

        func get(
            _ path: String, token: Bool = false, host: String = "localhost", origin: String? = nil,
            method: String = "GET"
        ) async throws -> HarnessAnswer {
            var text = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n"
            if token { text += "Authorization: Bearer \(GatewayHarness.token)\r\n" }
            if let origin { text += "Origin: \(origin)\r\n" }
            return try await gateway.exchange(text + "\r\n")
        }
    }

    private static let page = CanvasRoutes.canvasPath

    @Test func whoProvesHimselfSeesThem() async throws {
        try await onLoop {
            let bench = try await Bench()
            #expect(try await bench.get("\(Self.page)/").status == 401)
            let page = try await bench.get("\(Self.page)/", token: true)
            #expect(page.status == 200 && page.body == "<p>Hi</p>")
            #expect(page.field("Content-Type") == "text/html; charset=utf-8")
            let redirected = try await bench.get(Self.page, token: true)
            #expect(redirected.status == 302 && redirected.field("Location") == "\(Self.page)/")
            #expect(try await bench.get("\(Self.page)/", token: true, method: "POST").status == 405)
        }
    }

    @Test func anAddressWithAGrantNeedsNoFurtherProof() async throws {
        try await onLoop {
            let bench = try await Bench()
            let grant = bench.grant()
            let page = try await bench.get("\(grant)\(Self.page)/")
            #expect(page.status == 200 && page.body.hasPrefix("<p>Hi</p>"))
            #expect(page.body.contains("EventSource(\"\(grant)\(CanvasRoutes.livePath)?"))
            #expect(try await bench.get("\(grant)\(Self.page)/a.css").body == "body {}")
            #expect(try await bench.get("\(CanvasRoutes.grantPrefix)wrong\(Self.page)/").status == 401)
            #expect(try await bench.get("\(grant)/v1/models").status == 404, "a grant is for the canvas alone")
            #expect(try await bench.get("\(grant)\(Self.page)").field("Location") == "\(grant)\(Self.page)/")
        }
    }

    @Test func aGrantEnds() async throws {
        try await onLoop {
            let bench = try await Bench()
            let address = "\(bench.grant())\(Self.page)/"
            await bench.gateway.clock.advance(by: .seconds(599))
            #expect(try await bench.get(address).status == 200)
            await bench.gateway.clock.advance(by: .seconds(599))
            #expect(try await bench.get(address).status == 200, "it lives on from its last use")
            await bench.gateway.clock.advance(by: .seconds(600))
            #expect(try await bench.get(address).status == 401)
            let other = "\(bench.grant())\(Self.page)/"
            bench.canvas.grants.revoke("c1")
            #expect(try await bench.get(other).status == 401, "its connection is gone")
        }
    }

    @Test func howeverOftenItIsUsedItEnds() async throws {
        try await onLoop {
            let clock = FakeClock()
            let grants = CanvasGrants(clock: clock)
            let (token, _) = grants.issue(to: "c")
            var minutes = 0
            while grants.use(token) {
                await clock.advance(by: .seconds(300))
                minutes += 5
                try #require(minutes < 2000)
            }
            #expect(minutes == 720)
            for number in 0...CanvasGrants.limit { _ = grants.issue(to: "\(number)") }
            #expect(grants.count == CanvasGrants.limit)
        }
    }

    @Test func pagesRunInAnOriginOfTheirOwn() async throws {
        try await onLoop {
            let bench = try await Bench()
            for path in ["\(Self.page)/", "\(Self.page)/a.css"] {
                let policy = try await bench.get(path, token: true).field("Content-Security-Policy") ?? ""
                #expect(policy.hasPrefix("sandbox allow-scripts "))
                #expect(!policy.contains("allow-same-origin") && !policy.contains("allow-top-navigation"))
                #expect(policy.contains("connect-src 'self'") && policy.contains("form-action 'none'"))
            }
        }
    }

    @Test func onlyTheCanvasAnswersAPageWithoutAnOrigin() async throws {
        try await onLoop {
            let bench = try await Bench()
            let grant = bench.grant()
            let page = try await bench.get("\(grant)\(Self.page)/a.css", origin: "null")
            #expect(page.status == 200 && page.field("Access-Control-Allow-Origin") == "null")
            #expect(try await bench.get("\(Self.page)/a.css", token: true, origin: "null").status == 403)
            #expect(try await bench.get("\(grant)\(Self.page)/", origin: "https://evil.test").status == 403)
            #expect(try await bench.get("\(grant)\(Self.page)/", host: "evil.test").status == 421)
            #expect(try await bench.get("\(grant)\(Self.page)/", host: "evil.test", origin: "null").status == 421)
        }
    }

    @Test(arguments: [
        "../secret", "..%2fsecret", "%2e%2e/secret", "a/../../secret", "%00", "a%5c..%5csecret", "link", "a//b",
        "./a.css",
        "nothing.html", "%zz",
    ])
    func nothingLeadsOut(_ path: String) async throws {
        try await onLoop {
            let bench = try await Bench()
            bench.scratch.link("link", to: "/etc/hostname")
            let answer = try await bench.get("\(Self.page)/\(path)", token: true)
            #expect(answer.status == 404 || answer.status == 400, "\(path): \(answer.status)")
        }
    }

    @Test func whatIsNotThere() async throws {
        try await onLoop {
            let bench = try await Bench { $0.root = "/nonexistent" }
            let empty = try await bench.get("\(Self.page)/", token: true)
            #expect(empty.status == 200 && empty.body.contains("Nothing is shown here yet"))
            #expect(try await bench.get("/__openclaw__/a2ui/", token: true).status == 503)
            let off = try await Bench { $0.isEnabled = false }
            #expect(try await off.get("\(Self.page)/", token: true).status == 404)
        }
    }

    @Test func anA2UIBuildIsServedFromItsDirectory() async throws {
        try await onLoop {
            let bench = try await Bench()
            var settings = CanvasSettings()
            settings.a2uiRoot = bench.scratch.path
            bench.canvas.take(settings)
            let page = try await bench.get("\(bench.grant())/__openclaw__/a2ui/")
            #expect(page.status == 200 && page.body == "<p>Hi</p>", "it is not loaded again by itself")
        }
    }

    @Test(arguments: [
        ("a.HTML", "text/html; charset=utf-8"), ("a.svg", "image/svg+xml"), ("a.mp4", "video/mp4"),
        ("a", "application/octet-stream"), ("a.exe", "application/octet-stream"), ("a.md", "text/plain; charset=utf-8"),
    ])
    func aType(_ name: String, _ type: String) { #expect(CanvasFileType.of(name) == type) }

    @Test func pagesHearOfChanges() async throws {
        try await onLoop {
            let bench = try await Bench()
            let connection = bench.gateway.connection()
            connection.send("GET \(bench.grant())\(CanvasRoutes.livePath) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await turns { connection.streamed.contains(":\n\n") }
            await BlockingPool.shared.run {}
            await bench.gateway.clock.advance(by: CanvasWatch.interval)
            await BlockingPool.shared.run {}
            #expect(!connection.streamed.contains("reload"))
            bench.scratch.write("<p>Changed and longer</p>", to: "index.html")
            await bench.gateway.clock.advance(by: CanvasWatch.interval)
            try await turns { connection.streamed.contains("event: reload\ndata: {}\n\n") }
            connection.close()
        }
    }

    @Test(arguments: [3, 4])
    func aNodeThatShowsPagesIsToldWhere(_ generation: Int) async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let hello = { (device: String, caps: [JSON]) async throws -> (HarnessClient, JSON?) in
                let client = try await gateway.open()
                _ = try await client.event("connect.challenge")
                var params = GatewayHarness.params(
                    protocols: generation...generation, id: "node-host", mode: "node", role: "node")
                params["device"] = [
                    "id": .string(device), "publicKey": "key", "signature": "signature", "signedAt": 1,
                ]
                params["caps"] = .array(caps)
                return (client, try await client.request("connect", params)["payload"])
            }
            let (_, other) = try await hello("n1", ["camera"])
            #expect(other?["type"] == "hello-ok" && other?["pluginSurfaceUrls"] == nil)
            let (node, told) = try await hello("n2", ["canvas"])
            let address = try #require(told?["pluginSurfaceUrls"]?["canvas"]?.string)
            #expect(told?["canvasHostUrl"]?.string == (generation == 3 ? address : nil))
            let host = "http://127.0.0.1:18789"
            #expect(address.hasPrefix("\(host)\(CanvasRoutes.grantPrefix)"))
            let path = String(address.dropFirst(host.count))
            #expect(try await gateway.get(path).status == 200)
            let fresh = try await node.call("node.pluginSurface.refresh", ["surface": "canvas"])
            #expect(fresh?["url"]?.string?.hasPrefix(host) == true && fresh?["url"]?.string != address)
            node.leave()
            _ = try await node.ended()
            try await turns { gateway.plane.canvas.grants.count == 0 }
            #expect(try await gateway.get(path).status == 401)
        }
    }

    @Test func clientsAreGivenAddresses() async throws {
        try await onLoop {
            let bench = try await Bench()
            let client = try await bench.gateway.connect()
            let answer = try await client.request("canvas.open", [:])
            let path = try #require(answer["payload"]?["path"]?.string)
            #expect(try await bench.get(path).status == 200)
            #expect(answer["payload"]?["expiresAtMs"]?.int != nil)
        }
    }
}
