/// Puts text into lines of a width.
enum TextLayout {
    /// Breaks `text` between words. The first line begins behind `first` columns that are taken already, the others are
    /// indented by `indent`. A word longer than a line stands alone on one.
    static func wrap(_ text: String, width: Int, first: Int = 0, indent: Int = 0) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = first
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let isStart = line.isEmpty
            if !isStart, used + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: indent) + word
                used = line.count
            } else {
                if !isStart {
                    line += " "
                    used += 1
                }
                line += word
                used += word.count
            }
        }
        lines.append(line)
        return lines
    }

    /// Two columns. Where both do not fit side by side, the second stands under the first.
    static func columns(_ rows: [(String, String)], width: Int, indent: Int = 2) -> String {
        let space = String(repeating: " ", count: indent)
        let left = rows.map(\.0.count).max() ?? 0
        let right = width - indent - left - 2
        guard right >= 24 else {
            return rows.map { name, text in
                let below = String(repeating: " ", count: indent + 4)
                guard !text.isEmpty else { return space + name }
                let lines = wrap(text, width: width, first: indent + 4, indent: indent + 4)
                return ([space + name, below + lines[0]] + lines.dropFirst()).joined(separator: "\n")
            }.joined(separator: "\n")
        }
        return rows.map { name, text in
            let lines = wrap(text, width: width, first: indent + left + 2, indent: indent + left + 2)
            let head = text.isEmpty ? space + name : space + name.padded(to: left) + "  " + lines[0]
            return ([head] + lines.dropFirst()).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
