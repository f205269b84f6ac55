import Platform

/// A page as plain text or as Markdown: what a person would read of it. No page makes it take longer than its length
/// lets expect, and nothing in a page is run or fetched.
struct HTMLText {
    /// How the text is marked up.
    enum Form: String, CaseIterable, Sendable { case text, markdown }

    private(set) var title: String?
    private var output: [UInt8] = []
    private let form: Form
    private let bytes: [UInt8]
    private var next = 0
    private var links: [String] = []
    private var lists: [Int?] = []
    private var isPreformatted = false
    private var quotes = 0

    static func convert(_ html: [UInt8], _ form: Form) -> (text: String, title: String?) {
        var page = HTMLText(html, form)
        page.run()
        return (page.finished, page.title)
    }

    private init(_ bytes: [UInt8], _ form: Form) {
        self.bytes = bytes
        self.form = form
    }

    private mutating func run() {
        while next < bytes.count {
            if bytes[next] == UInt8(ascii: "<"), let tag = HTMLTag.read(bytes, at: next) {
                next = tag.end
                take(tag)
            } else {
                let start = next
                next += 1
                while next < bytes.count, bytes[next] != UInt8(ascii: "<") { next += 1 }
                add(text: HTMLEntities.decoded(bytes[start..<next]))
            }
        }
    }

    private mutating func take(_ tag: HTMLTag) {
        switch tag.name {
        case "": break
        case "script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "select", "textarea":
            if !tag.isEnd, !tag.closesItself { next = HTMLTag.end(of: tag.name, in: bytes, from: next).after }
        case "title":
            guard !tag.isEnd else { break }
            let end = HTMLTag.end(of: "title", in: bytes, from: next)
            let text = Self.joined(HTMLEntities.decoded(bytes[next..<end.before]))
            if title == nil, !text.isEmpty { title = text }
            next = end.after
        case "br": line()
        case "hr":
            paragraph()
            if form == .markdown { output += "---".utf8 }
            paragraph()
        case "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "form", "table", "figure",
            "figcaption", "address", "details", "summary", "dl", "fieldset", "body", "head":
            paragraph()
        case "tr", "dt", "dd", "option", "caption": line()
        case "td", "th": if !tag.isEnd, output.last.map({ $0 != 0x0a }) == true { output += " | ".utf8 }
        case "h1", "h2", "h3", "h4", "h5", "h6": heading(tag)
        case "pre": preformatted(tag)
        case "code": if form == .markdown, !isPreformatted { output.append(UInt8(ascii: "`")) }
        case "strong", "b": mark("**")
        case "em", "i": mark("*")
        case "blockquote":
            paragraph()
            quotes = max(0, quotes + (tag.isEnd ? -1 : 1))
        case "ul", "ol", "menu": list(tag)
        case "li": if !tag.isEnd { item() } else { line() }
        case "a": link(tag)
        case "img":
            if let alt = tag.attribute("alt"), !alt.isEmpty { add(text: "[\(alt)]") }
        default: break
        }
    }

    private mutating func heading(_ tag: HTMLTag) {
        paragraph()
        guard !tag.isEnd, form == .markdown, let level = tag.name.utf8.last else { return }
        output += repeatElement(UInt8(ascii: "#"), count: Int(level - 48))
        output.append(0x20)
    }

    private mutating func preformatted(_ tag: HTMLTag) {
        isPreformatted = !tag.isEnd
        guard form == .markdown else { return paragraph() }
        if tag.isEnd { line() } else { paragraph() }
        output += "```\n".utf8
        if tag.isEnd { output.append(0x0a) }
    }

    private mutating func mark(_ text: String) {
        if form == .markdown, !isPreformatted { output += text.utf8 }
    }

    private mutating func list(_ tag: HTMLTag) {
        if lists.isEmpty { paragraph() } else { line() }
        if tag.isEnd {
            if !lists.isEmpty { lists.removeLast() }
            if lists.isEmpty { paragraph() }
        } else if lists.count < 64 {
            lists.append(tag.name == "ol" ? 1 : nil)
        }
    }

    private mutating func item() {
        line()
        output += repeatElement(0x20, count: 2 * max(0, lists.count - 1))
        if let last = lists.indices.last, let number = lists[last] {
            output += "\(number). ".utf8
            lists[last] = number + 1
        } else {
            output += "- ".utf8
        }
    }

    private mutating func link(_ tag: HTMLTag) {
        guard form == .markdown else { return }
        if tag.isEnd {
            guard let target = links.popLast() else { return }
            output += target.isEmpty ? [] : Array("](\(target))".utf8)
        } else if links.count < 64 {
            // Only what leads somewhere else on the web.
            var target = tag.attribute("href") ?? ""
            let lower = target.lowercased()
            if lower.hasPrefix("javascript:") || lower.hasPrefix("data:") || lower.hasPrefix("#") { target = "" }
            target = ToolText.head(target, 2000)
            if target.utf8.contains(where: { $0 <= 0x20 || $0 == 0x29 }) { target = "" }
            links.append(target)
            if !target.isEmpty { output.append(UInt8(ascii: "[")) }
        }
    }

    private mutating func add(text: String) {
        if isPreformatted {
            output += text.utf8
            return
        }
        for byte in text.utf8 {
            let isSpace = byte == 0x20 || (0x09...0x0d).contains(byte)
            if !isSpace {
                output.append(byte)
            } else if let last = output.last, last != 0x20, last != 0x0a {
                output.append(0x20)
            }
        }
    }

    private mutating func line() {
        while output.last == 0x20 { output.removeLast() }
        if let last = output.last, last != 0x0a { output.append(0x0a) }
    }

    private mutating func paragraph() {
        line()
        guard !output.isEmpty, output.suffix(2) != [0x0a, 0x0a] else { return }
        output.append(0x0a)
        if quotes > 0, form == .markdown { output += "> ".utf8 }
    }

    private var finished: String { ToolText.trimmed(String(decoding: output, as: UTF8.self)) }

    /// On one line.
    private static func joined(_ text: String) -> String {
        text.split { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }.joined(separator: " ")
    }
}
