import Platform

/// Turns tables into what a chat can show (`markdown.tables`).
enum TableLayout {
    /// Wider cells are not waited for: the columns after them are out of line, and a table stays as long as its text.
    static let widestColumn = 40
    /// Longer heads are written once and not before every cell.
    static let longestLabel = 48

    static func laidOut(_ passages: [Passage], as tables: Rendering.Tables) -> [Passage] {
        guard passages.contains(where: { if case .table = $0.kind { true } else { false } }) else { return passages }
        return passages.flatMap { passage -> [Passage] in
            guard case .table(let table) = passage.kind else { return [passage] }
            return tables == .bullets ? bullets(table, passage) : [code(table, passage)]
        }
    }

    private static func code(_ table: MarkdownTable, _ passage: Passage) -> Passage {
        let rows = table.rows.map { row in row.map { PlainDialect.words(of: $0) } }
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(3) }
                widths[column] = max(widths[column], min(ColumnWidth.of(cell), widestColumn))
            }
        }
        var lines = rows.map { line($0, widths, table.alignments) }
        let rule = rows[0].indices.map { String(repeating: "-", count: widths[$0]) }
        lines.insert(rule.joined(separator: "-|-"), at: 1)
        var code = passage
        code.kind = .code(language: "")
        code.text = InlineText(Array(lines.joined(separator: "\n").utf8))
        return code
    }

    private static func line(_ cells: [String], _ widths: [Int], _ alignments: [MarkdownTable.Alignment]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let space = max(0, widths[column] - ColumnWidth.of(cell))
            let alignment = column < alignments.count ? alignments[column] : .left
            let before = alignment == .left ? 0 : alignment == .right ? space : space / 2
            if column > 0 { line += " | " }
            line += String(repeating: " ", count: before) + cell + String(repeating: " ", count: space - before)
        }
        while line.utf8.last == ASCII.space { line.removeLast() }
        return line
    }

    /// Each cell is a line of its own after the head of its column.
    private static func bullets(_ table: MarkdownTable, _ passage: Passage) -> [Passage] {
        let heads = table.rows[0]
        let hasLabels = heads.allSatisfy { $0.bytes.count <= longestLabel } && table.rows.count > 1
        var lines: [Passage] = []
        for (index, row) in table.rows.enumerated() where index > 0 || !hasLabels {
            var isFirst = true
            for (column, cell) in row.enumerated() where !cell.isEmpty {
                var line = passage
                line.kind = .paragraph
                line.hasGap = isFirst && (lines.isEmpty ? passage.hasGap : hasLabels)
                if !lines.isEmpty { line.path = line.path.map(\.continued) }
                // Negative, so that no container of the text has the same.
                line.path.append(.init(kind: .bullet, group: -1, id: -1 - lines.count, isFresh: true))
                line.text = InlineText()
                if hasLabels, column < heads.count, !heads[column].isEmpty {
                    line.text.append(heads[column].adding(.bold))
                    line.text.append(Array(": ".utf8)[...])
                }
                line.text.append(cell)
                lines.append(line)
                isFirst = false
            }
        }
        return lines
    }
}

extension Passage.Container {
    var continued: Self {
        var container = self
        container.isFresh = false
        return container
    }
}
