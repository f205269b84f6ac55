import Testing

@testable import Platform

/// Writes a value as JSON5 the way nobody would: every habit at once. Each comment has a number.
private struct Scribe {
    var random: JSONRandom
    var text = ""
    var comments = 0
    let lineEnd: String

    init(seed: UInt64) {
        random = JSONRandom(seed: seed)
        lineEnd = random.oneOf(["\n", "\r\n", "\r"])
    }

    mutating func space() {
        for _ in 0..<random.oneOf([0, 0, 1, 1, 2]) {
            switch random.below(6) {
            case 0:
                text += "//\(comments)." + random.oneOf(["", " x", "}"]) + lineEnd
                comments += 1
            case 1:
                text += "/*\(comments)." + random.oneOf(["", "'", lineEnd]) + "*/"
                comments += 1
            case 2: text += lineEnd + random.oneOf(["", "  ", "\t"])
            case 3: text += random.oneOf(["\u{A0}", "\u{2028}", "\t"])
            default: text += " "
            }
        }
    }

    mutating func write(_ value: JSON) {
        space()
        switch value {
        case .array(let values):
            container("[", "]", values.map { (nil, $0) })
        case .object(let object):
            container("{", "}", object.members.map { ($0.key, $0.value) })
        default: text += value.description
        }
        space()
    }

    private mutating func container(_ open: String, _ close: String, _ items: [(String?, JSON)]) {
        text += open
        space()
        for (position, item) in items.enumerated() {
            if let name = item.0 {
                space()
                text += JSON5Name.isPlain(name) && random.chance(1, in: 2) ? name : JSON.string(name).description
                space()
                text += ":"
            }
            write(item.1)
            if position < items.count - 1 || random.chance(1, in: 2) { text += "," }
            space()
        }
        text += close
    }
}

extension JSONRandom {
    /// Small trees with few names, so that changes often meet what is there.
    fileprivate mutating func tree(depth: Int) -> JSON {
        switch below(depth > 0 ? 7 : 4) {
        case 0: .int(Int64(below(3)))
        case 1: .string(oneOf(["", "x", "it's", "a \"b\"", "\u{2028}\n"]))
        case 2: .bool(true)
        case 3: .null
        case 4: .array((0..<below(4)).map { _ in tree(depth: depth - 1) })
        default:
            .object(
                JSONObject((0..<below(4)).map { _ in (oneOf(["a", "b", "c-d", "é", "$"]), tree(depth: depth - 1)) }))
        }
    }

    /// The way to a value of `tree`, or to one that could be added.
    fileprivate mutating func pointer(into tree: JSON) -> JSONPointer {
        var pointer = JSONPointer()
        var value = tree
        while true {
            switch value {
            case .object(let object):
                guard !object.isEmpty, chance(4, in: 5) else {
                    return pointer.appending(oneOf(["a", "b", "new", "x y"]))
                }
                let member = oneOf(object.members)
                pointer = pointer.appending(member.key)
                value = member.value
            case .array(let values):
                guard !values.isEmpty, chance(4, in: 5) else { return pointer.appending(String(values.count)) }
                let position = below(values.count)
                pointer = pointer.appending(String(position))
                value = values[position]
            default: return pointer
            }
            if chance(1, in: 4) { return pointer }
        }
    }
}

extension JSON {
    /// What the editor should make of the value: done on the tree, without any text.
    fileprivate func setting(_ tokens: ArraySlice<String>, to new: JSON?) -> JSON {
        guard let token = tokens.first else { return new ?? self }
        let rest = tokens.dropFirst()
        switch self {
        case .object(var object):
            if rest.isEmpty { object[token] = new } else { object[token] = object[token]?.setting(rest, to: new) }
            return .object(object)
        case .array(var values):
            let position = Int(token)!
            if position == values.count {
                values.append(new!)
            } else if rest.isEmpty, new == nil {
                values.remove(at: position)
            } else {
                values[position] = values[position].setting(rest, to: new)
            }
            return .array(values)
        default: return self
        }
    }
}

@Test func everyEditGivesTheExpectedTree() throws {
    for seed in UInt64(1)...3000 {
        var scribe = Scribe(seed: seed)
        let start = scribe.random.tree(depth: 4)
        scribe.write(start)
        var random = JSONRandom(seed: seed &* 31)
        var document = try JSON5Document(scribe.text)
        #expect(document.value == start, "seed \(seed)")
        for _ in 0..<6 {
            let before = document
            let pointer = random.pointer(into: document.value)
            let exists = document.value[pointer] != nil
            if exists, !pointer.tokens.isEmpty, random.chance(1, in: 3) {
                let expected = document.value.setting(pointer.tokens[...], to: nil)
                try document.remove(pointer)
                #expect(document.value == expected, "seed \(seed): removing \(pointer) from \(before.text)")
            } else {
                let value = random.tree(depth: 2)
                let expected = document.value.setting(pointer.tokens[...], to: value)
                try document.set(pointer, to: value)
                #expect(document.value == expected, "seed \(seed): setting \(pointer) to \(value) in \(before.text)")
            }
            #expect(try JSON5Document(document.bytes).value == document.value, "seed \(seed)")
        }
    }
}

/// A change of a scalar and an addition lose no comment.
@Test func commentsSurviveEdits() throws {
    for seed in UInt64(1)...2000 {
        var scribe = Scribe(seed: seed)
        let start = scribe.random.tree(depth: 3)
        scribe.write(start)
        var random = JSONRandom(seed: seed &* 17)
        var document = try JSON5Document(scribe.text)
        let pointer = random.pointer(into: start)
        let isScalar = document.value[pointer].map { $0.array == nil && $0.object == nil } ?? true
        guard isScalar else { continue }
        try document.set(pointer, to: "changed")
        for number in 0..<scribe.comments {
            let lives = ["//\(number).", "/*\(number)."].contains { document.text.contains($0) }
            #expect(lives, "seed \(seed): comment \(number) of \(scribe.text) is not in \(document.text)")
        }
    }
}

/// A removal takes the comments inside of what it removes, and at most those behind it on its last line.
@Test func commentsOutsideSurviveARemoval() throws {
    for seed in UInt64(1)...2000 {
        var scribe = Scribe(seed: seed)
        let start = scribe.random.tree(depth: 3)
        scribe.write(start)
        var random = JSONRandom(seed: seed &* 19)
        var document = try JSON5Document(scribe.text)
        let pointer = random.pointer(into: start)
        guard !pointer.tokens.isEmpty, start[pointer] != nil, let host = document.find(pointer.tokens).host else {
            continue
        }
        let bytes = document.bytes
        let lineEnd = bytes[host.end...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
        try document.remove(pointer)
        let outside = [bytes[..<host.start], bytes[lineEnd...]].map { String(decoding: $0, as: UTF8.self) }
        for number in 0..<scribe.comments {
            for mark in ["//\(number).", "/*\(number)."] where outside.contains(where: { $0.contains(mark) }) {
                #expect(
                    document.text.contains(mark), "seed \(seed): \(mark) of \(scribe.text) is not in \(document.text)")
            }
        }
    }
}

/// Outside of the replaced value not one byte changes.
@Test func aReplacedScalarChangesNothingElse() throws {
    for seed in UInt64(1)...2000 {
        var scribe = Scribe(seed: seed)
        let start = scribe.random.tree(depth: 4)
        scribe.write(start)
        var random = JSONRandom(seed: seed &* 13)
        var document = try JSON5Document(scribe.text)
        let pointer = random.pointer(into: start)
        guard let old = start[pointer], old.array == nil, old.object == nil, old != 77 else { continue }
        let found = document.find(pointer.tokens).node.range
        let before = document.bytes
        try document.set(pointer, to: 77)
        #expect(
            document.bytes == before[..<found.lowerBound] + Array("77".utf8) + before[found.upperBound...],
            "seed \(seed)")
    }
}

@Test func damagedJSON5IsRefusedOrRead() throws {
    for seed in UInt64(1)...1000 {
        var scribe = Scribe(seed: seed)
        scribe.write(scribe.random.json(depth: 3))
        var random = JSONRandom(seed: seed &* 7)
        var bytes = Array(scribe.text.utf8)
        for _ in 0..<10 {
            let place = random.below(bytes.count)
            switch random.below(3) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.insert(random.oneOf(Array("\"'\\{}[],:0-e.x/*+\n".utf8)), at: place)
            default: if bytes.count > 1 { bytes.remove(at: place) }
            }
            guard var document = try? JSON5Document(bytes) else { continue }
            #expect(try parsed(written(document.value)) == document.value, "seed \(seed)")
            guard case .object = document.value else { continue }
            try document.set(JSONPointer(["added"]), to: ["x": 1])
            #expect(document.value["added"] == ["x": 1], "seed \(seed)")
        }
    }
}
