import Platform

extension ColumnWidth {
    /// Breaks one line into rows of at most `width` columns, between words where that is possible.
    static func rows(_ line: String, width: Int) -> [String] {
        var rows: [String] = []
        var row: [Character] = []
        var used = 0
        // How many characters of the row stand before its last space, that space included.
        var wordStart = 0
        for character in line {
            let columns = of(character)
            if used + columns > width, !row.isEmpty {
                if character == " " {
                    rows.append(String(row))
                    (row, used, wordStart) = ([], 0, 0)
                    continue
                }
                let cut = wordStart > 0 ? wordStart : row.count
                rows.append(String(row[..<cut]).withoutTrailingSpaces)
                row = Array(row[cut...])
                used = of(row)
                wordStart = 0
            }
            row.append(character)
            used += columns
            if character == " " { wordStart = row.count }
        }
        rows.append(String(row))
        return rows
    }
}
