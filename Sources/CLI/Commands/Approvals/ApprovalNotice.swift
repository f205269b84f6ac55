import Platform

/// A command that an agent wants to run and that waits for somebody's word, as the gateway tells of it.
struct ApprovalNotice: Equatable, Sendable {
    static let event = "exec.approval.requested"
    /// As much of an id as is typed.
    static let idLength = 8

    let id: String
    let sessionKey: String?
    private let command: String
    private let warning: String?

    init?(_ event: GatewayEvent) {
        guard event.name == Self.event, let id = event.payload["id"]?.string,
            let command = event.payload["request"]?["command"]?.string
        else { return nil }
        self.id = id
        self.command = command
        sessionKey = event.payload["request"]?["sessionKey"]?.string
        warning = event.payload["request"]?["warningText"]?.string
    }

    /// What is to run. It stays one line, so that no command can look like the line behind it.
    var question: String { "wants to run: \(command.shown)" + (warning.map { " (\($0.shown))" } ?? "") }

    /// What decides, typed in the chat.
    var reply: String { "/approve \(String(id.prefix(Self.idLength)).shown)" }

    static let decisions = "allow-once, allow-always or deny"
}
