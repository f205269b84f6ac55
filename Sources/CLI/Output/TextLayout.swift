/// Puts text into lines of a width.
enum TextLayout {
    /// Breaks `text` between words. The first line begins behind `first` columns that are taken already, the others are
    /// indented by `indent`. A word longer than a line is broken behind its commas, or else stands alone on one.
    static func wrap(_ text: String, width: Int, first: Int = 0, indent: Int = 0) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = first
        var isStart = true
        for (word, isNew) in pieces(text, room: width - indent) {
            let space = isStart || !isNew ? "" : " "
            if !isStart, used + space.count + word.count > width {
                lines.append(line.withoutTrailingSpaces)
                line = String(repeating: " ", count: indent) + word
                used = line.count
            } else {
                line += space + word
                used += space.count + word.count
            }
            isStart = false
        }
        lines.append(line)
        return lines
    }

    /// The words of a text, those that have no room in pieces; and whether a space stands before each.
    private static func pieces(_ text: String, room: Int) -> [(text: Substring, isNew: Bool)] {
        text.split(separator: " ", omittingEmptySubsequences: false).flatMap { word in
            guard word.count > room, word.contains(",") else { return [(text: word, isNew: true)] }
            var pieces: [(text: Substring, isNew: Bool)] = []
            var rest = word
            while !rest.isEmpty {
                let end = rest.firstIndex(of: ",").map { rest.index(after: $0) } ?? rest.endIndex
                pieces.append((rest[..<end], pieces.isEmpty))
                rest = rest[end...]
            }
            return pieces
        }
    }

    /// A command behind its label, or beneath it where the line would be too long: it stays whole, to be pasted.
    static func labelled(_ label: String, _ command: String, _ style: TextStyle) -> [String] {
        guard style.isTerminal, label.count + command.count > style.width else { return [label + command] }
        let label = label.withoutTrailingSpaces
        // A usage line is to be read.
        let lines = command.hasPrefix("usage: ") ? wrap(command, width: style.width, first: 4, indent: 8) : [command]
        return (label.isEmpty ? [] : [label]) + ["    " + lines[0]] + lines.dropFirst()
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
