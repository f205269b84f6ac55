package import Platform

/// The arguments of a call, read as models write them: a number may come as a text, a list of one as its element.
package struct ToolArguments: Sendable {
    private let object: JSONObject
    private let tool: String

    package init(_ object: JSONObject, of tool: String) {
        self.object = object
        self.tool = tool
    }

    /// Absent and null are the same.
    package subscript(name: String) -> JSON? {
        guard let value = object[name], !value.isNull else { return Optional.none }
        return value
    }

    package func text(_ name: String) throws(ToolProblem) -> String {
        guard let text = try optionalText(name) else { throw .said("\(tool) needs `\(name)`, a text") }
        return text
    }

    /// A text that is not empty.
    package func word(_ name: String) throws(ToolProblem) -> String {
        let text = try text(name)
        guard text.utf8.contains(where: { $0 > 0x20 }) else { throw .said("`\(name)` of \(tool) is empty") }
        return text
    }

    package func optionalText(_ name: String) throws(ToolProblem) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else {
            throw .said("`\(name)` of \(tool) is \(value.kindName); it must be a text")
        }
        return text
    }

    package func integer(_ name: String, _ range: ClosedRange<Int>) throws(ToolProblem) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.int ?? value.string.flatMap({ Int($0) }), range.contains(number) else {
            throw .said("`\(name)` of \(tool) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    package func flag(_ name: String) throws(ToolProblem) -> Bool {
        guard let value = self[name] else { return false }
        if let flag = value.bool ?? ["true": true, "false": false][value.string ?? ""] { return flag }
        throw .said("`\(name)` of \(tool) must be true or false")
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws(ToolProblem) -> Choice? where Choice.RawValue == String {
        guard let text = try optionalText(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        let meant = NearestName.nearest(to: text, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
        throw .said("`\(name)` of \(tool) must be one of \(words.joined(separator: ", "))\(meant)")
    }

    package func texts(_ name: String) throws(ToolProblem) -> [String] {
        guard let value = self[name] else { return [] }
        if let text = value.string { return [text] }
        let texts = value.array?.compactMap(\.string)
        guard let texts, texts.count == value.array?.count else {
            throw .said("`\(name)` of \(tool) must be a list of texts")
        }
        return texts
    }

    /// Names with texts.
    package func map(_ name: String) throws(ToolProblem) -> [(String, String)] {
        guard let value = self[name] else { return [] }
        let pairs = value.object?.members.compactMap { member in member.value.string.map { (member.key, $0) } }
        guard let pairs, pairs.count == value.object?.count else {
            throw .said("`\(name)` of \(tool) must be an object of texts")
        }
        return pairs
    }
}
