import Platform
import Testing

@testable import CLI

/// Docs/cli.md has every command. `Scripts/format --pages` renews it.
@Test func thePageIsCurrent() throws {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = root + "/Docs/cli.md"
    let text = String(decoding: try FileReading.read(path, limit: 1 << 20), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "<!-- generated: commands -->"))
    let end = try #require(lines[start...].firstIndex(of: "<!-- end -->"))
    let page = CommandPage(catalog: .all).text
    let renewed = lines[...start].joined(separator: "\n") + "\n" + page + lines[end...].joined(separator: "\n")
    if Environment.process["RENEW_PAGES"] != nil {
        try AtomicFile.write(Array(renewed.utf8), to: path, permission: .kept(otherwise: 0o644))
    } else {
        #expect(renewed == text, "Docs/cli.md is not current; run Scripts/format --pages")
    }
}

@Test func everyExitCodeIsOnThePage() throws {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let text = String(decoding: try FileReading.read(root + "/Docs/cli.md", limit: 1 << 20), as: UTF8.self)
    for code in ExitCode.allCases { #expect(text.contains("| \(code.rawValue) | "), "\(code)") }
}
