import Settings

/// The launch agent or daemon of a gateway (launchd.plist(5)): rendered from a description, and read back.
package enum LaunchdPlist {
    /// Between two starts at least, which is also what launchd takes by itself. A gateway that ran longer is back at
    /// once after a crash. launchd has no list of exit codes that end it, so one whose configuration is hopeless
    /// (exit code 78) is tried again each ten seconds: it ends before it opens a port, and runs when it is mended.
    static let throttleSeconds = 10
    /// Above the gateway's own drain, so that launchd never cuts short what the gateway still finishes.
    static let stopSeconds = 45
    /// 077: a property list has no octal numbers.
    static let umask = 63

    /// What the gateway says before its own log is open, and what the system says of a crash.
    static func outputPath(_ instance: Instance) -> String { instance.logDirectory + "/launchd.log" }

    package static func text(_ service: ServiceDescription) throws(SupervisionError) -> String {
        let output = PropertyList.string(outputPath(service.instance))
        var all: [String: PropertyList] = [
            "Label": .string(service.name(on: .launchd)),
            "ProgramArguments": .array(([service.binary] + service.arguments).map { .string($0) }),
            "EnvironmentVariables": .dictionary(service.environment.mapValues { .string($0) }),
            "WorkingDirectory": .string(service.instance.homeDirectory),
            "RunAtLoad": .boolean(true), "KeepAlive": .boolean(true),
            "ThrottleInterval": .integer(throttleSeconds), "ExitTimeOut": .integer(stopSeconds),
            // Without it launchd takes processor and disk away from a service that people wait for.
            "ProcessType": .string("Interactive"),
            "Umask": .integer(umask), "StandardOutPath": output, "StandardErrorPath": output,
        ]
        if service.kind == .system, let user = service.user { all["UserName"] = .string(user) }
        return try PropertyList.dictionary(all).document(
            comment: "Written by: openclaw gateway install. The next installation replaces this file.")
    }

    /// Nil for a file that is not a property list in XML.
    package static func read(_ text: String, path: String) -> InstalledService? {
        guard let list = PropertyList.parse(text) else { return nil }
        let command = list["ProgramArguments"]?.strings ?? list["Program"]?.string.map { [$0] } ?? []
        return InstalledService(
            path: path, command: command, environment: list["EnvironmentVariables"]?.dictionary ?? [:],
            user: list["UserName"]?.string)
    }
}
