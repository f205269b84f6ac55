import Platform

/// What a patch asks for.
struct Patch: Equatable, Sendable {
    /// Files that one patch may change.
    static let fileLimit = 100
    static let byteLimit = 1 << 20

    /// One file of it.
    enum Change: Equatable, Sendable {
        case add(path: String, lines: [String])
        case delete(path: String)
        case update(path: String, moveTo: String?, hunks: [Hunk])

        var path: String {
            switch self {
            case .add(let path, _), .delete(let path), .update(let path, _, _): path
            }
        }
    }

    /// Lines that stand together.
    struct Hunk: Equatable, Sendable {
        enum Line: Equatable, Sendable {
            case kept(String), removed(String), added(String)
        }

        /// Lines that stand somewhere before it, in this order.
        var anchors: [String] = []
        var lines: [Line] = []
        /// It ends where the file does.
        var endsFile = false

        var old: [String] {
            lines.compactMap { line in
                switch line {
                case .kept(let text), .removed(let text): text
                case .added: nil
                }
            }
        }

        var new: [String] {
            lines.compactMap { line in
                switch line {
                case .kept(let text), .added(let text): text
                case .removed: nil
                }
            }
        }
    }

    var changes: [Change]
}

/// Reads the form `*** Begin Patch` … `*** End Patch`.
struct PatchParser {
    private var lines: [String]
    private var next = 0

    private init(_ lines: [String]) { self.lines = lines }

    static func parse(_ text: String) throws(ToolProblem) -> Patch {
        guard text.utf8.count <= Patch.byteLimit else {
            throw .said("the patch is larger than the \(Patch.byteLimit) bytes allowed for one")
        }
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(Substring(line.last == 0x0d ? line.dropLast() : line))
        }
        while lines.last.map({ ToolText.trimmed($0).isEmpty }) == true { lines.removeLast() }
        while lines.first.map({ ToolText.trimmed($0).isEmpty }) == true { lines.removeFirst() }
        guard lines.first.map({ ToolText.trimmed($0) }) == "*** Begin Patch" else {
            throw .said("a patch begins with the line *** Begin Patch")
        }
        guard lines.count > 1, lines.last.map({ ToolText.trimmed($0) }) == "*** End Patch" else {
            throw .said("the patch is not complete: its last line is not *** End Patch")
        }
        var parser = PatchParser(Array(lines[1..<(lines.count - 1)]))
        return try parser.patch()
    }

    private mutating func patch() throws(ToolProblem) -> Patch {
        var changes: [Patch.Change] = []
        while next < lines.count {
            let line = lines[next]
            if ToolText.trimmed(line).isEmpty {
                next += 1
                continue
            }
            changes.append(try change(line))
            guard changes.count <= Patch.fileLimit else {
                throw .said("the patch changes more than \(Patch.fileLimit) files")
            }
        }
        guard !changes.isEmpty else { throw .said("the patch changes nothing") }
        return Patch(changes: changes)
    }

    private mutating func change(_ line: String) throws(ToolProblem) -> Patch.Change {
        next += 1
        if let path = Self.value("*** Add File:", line) { return .add(path: path, lines: try addedLines()) }
        if let path = Self.value("*** Delete File:", line) { return .delete(path: path) }
        if let path = Self.value("*** Update File:", line) {
            var moveTo: String?
            if next < lines.count, let target = Self.value("*** Move to:", lines[next]) {
                moveTo = target
                next += 1
            }
            let hunks = try hunks(path)
            guard !hunks.isEmpty || moveTo != nil else { throw .said("the patch has no lines for \(path)") }
            return .update(path: path, moveTo: moveTo, hunks: hunks)
        }
        throw problem("must be *** Add File:, *** Update File: or *** Delete File: with a path")
    }

    private mutating func addedLines() throws(ToolProblem) -> [String] {
        var added: [String] = []
        while next < lines.count, !lines[next].hasPrefix("*** ") {
            let line = lines[next]
            next += 1
            guard line.hasPrefix("+") else {
                if ToolText.trimmed(line).isEmpty, next == lines.count || lines[next].hasPrefix("*** ") { break }
                throw problem("each line of a new file begins with +")
            }
            added.append(String(line.dropFirst()))
        }
        return added
    }

    private mutating func hunks(_ path: String) throws(ToolProblem) -> [Patch.Hunk] {
        var hunks: [Patch.Hunk] = []
        var hunk = Patch.Hunk()
        func isEmpty(_ hunk: Patch.Hunk) -> Bool { hunk.lines.isEmpty }
        while next < lines.count {
            let line = lines[next]
            if line == "*** End of File" {
                next += 1
                guard !isEmpty(hunk) else { throw problem("*** End of File follows the lines that it belongs to") }
                hunk.endsFile = true
                hunks.append(hunk)
                hunk = Patch.Hunk()
                continue
            }
            if line.hasPrefix("*** ") { break }
            next += 1
            if line == "@@" || line.hasPrefix("@@ ") {
                if !isEmpty(hunk) {
                    hunks.append(hunk)
                    hunk = Patch.Hunk()
                }
                let anchor = String(line.dropFirst(3))
                if !anchor.isEmpty { hunk.anchors.append(anchor) }
                continue
            }
            switch line.utf8.first {
            case UInt8(ascii: " "): hunk.lines.append(.kept(String(line.dropFirst())))
            case UInt8(ascii: "-"): hunk.lines.append(.removed(String(line.dropFirst())))
            case UInt8(ascii: "+"): hunk.lines.append(.added(String(line.dropFirst())))
            // Models leave out the blank of an empty line.
            case nil: hunk.lines.append(.kept(""))
            default: throw problem("a line of a change begins with a blank, - or +, or is @@")
            }
        }
        if isEmpty(hunk), !hunk.anchors.isEmpty { throw .said("the patch has an @@ without lines for \(path)") }
        if !isEmpty(hunk) { hunks.append(hunk) }
        return hunks
    }

    private func problem(_ what: String) -> ToolProblem {
        // The first line of the patch was taken off.
        .said("line \(next + 1) of the patch (\(ToolText.head(lines[next - 1], 80).debugDescription)): \(what)")
    }

    private static func value(_ key: String, _ line: String) -> String? {
        guard line.hasPrefix(key) else { return nil }
        let value = ToolText.trimmed(line.dropFirst(key.count))
        return value.isEmpty ? nil : value
    }
}
