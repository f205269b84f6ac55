import Platform
import Settings
import Support
import Testing

@testable import Supervision

/// A WSL whose Windows has one task, or none.
@LoopActor
private final class MadeUpWindows {
    static let name = "OpenClaw Gateway (rescue)"
    let scratch = ScratchDirectory()
    let runner = FakeProcessRunner()
    var task: String?
    /// What creating a task is answered with instead of being done.
    var refusal: String?
    var list = ""
    var endFails = false

    init() throws {
        try PrivateDirectory.create(scratch.path("c/Microsoft/Windows/Start Menu/Programs/Startup"))
        runner.answer = { [unowned self] in .success(self.answer($0.arguments)) }
    }

    private func answer(_ words: [String]) -> ProcessResult {
        func said(_ text: String) -> ProcessResult { ProcessResult(ending: .exited(0), output: Array(text.utf8)) }
        switch (words[0], words.dropFirst().first) {
        case ("whoami.exe", _): return said("\"desktop\\ada\",\"S-1-5-21-7-1001\"\r\n")
        case ("wslpath", "-w"): return said("\\\\wsl.localhost\\Debian" + words[2].replacing("/", with: "\\") + "\n")
        case ("wslpath", _): return said(scratch.path("c") + "\n")
        case ("cmd.exe", _) where words.contains("echo"):
            return ProcessResult(
                ending: .exited(0),
                output: Array(
                    RenderedFile(path: "", text: "C:\\Users\\ada\\AppData\\Roaming\r\n", encoding: .utf16).bytes[2...]))
        case ("schtasks.exe", "/Query"):
            guard let task else { return ProcessResult(ending: .exited(1)) }
            return said(words.contains("/XML") ? task : list)
        case ("schtasks.exe", "/Create"):
            if let refusal { return ProcessResult(ending: .exited(1), errorOutput: Array(refusal.utf8)) }
            let file = (try? FileReading.read(try! wanted().instance.taskPath, limit: 1 << 20)) ?? []
            task = RenderedFile.decoded(file)
        case ("schtasks.exe", "/Delete"): task = nil
        case ("schtasks.exe", "/End") where endFails:
            return ProcessResult(ending: .exited(1), errorOutput: Array("ERROR: it cannot be ended".utf8))
        case ("schtasks.exe", "/Change"):
            let word = words.contains("/ENABLE") ? "true" : "false"
            task = task.map {
                String($0.replacing("<Enabled>\(word == "true" ? "false" : "true")", with: "<Enabled>\(word)"))
            }
        default: break
        }
        return ProcessResult(ending: .exited(0))
    }

    func backend(_ environment: [String: String] = ["WSL_DISTRO_NAME": "Debian"], userID: UInt32 = 1000) -> TaskBackend
    {
        let all = ["OPENCLAW_GATEWAY_TOKEN": "very-secret"].merging(environment) { $1 }
        return TaskBackend(
            .made(by: runner, all, home: scratch.path("h"), root: scratch.path, userID: userID))
    }

    func wanted(_ kind: ServiceKind = .user) throws -> ServiceDescription {
        try description(profile: "rescue", kind: kind, home: scratch.path("h"))
    }

    /// What was asked of the scheduler, questions aside.
    var commands: [String] {
        runner.requests.map { $0.arguments.joined(separator: " ") }
            .filter { $0.hasPrefix("schtasks.exe") && !$0.contains("/Query") }
    }

    var launcher: String? { scratch.read("c/Microsoft/Windows/Start Menu/Programs/Startup/gateway-rescue.cmd") }
}

@Suite struct TaskBackendTests {
    @Test func anInstallationIsDoneOnce() async throws {
        try await onLoop {
            let windows = try MadeUpWindows()
            let first = try await windows.backend().install(windows.wanted())
            #expect(first.change == .created)
            #expect(windows.commands.count == 1)
            #expect(windows.commands[0].hasPrefix("schtasks.exe /Create /TN OpenClaw Gateway (rescue) /XML \\\\wsl."))
            #expect(windows.commands[0].hasSuffix("\\gateway-task.xml /F"))
            #expect(try await windows.backend().install(windows.wanted()).change == nil)
            #expect(windows.commands.count == 1)
            windows.task = nil
            #expect(try await windows.backend().install(windows.wanted()).change == .replaced)
            let state = await windows.backend().inspect(try windows.wanted().place)
            #expect(ServiceDrift.between(try #require(state.installed), try windows.wanted()) == [])
        }
    }

    @Test func theCommandsOfAServicesLifeAreAsRecorded() async throws {
        let commands = try await onLoop {
            let windows = try MadeUpWindows()
            let place = try windows.wanted().place
            _ = try await windows.backend().install(windows.wanted())
            for action in [ServiceAction.start, .restart, .stop, .start, .disable] {
                try await windows.backend().control(action, place)
            }
            _ = await windows.backend().inspect(place)
            try await windows.backend().remove(place)
            return windows.runner.requests.map { request in
                request.arguments.map { word in
                    String(
                        word.replacing(windows.scratch.path, with: "ROOT")
                            .replacing(windows.scratch.path.replacing("/", with: "\\"), with: "ROOT"))
                }
            }
        }
        try await SupervisionFixture.expect(
            SupervisionFixture.listing(commands), isRecordedAs: "schtasks/commands")
    }

    @Test func aStopHolds() async throws {
        try await onLoop {
            let windows = try MadeUpWindows()
            let place = try windows.wanted().place
            _ = try await windows.backend().install(windows.wanted())
            windows.list = try SupervisionFixture.text("schtasks/running.txt")
            #expect(await windows.backend().inspect(place).condition == .running)
            try await windows.backend().control(.stop, place)
            #expect(
                windows.commands.suffix(2) == [
                    "schtasks.exe /Change /TN \(MadeUpWindows.name) /DISABLE",
                    "schtasks.exe /End /TN \(MadeUpWindows.name)",
                ])
            #expect(await windows.backend().inspect(place).isEnabled == false)
            try await windows.backend().control(.start, place)
            #expect(windows.commands.last == "schtasks.exe /Run /TN \(MadeUpWindows.name)")
            #expect(await windows.backend().inspect(place).isEnabled == true)
        }
    }

    @Test func endingWhatDoesNotRunIsNoError() async throws {
        try await onLoop {
            let windows = try MadeUpWindows()
            let place = try windows.wanted().place
            _ = try await windows.backend().install(windows.wanted())
            windows.endFails = true
            windows.list = try SupervisionFixture.text("schtasks/stopped.txt")
            try await windows.backend().control(.stop, place)
            windows.list = try SupervisionFixture.text("schtasks/running.txt")
            await #expect {
                try await windows.backend().control(.stop, place)
            } throws: {
                "\($0)".contains("it cannot be ended")
            }
        }
    }

    @Test func whereATaskIsRefusedALauncherTakesItsPlace() async throws {
        for refusal in ["ERROR: Access is denied.\r\n", "FEHLER: Zugriff verweigert\r\n"] {
            try await onLoop {
                let windows = try MadeUpWindows()
                windows.refusal = refusal
                let place = try windows.wanted().place
                let outcome = try await windows.backend().install(windows.wanted())
                #expect(outcome.change == .created)
                #expect(outcome.path.hasSuffix("/Startup/gateway-rescue.cmd"))
                #expect(outcome.notes.contains { $0.contains(refusal.dropLast(2)) })
                #expect(StartupLauncher.isOurs(try #require(windows.launcher)))
                #expect(!FileReading.exists(try windows.wanted().instance.taskPath))
                let state = await windows.backend().inspect(place)
                #expect(ServiceDrift.between(try #require(state.installed), try windows.wanted()) == [])
                try await windows.backend().control(.start, place)
                #expect(windows.runner.requests.last?.arguments.prefix(3) == ["cmd.exe", "/d", "/c"])
                await #expect(throws: SupervisionError.self) { try await windows.backend().control(.stop, place) }
                try await windows.backend().remove(place)
                #expect(windows.launcher == nil)
            }
        }
    }

    @Test func aFaultOfOursIsNotHiddenByALauncher() async throws {
        try await onLoop {
            let windows = try MadeUpWindows()
            windows.refusal =
                "ERROR: The task XML contains a value which is incorrectly formatted.\r\n(43,4):Priority:\r\n"
            await #expect(throws: SupervisionError.self) { try await windows.backend().install(windows.wanted()) }
            #expect(windows.launcher == nil)
            windows.refusal = "ERROR: Access is denied."
            await #expect(throws: SupervisionError.self) {
                try await windows.backend().install(windows.wanted(.system))
            }
            #expect(windows.launcher == nil)
        }
    }

    @Test func aFileOfSomebodyElseInTheStartupFolderStays() async throws {
        try await onLoop {
            let windows = try MadeUpWindows()
            windows.refusal = "ERROR: Access is denied."
            let foreign = "c/Microsoft/Windows/Start Menu/Programs/Startup/gateway-rescue.cmd"
            windows.scratch.write("@echo mine\r\n", to: foreign)
            await #expect(throws: SupervisionError.self) { try await windows.backend().install(windows.wanted()) }
            try await windows.backend().remove(try windows.wanted().place)
            #expect(windows.launcher == "@echo mine\r\n")
        }
    }

    @Test func removingLeavesNothing() async throws {
        try await onLoop {
            let windows = try MadeUpWindows()
            let place = try windows.wanted().place
            _ = try await windows.backend().install(windows.wanted())
            try await windows.backend().remove(place)
            #expect(windows.task == nil)
            #expect(!FileReading.exists(place.instance.taskPath))
            #expect(await windows.backend().inspect(place).condition == .notInstalled)
            try await windows.backend().remove(place)
            await #expect(throws: SupervisionError.self) { try await windows.backend().control(.start, place) }
        }
    }

    @Test func whatMayNotChangeServicesIsToldWhy() async throws {
        try await onLoop {
            let windows = try MadeUpWindows()
            await #expect(throws: SupervisionError.self) { try await windows.backend([:]).install(windows.wanted()) }
            await #expect(throws: SupervisionError.rootHasNoSession) {
                try await windows.backend(userID: 0).install(windows.wanted())
            }
            #expect(await windows.backend([:]).inspect(try windows.wanted().place).condition == .noManager)
            let unit = windows.scratch.path("h/.config/systemd/user")
            try await PrivateDirectory.create(unit)
            windows.scratch.write("", to: "h/.config/systemd/user/openclaw-gateway-rescue.service")
            await #expect {
                try await windows.backend().install(windows.wanted())
            } throws: {
                "\($0)".contains("systemctl --user disable --now openclaw-gateway-rescue.service")
            }
            #expect(windows.commands == [])
        }
    }

    @Test func noSecretReachesTheTaskOrWindows() async throws {
        try await onLoop {
            let windows = try MadeUpWindows()
            _ = try await windows.backend().install(windows.wanted())
            #expect(windows.task?.contains("<Task") == true)
            #expect(windows.task?.contains("very-secret") == false)
            for request in windows.runner.requests { #expect(!"\(request)".contains("very-secret")) }
        }
    }
}
