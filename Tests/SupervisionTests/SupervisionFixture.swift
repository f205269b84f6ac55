import Platform
import Settings
import Testing

@testable import Supervision

/// Files in Tests/Fixtures/supervision.
enum SupervisionFixture {
    static let directory =
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/supervision"

    static func bytes(_ name: String) throws -> [UInt8] {
        try FileReading.read(directory + "/" + name, limit: 1 << 20)
    }

    static func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// Compares with what is recorded; `RENEW_PAGES=1` records it anew.
    static func expect(_ text: String, isRecordedAs name: String) async throws {
        if Environment.process["RENEW_PAGES"] != nil {
            let path = directory + "/" + name
            try await PrivateDirectory.create(path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" })
            try await AtomicFile.write(Array(text.utf8), to: path, permission: .mode(0o644))
        } else {
            let old = try? Self.text(name)
            #expect(old == text, "\(name): renew with RENEW_PAGES=1, and look at the difference")
        }
    }

    /// Commands with a word a line and an empty line between them.
    static func listing(_ commands: [[String]]) -> String {
        commands.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }
}

/// Paths that break what is quoted carelessly.
enum OddPath {
    /// All that a path of Linux or macOS may be made of, but for line ends.
    static let home = "/Users/Ada & \"Bob\" <x> it's/日本 ü %HOME% $HOME ^! \\"
    static let binary = "/opt/a b/%PATH%^&(x)!\"q\"/openclaw"
    /// The same without what looks like a variable of Windows, which a task has no way to write.
    static let taskHome = "/Users/Ada & \"Bob\" <x> it's/日本 ü 50% $HOME ^! \\"
    static let taskBinary = "/opt/a b/100%^&(x)!\"q\"/openclaw"
    /// Nor with quotes, which no file of Windows has in its name.
    static let windowsHome = "/Users/Ada & Bob it's/日本 ü 50% $HOME ^!"
    static let windowsBinary = "/opt/a b/%PATH%^&(x)!/openclaw"
}

extension SupervisionHost {
    /// A host of which nothing is looked at.
    static func made(
        by runner: any ProcessRunner, _ environment: [String: String] = [:], home: String = "/h", root: String = "",
        userID: UInt32 = 501
    ) -> SupervisionHost {
        SupervisionHost(
            environment: Environment(environment), runner: runner, userHome: home, userName: "ada", userID: userID,
            root: root)
    }
}
