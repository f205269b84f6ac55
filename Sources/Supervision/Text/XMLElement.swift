/// One element of a document, with all that is in it. Attributes are not kept: neither property lists nor tasks say
/// anything in them that is asked for here. No entity is expanded but XML's own five and numbers.
struct XMLElement: Hashable {
    /// Deeper than any task or property list of a service.
    static let depthLimit = 32

    let name: String
    var text = ""
    var children: [XMLElement] = []

    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The text of the first element that the names lead to.
    func text(_ path: String...) -> String? {
        var element = self
        for name in path {
            guard let next = element[name] else { return nil }
            element = next
        }
        return element.text
    }

    /// The root of a document; nil where the text is not well-formed, or does what no file of a service does.
    static func parse(_ text: String) -> XMLElement? {
        var scanner = XMLScanner(text)
        var open: [XMLElement] = []
        while let token = scanner.next() {
            switch token {
            case .malformed: return nil
            case .ignored: continue
            case .text(let text):
                if open.isEmpty { continue }
                open[open.count - 1].text += text
            case .opening(let name, let isEmpty):
                guard open.count < depthLimit else { return nil }
                open.append(XMLElement(name: name))
                if isEmpty, let root = close(&open) { return root }
            case .closing(let name):
                guard open.last?.name == name else { return nil }
                if let root = close(&open) { return root }
            }
        }
        return nil
    }

    /// Puts the innermost element into the one around it; returns it where there is none.
    private static func close(_ open: inout [XMLElement]) -> XMLElement? {
        let element = open.removeLast()
        guard !open.isEmpty else { return element }
        open[open.count - 1].children.append(element)
        return nil
    }
}

/// Cuts a document into what stands between `<` and `>`, and what does not.
private struct XMLScanner {
    enum Token {
        case opening(String, isEmpty: Bool)
        case closing(String)
        case text(String)
        /// Comments, instructions, the type of the document.
        case ignored
        case malformed
    }

    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    mutating func next() -> Token? {
        guard let first = rest.first else { return nil }
        guard first == UInt8(ascii: "<") else { return text() }
        if starts("<!--") { return until("-->").map { _ in .ignored } ?? .malformed }
        if starts("<![CDATA[") { return until("]]>").map { .text(Self.string($0)) } ?? .malformed }
        if starts("<?") { return until("?>").map { _ in .ignored } ?? .malformed }
        if starts("<!") {
            // A type that defines entities of its own is not a file of any service.
            guard let type = until(">"), !type.contains(UInt8(ascii: "[")) else { return .malformed }
            return .ignored
        }
        if starts("</") { return until(">").map { .closing(Self.name($0)) } ?? .malformed }
        rest = rest.dropFirst()
        guard let tag = tag() else { return .malformed }
        let isEmpty = tag.last == UInt8(ascii: "/")
        let name = Self.name(isEmpty ? tag.dropLast() : tag)
        return name.isEmpty ? .malformed : .opening(name, isEmpty: isEmpty)
    }

    private mutating func starts(_ prefix: String) -> Bool {
        guard rest.starts(with: prefix.utf8) else { return false }
        rest = rest.dropFirst(prefix.utf8.count)
        return true
    }

    private mutating func until(_ end: String) -> ArraySlice<UInt8>? {
        let end = Array(end.utf8)
        var at = rest.startIndex
        while at + end.count <= rest.endIndex {
            if rest[at..<at + end.count].elementsEqual(end) {
                let found = rest[rest.startIndex..<at]
                rest = rest[(at + end.count)...]
                return found
            }
            at += 1
        }
        return nil
    }

    /// A tag up to its `>`, which may also stand in the value of an attribute.
    private mutating func tag() -> ArraySlice<UInt8>? {
        var quote: UInt8?
        for at in rest.indices {
            let byte = rest[at]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                let found = rest[rest.startIndex..<at]
                rest = rest[(at + 1)...]
                return found
            }
        }
        return nil
    }

    private mutating func text() -> Token {
        let raw = rest.prefix { $0 != UInt8(ascii: "<") }
        rest = rest[raw.endIndex...]
        var result = ""
        var left = raw
        while let sign = left.firstIndex(of: UInt8(ascii: "&")) {
            guard let end = left[sign...].firstIndex(of: UInt8(ascii: ";")),
                let character = XMLText.character(Self.string(left[(sign + 1)..<end]))
            else { return .malformed }
            result += Self.string(left[left.startIndex..<sign]) + character
            left = left[(end + 1)...]
        }
        return .text(result + Self.string(left))
    }

    private static func name(_ tag: ArraySlice<UInt8>) -> String {
        string(tag.prefix { $0 > 32 })
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
