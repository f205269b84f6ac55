import Platform
import Testing
import Wire

@Suite struct WebSocketHandshakeTests {
    private let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private let nonce = Array("the sample nonce".utf8)
    private let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    private var request: [String: [String]] {
        [
            "upgrade": ["websocket"], "connection": ["Upgrade"], "sec-websocket-key": [key],
            "sec-websocket-version": ["13"],
        ]
    }

    private func answer(
        _ changes: [String: [String]], method: String = "GET", subprotocols: [String] = [],
        deflate: DeflateSettings? = nil
    ) throws(WebSocketHandshakeError) -> WebSocketHandshake.Acceptance {
        let fields = request.merging(changes) { $1 }
        return try WebSocketHandshake.accept(
            method: method, { fields[$0] ?? [] }, subprotocols: subprotocols, deflate: deflate)
    }

    private func text(_ fields: [WebSocketHandshake.Field]) -> [String] { fields.map { "\($0.name): \($0.value)" } }

    @Test func theExampleOfTheStandardIsAccepted() throws {
        let acceptance = try answer([:])
        #expect(
            text(acceptance.fields) == [
                "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            ])
    }

    @Test(arguments: [
        ["upgrade": ["WebSocket"], "connection": ["keep-alive, Upgrade"]],
        ["upgrade": ["h2c/2, websocket"], "connection": ["keep-alive", "upgrade"]],
    ])
    func tokensMayBeWrittenAndListedInAnyWay(changes: [String: [String]]) throws {
        #expect(try answer(changes).accept == accept)
    }

    @Test(
        arguments: [
            (["upgrade": []], .noUpgrade), (["upgrade": ["websockets"]], .noUpgrade),
            (["connection": ["keep-alive"]], .noUpgrade), (["connection": []], .noUpgrade),
            (["sec-websocket-key": []], .badKey), (["sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ="]], .badKey),
            (["sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ=a"]], .badKey),
            (["sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZ!=="]], .badKey),
            (
                ["sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="]],
                .badKey
            ),
            (["sec-websocket-version": ["8"]], .unsupportedVersion),
            (["sec-websocket-version": []], .unsupportedVersion),
            (["sec-websocket-version": ["13", "13"]], .unsupportedVersion),
            (["sec-websocket-extensions": ["a;"]], .badExtensions),
            (["sec-websocket-protocol": ["a b"]], .badSubprotocols),
        ] as [([String: [String]], WebSocketHandshakeError)])
    func aBadRequestIsRefused(changes: [String: [String]], error: WebSocketHandshakeError) {
        #expect(throws: error) { try answer(changes) }
    }

    @Test func aRefusalSaysWhatWouldDo() {
        #expect(throws: WebSocketHandshakeError.methodNotGET) { try answer([:], method: "POST") }
        #expect(WebSocketHandshakeError.methodNotGET.status == 405)
        #expect(text(WebSocketHandshakeError.methodNotGET.fields) == ["Allow: GET"])
        #expect(WebSocketHandshakeError.unsupportedVersion.status == 426)
        #expect(
            text(WebSocketHandshakeError.unsupportedVersion.fields) == [
                "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            ])
        #expect(WebSocketHandshakeError.badKey.status == 400)
        #expect(WebSocketHandshakeError.badKey.fields.isEmpty)
    }

    @Test func theFirstSubprotocolThatBothSpeakIsChosen() throws {
        let offered = ["sec-websocket-protocol": ["v3, v2", "v1"]]
        #expect(try answer(offered).subprotocol == nil)
        #expect(try answer(offered, subprotocols: ["v0"]).subprotocol == nil)
        let acceptance = try answer(offered, subprotocols: ["v1", "v2"])
        #expect(acceptance.subprotocol == "v2")
        #expect(text(acceptance.fields).contains("Sec-WebSocket-Protocol: v2"))
    }

    @Test func compressionIsAgreedOnIfBothWantIt() throws {
        let offered = ["sec-websocket-extensions": ["x-other", "permessage-deflate; client_max_window_bits"]]
        #expect(try answer(offered).deflate == nil)
        let acceptance = try answer(offered, deflate: DeflateSettings(for: .server))
        #expect(acceptance.deflate?.incoming.windowBits == 12)
        #expect(
            text(acceptance.fields).contains(
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12"))
        #expect(try answer([:], deflate: DeflateSettings(for: .server)).deflate == nil)
    }

    // MARK: - the client's half

    private func check(
        _ changes: [String: [String]], status: Int = 101, subprotocols: [String] = [], deflate: DeflateSettings? = nil
    ) throws(WebSocketHandshakeError) -> WebSocketOffer.Agreement {
        let fields = ["upgrade": ["websocket"], "connection": ["Upgrade"], "sec-websocket-accept": [accept]]
            .merging(changes) { $1 }
        let offer = WebSocketOffer(nonce: nonce, subprotocols: subprotocols, deflate: deflate)
        return try offer.check(status: status, { fields[$0] ?? [] })
    }

    @Test func aClientAsksForWhatItWants() {
        #expect(
            text(WebSocketOffer(nonce: nonce).fields) == [
                "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Version: 13",
            ])
        let offer = WebSocketOffer(nonce: nonce, subprotocols: ["v2", "v1"], deflate: DeflateSettings(for: .client))
        #expect(
            text(offer.fields.suffix(2)) == [
                "Sec-WebSocket-Protocol: v2, v1",
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12",
            ])
    }

    @Test func aClientTakesWhatItAskedFor() throws {
        #expect(try check([:]) == .init(subprotocol: nil, deflate: nil))
        let agreement = try check(
            ["sec-websocket-protocol": ["v1"], "sec-websocket-extensions": ["permessage-deflate"]],
            subprotocols: ["v2", "v1"], deflate: DeflateSettings(for: .client))
        #expect(agreement.subprotocol == "v1")
        #expect(agreement.deflate?.outgoing.windowBits == 12)
        #expect(agreement.deflate?.incoming.windowBits == 15)
    }

    @Test(
        arguments: [
            (["upgrade": []], .notUpgraded), (["connection": ["close"]], .notUpgraded),
            (["sec-websocket-accept": []], .wrongAccept),
            (["sec-websocket-accept": ["S3pPLMBiTxaQ9kYGzzhZRbK+xOo="]], .wrongAccept),
            (["sec-websocket-protocol": ["v1"]], .notOffered("v1")),
            (["sec-websocket-extensions": ["permessage-deflate"]], .notOffered("permessage-deflate")),
            (["sec-websocket-extensions": ["a;"]], .badExtensions),
        ] as [([String: [String]], WebSocketHandshakeError)])
    func aClientRefusesWhatItDidNotAskFor(changes: [String: [String]], error: WebSocketHandshakeError) {
        #expect(throws: error) { try check(changes) }
    }

    @Test func aClientRefusesMoreThanOneOfEach() {
        let twice = ["sec-websocket-extensions": ["permessage-deflate, permessage-deflate"]]
        #expect(throws: WebSocketHandshakeError.notOffered("permessage-deflate, permessage-deflate")) {
            try check(twice, deflate: DeflateSettings(for: .client))
        }
        #expect(throws: WebSocketHandshakeError.notOffered("v1, v2")) {
            try check(["sec-websocket-protocol": ["v1", "v2"]], subprotocols: ["v1", "v2"])
        }
        #expect(throws: WebSocketHandshakeError.refused(status: 403)) { try check([:], status: 403) }
    }
}
