import Platform

/// What becomes of requests to a path of the hooks, as `hooks.mappings` says.
struct HookMapping: Equatable, Sendable {
    enum Action: String, CaseIterable, Sendable { case wake, agent }

    enum SessionMode: String, CaseIterable, Sendable { case isolated, persistent }

    /// Something that makes of a request what is to be done.
    enum Transform: Equatable, Sendable {
        /// A program and its arguments.
        case command([String])
        /// A module of another program's language, which is not run.
        case module(String)
    }

    /// Where the mapping stands in the configuration, for messages.
    var setting = "hooks.mappings"
    var path: String?
    /// What the payload's `source` says.
    var source: String?
    var action = Action.agent
    var isUrgent = true
    var name: String?
    var agentID: String?
    var sessionKey: String?
    var sessionMode = SessionMode.isolated
    var message: String?
    var text: String?
    var deliver = true
    var channel: String?
    var to: String?
    var accountID: String?
    var model: String?
    var thinking: String?
    var timeout: Duration?
    /// What comes in is told to the model as if its owner had written it.
    var isTrusted = false
    /// Whether its runs may use what is for owners only.
    var hasOwnerRights = false
    var transform: Transform?
    var signature: HookSignature?

    init() {}

    init(_ json: JSON, setting: String) {
        self.setting = setting
        path = json["match"]?["path"]?.string.map(Self.plain)
        source = json["match"]?["source"]?.string
        action = json["action"]?.string.flatMap(Action.init) ?? .agent
        isUrgent = json["wakeMode"]?.string != "next-heartbeat"
        name = json["name"]?.said
        agentID = json["agentId"]?.said
        sessionKey = json["sessionKey"]?.said
        sessionMode = json["sessionMode"]?.string.flatMap(SessionMode.init) ?? .isolated
        message = json["messageTemplate"]?.said
        text = json["textTemplate"]?.said
        deliver = json["deliver"]?.bool ?? true
        channel = json["channel"]?.said
        to = json["to"]?.said
        accountID = json["accountId"]?.said
        model = json["model"]?.said
        thinking = json["thinking"]?.said
        if let seconds = json["timeoutSeconds"]?.int, seconds > 0 { timeout = .seconds(seconds) }
        isTrusted = json["allowUnsafeExternalContent"]?.bool ?? false
        hasOwnerRights = json["ownerRights"]?.bool ?? false
        if let command = json["transform"]?["command"]?.array?.compactMap(\.string), !command.isEmpty {
            transform = .command(command)
        } else if let module = json["transform"]?["module"]?.said {
            transform = .module(module)
        }
        signature = json["signature"].flatMap(HookSignature.init)
    }

    /// Without slashes at its ends.
    static func plain(_ path: String) -> String { path.split(separator: "/").joined(separator: "/") }

    /// Whether the path alone can be meant by it, before the payload is read.
    func fits(path: String) -> Bool { self.path == nil || self.path == path }

    func fits(_ input: HookInput) -> Bool {
        fits(path: input.path) && (source == nil || input.payload["source"]?.string == source)
    }

    /// Mail as Gmail's Pub/Sub brings it, through a watcher.
    static let gmail: HookMapping = {
        var mapping = HookMapping()
        mapping.setting = "hooks.presets"
        mapping.path = "gmail"
        mapping.name = "Gmail"
        mapping.sessionKey = "hook:gmail:{{messages[0].id}}"
        mapping.message = """
            New mail from {{messages[0].from}}
            Subject: {{messages[0].subject}}
            {{messages[0].snippet}}
            {{messages[0].body}}
            """
        return mapping
    }()
}

extension HookSignature {
    init?(_ json: JSON) {
        guard let kind = json["kind"]?.string.flatMap(Kind.init), let secret = json["secret"]?.said else { return nil }
        self.init(kind: kind, secret: secret)
        if kind == .generic {
            if let header = json["header"]?.said { self.header = header }
            prefix = json["prefix"]?.string ?? ""
            algorithm = json["algorithm"]?.string.flatMap(Algorithm.init) ?? .sha256
            encoding = json["encoding"]?.string.flatMap(Encoding.init) ?? .hex
            timestampHeader = json["timestampHeader"]?.said
        }
        if let seconds = json["toleranceSeconds"]?.int, seconds > 0 { tolerance = .seconds(seconds) }
    }
}

extension JSON {
    /// A text that is not empty.
    var said: String? { string.flatMap { $0.withoutOuterSpace.isEmpty ? nil : $0 } }
}
