/// A value on its way to becoming one of our types, with the way to it for the error message. It may be missing; then
/// every reading fails, unless `ifPresent` or `ifNotNull` was asked before.
package struct JSONField: Sendable {
    /// One step of the way, and those before it. Only objects and arrays allocate one.
    final class Way: Sendable {
        let parent: Way?
        let step: Step

        init(_ parent: Way?, _ step: Step) {
            self.parent = parent
            self.step = step
        }
    }

    enum Step: Sendable {
        case root
        case key(String)
        case element(Int)
    }

    /// Nil if the field is missing.
    package let value: JSON?
    private let parent: Way?
    private let step: Step

    /// The whole value.
    package init(_ value: JSON) { self.init(value, nil, .root) }

    init(_ value: JSON?, _ parent: Way?, _ step: Step) {
        self.value = value
        self.parent = parent
        self.step = step
    }

    package var ifPresent: JSONField? { value == nil ? nil : self }

    /// For the fields in which null means the same as absent.
    package var ifNotNull: JSONField? {
        switch value {
        case nil, .null?: nil
        default: self
        }
    }

    package var pointer: JSONPointer {
        var tokens: [String] = []
        var step = step
        var way = parent
        while true {
            switch step {
            case .root: break
            case .key(let key): tokens.append(key)
            case .element(let number): tokens.append(String(number))
            }
            guard let next = way else { break }
            step = next.step
            way = next.parent
        }
        return JSONPointer(tokens.reversed())
    }

    /// The error for a value that breaks a rule of the caller's own: "must be `what`".
    package func mustBe(_ what: String) -> JSONDecodingError {
        JSONDecodingError(value == nil ? .missing : .mustBe(what), at: pointer)
    }
}

extension JSONField {
    package func json() throws(JSONDecodingError) -> JSON {
        guard let value else { throw mustBe("given") }
        return value
    }

    package func object() throws(JSONDecodingError) -> JSONReader {
        guard case .object(let object)? = value else { throw mustBe("an object") }
        return JSONReader(object, Way(parent, step))
    }

    package func array(maxCount: Int = .max) throws(JSONDecodingError) -> [JSONField] {
        guard case .array(let values)? = value, values.count <= maxCount else {
            throw mustBe(maxCount == .max ? "an array" : "an array of at most \(maxCount) elements")
        }
        let way = Way(parent, step)
        return values.enumerated().map { JSONField($1, way, .element($0)) }
    }

    package func bool() throws(JSONDecodingError) -> Bool {
        guard case .bool(let value)? = value else { throw mustBe("true or false") }
        return value
    }

    /// `3.0` is an integer too (RFC 8259 section 6).
    package func integer(in range: ClosedRange<Int> = .min ... .max) throws(JSONDecodingError) -> Int {
        guard let number = value?.int, range.contains(number) else {
            switch (range.lowerBound, range.upperBound) {
            case (.min, .max): throw mustBe("an integer")
            case (let low, .max): throw mustBe("an integer of at least \(low)")
            case (.min, let high): throw mustBe("an integer of at most \(high)")
            case (let low, let high): throw mustBe("an integer from \(low) to \(high)")
            }
        }
        return number
    }

    package func number(
        in range: ClosedRange<Double> = -.infinity ... .infinity
    ) throws(JSONDecodingError) -> Double {
        guard let number = value?.double, range.contains(number) else {
            switch (range.lowerBound, range.upperBound) {
            case (-.infinity, .infinity): throw mustBe("a number")
            case (let low, .infinity): throw mustBe("a number of at least \(low)")
            case (-.infinity, let high): throw mustBe("a number of at most \(high)")
            case (let low, let high): throw mustBe("a number from \(low) to \(high)")
            }
        }
        return number
    }

    package func string(maxBytes: Int = .max, allowsEmpty: Bool = true) throws(JSONDecodingError) -> String {
        guard case .string(let text)? = value, text.utf8.count <= maxBytes, allowsEmpty || !text.isEmpty else {
            let kind = allowsEmpty ? "a string" : "a string that is not empty"
            throw mustBe(maxBytes == .max ? kind : "\(kind), of at most \(maxBytes) bytes")
        }
        return text
    }

    package func oneOf(_ words: [String]) throws(JSONDecodingError) -> String {
        guard case .string(let text)? = value, let word = words.first(where: { $0.hasSameBytes(as: text) }) else {
            throw mustBe(Self.list(words))
        }
        return word
    }

    package func oneOf<Word: RawRepresentable & CaseIterable>(
        _ type: Word.Type = Word.self
    ) throws(JSONDecodingError) -> Word where Word.RawValue == String {
        guard case .string(let text)? = value, let word = Word(rawValue: text) else {
            throw mustBe(Self.list(Word.allCases.map(\.rawValue)))
        }
        return word
    }

    private static func list(_ words: [String]) -> String {
        let quoted = words.map { JSON.string($0).description }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "absent" }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }
}
