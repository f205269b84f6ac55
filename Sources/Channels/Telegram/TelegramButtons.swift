import Platform

/// Where buttons stand under messages, and are heard when they are pressed (`capabilities.inlineButtons`).
package enum TelegramButtons: String, CaseIterable, Sendable {
    case off, dm, group, all
    /// As `all`: who presses is judged as who writes, by the account's lists.
    case allowlist

    static let usual = TelegramButtons.allowlist

    init(_ account: AccountSettings) throws(ChannelProblem) {
        self = .usual
        guard let given = account.config["capabilities"] else { return }
        // As older files have it.
        if let list = given.array {
            self = list.contains("inlineButtons") ? .all : .off
            return
        }
        guard let word = given["inlineButtons"] else { return }
        guard let scope = word.string.flatMap(TelegramButtons.init) else {
            throw ChannelProblem(
                "\(account.path).capabilities.inlineButtons", "is none of what it can be",
                cure: "set it to \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self = scope
    }

    func includes(_ kind: ChatKind) -> Bool {
        switch self {
        case .off: false
        case .dm: kind == .direct
        case .group: kind != .direct
        case .all, .allowlist: true
        }
    }

    /// People have numbers above zero, groups and channels below; `@name` is a channel.
    static func kind(ofChat chat: String) -> ChatKind {
        let number = chat.split(separator: ":").last.flatMap { Int($0) } ?? -1
        return number > 0 ? .direct : .group
    }

    /// The keyboard under a message.
    static func keyboard(_ choices: Choices) -> JSON {
        let rows = choices.rows.map { row in
            JSON.array(
                row.map { button in
                    var json: JSON = ["text": .string(button.text)]
                    switch button.deed {
                    case .say(let text): json["callback_data"] = .string(text)
                    case .open(let address): json["url"] = .string(address)
                    }
                    if let style = button.style, style != .secondary { json["style"] = .string(style.rawValue) }
                    return json
                })
        }
        return ["inline_keyboard": .array(rows)]
    }
}
