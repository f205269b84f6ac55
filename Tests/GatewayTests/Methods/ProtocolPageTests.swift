import Contract
import Platform
import Support
import Testing

@testable import Gateway

@Suite struct ProtocolPageTests {
    /// Docs/protocol.md is made from the contracts. `Scripts/format --pages` renews it.
    @Test func thePageIsCurrent() async throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let path = root + "/Docs/protocol.md"
        let text = String(decoding: try await FileReading.read(path, limit: 1 << 20), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: "<!-- generated: protocol -->"))
        let end = try #require(lines[start...].firstIndex(of: "<!-- end -->"))
        let tables = try await onLoop { ProtocolPage.text(try MethodBench().contracts) }
        let renewed = lines[...start].joined(separator: "\n") + "\n" + tables + lines[end...].joined(separator: "\n")
        if Environment.process["RENEW_PAGES"] != nil {
            try await AtomicFile.write(Array(renewed.utf8), to: path, permission: .kept(otherwise: 0o644))
        } else {
            #expect(renewed == text, "Docs/protocol.md is not current; run Scripts/format --pages")
        }
    }

    @Test func eachMethodAndEventHasOneRow() async throws {
        try await onLoop {
            let contracts = try MethodBench().contracts
            let rows = ProtocolPage.text(contracts).split(separator: "\n").filter { $0.hasPrefix("| `") }
            #expect(rows.count == contracts.count + 1 + Set(EventContract.all.map(\.name)).count)
        }
    }
}
