import Platform

/// What a program in WSL asks of the Windows around it: who is logged on, where things are.
struct WindowsShell: Sendable {
    private static let deadline = Duration.seconds(10)

    private let host: SupervisionHost

    init(_ host: SupervisionHost) { self.host = host }

    /// None of our secrets, and what starting Windows's programs needs.
    private var environment: [String: String] {
        var all = host.managerEnvironment
        for name in ["WSL_INTEROP", "WSL_DISTRO_NAME"] { all[name] = host.environment[name] }
        return all
    }

    @LoopActor
    func run(_ words: [String], _ deadline: Duration) async throws(SupervisionError) -> ProcessResult {
        try await host.run(words, environment: environment, deadline: deadline)
    }

    /// The security identifier of the person at Windows: unlike a name it is the same in every code page.
    @LoopActor
    func account() async throws(SupervisionError) -> String {
        let words = ["whoami.exe", "/user", "/fo", "csv", "/nh"]
        let result = try await run(words, Self.deadline)
        guard result.succeeded, let account = Self.account(in: result.output) else { throw .refused(words, result) }
        return account
    }

    /// Found in bytes: the name before it need not be text that we can read.
    static func account(in output: [UInt8]) -> String? {
        let mark = Array("\"S-1-".utf8)
        guard let start = output.indices.first(where: { output[$0...].starts(with: mark) }) else { return nil }
        let account = String(decoding: output[(start + 1)...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
        let isPlain = account.utf8.dropFirst(2).allSatisfy { $0 == UInt8(ascii: "-") || (48...57).contains($0) }
        return isPlain ? account : nil
    }

    /// Where what a person wants started at logon lies, as a path of Linux.
    @LoopActor
    func startupFolder() async throws(SupervisionError) -> String {
        // With /u cmd.exe answers in UTF-16, whatever the code page.
        let words = ["cmd.exe", "/d", "/u", "/c", "echo", "%APPDATA%"]
        let result = try await run(words, Self.deadline)
        // It warns first of a working directory that is not one of Windows.
        let last = RenderedFile.decoded(result.output).split(whereSeparator: \.isNewline).last
        guard result.succeeded, let last, last.utf8.dropFirst().first == UInt8(ascii: ":") else {
            throw .refused(words, result)
        }
        return try await converted(["wslpath", "-u", String(last)])
            + "/Microsoft/Windows/Start Menu/Programs/Startup"
    }

    /// A path of Linux as Windows sees it.
    @LoopActor
    func windowsPath(_ path: String) async throws(SupervisionError) -> String {
        try await converted(["wslpath", "-w", path])
    }

    @LoopActor
    private func converted(_ words: [String]) async throws(SupervisionError) -> String {
        let result = try await run(words, Self.deadline)
        let text = result.outputText.split(whereSeparator: \.isNewline).first
        guard result.succeeded, let text else { throw .refused(words, result) }
        return String(text)
    }
}
