/// A text as lines, to which the hunks of a patch are applied one after the other.
struct PatchedText {
    private var lines: [String]
    private let endsWithNewline: Bool
    private let hasReturns: Bool
    private let name: String
    /// Behind the hunk before: they come in the order of the file.
    private var cursor = 0

    init(_ bytes: [UInt8], name: String) {
        self.name = name
        let parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let endsWithNewline = parts.last?.isEmpty != false
        var rows = endsWithNewline ? parts.dropLast() : parts[...]
        let hasReturns = !rows.isEmpty && rows.allSatisfy { $0.last == 0x0d }
        if hasReturns { rows = ArraySlice(rows.map { $0.dropLast() }) }
        lines = rows.map { String(decoding: $0, as: UTF8.self) }
        self.endsWithNewline = endsWithNewline
        self.hasReturns = hasReturns
    }

    var bytes: [UInt8] {
        if lines.isEmpty { return [] }
        let end = hasReturns ? "\r\n" : "\n"
        return Array((lines.joined(separator: end) + (endsWithNewline ? end : "")).utf8)
    }

    mutating func apply(_ hunk: Patch.Hunk, number: Int) throws(ToolProblem) {
        for anchor in hunk.anchors {
            guard let place = find([anchor], from: cursor, endsFile: false).first else {
                throw .said(
                    "change \(number) of \(name): the line \"\(anchor)\" is not in the file behind the change before")
            }
            cursor = place + 1
        }
        let old = hunk.old
        if old.isEmpty {
            // Nothing but new lines: behind their anchor, else at the end.
            let place = hunk.anchors.isEmpty || hunk.endsFile ? lines.count : cursor
            lines.insert(contentsOf: hunk.new, at: place)
            cursor = place + hunk.new.count
            return
        }
        let places = find(old, from: cursor, endsFile: hunk.endsFile)
        guard let place = places.first else {
            throw .said(
                "change \(number) of \(name) does not fit: its lines are not in the file in this order; read it again")
        }
        guard places.count == 1 || !hunk.anchors.isEmpty else {
            throw .said(
                "change \(number) of \(name) fits at lines \(places.prefix(5).map { String($0 + 1) }.joined(separator: ", ")); "
                    + "give more lines around it, or a line before it after @@")
        }
        replace(place, hunk)
        cursor = place + hunk.new.count
    }

    /// Kept lines stay as the file has them, where blanks at their end differ.
    private mutating func replace(_ place: Int, _ hunk: Patch.Hunk) {
        var new: [String] = []
        var at = place
        for line in hunk.lines {
            switch line {
            case .kept:
                new.append(lines[at])
                at += 1
            case .removed: at += 1
            case .added(let text): new.append(text)
            }
        }
        lines.replaceSubrange(place..<at, with: new)
    }

    /// Where the lines stand: as they are, else without regard to blanks at their ends.
    private func find(_ wanted: [String], from: Int, endsFile: Bool) -> [Int] {
        for isEqual in [Self.isSame, Self.isSameButForEnd] {
            guard lines.count - wanted.count >= from else { return [] }
            let starts =
                endsFile
                ? (lines.count - wanted.count)...(lines.count - wanted.count) : from...(lines.count - wanted.count)
            let found = starts.filter { start in
                wanted.indices.allSatisfy { isEqual(lines[start + $0], wanted[$0]) }
            }
            if !found.isEmpty { return found }
        }
        return []
    }

    private static func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

    private static func isSameButForEnd(_ a: String, _ b: String) -> Bool {
        func cut(_ text: String) -> Substring.UTF8View {
            var text = text[...].utf8
            while let last = text.last, last == 0x20 || last == 0x09 || last == 0x0d { text.removeLast() }
            return text
        }
        return cut(a).elementsEqual(cut(b))
    }
}
