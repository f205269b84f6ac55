/// Why a text was not changed. It is then as it was before.
package enum JSON5EditError: Error, Sendable, Equatable {
    /// There is a value at `at` that can hold no members.
    case notAnObject(at: JSONPointer, is: String)
    /// An array grows only at its end.
    case noSuchElement(at: JSONPointer, count: Int)
    case notFinite(at: JSONPointer)
    case wholeText
    /// The change would exceed a limit of the reader.
    case unreadable(JSONError)
}

extension JSON5EditError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notAnObject(let pointer, let kind): "\(pointer.place): is \(kind), which has no members to set"
        case .noSuchElement(let pointer, let count):
            "\(pointer.place): no such element; the array has \(count), and a new one takes the number \(count)"
        case .notFinite(let pointer): "\(pointer.place): must be a finite number"
        case .wholeText: "at the top level: the whole text cannot be removed"
        case .unreadable(let error): "the changed text could not be read again: \(error)"
        }
    }
}

extension JSON5Document {
    /// Makes `value` the value at `pointer`, and creates the objects on the way to it. Only the text of what differs is
    /// changed: an object or array that is there already keeps its members' comments and layout.
    package mutating func set(_ pointer: JSONPointer, to value: JSON) throws(JSON5EditError) {
        if let bad = value.firstNotFinite(below: pointer) { throw .notFinite(at: bad) }
        var changed = self
        // Everything that changes in its place at once: each change by itself would read the whole text anew.
        let found = changed.find(pointer.tokens)
        if found.rest.isEmpty { try changed.apply(changed.replacements(in: found, with: value, JSON5Style(of: self))) }
        try changed.put(value, at: pointer.tokens)
        self = changed
    }

    /// Puts other values in the place of these, which are neither objects nor arrays, all of them at once. A place where
    /// there is none is left out.
    package mutating func replaceScalars(_ values: [JSONPointer: JSON]) throws(JSON5EditError) {
        var edits: [JSON5Edit] = []
        collect(root, JSONPointer(), values, JSON5Style(of: self), &edits)
        try apply(edits)
    }

    private func collect(
        _ node: JSON5Node, _ place: JSONPointer, _ values: [JSONPointer: JSON], _ style: JSON5Style,
        _ edits: inout [JSON5Edit]
    ) {
        guard node.kind != .scalar else {
            guard let value = values[place] else { return }
            let renderer = JSON5Renderer(style: style.replacing(node, in: bytes))
            edits.append(
                JSON5Edit(range: node.range, replacement: renderer.value(value, indent: [], isInline: true)))
            return
        }
        for (position, item) in node.items.enumerated() {
            collect(item.value, place.appending(item.key?.text ?? String(position)), values, style, &edits)
        }
    }

    /// The edits that give new values to members that are there already. What comes, goes or lies in arrays is left.
    private func replacements(in found: Found, with value: JSON, _ style: JSON5Style) -> [JSON5Edit] {
        switch (found.node.value, value) {
        case (let old, let new) where old == new: return []
        case (.object, .object(let new)):
            return found.node.items.flatMap { item in
                guard let key = item.key?.text, let value = new[key] else { return [JSON5Edit]() }
                return replacements(in: Found(node: item.value, host: item, rest: []), with: value, style)
            }
        case (.array, .array): return []
        default: return [replacement(of: found, with: value, style)]
        }
    }

    private func replacement(of found: Found, with value: JSON, _ style: JSON5Style) -> JSON5Edit {
        let style = style.replacing(found.node, in: bytes)
        let text = JSON5Renderer(style: style).value(
            value, indent: indentation(at: found.node.range.lowerBound), isInline: isInline(found.host))
        return JSON5Edit(range: found.node.range, replacement: text)
    }

    private mutating func put(_ value: JSON, at tokens: [String]) throws(JSON5EditError) {
        let found = find(tokens)
        guard let missing = found.rest.first else { return try update(found, at: tokens, to: value) }
        let parent = JSONPointer(Array(tokens.dropLast(found.rest.count)))
        let nested = found.rest.dropFirst().reversed().reduce(value) { JSON.object(JSONObject([($1, $0)])) }
        switch found.node.kind {
        case .object: try insert([(missing, nested)], into: found)
        case .array:
            let count = found.node.items.count
            guard missing == "-" || missing == String(count) else {
                throw .noSuchElement(at: parent.appending(missing), count: count)
            }
            try insert([(nil, nested)], into: found)
        case .scalar: throw .notAnObject(at: parent, is: found.node.value.kindName)
        }
    }

    /// Turns a value that is there into another one.
    private mutating func update(_ found: Found, at tokens: [String], to value: JSON) throws(JSON5EditError) {
        switch (found.node.value, value) {
        case (let old, let new) where old == new: return
        case (.object(let old), .object(let new)):
            let added = new.members.filter { old[$0.key] == nil }
            for member in new.members where old[member.key] != nil && old[member.key] != member.value {
                try put(member.value, at: tokens + [member.key])
            }
            // The first alone, since it may find nothing to follow; then the others behind it in one go.
            if let first = added.first { try insert([(first.key, first.value)], into: find(tokens)) }
            if added.count > 1 { try insert(added.dropFirst().map { ($0.key, $0.value) }, into: find(tokens)) }
            for key in old.keys where new[key] == nil { try drop(tokens + [key]) }
        case (.array(let old), .array(let new)): try update(tokens, from: old, to: new)
        default: try apply([replacement(of: found, with: value, JSON5Style(of: self))])
        }
    }

    /// Leaves the elements alone that both arrays begin and end with.
    private mutating func update(_ tokens: [String], from old: [JSON], to new: [JSON]) throws(JSON5EditError) {
        let shorter = min(old.count, new.count)
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = min(zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.count, shorter - head)
        let common = shorter - tail
        for position in head..<common { try put(new[position], at: tokens + [String(position)]) }
        for _ in common..<max(common, old.count - tail) { try drop(tokens + [String(common)]) }
        for position in common..<max(common, new.count - tail) {
            try insert([(nil, new[position])], into: find(tokens), at: position)
        }
    }

    /// Whether what is in `host` stands on one line with other things.
    private func isInline(_ host: JSON5Item?) -> Bool {
        guard let host else { return false }
        return !beginsLine(host.start)
    }
}

/// Where a new member goes, and what must stand around it.
extension JSON5Document {
    /// Inserts values into an object or array, at its end unless `position` says otherwise. Only behind an item there
    /// may be several of them.
    private mutating func insert(
        _ values: [(key: String?, value: JSON)], into found: Found, at position: Int? = nil
    ) throws(JSON5EditError) {
        let items = found.node.items
        let position = position ?? items.count
        let style = JSON5Style(of: self).besides(items, in: bytes)
        let colon = colon(like: items)
        let additions = values.map { Addition(key: $0.key, value: $0.value, style: style, colon: colon) }
        if items.isEmpty {
            try apply(fill(found, with: additions[0]))
        } else if position == 0 {
            try apply(insertion(of: additions[0], before: items[0]))
        } else {
            try apply(insertion(of: additions, after: position - 1, of: items))
        }
    }

    private struct Addition {
        let key: String?
        let value: JSON
        let style: JSON5Style
        let colon: [UInt8]

        func text(indent: [UInt8], isInline: Bool) -> [UInt8] {
            JSON5Renderer(style: style).item(key, value, indent: indent, isInline: isInline, colon: colon)
        }
    }

    /// What stands between the last key and its value, if that is a plain colon.
    private func colon(like items: [JSON5Item]) -> [UInt8] {
        guard let last = items.last, let key = last.key else { return JSON5Renderer.colon }
        let between = Array(bytes[key.range.upperBound..<last.value.range.lowerBound])
        return [":", " : "].map { Array($0.utf8) }.first { $0 == between } ?? JSON5Renderer.colon
    }

    private func insertion(of new: Addition, before item: JSON5Item) -> [JSON5Edit] {
        let isInline = !beginsLine(item.start)
        let indent = indentation(at: item.start)
        let gap = isInline ? [ASCII.space] : new.style.lineEnd + indent
        let text = new.text(indent: indent, isInline: isInline) + [ASCII.comma] + gap
        return [JSON5Edit(range: item.start..<item.start, replacement: text)]
    }

    private func insertion(of new: [Addition], after position: Int, of items: [JSON5Item]) -> [JSON5Edit] {
        let item = items[position]
        let indent = indentation(at: item.start)
        let comma: [UInt8] = [ASCII.comma]
        // A comma behind the item becomes the new one's: it separates, or it is the habit.
        guard beginsLine(item.start) else {
            let gap = gap(before: position, of: items)
            let whole = new.flatMap {
                let text = $0.text(indent: indent, isInline: true)
                return item.comma == nil ? comma + gap + text : gap + text + comma
            }
            return [JSON5Edit(range: item.end..<item.end, replacement: whole)]
        }
        let lines = new.map { $0.style.lineEnd + indent + $0.text(indent: indent, isInline: false) }
        let separated = Array(lines.joined(separator: comma))
        let place = endOfComments(after: item.end)
        if item.comma != nil { return [JSON5Edit(range: place..<place, replacement: separated + comma)] }
        if place == item.end { return [JSON5Edit(range: place..<place, replacement: comma + separated)] }
        return [
            JSON5Edit(range: item.end..<item.end, replacement: comma),
            JSON5Edit(range: place..<place, replacement: separated),
        ]
    }

    /// The spaces that stand before an item of a line, without those of a bracket.
    private func gap(before position: Int, of items: [JSON5Item]) -> [UInt8] {
        guard position > 0 else { return [ASCII.space] }
        let gap = bytes[items[position - 1].end..<items[position].start]
        return gap.isEmpty ? [] : [ASCII.space]
    }

    /// The first member between brackets that hold nothing but space and comments.
    private func fill(_ found: Found, with new: Addition) -> [JSON5Edit] {
        let inside = found.node.inside
        var kept = inside.lowerBound
        var holdsLineEnd = false
        var index = kept
        while index < inside.upperBound {
            if let end = commentEnd(from: index) {
                kept = end
                holdsLineEnd = holdsLineEnd || bytes[index + 1] == ASCII.slash
                index = end
            } else {
                holdsLineEnd = holdsLineEnd || JSON5Space.lineEndLength(at: index, in: bytes.span) > 0
                index += 1
            }
        }
        let rest = kept..<inside.upperBound
        let isScalar = new.value.array == nil && new.value.object == nil
        if !holdsLineEnd, isInline(found.host) || (new.key == nil && isScalar) {
            let padding: [UInt8] = new.key == nil && kept == inside.lowerBound ? [] : [ASCII.space]
            let trailing: [UInt8] = new.key == nil ? [] : [ASCII.space]
            return [JSON5Edit(range: rest, replacement: padding + new.text(indent: [], isInline: true) + trailing)]
        }
        let outer = indentation(at: found.node.range.lowerBound)
        let inner = outer + new.style.indent
        let comma: [UInt8] = new.style.hasTrailingComma ? [ASCII.comma] : []
        let line = new.style.lineEnd + inner + new.text(indent: inner, isInline: false) + comma
        return [JSON5Edit(range: rest, replacement: line + new.style.lineEnd + outer)]
    }
}

extension JSON {
    /// The way to the first number that JSON cannot hold.
    fileprivate func firstNotFinite(below pointer: JSONPointer) -> JSONPointer? {
        switch self {
        case .double(let value): value.isFinite ? nil : pointer
        case .array(let values):
            values.enumerated().lazy.compactMap { $1.firstNotFinite(below: pointer.appending(String($0))) }.first
        case .object(let object):
            object.members.lazy.compactMap { $0.value.firstNotFinite(below: pointer.appending($0.key)) }.first
        default: nil
        }
    }
}
