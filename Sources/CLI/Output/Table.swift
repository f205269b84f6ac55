/// Rows under headings, for lists of things.
struct Table: Sendable {
    let headings: [String]
    var rows: [[String]] = []

    init(_ headings: String...) { self.headings = headings }

    /// Columns are made narrower down to this, and beside one another in no less than `leastTotal`.
    private static let leastColumn = 14
    private static let leastTotal = 60

    /// Where the columns do not fit side by side, the widest ones break their lines; where that would not read, each
    /// row becomes a few lines of its own.
    func text(_ style: TextStyle) -> String {
        let shown = rows.map { $0.map(\.shown) }
        let widths = headings.indices.map { column in
            max(headings[column].count, shown.map { $0[column].count }.max() ?? 0)
        }
        guard let widths = Self.fitted(widths, Self.longestWords(shown), style) else { return narrow(shown, style) }
        var lines = [style.bold(line(headings, widths))]
        lines += shown.flatMap { self.lines($0, widths) }
        return style.plain(lines.joined(separator: "\n")) + "\n"
    }

    private static func longestWords(_ shown: [[String]]) -> [Int] {
        (shown.first ?? []).indices.map { column in
            shown.map { $0[column].split(separator: " ").map(\.count).max() ?? 0 }.max() ?? 0
        }
    }

    /// The widths that fit the line; nil when there are none.
    private static func fitted(_ widths: [Int], _ words: [Int], _ style: TextStyle) -> [Int]? {
        var widths = widths
        var excess = widths.reduce(0, +) + 2 * widths.count - style.width
        guard excess > 0 else { return widths }
        guard style.width >= leastTotal else { return nil }
        while excess > 0 {
            let shrinkable = zip(widths, words).enumerated().filter { $1.0 > max(leastColumn, $1.1) }
            guard let widest = shrinkable.max(by: { $0.element.0 < $1.element.0 })?.offset else { return nil }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func lines(_ cells: [String], _ widths: [Int]) -> [String] {
        let parts = zip(cells, widths).map { TextLayout.wrap($0, width: $1) }
        return (0..<(parts.map(\.count).max() ?? 0)).map { number in
            line(parts.map { number < $0.count ? $0[number] : "" }, widths)
        }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).map { $0.padded(to: $1) }
        return ("  " + padded.joined(separator: "  ")).withoutTrailingSpaces
    }

    private func narrow(_ shown: [[String]], _ style: TextStyle) -> String {
        let left = headings.dropFirst().map(\.count).max() ?? 0
        let blocks = shown.map { cells in
            let fields = zip(headings, cells).dropFirst().filter { !$1.isEmpty }.flatMap { heading, cell in
                let head = "    \(heading.padded(to: left))  "
                let wrapped = TextLayout.wrap(cell, width: style.width, first: head.count, indent: 6)
                return [head + wrapped[0]] + wrapped.dropFirst()
            }
            return (["  \(style.bold(cells[0]))"] + fields).joined(separator: "\n")
        }
        return style.plain(blocks.joined(separator: "\n")) + "\n"
    }
}
