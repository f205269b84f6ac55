import Testing

@testable import Gateway

/// Which commands a node of a kind may offer.
@Suite struct NodeCommandPolicyTests {
    @Test(
        arguments: [
            ("iOS 18.4.0", nil, NodePlatform.iOS), ("ipados 17", nil, .iOS), ("watchOS 11", nil, .watchOS),
            ("android 15", nil, .android), ("macos 15.1.0", nil, .macOS), ("darwin", nil, .macOS),
            ("win32", nil, .windows),
            ("Windows 11", nil, .windows), ("linux", nil, .linux), ("beos", nil, .unknown), ("beos", "iPhone", .iOS),
            ("", "Apple Watch", .watchOS), ("", "", .unknown),
        ] as [(String, String?, NodePlatform)])
    func platformsAreKnownByWhatClientsWrite(platform: String, family: String?, kind: NodePlatform) {
        #expect(NodePlatform(platform: platform, deviceFamily: family) == kind)
    }

    @Test(arguments: NodePlatform.allCases) func nothingThatRunsProgramsIsOffMobileDevices(kind: NodePlatform) {
        let all = Array(NodeCommandPolicy.runsPrograms).sorted()
        #expect(NodeCommandPolicy().filter(all, platform: kind, caps: []) == (kind.isDesktop ? all : []))
    }

    @Test(arguments: NodePlatform.allCases) func whatIsDangerousMustBeAllowed(kind: NodePlatform) {
        let dangerous = [
            "camera.snap", "camera.clip", "camera.ptz.control", "desktop.stream", "screen.record", "contacts.add",
            "calendar.add", "reminders.add", "health.summary", "sms.send", "sms.search",
        ]
        #expect(NodeCommandPolicy().filter(dangerous, platform: kind, caps: []) == [])
        let policy = NodeCommandPolicy(allow: ["sms.send", "camera.snap"])
        #expect(policy.filter(dangerous, platform: kind, caps: []) == ["camera.snap", "sms.send"])
    }

    @Test func denyingWins() {
        let policy = NodeCommandPolicy(allow: ["sms.send"], deny: ["sms.send", "location.get"])
        let commands = ["sms.send", "location.get", "device.info", "device.info"]
        #expect(policy.filter(commands, platform: .android, caps: []) == ["device.info"])
    }

    @Test func talkIsForThoseWhoTalk() {
        let policy = NodeCommandPolicy()
        #expect(policy.filter(["talk.ptt.start"], platform: .linux, caps: []) == ["talk.ptt.start"])
        #expect(
            policy.filter(["talk.ptt.start", "talk.other"], platform: .unknown, caps: ["talk"]) == ["talk.ptt.start"])
    }

    @Test(arguments: [
        (NodePlatform.iOS, "contacts.search", true), (.iOS, "callLog.search", false),
        (.android, "callLog.search", true), (.android, "mobile.ui.act", true), (.watchOS, "device.status", true),
        (.watchOS, "location.get", false), (.macOS, "computer.act", true), (.macOS, "canvas.present", true),
        (.windows, "computer.act", true), (.windows, "canvas.present", false), (.linux, "system.notify", true),
        (.linux, "device.info", false), (.unknown, "system.run", false),
    ]) func eachKindHasItsOwn(kind: NodePlatform, command: String, isAllowed: Bool) {
        #expect(NodeCommandPolicy().filter([command], platform: kind, caps: []).isEmpty != isAllowed)
    }
}
