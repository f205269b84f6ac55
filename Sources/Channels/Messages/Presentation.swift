package import Platform

/// A message in parts, as clients and models describe it: texts, and what is to be chosen from. What a platform cannot
/// show as it is becomes words.
package struct Presentation: Equatable, Sendable {
    private static let kinds = ["text", "context", "divider", "buttons", "select"]
    static let mostBlocks = 50

    /// In Markdown.
    package private(set) var text = ""
    package private(set) var choices = Choices()

    package init(_ field: JSONField) throws(JSONDecodingError) {
        let object = try field.object()
        if let title = try object.field("title").ifNotNull?.string() { add("**\(title)**") }
        for field in try object.field("blocks").array(maxCount: Self.mostBlocks) {
            let block = try field.object()
            switch try block.field("type").oneOf(Self.kinds) {
            case "text", "context": add(try block.field("text").string())
            case "divider": add("---")
            case "buttons":
                let row = try Choices.row(block.field("buttons"))
                if !row.isEmpty { choices.rows.append(row) }
            default: choices.menus.append(try Choices.Menu(block))
            }
        }
        try choices.checkDistinct(field)
    }

    private mutating func add(_ words: String) {
        guard !words.isEmpty else { return }
        text += (text.isEmpty ? "" : "\n\n") + words
    }
}

extension Choices {
    static let most = 100

    /// Rows of buttons: `[[{text, callback_data, style}]]`, or one row without the outer list.
    package init(buttons field: JSONField) throws(JSONDecodingError) {
        let rows = try field.array(maxCount: Self.most)
        guard rows.contains(where: { $0.value?.array != nil }) else {
            let row = try Self.row(field)
            self.init(rows: row.isEmpty ? [] : [row])
            try checkDistinct(field)
            return
        }
        self.init()
        for row in rows {
            let buttons = try Self.row(row)
            if !buttons.isEmpty { self.rows.append(buttons) }
        }
        try checkDistinct(field)
    }

    /// Buttons that cannot be pressed are none.
    fileprivate static func row(_ field: JSONField) throws(JSONDecodingError) -> [Button] {
        var row: [Button] = []
        for field in try field.array(maxCount: most) {
            let object = try field.object()
            let button = try Button(named: object)
            if try object.field("disabled").ifNotNull?.bool() != true { row.append(button) }
        }
        return row
    }

    /// Who presses one of two that say the same cannot be told apart, and platforms refuse it.
    fileprivate func checkDistinct(_ field: JSONField) throws(JSONDecodingError) {
        var known: Set<String> = []
        for case .say(let text) in rows.joined().map(\.deed) where !known.insert(text).inserted {
            throw field.mustBe("buttons of which no two stand for the same; \"\(text.cut(to: 60))\" is there twice")
        }
        for menu in menus {
            guard Set(menu.options.map(\.says)).count == menu.options.count else {
                throw field.mustBe("lists of which no two options stand for the same")
            }
        }
    }
}

extension Choices.Button {
    /// `text` or `label`; what it does is `action`, or in older files `callback_data`, `value`, `url` or `web_app`.
    fileprivate init(named object: JSONReader) throws(JSONDecodingError) {
        let text = try Choices.label(object)
        let style = try object.field("style").ifNotNull?.oneOf(Choices.Style.self)
        self.init(text, try .init(of: object, text, ["command", "callback", "url", "web-app"]), style)
    }
}

extension Choices.Menu {
    fileprivate init(_ block: JSONReader) throws(JSONDecodingError) {
        prompt = try block.field("placeholder").ifNotNull?.string()
        options = []
        let field = block.field("options")
        for field in try field.array(maxCount: Choices.most) {
            let option = try field.object()
            let text = try Choices.label(option)
            guard case .say(let says) = try Choices.Deed(of: option, text, ["command", "callback"]) else { continue }
            options.append(Option(text: text, says: says))
        }
        guard !options.isEmpty else { throw field.mustBe("a list with one option at least") }
    }
}

extension Choices {
    fileprivate static func label(_ object: JSONReader) throws(JSONDecodingError) -> String {
        let field = object.field("label").ifNotNull ?? object.field("text")
        return try field.string(allowsEmpty: false)
    }
}

extension Choices.Deed {
    /// Of a button or an option; `kinds` are the actions that it can have.
    fileprivate init(of object: JSONReader, _ text: String, _ kinds: [String]) throws(JSONDecodingError) {
        if let action = object.field("action").ifNotNull {
            self = try Self(action: action.object(), of: kinds)
        } else {
            self = try Self(plain: object, text)
        }
    }

    fileprivate init(action object: JSONReader, of kinds: [String]) throws(JSONDecodingError) {
        switch try object.field("type").oneOf(kinds) {
        case "command":
            let command = try object.field("command").string(allowsEmpty: false)
            self = .say(command.hasPrefix("/") ? command : "/\(command)")
        case "callback": self = .say(try object.field("value").string(allowsEmpty: false))
        default: self = .open(try Self.address(object.field("url")))
        }
    }

    /// Without any of them pressing says what stands on the button.
    fileprivate init(plain object: JSONReader, _ text: String) throws(JSONDecodingError) {
        if let url = object.field("url").ifNotNull {
            self = .open(try Self.address(url))
        } else if let app = object.field("webApp").ifNotNull ?? object.field("web_app").ifNotNull {
            self = .open(try Self.address(app.object().field("url")))
        } else {
            let field = object.field("callback_data").ifNotNull ?? object.field("value").ifNotNull
            self = .say(try field?.string(allowsEmpty: false) ?? text)
        }
    }

    private static func address(_ field: JSONField) throws(JSONDecodingError) -> String {
        let text = try field.string()
        guard text.hasPrefix("https://") || text.hasPrefix("http://"), text.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { throw field.mustBe("an http or https address") }
        return text
    }
}
