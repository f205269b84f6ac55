/// How one platform writes what stands within a line. The order in which marks nest is not its business.
protocol Dialect: Sendable {
    /// Whether marks reach over line ends. Where they do not, they are closed and opened again.
    var marksSpanLines: Bool { get }
    /// Whether nothing may be set differently within the words of a link.
    var linksAreInnermost: Bool { get }
    /// Whether quotes are tags; else every line has a mark before it.
    var quotesAreTags: Bool { get }
    /// Whether code stands between lines of backticks.
    var blocksAreFenced: Bool { get }
    var bullet: String { get }
    var lineBreak: String { get }

    /// What is left of a style where not all can be had at once.
    func effective(_ style: InlineText.Style, isLink: Bool) -> InlineText.Style
    /// What stands before a heading, and whether its words are bold instead.
    func heading(_ level: Int) -> (mark: String, isBold: Bool)
    func open(_ mark: Mark, to sheet: inout Sheet)
    func close(_ mark: Mark, to sheet: inout Sheet)
    func write(_ text: InlineText, _ range: Range<Int>, _ place: Place, to sheet: inout Sheet)
    func writeCode(_ code: ArraySlice<UInt8>, to sheet: inout Sheet)
    func openBlock(language: String, to sheet: inout Sheet)
    func writeBlock(_ line: ArraySlice<UInt8>, to sheet: inout Sheet)
    func closeBlock(language: String, to sheet: inout Sheet)
}

extension Dialect {
    var marksSpanLines: Bool { false }
    var linksAreInnermost: Bool { false }
    var quotesAreTags: Bool { false }
    var blocksAreFenced: Bool { true }
    var bullet: String { "• " }
    var lineBreak: String { "\n" }

    func effective(_ style: InlineText.Style, isLink: Bool) -> InlineText.Style { style }
    func heading(_ level: Int) -> (mark: String, isBold: Bool) { ("", true) }
    func openBlock(language: String, to sheet: inout Sheet) { sheet.append("```") }
    func closeBlock(language: String, to sheet: inout Sheet) { sheet.append("```") }
}

/// Something that is open and has to be closed.
enum Mark: Equatable, Sendable {
    /// `inner`: within bold, or together with it.
    case italic(inner: Bool)
    case bold
    case strike
    case link([UInt8])
}

/// Where in a line text stands.
struct Place: Equatable, Sendable {
    var isLineStart = false
    var isLink = false
    /// The words are the address.
    var isBare = false
}

extension Sheet {
    /// Text with the signs of HTML spelled out.
    mutating func appendEscaped(_ text: ArraySlice<UInt8>, quotes: Bool = false) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): append("&amp;")
            case UInt8(ascii: "<"): append("&lt;")
            case UInt8(ascii: ">"): append("&gt;")
            case UInt8(ascii: "\"") where quotes: append("&quot;")
            default: append(byte)
            }
        }
    }

    /// Code for a platform that knows no fence of more than three backticks: a sign without width stands between the
    /// second and the third.
    mutating func appendFenced(_ line: ArraySlice<UInt8>, escaped: Bool) {
        var ticks = 0
        for byte in line {
            ticks = byte == UInt8(ascii: "`") ? ticks + 1 : 0
            if ticks == 3 {
                append("\u{200b}")
                ticks = 1
            }
            if escaped { appendEscaped([byte]) } else { append(byte) }
        }
    }
}
