import Settings

/// What Windows runs to start a gateway.
package enum WindowsStart: Hashable, Sendable {
    /// The program is Linux's, in a distribution of WSL, as one of its users or the one it has by itself.
    case wsl(distribution: String, user: String?)
    /// The program is Windows's own. Tasks carry no variables, so it is started by a batch file that sets them.
    case native

    /// What the scheduler itself expands.
    static let wslProgram = #"%SystemRoot%\System32\wsl.exe"#
    private static let env = "/usr/bin/env"

    /// The arguments of wsl.exe. `-e` starts a program without a shell, which would read all quotes a second time.
    static func wslArguments(
        _ service: ServiceDescription, distribution: String, user: String?
    ) throws(SupervisionError) -> [String] {
        guard !service.binary.contains("=") else {
            throw .unwritable(
                field: "binary", reason: "env(1) takes a path with = in it for a variable; move the program")
        }
        var words = ["-d", distribution]
        if let user = service.user ?? user { words += ["-u", user] }
        words += ["-e", env]
        words += service.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return words + [service.binary] + service.arguments
    }

    /// The service that such arguments start; nil where they are none of ours.
    static func installed(_ words: [String], path: String) -> InstalledService? {
        guard let mark = words.firstIndex(where: { $0 == "-e" || $0 == "--exec" || $0 == "--" }) else { return nil }
        var environment: [String: String] = [:]
        var command = words[(mark + 1)...]
        if command.first == env {
            command = command.dropFirst()
            while let word = command.first, let sign = word.firstIndex(of: "=") {
                environment[String(word[..<sign])] = String(word[word.index(after: sign)...])
                command = command.dropFirst()
            }
        }
        let user = words[..<mark].firstIndex { $0 == "-u" || $0 == "--user" }
        return InstalledService(
            path: path, command: Array(command), environment: environment,
            user: user.flatMap { $0 + 1 < mark ? words[$0 + 1] : nil })
    }
}

extension Instance {
    /// The batch file that starts the gateway: two profiles share a folder of Windows.
    var launcherName: String { "gateway\(profile.suffix).cmd" }
    /// What was last given to the scheduler, which keeps a copy of its own.
    var taskPath: String { stateDirectory + "/gateway-task.xml" }
    /// The launcher that a task of a native program runs.
    var launcherPath: String { stateDirectory + "/" + launcherName }
}
