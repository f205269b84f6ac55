import Contract
import Platform
import Testing

@Suite struct ConnectTests {
    static let client: JSON = ["id": "gateway-client", "version": "1.0", "platform": "macos 15.1.0", "mode": "backend"]

    static func params(_ more: JSON = [:], protocols: (Int, Int) = (3, 4)) -> JSON {
        var params: JSON = [
            "minProtocol": JSON(protocols.0), "maxProtocol": JSON(protocols.1), "client": client,
        ]
        for member in more.object?.members ?? [] { params[member.key] = member.value }
        return params
    }

    @Test func absentFieldsHaveTheirMeaning() throws {
        let connect = try ConnectParams(Self.params())
        #expect(connect.role == "operator")
        #expect(connect.scopes == nil)
        #expect((connect.caps, connect.commands, connect.permissions) == ([], [], [:]))
        #expect(connect.device == nil)
        #expect(connect.auth.isEmpty)
    }

    @Test func allFieldsAreRead() throws {
        let connect = try ConnectParams(
            Self.params([
                "role": "node", "scopes": ["operator.read", "x"], "caps": ["camera"], "commands": ["camera.snap"],
                "permissions": ["camera": true], "pathEnv": "/bin", "locale": "de", "userAgent": "ua",
                "device": ["id": "d", "publicKey": "k", "signature": "s", "signedAt": 7, "nonce": "n"],
                "auth": ["token": "t", "password": "p", "deviceToken": "dt", "bootstrapToken": "b"],
            ]))
        #expect(connect.scopes == ["operator.read", "x"])
        #expect(
            (connect.caps, connect.commands, connect.permissions) == (["camera"], ["camera.snap"], ["camera": true]))
        #expect((connect.pathEnv, connect.locale, connect.userAgent) == ("/bin", "de", "ua"))
        #expect((connect.device?.signedAt, connect.device?.nonce) == (7, "n"))
        #expect(connect.auth.signedToken == "t")
        var auth = connect.auth
        auth.token = nil
        #expect(auth.signedToken == "dt")
        auth.deviceToken = nil
        #expect(auth.signedToken == "b")
        auth.bootstrapToken = nil
        #expect(auth.signedToken == "")
    }

    @Test(arguments: [
        ((1, 2), nil), ((1, 3), 3), ((3, 3), 3), ((3, 4), 4), ((4, 4), 4), ((4, 9), 4), ((5, 9), nil), ((4, 3), nil),
    ])
    func theHighestSharedGenerationIsSpoken(protocols: (Int, Int), spoken: Int?) throws {
        #expect(try ConnectParams(Self.params(protocols: protocols)).negotiated == spoken)
    }

    static let wrong: [(JSON, String)] = [
        (["extra": 1], "at root: unexpected property 'extra'"),
        (["role": ""], "at /role: must be a string that is not empty"),
        (["scopes": "operator.read"], "at /scopes: must be an array with a count from 0 to 256"),
        (["device": ["id": "d"]], "at /device: must have required property 'publicKey'"),
        (["auth": ["tokn": "t"]], "at /auth: unexpected property 'tokn'; did you mean 'token'?"),
        (["permissions": ["a": 1]], "at /permissions/a: must be boolean"),
        (["minProtocol": 0], "at /minProtocol: must be an integer of at least 1"),
    ]

    @Test(arguments: wrong)
    func whatIsWrongIsNamed(more: JSON, problem: String) {
        do throws(RPCError) {
            _ = try ConnectParams(Self.params(more))
            Issue.record("taken: \(more)")
        } catch {
            #expect(error.message.hasPrefix("invalid connect params: \(problem)"))
        }
    }

    @Test func anUnknownClientIsRefused() {
        for (key, value) in [("id", "ios-node"), ("mode", "operator")] {
            var client = Self.client
            client[key] = .string(value)
            #expect(throws: RPCError.self) { try ConnectParams(Self.params(["client": client])) }
        }
        for id in ConnectParams.clientIDs {
            var client = Self.client
            client["id"] = .string(id)
            #expect(throws: Never.self) { try ConnectParams(Self.params(["client": client])) }
        }
    }

    @Test(arguments: [ConnectParams.listLimit - 1, ConnectParams.listLimit, ConnectParams.listLimit + 1])
    func listsHaveALimit(count: Int) {
        let list = JSON.array(Array(repeating: "x", count: count))
        for key in ["scopes", "caps", "commands"] {
            let taken = (try? ConnectParams(Self.params([key: list]))) != nil
            #expect(taken == (count <= ConnectParams.listLimit), "\(key)")
        }
    }
}

/// The texts that devices sign, typed from protocol.md section 3.2.
@Suite struct DeviceStatementTests {
    private func statement(platform: String = " macOS 15.1.0\t", family: String = "Mac") -> DeviceStatement {
        DeviceStatement(
            deviceID: "ab12", clientID: "openclaw-macos", clientMode: "ui", role: "operator",
            scopes: ["operator.admin", "operator.approvals"], signedAt: 1_771_605_731_312, token: "tok", nonce: "n-1",
            platform: platform, deviceFamily: family)
    }

    @Test func theVersionsAreTheProtocolsTexts() {
        let head = "|ab12|openclaw-macos|ui|operator|operator.admin,operator.approvals|1771605731312|tok"
        #expect(statement().text(.v1) == "v1" + head)
        #expect(statement().text(.v2) == "v2" + head + "|n-1")
        #expect(statement().text(.v3) == "v3" + head + "|n-1|macos 15.1.0|mac")
    }

    @Test func absentPartsStayEmpty() {
        var bare = statement(platform: "", family: "")
        bare.scopes = []
        bare.token = ""
        #expect(bare.text(.v3) == "v3|ab12|openclaw-macos|ui|operator||1771605731312||n-1||")
        #expect(bare.text(.v1) == "v1|ab12|openclaw-macos|ui|operator||1771605731312|")
    }

    @Test func onlyLettersOfASCIIAreLowered() {
        #expect(statement(platform: "ÄB C", family: "\n").text(.v3).hasSuffix("|n-1|Äb c|"))
    }

    @Test func itSaysWhatTheClientSent() throws {
        let connect = try ConnectParams(
            ConnectTests.params([
                "scopes": ["b", "a"], "device": ["id": "d", "publicKey": "k", "signature": "s", "signedAt": 5],
                "auth": ["password": "never", "deviceToken": "dt"],
            ]))
        let device = try #require(connect.device)
        #expect(
            DeviceStatement(connect, device).text(.v2) == "v2|d|gateway-client|backend|operator|b,a|5|dt|")
    }
}
