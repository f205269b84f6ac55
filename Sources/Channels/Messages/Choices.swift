import Platform

/// What people can press or pick under a message. Pressing says something, as if it had been written.
package struct Choices: Equatable, Sendable {
    /// How much a button stands out; platforms have what they have of it.
    package enum Style: String, CaseIterable, Sendable { case primary, secondary, success, danger }

    /// What comes of pressing.
    package enum Deed: Equatable, Sendable {
        case say(String)
        /// An address, in the browser of who presses; we do not hear of it.
        case open(String)
    }

    package struct Button: Equatable, Sendable {
        package var text: String
        package var deed: Deed
        package var style: Style?

        package init(_ text: String, _ deed: Deed, _ style: Style? = nil) {
            self.text = text
            self.deed = deed
            self.style = style
        }
    }

    /// A list of which one is picked.
    package struct Menu: Equatable, Sendable {
        package struct Option: Equatable, Sendable {
            package var text: String
            package var says: String
        }

        package var prompt: String?
        package var options: [Option]
    }

    package var rows: [[Button]] = []
    package var menus: [Menu] = []

    package init(rows: [[Button]] = [], menus: [Menu] = []) {
        self.rows = rows
        self.menus = menus
    }

    package var isEmpty: Bool { rows.isEmpty && menus.isEmpty }

    /// Everything that can be said by pressing.
    package var says: [String] {
        rows.joined().compactMap { if case .say(let text) = $0.deed { text } else { nil } }
            + menus.flatMap { $0.options.map(\.says) }
    }

    package static func + (one: Choices, other: Choices) -> Choices {
        Choices(rows: one.rows + other.rows, menus: one.menus + other.menus)
    }

    /// In words, in Markdown, where nothing can be pressed.
    package var words: String {
        let buttons = rows.joined().map { button in
            switch button.deed {
            case .open(let address): "- \(button.text): \(address)"
            case .say(let text): Self.line(button.text, text)
            }
        }
        let lists = menus.map { menu in
            ((menu.prompt.map { ["\($0):", ""] } ?? []) + menu.options.map { Self.line($0.text, $0.says) })
                .joined(separator: "\n")
        }
        return ((buttons.isEmpty ? [] : [buttons.joined(separator: "\n")]) + lists).joined(separator: "\n\n")
    }

    /// A command has to be typed as it is; any other choice is told by its name.
    private static func line(_ text: String, _ says: String) -> String {
        says.hasPrefix("/") ? "- \(text): `\(says)`" : "- \(text)"
    }
}

/// The outbox keeps messages as JSON.
extension Choices {
    var json: JSON {
        [
            "rows": .array(rows.map { .array($0.map(\.json)) }),
            "menus": .array(
                menus.map { menu in
                    var json: JSON = [
                        "options": .array(menu.options.map { ["text": .string($0.text), "say": .string($0.says)] })
                    ]
                    json["prompt"] = menu.prompt.map { .string($0) }
                    return json
                }),
        ]
    }

    init(_ field: JSONField) throws(JSONDecodingError) {
        let object = try field.object()
        for row in try object.field("rows").array() {
            var buttons: [Button] = []
            for field in try row.array() { buttons.append(try Button(field)) }
            rows.append(buttons)
        }
        for field in try object.field("menus").array() {
            let menu = try field.object()
            var options: [Menu.Option] = []
            for field in try menu.field("options").array() {
                let option = try field.object()
                options.append(
                    Menu.Option(text: try option.field("text").string(), says: try option.field("say").string()))
            }
            menus.append(Menu(prompt: try menu.field("prompt").ifPresent?.string(), options: options))
        }
    }
}

extension Choices.Button {
    fileprivate var json: JSON {
        var json: JSON = ["text": .string(text)]
        switch deed {
        case .say(let text): json["say"] = .string(text)
        case .open(let address): json["open"] = .string(address)
        }
        json["style"] = style.map { .string($0.rawValue) }
        return json
    }

    fileprivate init(_ field: JSONField) throws(JSONDecodingError) {
        let object = try field.object()
        let deed: Choices.Deed
        if let address = object.field("open").ifPresent {
            deed = .open(try address.string())
        } else {
            deed = .say(try object.field("say").string())
        }
        self.init(
            try object.field("text").string(), deed, try object.field("style").ifPresent?.oneOf(Choices.Style.self))
    }
}
