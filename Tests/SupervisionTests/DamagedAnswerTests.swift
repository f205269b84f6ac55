import Platform
import Support
import Testing

@testable import Supervision

/// Files and answers are other programs': whatever is in them, reading them ends, and no reader fails.
@Suite struct DamagedAnswerTests {
    @Test func damagedFilesAndAnswersAreReadWithoutHarm() throws {
        let seed = UInt64(20_261_128)
        var random = SeededRandom(seed: seed)
        let marks = Array("<>&;\"'\\/{}=%^:,- \n\r\t\u{0}[]!#x".utf8) + [0xff, 0xfe, 0xc3]
        let whole = try [
            "macos-user-odd/ai.openclaw.rescue.plist", "windows-wsl-user-odd/gateway-task.xml",
            "windows-native-user-odd/gateway-rescue.cmd", "launchctl/running.txt", "launchctl/disabled.txt",
            "schtasks/running.txt", "schtasks/logon-trigger.xml",
        ].map(SupervisionFixture.bytes)
        for round in 0..<560 {
            var bytes = whole[round % whole.count]
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = marks.randomElement(using: &random)!
                case 1: bytes.insert(marks.randomElement(using: &random)!, at: at)
                default: bytes.removeSubrange(at..<min(bytes.count - 1, at + Int.random(in: 0...40, using: &random)))
                }
            }
            let text = RenderedFile.decoded(bytes)
            _ = LaunchdPlist.read(text, path: "/f")
            _ = TaskXML.read(text, path: "/f")
            _ = TaskXML.isEnabled(text)
            _ = StartupLauncher.read(text, path: "/f")
            _ = LaunchdJob(text).condition
            _ = LaunchdJob.isDisabled("ai.openclaw.gateway", in: text)
            _ = TaskStatus(text, name: "OpenClaw Gateway (rescue)")?.condition
            _ = WindowsShell.account(in: bytes)
        }
    }
}
