import Platform

/// Buttons and lists as Discord takes them.
enum DiscordButtons {
    private static let row = 1
    private static let button = 2
    private static let list = 3
    private static let link = 5

    static func components(_ choices: Choices) -> JSON {
        let rows = choices.rows.map { row in holding(row.map(json)) }
        let lists = choices.menus.enumerated().map { number, menu in
            var json: JSON = [
                "type": JSON(list), "custom_id": .string("openclaw-list-\(number)"),
                "options": .array(menu.options.map { ["label": .string($0.text), "value": .string($0.says)] }),
            ]
            json["placeholder"] = menu.prompt.map { .string($0.cut(to: 150)) }
            return holding([json])
        }
        return .array(rows + lists)
    }

    private static func holding(_ parts: [JSON]) -> JSON { ["type": JSON(row), "components": .array(parts)] }

    private static func json(_ button: Choices.Button) -> JSON {
        var json: JSON = ["type": JSON(Self.button), "label": .string(button.text)]
        switch button.deed {
        case .say(let text):
            json["custom_id"] = .string(text)
            json["style"] = JSON(style(button.style))
        case .open(let address):
            json["url"] = .string(address)
            json["style"] = JSON(link)
        }
        return json
    }

    private static func style(_ style: Choices.Style?) -> Int {
        switch style {
        case .primary: 1
        case .secondary, nil: 2
        case .success: 3
        case .danger: 4
        }
    }
}
