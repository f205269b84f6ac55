import Platform
import Settings
import Testing

@testable import Supervision

@Suite struct TaskXMLTests {
    private static let account = "S-1-5-21-1-2-3-1001"
    private static let wsl = WindowsStart.wsl(distribution: "Debian 12", user: "ada")

    @Test func aTaskSaysWhatTheDescriptionSays() throws {
        for kind in ServiceKind.allCases {
            for home in ["/h", OddPath.taskHome] {
                let wanted = try description(profile: "rescue", kind: kind, binary: OddPath.taskBinary, home: home)
                let text = try TaskXML.text(wanted, Self.wsl, account: Self.account)
                let bytes = RenderedFile(path: "", text: text, encoding: .utf16).bytes
                let read = try #require(TaskXML.read(RenderedFile.decoded(bytes), path: "/t"))
                #expect(ServiceDrift.between(read, wanted) == [])
                #expect(read.user == "ada")
            }
        }
    }

    @Test func theTaskIsOneUsersAndIsLookedAtEachMinute() throws {
        let root = try #require(
            XMLElement.parse(try TaskXML.text(try description(), Self.wsl, account: Self.account)))
        #expect(root.text("Triggers", "LogonTrigger", "UserId") == Self.account)
        #expect(root.text("Principals", "Principal", "UserId") == Self.account)
        #expect(root.text("Principals", "Principal", "RunLevel") == "LeastPrivilege")
        #expect(root.text("Triggers", "TimeTrigger", "Repetition", "Interval") == "PT1M")
        #expect(root.text("Settings", "MultipleInstancesPolicy") == "IgnoreNew")
        #expect(root.text("Settings", "ExecutionTimeLimit") == "PT0S")
        #expect(root.text("Settings", "RestartOnFailure", "Count") == "255")
        #expect(root.text("Settings", "DisallowStartIfOnBatteries") == "false")
    }

    @Test func aSystemTaskStartsWithTheMachine() throws {
        let wanted = try description(kind: .system)
        let root = try #require(XMLElement.parse(try TaskXML.text(wanted, Self.wsl, account: Self.account)))
        #expect(root["Triggers"]?["LogonTrigger"] == nil)
        #expect(root["Triggers"]?["BootTrigger"] != nil)
        #expect(root.text("Principals", "Principal", "LogonType") == "S4U")
    }

    @Test func theSampleOfTheVendorIsRead() throws {
        let text = try SupervisionFixture.text("schtasks/logon-trigger.xml")
        let read = try #require(TaskXML.read(text, path: "/t"))
        #expect(read.binary == "notepad.exe")
        #expect(TaskXML.isEnabled(text) == true)
        #expect(TaskXML.isEnabled(String(text.replacing("<Enabled>true", with: "<Enabled>false"))) == false)
        #expect(TaskXML.read("ERROR: The system cannot find the file specified.", path: "/t") == nil)
    }

    @Test func aPathThatEnvWouldTakeForAVariableIsRefused() throws {
        let wanted = try description(binary: "/opt/a=b/openclaw")
        #expect(throws: SupervisionError.self) { try TaskXML.text(wanted, Self.wsl, account: Self.account) }
    }

    @Test func whatTheSchedulerWouldReplaceIsRefused() throws {
        for part in ["%PATH%", "$(Arg0)", "a%b%c"] {
            #expect(throws: SupervisionError.self) {
                try TaskXML.text(try description(binary: "/o/\(part)/x"), Self.wsl, account: Self.account)
            }
            #expect(throws: SupervisionError.self) {
                try TaskXML.text(try description(home: "/o/\(part)/x"), .native, account: Self.account)
            }
        }
        for part in ["100%", "% %", "%%", "$HOME", "50% and 60%"] {
            _ = try TaskXML.text(try description(binary: "/o/\(part)/x"), Self.wsl, account: Self.account)
        }
    }

    @Test func aLauncherSaysWhatTheDescriptionSays() throws {
        let cases: [(WindowsStart, String, String)] = [
            (Self.wsl, OddPath.home, OddPath.binary), (.native, OddPath.windowsHome, OddPath.windowsBinary),
        ]
        for (start, home, binary) in cases {
            let wanted = try description(profile: "rescue", binary: binary, home: home)
            let text = try StartupLauncher.text(wanted, start)
            #expect(StartupLauncher.isOurs(text))
            let read = try #require(StartupLauncher.read(text, path: "/l"))
            #expect(ServiceDrift.between(read, wanted) == [])
        }
        for home in ["/h\"", "/h\n"] {
            #expect(throws: SupervisionError.self) { try StartupLauncher.text(try description(home: home), .native) }
        }
        #expect(!StartupLauncher.isOurs("@echo off\r\nnode gateway\r\n"))
        #expect(StartupLauncher.read("@echo off\r\nnode gateway\r\n", path: "/l") == nil)
    }

    @Test func theLauncherOfATaskHasAPathThatTheSchemaAllows() throws {
        func text(_ length: Int) throws -> String {
            let rest = "/.openclaw/gateway.cmd".utf16.count
            let wanted = try description(home: "/" + String(repeating: "x", count: length - rest - 1))
            #expect(wanted.instance.launcherPath.utf16.count == length)
            return try TaskXML.text(wanted, .native, account: Self.account)
        }
        _ = try text(TaskXML.commandLimit - 1)
        _ = try text(TaskXML.commandLimit)
        #expect(throws: SupervisionError.self) { try text(TaskXML.commandLimit + 1) }
    }

    @Test func aLineIsNoLongerThanTheShellTakes() throws {
        /// The longest line of the launcher of a program whose path has so many letters.
        func length(_ letters: Int) throws -> Int {
            let wanted = try description(binary: "/" + String(repeating: "x", count: letters))
            let text = try StartupLauncher.text(wanted, Self.wsl)
            return text.split(whereSeparator: \.isNewline).map(\.utf16.count).max() ?? 0
        }
        let spare = WindowsText.lineLimit - (try length(1000)) + 1000
        #expect(try length(spare - 1) == WindowsText.lineLimit - 1)
        #expect(try length(spare) == WindowsText.lineLimit)
        #expect(throws: SupervisionError.self) { try length(spare + 1) }
    }
}

/// The sources of the samples are named in Tests/Fixtures/supervision/schtasks/README.md.
@Suite struct TaskStatusTests {
    private func condition(_ file: String, _ name: String = "OpenClaw Gateway (rescue)") throws
        -> ServiceState.Condition?
    {
        TaskStatus(try SupervisionFixture.text("schtasks/\(file).txt"), name: name)?.condition
    }

    @Test func statesAreReadInAnyLanguage() throws {
        #expect(try condition("running") == .running)
        #expect(try condition("german") == .running)
        #expect(try condition("chinese") == .failed)
        #expect(try condition("failed") == .failed)
        #expect(try condition("stopped") == .stopped)
        #expect(try condition("example", "My App") == .stopped)
    }

    @Test func anAnswerWithoutTheTaskSaysNothing() throws {
        #expect(try condition("running", "OpenClaw Gateway") == nil)
        #expect(TaskStatus("", name: "a") == nil)
        #expect(TaskStatus("TaskName: \\a\n", name: "a")?.condition.word == "unknown")
    }

    @Test func theAccountIsFoundWhateverTheNameIs() {
        let found = WindowsShell.account(in: [0x22, 0x81, 0x22, 0x2c] + Array("\"S-1-5-21-7-1001\"\r\n".utf8))
        #expect(found == "S-1-5-21-7-1001")
        #expect(WindowsShell.account(in: Array("\"a\",\"S-1-5<x>\"".utf8)) == nil)
        #expect(WindowsShell.account(in: []) == nil)
    }
}
