/// A JSON5 text (spec.json5.org) with its value and the place of every key and value in it. Changes are made to the
/// text, so that comments, layout and habits of writing stay as the person who wrote them left them.
package struct JSON5Document: Sendable {
    /// Where a member or an element stands.
    package struct Location: Sendable, Equatable {
        /// Nil for an array element and for the whole value.
        package let key: JSONPosition?
        package let value: JSONPosition
    }

    package private(set) var bytes: [UInt8]
    private(set) var root: JSON5Node
    let limits: JSONLimits

    package init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        self.bytes = bytes
        self.limits = limits
        root = try JSON5Parser.parse(bytes.span, limits: limits)
    }

    package init(_ text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(Array(text.utf8), limits: limits)
    }

    package var value: JSON { root.value }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package func location(of pointer: JSONPointer) -> Location? {
        let found = find(pointer.tokens)
        guard found.rest.isEmpty else { return nil }
        return Location(
            key: found.host?.key.map { JSONPosition(offset: $0.range.lowerBound, in: bytes.span) },
            value: JSONPosition(offset: found.node.range.lowerBound, in: bytes.span))
    }

    /// The node at `tokens` and the item that holds it, as far as the way exists.
    func find(_ tokens: [String]) -> Found {
        var found = Found(node: root, host: nil, rest: tokens[...])
        while let token = found.rest.first, let position = found.node.position(of: token) {
            let item = found.node.items[position]
            found = Found(node: item.value, host: item, rest: found.rest.dropFirst())
        }
        return found
    }

    struct Found {
        let node: JSON5Node
        /// The member or element that the node is the value of; nil for the root.
        let host: JSON5Item?
        /// The tokens for which there was nothing.
        let rest: ArraySlice<String>
    }

    /// Takes the text that `edits` make of this one, if it is still JSON5 within the limits.
    mutating func apply(_ edits: [JSON5Edit]) throws(JSON5EditError) {
        guard !edits.isEmpty else { return }
        do {
            self = try JSON5Document(JSON5Edit.apply(edits, to: bytes), limits: limits)
        } catch {
            throw .unreadable(error)
        }
    }
}
