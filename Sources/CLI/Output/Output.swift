import Platform

/// Where a command's answer goes, and how it is to look.
struct Output: Sendable {
    typealias Sink = @Sendable (StandardStream, String) -> Void

    let style: TextStyle
    let errorStyle: TextStyle
    /// One JSON object and nothing else on standard output.
    let isJSON: Bool
    private let sink: Sink

    init(style: TextStyle, errorStyle: TextStyle, isJSON: Bool, sink: @escaping Sink = { $0.write($1) }) {
        self.style = style
        self.errorStyle = errorStyle
        self.isJSON = isJSON
        self.sink = sink
    }

    static func standard(_ environment: Environment, isJSON: Bool, noColor: Bool) -> Output {
        Output(
            style: .of(.output, environment, noColor: noColor), errorStyle: .of(.error, environment, noColor: noColor),
            isJSON: isJSON)
    }

    /// Text as it is, with its own line feeds.
    func write(_ text: String) { sink(.output, style.plain(text)) }

    func line(_ text: String) { write(text + "\n") }

    /// A text for people, which a terminal gets in lines of its width.
    func sentence(_ text: String) {
        line(style.isTerminal ? TextLayout.wrap(text, width: style.width, indent: 4).joined(separator: "\n") : text)
    }

    /// A command that can be pasted, behind what it is for.
    func command(_ label: String, _ command: String) {
        line(TextLayout.labelled(label, command, style).joined(separator: "\n"))
    }

    /// What accompanies an answer without being part of it.
    func note(_ text: String) { sink(.error, errorStyle.plain(text) + "\n") }

    func json(_ value: JSON) {
        let shape = JSONWriter.Style(isPretty: style.isTerminal)
        sink(.output, String(decoding: JSONWriter.bytes(of: value, style: shape), as: UTF8.self) + "\n")
    }

    func report(_ report: Report, now: WallTime) { sink(.output, report.text(style, now: now)) }

    func fail(_ failure: CommandFailure) {
        if isJSON {
            json(failure.json)
        } else {
            sink(.error, errorStyle.plain(failure.text(errorStyle)))
        }
    }
}
