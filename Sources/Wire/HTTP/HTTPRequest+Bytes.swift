import Platform

/// Looks at a head without making strings: for what is decided about every request.
extension HTTPRequest {
    /// The host that the client named, as bytes, empty when it named none. Its form was checked by the parser.
    package func withHost<Value>(_ body: (Span<UInt8>) -> Value) -> Value {
        guard authorityRange.isEmpty else { return body(fields.storage.span.extracting(authorityRange)) }
        return fields.withFirst("host") { value in if let value { body(value) } else { body(Span()) } }
    }
}

extension HTTPFields {
    /// The value of the first field of that name (in lower case), nil when there is none.
    package func withFirst<Value>(_ name: StaticString, _ body: (Span<UInt8>?) -> Value) -> Value {
        for entry in entries where bytes(entry.name).matchesIgnoringCase(name) { return body(bytes(entry.value)) }
        return body(nil)
    }

    package func count(of name: StaticString) -> Int {
        var count = 0
        for entry in entries where bytes(entry.name).matchesIgnoringCase(name) { count += 1 }
        return count
    }

    /// Whether any field has one of these names, or a name that begins with one of these prefixes (all in lower case).
    package func hasName(_ names: [StaticString], prefixes: [StaticString]) -> Bool {
        for entry in entries {
            let name = bytes(entry.name)
            for wanted in names where name.matchesIgnoringCase(wanted) { return true }
            for prefix in prefixes where prefix.utf8CodeUnitCount <= name.count {
                if name.extracting(first: prefix.utf8CodeUnitCount).matchesIgnoringCase(prefix) { return true }
            }
        }
        return false
    }

    @_lifetime(borrow self)
    private func bytes(_ range: Range<UInt32>) -> Span<UInt8> {
        storage.span.extracting(Int(range.lowerBound)..<Int(range.upperBound))
    }
}
