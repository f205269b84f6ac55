package import Platform

/// What the configuration says of commands: `tools.exec`, and the agent's own before it.
package struct ExecSettings: Equatable, Sendable {
    package static let defaultSeconds = 1800
    package static let secondsLimit = 86_400

    package var security = ExecSecurity.allowlist
    package var ask = ExecAsk.onMiss
    package var seconds = defaultSeconds
    package var safeBins = Set(SafeBin.standard)
    package var pathPrepend: [String] = []

    package init() {}

    /// `security` and `ask`, or both in one word as newer versions of OpenClaw write them. A word that is not known
    /// stands for the strictest.
    package init(_ config: JSON, agentID: String) {
        let own = ToolPolicy.agent(agentID, in: config)?["tools"]?["exec"]
        let parts = [own, config["tools"]?["exec"]].compactMap { $0 }
        func first(_ key: String) -> JSON? { parts.lazy.compactMap { $0[key] }.first { !$0.isNull } }
        for part in parts.reversed() { take(part) }
        if let value = first("timeoutSeconds") ?? first("timeoutSec") {
            seconds = max(1, min(Self.secondsLimit, value.int ?? Self.defaultSeconds))
        }
        if let names = first("safeBins")?.array { safeBins = Set(names.compactMap(\.string)) }
        pathPrepend = first("pathPrepend")?.array?.compactMap(\.string).filter { $0.hasPrefix("/") } ?? []
    }

    private mutating func take(_ part: JSON) {
        switch part["mode"]?.string {
        case nil: break
        case "deny": (security, ask) = (.deny, .off)
        case "allowlist": (security, ask) = (.allowlist, .off)
        case "ask", "auto": (security, ask) = (.allowlist, .onMiss)
        case "full": (security, ask) = (.full, .off)
        default: (security, ask) = (.deny, .always)
        }
        if let word = part["security"]?.string { security = ExecSecurity(rawValue: word) ?? .deny }
        if let word = part["ask"]?.string { ask = ExecAsk(rawValue: word) ?? .always }
    }
}
