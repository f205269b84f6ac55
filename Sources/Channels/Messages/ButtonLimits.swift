import Platform

/// What a platform has room for under one message.
package struct ButtonLimits: Equatable, Sendable {
    /// Rows, each list being one.
    package let rows: Int
    package let perRow: Int
    /// Of what stands on a button, in UTF-16 units.
    package let text: Int
    /// Of what pressing says, in bytes.
    package let value: Int
    /// Options of a list, 0 where there are no lists; and the size of each and of what it says.
    package let options: Int
    package let optionValue: Int
    /// Of the text above, where that is less than elsewhere.
    package let message: Int?

    package init(
        rows: Int, perRow: Int, text: Int, value: Int, options: Int = 0, optionValue: Int = 0, message: Int? = nil
    ) {
        self.rows = rows
        self.perRow = perRow
        self.text = text
        self.value = value
        self.options = options
        self.optionValue = optionValue
        self.message = message
    }
}

/// Why a platform cannot show what is to be chosen from.
package struct ChoicesRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
}

extension Choices {
    /// Of an address; no platform takes longer ones everywhere.
    static let longestAddress = 512

    /// As there is room for them: wide rows become several, and a list becomes buttons where there are no lists.
    package func fitting(_ limits: ButtonLimits, on platform: String) throws(ChoicesRefusal) -> Choices {
        var all = rows
        var lists: [Menu] = []
        for menu in menus {
            if limits.options == 0 {
                all += menu.options.map { [Button($0.text, .say($0.says))] }
                continue
            }
            guard menu.options.count <= limits.options else {
                throw ChoicesRefusal(
                    description: "\(platform) has room for \(limits.options) options in a list, and these are "
                        + "\(menu.options.count)")
            }
            for option in menu.options {
                try Self.check(option.text, option.says, limits.text, limits.optionValue, platform)
            }
            lists.append(menu)
        }
        var laidOut: [[Button]] = []
        for row in all {
            for button in row {
                switch button.deed {
                case .say(let text): try Self.check(button.text, text, limits.text, limits.value, platform)
                case .open(let address):
                    try Self.check(button.text, address, limits.text, Self.longestAddress, platform)
                }
            }
            var rest = row[...]
            while !rest.isEmpty {
                laidOut.append(Array(rest.prefix(limits.perRow)))
                rest = rest.dropFirst(limits.perRow)
            }
        }
        guard laidOut.count + lists.count <= limits.rows else {
            throw ChoicesRefusal(
                description: "\(platform) has room for \(limits.rows) rows of buttons, and these are "
                    + "\(laidOut.count + lists.count)")
        }
        return Choices(rows: laidOut, menus: lists)
    }

    private static func check(
        _ text: String, _ value: String, _ most: Int, _ mostBytes: Int, _ platform: String
    ) throws(ChoicesRefusal) {
        let shown = text.cut(to: 60)
        guard text.utf16.count <= most else {
            throw ChoicesRefusal(
                description:
                    "the button \"\(shown)…\" has \(text.utf16.count) characters, and \(platform) shows \(most)")
        }
        guard value.utf8.count <= mostBytes else {
            throw ChoicesRefusal(
                description: "the button \"\(shown)\" stands for \(value.utf8.count) bytes, and \(platform) allows "
                    + "\(mostBytes)")
        }
    }
}
