import Platform

/// How answers are written for one platform: what a model says in Markdown becomes messages in the platform's own markup,
/// each of which fits and is whole by itself. A pure function; it can be asked again at any time and says the same.
package struct Rendering: Equatable, Sendable {
    /// Whose markup.
    package enum Format: Equatable, Sendable {
        case telegram
        case slack(Mentions)
        case discord
        case matrix
        case rocketChat
        case plain
    }

    /// What Slack may be told to call, where it stands in an answer as `<@U…>`, `<#C…>` or `<!…>`.
    package struct Mentions: OptionSet, Equatable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let people = Mentions(rawValue: 1)
        package static let channels = Mentions(rawValue: 2)
        /// Everybody in a channel, or a group of people.
        package static let groups = Mentions(rawValue: 4)
    }

    /// What becomes of tables (`markdown.tables`).
    package enum Tables: String, CaseIterable, Sendable {
        /// Columns in a block of code.
        case code
        /// A line for each cell, after the head of its column.
        case bullets
        /// They are text like any other.
        case off

        /// `block` asks for tables of the platform's own. No format has any, so it is as `code`.
        package init?(setting: String) {
            self.init(rawValue: setting == "block" ? "code" : setting)
        }

        /// As an account's settings say.
        static func of(_ settings: JSON, else standard: Tables) -> Tables {
            settings["markdown"]?["tables"]?.string.flatMap(Tables.init(setting:)) ?? standard
        }
    }

    /// Where a message ends (`streaming.chunkMode`).
    package enum Mode: String, CaseIterable, Sendable {
        /// Where it is full.
        case length
        /// At every empty line as well; a list stays together.
        case newline
    }

    /// What a platform counts.
    package enum Unit: Sendable {
        case bytes, scalars, utf16
    }

    package var format: Format
    package var limit: Int
    package var unit: Unit
    package var tables: Tables
    package var mode = Mode.length
    /// Higher messages are cut too, where it is given (`maxLinesPerMessage`).
    package var mostLines: Int?

    /// Lower limits are as this one: a sign, spelled out, must fit.
    static let leastLimit = 16
    /// A block of code of one line after the mark of a list.
    static let fewestLines = 4

    /// Telegram counts code points, 4,096 of them; 4,000 is what OpenClaw's users know.
    package static func telegram(limit: Int = 4000, tables: Tables = .code) -> Rendering {
        Rendering(format: .telegram, limit: limit, unit: .scalars, tables: tables)
    }

    package static func slack(limit: Int = 8000, tables: Tables = .code, mentions: Mentions = []) -> Rendering {
        Rendering(format: .slack(mentions), limit: limit, unit: .bytes, tables: tables)
    }

    package static func discord(limit: Int = 2000, tables: Tables = .code, mostLines: Int? = 17) -> Rendering {
        Rendering(format: .discord, limit: limit, unit: .utf16, tables: tables, mostLines: mostLines)
    }

    package static func matrix(limit: Int = 4000, tables: Tables = .bullets) -> Rendering {
        Rendering(format: .matrix, limit: limit, unit: .bytes, tables: tables)
    }

    package static func rocketChat(limit: Int = 5000, tables: Tables = .code) -> Rendering {
        Rendering(format: .rocketChat, limit: limit, unit: .utf16, tables: tables)
    }

    /// `limit` is what a line has room for besides what the server puts before it.
    package static func plain(limit: Int, tables: Tables = .code, mostLines: Int? = nil) -> Rendering {
        Rendering(format: .plain, limit: limit, unit: .bytes, tables: tables, mostLines: mostLines)
    }

    /// The messages that say `markdown`, in order. There is none if it says nothing.
    package func chunks(_ markdown: String) -> [RenderedChunk] {
        if isPlain(markdown) { return [RenderedChunk(text: markdown, plain: markdown)] }
        var steps = 0
        let read = MarkdownReader.read(markdown, tables: tables != .off, steps: &steps)
        let longestLink = max(limit, Self.leastLimit) / 3
        let passages = TableLayout.laidOut(read, as: tables).map { passage in
            var passage = passage
            passage.text = passage.text.spellingOut(linksLongerThan: longestLink)
            return passage
        }
        var chunker = Chunker(passages, self)
        return chunker.chunks()
    }

    /// Whether the text is one line that no format writes in any other way, and fits. Most short answers are.
    private func isPlain(_ text: String) -> Bool {
        var count = 0
        var last: UInt8 = ASCII.space
        for byte in text.utf8 {
            count += unit.weight(byte)
            guard !Self.marks[Int(byte)], byte != ASCII.slash || last != ASCII.slash else { return false }
            last = byte
        }
        guard let first = text.utf8.first, count <= limit, last != ASCII.space else { return false }
        return first != ASCII.space && first != ASCII.minus && first != ASCII.plus && !ASCII.isDigit(first)
    }

    /// The bytes that may be markup in some format, control characters, and the lead of U+0080 to U+00BF, among which
    /// control characters are.
    private static let marks: [Bool] = {
        var marks = [Bool](repeating: false, count: 256)
        for byte in 0..<Int(ASCII.space) { marks[byte] = true }
        for byte in "\\`*_~[]<>&#|=".utf8 { marks[Int(byte)] = true }
        marks[Int(ASCII.delete)] = true
        marks[0xC2] = true
        return marks
    }()

    /// An empty sheet.
    func writer() -> any PassageWriter {
        switch format {
        case .telegram: TextWriter(TelegramDialect(), unit)
        case .slack(let mentions): TextWriter(SlackDialect(mentions: mentions), unit)
        case .discord: TextWriter(DiscordDialect(), unit)
        case .matrix: MatrixWriter(unit)
        case .rocketChat: TextWriter(RocketChatDialect(), unit)
        case .plain: TextWriter(PlainDialect(), unit)
        }
    }
}

/// One message.
package struct RenderedChunk: Equatable, Sendable {
    /// In the platform's own markup.
    package var text: String
    /// The same without any. It is sent once where the platform refuses the markup, and is the `body` of Matrix.
    package var plain: String

    /// Whether there is no markup, so that the platform need not be told to look for any.
    package var isPlain: Bool { text == plain }
}
