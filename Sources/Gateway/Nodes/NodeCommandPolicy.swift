/// Which commands nodes may offer. A node must declare a command, an operator must have approved it, and this policy must
/// allow it: by the node's platform, or by `gateway.nodes.allowCommands`. `denyCommands` wins over everything.
struct NodeCommandPolicy: Sendable, Hashable {
    var allow: Set<String> = []
    var deny: Set<String> = []

    /// Those of `declared` that the policy lets through, in their order, once each.
    func filter(_ declared: [String], platform: NodePlatform, caps: [String]) -> [String] {
        var seen: Set<String> = []
        return declared.filter { allows($0, platform, caps: caps, declared: declared) && seen.insert($0).inserted }
    }

    private func allows(_ command: String, _ platform: NodePlatform, caps: [String], declared: [String]) -> Bool {
        if deny.contains(command) { return false }
        if allow.contains(command) || Self.defaults(platform).contains(command) { return true }
        if Self.pushToTalk.contains(command) {
            return caps.contains("talk") || declared.contains { $0.hasPrefix("talk.") }
        }
        return platform.isDesktop && Self.desktopHost.contains(command)
    }

    /// Commands that run programs, read files or change who may: approving and some invoking is for administrators.
    static let runsPrograms: Set<String> = [
        "system.run", "system.run.prepare", "system.which", "browser.proxy", "browser.proxy.upload.v1", "fs.listDir",
        "terminal.upload", "system.execApprovals.get", "system.execApprovals.set",
    ]

    /// Invoked by administrators only (protocol.md section 4).
    static let administrators: Set<String> = [
        "browser.proxy", "browser.proxy.upload.v1", "fs.listDir", "terminal.upload",
    ]

    /// Relayed by `exec.approvals.node.*`, which check who asks, and never by `node.invoke`.
    static let relayedApart: Set<String> = ["system.execApprovals.get", "system.execApprovals.set"]

    private static let pushToTalk: Set<String> = [
        "talk.ptt.start", "talk.ptt.stop", "talk.ptt.cancel", "talk.ptt.once",
    ]

    /// What hosts of programs offer once it was approved.
    private static let desktopHost = runsPrograms.union(["mcp.tools.call.v1", "screen.snapshot"])

    static func defaults(_ platform: NodePlatform) -> Set<String> {
        switch platform {
        case .iOS: mobile.union(canvas)
        case .android: mobile.union(canvas).union(androidOnly)
        case .macOS: mobile.union(canvas).union(["camera.ptz.status", "device.apps", "computer.act"])
        case .watchOS, .unknown: basic
        case .windows: basic.union(["camera.list", "location.get", "computer.act"])
        case .linux: ["system.notify", "computer.act"]
        }
    }

    private static let basic: Set<String> = ["device.info", "device.status", "system.notify"]

    private static let mobile = basic.union([
        "camera.list", "location.get", "contacts.search", "calendar.events", "reminders.list", "photos.latest",
        "motion.activity", "motion.pedometer",
    ])

    private static let androidOnly: Set<String> = [
        "notifications.list", "notifications.actions", "device.permissions", "device.health", "device.apps",
        "callLog.search", "mobile.ui.observe", "mobile.ui.act",
    ]

    /// The gateway's own canvas, shown by a node.
    private static let canvas: Set<String> = [
        "canvas.present", "canvas.hide", "canvas.navigate", "canvas.eval", "canvas.snapshot", "canvas.a2ui.push",
        "canvas.a2ui.pushJSONL", "canvas.a2ui.reset",
    ]
}
