import Platform
import Support
import Testing
import Wire

@testable import Channels

/// A session on a homeserver ends there.
@Suite struct MatrixSessionTests {
    private static let logout = "/_matrix/client/v3/logout"

    @LoopActor
    private static func connector(
        _ script: ScriptedService, _ credentials: MatrixSettings.Credentials
    ) throws -> MatrixConnector {
        MatrixConnector(
            MatrixSettings(homeserver: try WebURL("https://hs.test"), credentials: credentials),
            http: script.service.client(), clock: script.clock, log: script.log)
    }

    @Test func theTokenIsTakenBackWithoutAnotherWord() async throws {
        try await withService([Self.logout: [:]]) { script in
            try await Self.connector(script, .token("good-token")).endSession()
            #expect(script.asked.map(\.path) == [Self.logout])
        }
    }

    @Test func whoHasAPasswordEndsTheSessionOfItsDevice() async throws {
        try await withService([
            Self.logout: [:],
            "/_matrix/client/v3/login": ["access_token": "fresh", "user_id": "@session:hs.test"],
            "/_matrix/client/v3/account/whoami": ["user_id": "@session:hs.test"],
        ]) { script in
            try await Self.connector(script, .password(user: "@session:hs.test", password: "pw")).endSession()
            #expect(script.count("/_matrix/client/v3/login") == 1 && script.count(Self.logout) == 1)
        }
    }

    @Test func oneThatIsEndedAlreadyIsEnded() async throws {
        try await withService([:]) { script in
            script.answers[Self.logout] = [(.unauthorized, ["errcode": "M_UNKNOWN_TOKEN", "error": "Unknown token"])]
            try await Self.connector(script, .token("old")).endSession()
            script.answers[Self.logout] = [(.badGateway, ["oops": true])]
            let connector = try Self.connector(script, .token("old"))
            let refusal = await fault { () throws(ConnectorFault) in try await connector.endSession() }
            #expect(refusal != nil)
        }
    }
}
