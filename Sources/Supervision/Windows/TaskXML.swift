import Platform
import Settings

/// The scheduled task of a gateway (Task Scheduler Schema): rendered from a description, and read back.
package enum TaskXML {
    /// The shortest that the scheduler allows, both for trying again and for looking whether the gateway runs.
    static let interval = "PT1M"
    /// The most that the schema allows.
    static let restartLimit = 255
    /// The longest path of a program that the schema allows, in UTF-16.
    static let commandLimit = 260
    /// A time in the past: what begins there is looked at every minute from now on.
    private static let longAgo = "2020-01-01T00:00:00"

    /// `account` is whose task it is: a security identifier, which no code page can spoil.
    package static func text(
        _ service: ServiceDescription, _ start: WindowsStart, account: String
    ) throws(SupervisionError) -> String {
        let isSystem = service.kind == .system
        let account = try XMLText.escaped(account, "the account")
        let name = try XMLText.escaped(service.name(on: .scheduledTask), "the task's name")
        let trigger =
            isSystem
            ? ["<BootTrigger><Enabled>true</Enabled></BootTrigger>"]
            : ["<LogonTrigger>", "  <Enabled>true</Enabled>", "  <UserId>\(account)</UserId>", "</LogonTrigger>"]
        let principal = [
            "<Principal id=\"Author\">", "  <UserId>\(account)</UserId>",
            // S4U: without a session of the user, and without a password that would have to be kept.
            "  <LogonType>\(isSystem ? "S4U" : "InteractiveToken")</LogonType>",
            "  <RunLevel>LeastPrivilege</RunLevel>", "</Principal>",
        ]
        let lines =
            [
                "<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
                "<!-- Written by: openclaw gateway install. The next installation replaces this task. -->",
                "<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">",
                "  <RegistrationInfo>", "    <Description>\(name)</Description>", "    <URI>\\\(name)</URI>",
                "  </RegistrationInfo>", "  <Triggers>",
            ] + (trigger + watch).map { "    " + $0 } + ["  </Triggers>", "  <Principals>"]
            + principal.map { "    " + $0 } + ["  </Principals>", "  <Settings>"] + settings.map { "    " + $0 }
            + ["  </Settings>", "  <Actions Context=\"Author\">", "    <Exec>"]
            + (try action(service, start)).map { "      " + $0 } + ["    </Exec>", "  </Actions>", "</Task>", ""]
        return lines.joined(separator: "\r\n")
    }

    /// What RestartOnFailure takes for a failure is not documented; a program that ended with an error code is reported
    /// not to be one. So the task is begun anew each minute, which does nothing while it runs.
    private static let watch = [
        "<TimeTrigger>", "  <Enabled>true</Enabled>", "  <StartBoundary>\(longAgo)</StartBoundary>",
        "  <Repetition>", "    <Interval>\(interval)</Interval>", "    <StopAtDurationEnd>false</StopAtDurationEnd>",
        "  </Repetition>", "</TimeTrigger>",
    ]

    private static let settings = [
        "<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>",
        "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>",
        "<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>", "<AllowHardTerminate>true</AllowHardTerminate>",
        "<StartWhenAvailable>true</StartWhenAvailable>",
        "<RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>", "<IdleSettings>",
        "  <StopOnIdleEnd>false</StopOnIdleEnd>", "  <RestartOnIdle>false</RestartOnIdle>", "</IdleSettings>",
        "<AllowStartOnDemand>true</AllowStartOnDemand>", "<Enabled>true</Enabled>", "<Hidden>false</Hidden>",
        "<RunOnlyIfIdle>false</RunOnlyIfIdle>", "<WakeToRun>false</WakeToRun>",
        // For ever: the scheduler ends a task after three days by itself.
        "<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>",
        // As a program that a person started; a task by itself runs at 7, below all of these.
        "<Priority>5</Priority>", "<RestartOnFailure>", "  <Interval>\(interval)</Interval>",
        "  <Count>\(restartLimit)</Count>", "</RestartOnFailure>",
    ]

    private static func action(
        _ service: ServiceDescription, _ start: WindowsStart
    ) throws(SupervisionError) -> [String] {
        switch start {
        case .wsl(let distribution, let user):
            let words = try WindowsStart.wslArguments(service, distribution: distribution, user: user)
            let line = try literal(WindowsText.commandLine(words), "the command")
            return ["<Command>\(WindowsStart.wslProgram)</Command>", "<Arguments>\(line)</Arguments>"]
        case .native:
            let path = service.instance.launcherPath
            guard path.utf16.count <= commandLimit else {
                throw .unwritable(
                    field: "the launcher",
                    reason: "a task takes a path of \(commandLimit) characters, not \(path.utf16.count): \(path)")
            }
            let launcher = try literal(path, "the launcher")
            return ["<Command>\(launcher)</Command>"]
        }
    }

    /// Text of an action. The scheduler puts variables in for `%NAME%` (ExecAction object, remarks) and arguments for
    /// `$(NAME)`, and has no way to write either as it is.
    private static func literal(_ text: String, _ field: String) throws(SupervisionError) -> String {
        let parts = text.unicodeScalars.split(separator: "%", omittingEmptySubsequences: false)
        let isName = { (part: Substring.UnicodeScalarView) in
            !part.isEmpty && part.allSatisfy { !" =/\\\"".unicodeScalars.contains($0) }
        }
        guard !parts.dropFirst().dropLast().contains(where: isName), !text.contains("$(") else {
            throw .unwritable(field: field, reason: "Windows would replace %NAME% and $(NAME) in it: \(text)")
        }
        return try XMLText.escaped(text, field)
    }

    /// What a task's file or the scheduler's answer says; nil for what is no task. Of a native task this is its
    /// launcher, which says the rest.
    package static func read(_ text: String, path: String) -> InstalledService? {
        guard let root = XMLElement.parse(text), root.name == "Task", let action = root["Actions"]?["Exec"],
            let command = action["Command"]?.text
        else { return nil }
        let words = WindowsText.words(action["Arguments"]?.text ?? "")
        if command.lowercased().hasSuffix("wsl.exe"), let service = WindowsStart.installed(words, path: path) {
            return service
        }
        return InstalledService(path: path, command: [command] + words, environment: [:])
    }

    /// Whether the scheduler starts the task at all. A task that does not say is enabled.
    static func isEnabled(_ text: String) -> Bool? {
        XMLElement.parse(text).map { $0.text("Settings", "Enabled") != "false" }
    }
}
