import Platform

/// A message of Slack's with something to choose from: its text, and below it buttons and lists.
enum SlackBlocks {
    /// What begins the names of buttons that only open an address: Slack tells of those too.
    static let opens = "open:"

    static func json(_ text: String, _ choices: Choices) -> JSON {
        var blocks: [JSON] = [["type": "section", "text": ["type": "mrkdwn", "text": .string(text)]]]
        for (number, row) in choices.rows.enumerated() {
            blocks.append(actions(row.enumerated().map { json($1, "\(number):\($0)") }))
        }
        for (number, menu) in choices.menus.enumerated() { blocks.append(actions([json(menu, number)])) }
        return .array(blocks)
    }

    private static func actions(_ elements: [JSON]) -> JSON { ["type": "actions", "elements": .array(elements)] }

    private static func plain(_ text: String) -> JSON {
        ["type": "plain_text", "text": .string(text), "emoji": true]
    }

    private static func json(_ button: Choices.Button, _ place: String) -> JSON {
        var json: JSON = ["type": "button", "text": plain(button.text)]
        switch button.deed {
        case .say(let text):
            json["action_id"] = .string("say:\(place)")
            json["value"] = .string(text)
        case .open(let address):
            json["action_id"] = .string("\(opens)\(place)")
            json["url"] = .string(address)
        }
        switch button.style {
        case .primary, .success: json["style"] = "primary"
        case .danger: json["style"] = "danger"
        case .secondary, nil: break
        }
        return json
    }

    private static func json(_ menu: Choices.Menu, _ number: Int) -> JSON {
        var json: JSON = [
            "type": "static_select", "action_id": .string("pick:\(number)"),
            "options": .array(menu.options.map { ["text": plain($0.text), "value": .string($0.says)] }),
        ]
        json["placeholder"] = menu.prompt.map { plain($0.cut(to: 150)) }
        return json
    }
}
