/// Rows under headings, for lists of things.
struct Table: Sendable {
    let headings: [String]
    var rows: [[String]] = []

    init(_ headings: String...) { self.headings = headings }

    /// Where the columns do not fit side by side, each row becomes a few lines of its own.
    func text(_ style: TextStyle) -> String {
        let shown = rows.map { $0.map(\.shown) }
        let widths = headings.indices.map { column in
            max(headings[column].count, shown.map { $0[column].count }.max() ?? 0)
        }
        let total = widths.reduce(0, +) + 2 * widths.count
        guard total <= style.width else { return narrow(shown, style) }
        var lines = [style.bold(line(headings, widths))]
        lines += shown.map { line($0, widths) }
        return style.plain(lines.joined(separator: "\n")) + "\n"
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).map { $0.padded(to: $1) }
        let text = "  " + padded.joined(separator: "  ")
        return String(text.reversed().drop { $0 == " " }.reversed())
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
