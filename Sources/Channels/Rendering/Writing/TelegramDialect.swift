/// The HTML of Telegram's Bot API. An unknown tag or a tag left open would cost the whole message, so there are few.
struct TelegramDialect: HTMLDialect {
    let bold = "b"
    let italic = "i"
    let strike = "s"
    let escapesQuotes = false
    let quotesAreTags = true

    /// Code cannot be anything else at the same time.
    func effective(_ style: InlineText.Style, isLink: Bool) -> InlineText.Style {
        guard style.contains(.code) else { return style }
        return isLink ? style.subtracting(.code) : .code
    }

    func openBlock(language: String, to sheet: inout Sheet) {
        sheet.append(language.isEmpty ? "<pre>" : "<pre><code class=\"language-\(language)\">")
    }

    func closeBlock(language: String, to sheet: inout Sheet) {
        sheet.append(language.isEmpty ? "</pre>" : "</code></pre>")
    }
}
