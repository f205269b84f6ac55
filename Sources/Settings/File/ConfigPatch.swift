import Platform

/// A merge patch (RFC 7396) put onto a configuration, with two rules of the protocol beside it: lists whose elements
/// have ids are merged by them, and a list loses elements only where the client names it. A client that has read half
/// of a list would otherwise cut it to that half.
struct ConfigPatch {
    private let members: JSONObject
    private let replacing: ListPaths
    private var document: JSON5Document
    /// Lists that would lose something and were not named.
    private var shrunk: [String] = []

    private init(_ members: JSONObject, _ replacing: [String], _ document: JSON5Document) {
        self.members = members
        self.replacing = ListPaths(replacing)
        self.document = document
    }

    /// The text that the patch makes of `document`. `replacing` are the lists that may lose elements.
    static func apply(
        _ members: JSONObject, replacing: [String], to document: JSON5Document
    ) throws(ConfigWriteError) -> JSON5Document {
        var patch = ConfigPatch(members, replacing, document)
        do throws(JSON5EditError) {
            try patch.merge(members, at: Place())
        } catch {
            throw .cannotEdit("\(error)")
        }
        guard patch.shrunk.isEmpty else { throw .shrinksLists(patch.shrunk) }
        return patch.document
    }

    private mutating func merge(_ patch: JSONObject, at place: Place) throws(JSON5EditError) {
        for member in patch.members {
            let place = place.member(member.key)
            let old = document.value[place.pointer]
            switch (old, member.value) {
            case (.object, .object(let inner)): try merge(inner, at: place)
            case (.array(let old), .array(let new)): try merge(old, new, at: place)
            case (let old, .null):
                lose(old, at: place)
                try document.remove(place.pointer)
            case (let old, let new):
                lose(old, at: place)
                try document.set(place.pointer, to: Self.withoutNulls(new))
            }
        }
    }

    private mutating func merge(_ old: [JSON], _ new: [JSON], at place: Place) throws(JSON5EditError) {
        if !replacing.contains(place), let positions = Self.positions(old), let ids = Self.positions(new) {
            for (id, position) in ids.sorted(by: { $0.value < $1.value }) {
                guard let object = new[position].object else { continue }
                if let there = positions[id] {
                    try merge(object, at: place.element(there))
                } else {
                    try document.set(place.pointer.appending("-"), to: Self.withoutNulls(new[position]))
                }
            }
            return
        }
        if !replacing.contains(place), Self.loses(old, new) { shrunk.append(place.name) }
        try document.set(place.pointer, to: .array(new))
    }

    /// Everything at the place goes: the lists in it have to be named, those within their elements go with them.
    private mutating func lose(_ value: JSON?, at place: Place) {
        switch value {
        case .array: if !replacing.contains(place) { shrunk.append(place.name) }
        case .object(let object): for member in object.members { lose(member.value, at: place.member(member.key)) }
        default: return
        }
    }

    /// Where each id stands; nil unless every element is an object with an id of its own.
    private static func positions(_ list: [JSON]) -> [String: Int]? {
        var positions: [String: Int] = [:]
        for (position, element) in list.enumerated() {
            guard let id = element["id"]?.string, positions.updateValue(position, forKey: id) == nil else { return nil }
        }
        return positions.isEmpty ? nil : positions
    }

    /// Whether an element of `old` is not in `new`; each of `new` stands for one.
    private static func loses(_ old: [JSON], _ new: [JSON]) -> Bool {
        var rest = new
        for element in old {
            guard let found = rest.firstIndex(where: { isSame(element, $0) }) else { return true }
            rest.remove(at: found)
        }
        return false
    }

    /// A client was not shown secrets and sends their marks.
    private static func isSame(_ old: JSON, _ new: JSON) -> Bool {
        switch (old, new) {
        case (.string(let old), .string(let new)): old == new || new == SecretWalk.mark
        case (.array(let old), .array(let new)): old.count == new.count && zip(old, new).allSatisfy(isSame)
        case (.object(let old), .object(let new)):
            old.keys.count == new.keys.count
                && old.members.allSatisfy { member in new[member.key].map { isSame(member.value, $0) } ?? false }
        default: old == new
        }
    }

    /// What a patch adds has no members that are to be removed.
    private static func withoutNulls(_ value: JSON) -> JSON {
        guard case .object(let object) = value else { return value }
        return .object(
            JSONObject(object.members.filter { !$0.value.isNull }.map { ($0.key, withoutNulls($0.value)) }))
    }
}

/// Where a value stands, and how a client names the place: elements of lists have no number there.
private struct Place {
    var pointer = JSONPointer()
    var name = ""

    func member(_ key: String) -> Place {
        Place(pointer: pointer.appending(key), name: name.isEmpty ? key : "\(name).\(key)")
    }

    func element(_ position: Int) -> Place {
        Place(pointer: pointer.appending(String(position)), name: name + "[]")
    }
}

/// The lists that a client names: `gateway.trustedProxies`, `agents.list[].skills`. A name stands for this one list, not
/// for those beneath it; a number in brackets stands for any element, but as its end for no list.
private struct ListPaths {
    private let names: Set<String>

    init(_ paths: [String]) {
        names = Set(
            paths.map { path in
                var name = Self.withoutNumbers(path.split(whereSeparator: \.isWhitespace).joined(separator: " "))
                if name.hasSuffix("[]"), path.last == "]", !Self.endsWithNumber(path) { name.removeLast(2) }
                return name
            }.filter { !$0.isEmpty })
    }

    func contains(_ place: Place) -> Bool { names.contains(place.name) }

    private static func endsWithNumber(_ path: String) -> Bool {
        path.last == "]" && path.dropLast().last.map { ("0"..."9").contains($0) } == true
    }

    private static func withoutNumbers(_ path: String) -> String {
        var result = ""
        var rest = path[...]
        while let open = rest.firstIndex(of: "[") {
            let inside = rest[rest.index(after: open)...].prefix { $0 != "]" }
            let isNumber = inside.allSatisfy { ("0"..."9").contains($0) }
            result += rest[..<open] + "[" + (isNumber ? "" : inside)
            rest = rest[inside.endIndex...]
        }
        return result + rest
    }
}
