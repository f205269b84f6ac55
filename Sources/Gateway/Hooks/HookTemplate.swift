import Platform

/// A text with places to fill in: `{{messages[0].subject}}`, `{{payload.x}}`, `{{headers.x-event}}`, `{{query.q}}`,
/// `{{path}}`, `{{now}}`. What is not there is empty; what is no text is JSON.
struct HookTemplate: Equatable, Sendable {
    /// Bytes that one may come to.
    static let outputLimit = 256 << 10

    /// Why a template is none, or comes to nothing.
    struct Problem: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// A step into JSON.
    enum Step: Equatable, Sendable {
        case key(String)
        case element(Int)
    }

    private enum Piece: Equatable, Sendable {
        case text(String)
        case payload([Step])
        case header(String)
        case query(String)
        case path, now
    }

    private let pieces: [Piece]

    init(_ text: String) throws(Problem) {
        var (pieces, rest): ([Piece], Substring) = ([], text[...])
        while let open = rest.place(of: "{{") {
            if open.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<open.lowerBound]))) }
            rest = rest[open.upperBound...]
            guard let close = rest.place(of: "}}") else { throw Problem(description: "a {{ without its }}") }
            pieces.append(try Self.piece(String(rest[..<close.lowerBound]).withoutOuterSpace))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        self.pieces = pieces
    }

    /// Whether it says the same for every request.
    var isFixed: Bool { pieces.allSatisfy { if case .text = $0 { true } else { false } } }

    private static func piece(_ text: String) throws(Problem) -> Piece {
        switch text {
        case "": throw Problem(description: "{{}} names nothing")
        case "path": return .path
        case "now": return .now
        case "payload": return .payload([])
        default: break
        }
        if text.hasPrefix("headers.") { return .header(String(text.dropFirst(8)).lowercased()) }
        if text.hasPrefix("query.") { return .query(String(text.dropFirst(6))) }
        return .payload(try steps(text.hasPrefix("payload.") ? String(text.dropFirst(8)) : text))
    }

    /// `a.b[0].c`
    static func steps(_ text: String) throws(Problem) -> [Step] {
        var steps: [Step] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            let name = part.prefix { $0 != "[" }
            var rest = part[name.endIndex...]
            guard !name.isEmpty || !rest.isEmpty else { throw bad(text) }
            if !name.isEmpty { steps.append(.key(String(name))) }
            while !rest.isEmpty {
                guard rest.first == "[", let close = rest.firstIndex(of: "]"),
                    let number = Int(rest[rest.index(after: rest.startIndex)..<close]), number >= 0
                else { throw bad(text) }
                steps.append(.element(number))
                rest = rest[rest.index(after: close)...]
            }
        }
        return steps
    }

    private static func bad(_ text: String) -> Problem {
        Problem(description: "{{\(text.cut(to: 80))}} is no way into the payload; they read like messages[0].subject")
    }

    func text(_ input: HookInput) throws(Problem) -> String {
        var text = ""
        for piece in pieces {
            text += Self.value(piece, input)
            guard text.utf8.count <= Self.outputLimit else {
                throw Problem(description: "the text has more than \(Self.outputLimit) bytes")
            }
        }
        return text
    }

    private static func value(_ piece: Piece, _ input: HookInput) -> String {
        switch piece {
        case .text(let text): text
        case .header(let name): input.headers[name] ?? ""
        case .query(let name): input.query[name] ?? ""
        case .path: input.path
        case .now: CalendarDate(input.time).text()
        case .payload(let steps): shown(find(steps, in: input.payload))
        }
    }

    static func find(_ steps: [Step], in json: JSON) -> JSON? {
        var here: JSON? = json
        for step in steps {
            switch step {
            case .key(let key): here = here?.object?[key]
            case .element(let number):
                guard let list = here?.array, number < list.count else { return nil }
                here = list[number]
            }
        }
        return here
    }

    private static func shown(_ json: JSON?) -> String {
        switch json {
        case nil, .null?: ""
        case .string(let text)?: text
        case let other?: "\(other)"
        }
    }
}

extension Substring {
    fileprivate func place(of mark: String) -> Range<Index>? {
        var start = startIndex
        while let first = self[start...].firstIndex(of: mark.first ?? " ") {
            if self[first...].hasPrefix(mark) { return first..<index(first, offsetBy: mark.count) }
            start = index(after: first)
        }
        return nil
    }
}
