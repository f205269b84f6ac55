import Platform

/// The way along a line, in columns: a tab reaches to the next multiple of four.
extension MarkdownReader {
    /// Columns of space before the next byte that is none.
    var indentation: Int {
        var columns = -column
        var reached = column + columnsOfTab
        var index = columnsOfTab > 0 ? offset + 1 : offset
        while index < lineEnd {
            if source[index] == ASCII.space {
                reached += 1
            } else if source[index] == ASCII.tab {
                reached += 4 - reached % 4
            } else {
                break
            }
            index += 1
        }
        columns += reached
        return columns
    }

    var spaceColumns: Int { indentation }

    /// The next byte that is no space.
    var nextByte: UInt8? { let index = textStart; return index < lineEnd ? source[index] : nil }

    var textStart: Int {
        var index = offset
        while index < lineEnd, source[index] == ASCII.space || source[index] == ASCII.tab { index += 1 }
        return index
    }

    var isBlank: Bool { textStart == lineEnd }

    /// What is left of the line. What a tab still reaches over is written as spaces.
    var rest: ArraySlice<UInt8> {
        guard columnsOfTab > 0 else { return source[offset..<lineEnd] }
        return [UInt8](repeating: ASCII.space, count: columnsOfTab)[...] + source[(offset + 1)..<lineEnd]
    }

    mutating func skipSpace() { skip(columns: Int.max) }

    /// One byte that is no tab.
    mutating func step(_ count: Int = 1) {
        offset += count
        column += count
    }

    /// At most so many columns of space.
    mutating func skip(columns: Int) {
        var left = columns
        while left > 0, offset < lineEnd {
            if source[offset] == ASCII.space {
                offset += 1
                column += 1
                left -= 1
            } else if source[offset] == ASCII.tab {
                let width = columnsOfTab > 0 ? columnsOfTab : 4 - column % 4
                let used = min(width, left)
                column += used
                left -= used
                columnsOfTab = width - used
                if columnsOfTab == 0 { offset += 1 }
            } else {
                return
            }
        }
    }
}
