import Platform
import Settings

/// `hooks`: what other programs may ask for over HTTP.
struct HookSettings: Sendable {
    static let standardPath = "/hooks"
    static let standardBodyBytes = 256 << 10

    var isEnabled = false
    var token: SecretDigest?
    /// With a slash at its beginning and none at its end.
    var path = standardPath
    var bodyLimit = standardBodyBytes
    var defaultSessionKey: String?
    /// Whether a request, or a template filled from it, may name its session.
    var takesSessionKeys = false
    /// What such names begin with; nil for anything.
    var sessionKeyPrefixes: [String]?
    /// Agents that hooks reach; nil for all.
    var agentIDs: Set<String>?
    var hasOwnerRights = false
    var mappings: [HookMapping] = []

    init() {}

    init(_ snapshot: ConfigSnapshot) {
        isEnabled = snapshot.bool("hooks.enabled") ?? false
        token = SecretDigest(configured: snapshot.string("hooks.token"))
        path = Self.path(snapshot.string("hooks.path") ?? Self.standardPath)
        bodyLimit = snapshot.integer("hooks.maxBodyBytes") ?? Self.standardBodyBytes
        defaultSessionKey = snapshot.json("hooks.defaultSessionKey")?.said
        takesSessionKeys = snapshot.bool("hooks.allowRequestSessionKey") ?? false
        sessionKeyPrefixes = snapshot.given("hooks.allowedSessionKeyPrefixes")?.array?.compactMap(\.string)
        let agents = snapshot.given("hooks.allowedAgentIds")?.array?.compactMap(\.string)
        agentIDs = agents.flatMap { $0.contains("*") ? nil : Set($0) }
        hasOwnerRights = snapshot.bool("hooks.ownerRights") ?? false
        mappings = (snapshot.given("hooks.mappings")?.array ?? []).enumerated().map { number, json in
            HookMapping(json, setting: "hooks.mappings[\(number)]")
        }
        if snapshot.strings("hooks.presets")?.contains("gmail") == true {
            var gmail = HookMapping.gmail
            // Each run has a conversation of its own all the same.
            if !takesSessionKeys { gmail.sessionKey = nil }
            mappings.append(gmail)
        }
    }

    static func path(_ text: String) -> String { "/" + HookMapping.plain(text) }

    /// What stands behind the path in a request's; nil where it is no hook's.
    func subpath(_ path: String) -> String? {
        guard isEnabled, path.hasPrefix(self.path) else { return nil }
        let rest = path.dropFirst(self.path.count)
        guard rest.isEmpty || rest.hasPrefix("/") else { return nil }
        return PathText.decoded(rest).map(HookMapping.plain) ?? ""
    }

    func reaches(_ agent: String) -> Bool { agentIDs?.contains(agent) ?? true }

    func takes(sessionKey: String) -> Bool {
        sessionKeyPrefixes.map { $0.contains { !$0.isEmpty && sessionKey.hasPrefix($0) } } ?? true
    }

    // MARK: What is wrong with it

    /// What would make a request fail, told when the configuration is read. `refused`: nothing starts with it.
    static func problems(_ snapshot: ConfigSnapshot) -> [(setting: String, message: String, isRefused: Bool)] {
        var problems: [(setting: String, message: String, isRefused: Bool)] = []
        guard snapshot.given("hooks.enabled")?.bool == true else { return [] }
        let settings = HookSettings(snapshot)
        if settings.path == "/" {
            problems.append(("hooks.path", "\"/\" would take every path of the gateway; a path such as /hooks", true))
        }
        for mapping in settings.mappings {
            problems += mapping.problems(takesSessionKeys: settings.takesSessionKeys).map {
                ("\(mapping.setting).\($0.name)", $0.message, false)
            }
            // Without it the token alone would do.
            if mapping.signature == nil, snapshot.given("\(mapping.setting).signature") != nil {
                problems.append(
                    ("\(mapping.setting).signature", "needs a kind (github, stripe, generic) and a secret", true))
            }
        }
        return problems
    }
}

extension HookMapping {
    /// Why requests to it would fail, and by which of its settings.
    fileprivate func problems(takesSessionKeys: Bool) -> [(name: String, message: String)] {
        var problems: [(name: String, message: String)] = []
        if case .module = transform {
            problems.append(
                (
                    "transform.module",
                    "modules are not run here: each request to it is answered 500; write a program, and name it in "
                        + "transform.command"
                ))
        }
        for (name, text) in templates {
            do throws(HookTemplate.Problem) {
                let template = try HookTemplate(text)
                guard name == "sessionKey", !template.isFixed, !takesSessionKeys else { continue }
                problems.append(
                    (
                        name,
                        "it is filled from the request, which hooks.allowRequestSessionKey does not allow: each request to it is "
                            + "answered 400"
                    ))
            } catch {
                problems.append((name, "\(error): each request to it is answered 400"))
            }
        }
        guard transform == nil, action == .agent ? message == nil : text == nil else { return problems }
        let name = action == .agent ? "messageTemplate" : "textTemplate"
        problems.append((name, "missing, so there is nothing to tell the agent: each request to it is answered 400"))
        return problems
    }

    /// By their names in the configuration.
    var templates: [(String, String)] {
        [("messageTemplate", message), ("textTemplate", text), ("sessionKey", sessionKey), ("to", to), ("name", name)]
            .compactMap { name, text in text.map { (name, $0) } }
    }
}
