import Settings

/// The batch file that starts a gateway: a native program's, whose variables it sets, or, in the Startup folder, in the
/// place of a task that may not be created.
package enum StartupLauncher {
    /// By this line a launcher is known for ours.
    private static let mark = "rem Written by: openclaw gateway install"
    private static let wsl = "\"" + WindowsStart.wslProgram + "\""
    private static let setting = "set \""

    package static func text(
        _ service: ServiceDescription, _ start: WindowsStart
    ) throws(SupervisionError) -> String {
        // From the third line on the file is read as UTF-8.
        var lines = ["@echo off", "chcp 65001 >nul", mark, "setlocal DisableDelayedExpansion"]
        switch start {
        case .wsl(let distribution, let user):
            let words = try WindowsStart.wslArguments(service, distribution: distribution, user: user)
            let title = try WindowsText.batchQuoted(service.name(on: .scheduledTask), "the title")
            // In a window of its own, out of the way: the one of this file closes.
            lines.append("start \(title) /min \(wsl) \(try WindowsText.batchArguments(words, "the command"))")
        case .native:
            for (name, value) in service.environment.sorted(by: { $0.key < $1.key }) {
                lines.append("set " + (try WindowsText.batchQuoted("\(name)=\(value)", name)))
            }
            let binary = try WindowsText.batchQuoted(service.binary, "binary")
            lines.append("\(binary) \(try WindowsText.batchArguments(service.arguments, "the command"))")
        }
        for line in lines where line.utf16.count > WindowsText.lineLimit {
            throw .unwritable(
                field: "the command",
                reason: "cmd.exe takes \(WindowsText.lineLimit) characters, not \(line.utf16.count)")
        }
        return (lines + [""]).joined(separator: "\r\n")
    }

    package static func isOurs(_ text: String) -> Bool { lines(text).contains { $0 == mark } }

    /// Nil for a file that starts nothing we know.
    package static func read(_ text: String, path: String) -> InstalledService? {
        var environment: [String: String] = [:]
        for line in lines(text) {
            if line.hasPrefix(setting), line.hasSuffix("\"") {
                let pair = WindowsText.unescapedQuoted(line.dropFirst(setting.count).dropLast())
                guard let sign = pair.firstIndex(of: "=") else { continue }
                environment[String(pair[..<sign])] = String(pair[pair.index(after: sign)...])
            } else if line.hasPrefix("start "), let words = arguments(line, after: wsl + " ") {
                return WindowsStart.installed(words, path: path)
            } else if line.hasPrefix("\"") {
                let inner = line.dropFirst().prefix { $0 != "\"" }
                let binary = WindowsText.unescapedQuoted(inner)
                let rest = WindowsText.words(WindowsText.unescaped(line[inner.endIndex...].dropFirst()))
                return InstalledService(path: path, command: [binary] + rest, environment: environment)
            }
        }
        return nil
    }

    private static func lines(_ text: String) -> [Substring] { text.split(whereSeparator: \.isNewline) }

    private static func arguments(_ line: Substring, after program: String) -> [String]? {
        var rest = line
        while !rest.isEmpty {
            if rest.hasPrefix(program) {
                return WindowsText.words(WindowsText.unescaped(rest.dropFirst(program.count)))
            }
            rest = rest.dropFirst()
        }
        return nil
    }
}
