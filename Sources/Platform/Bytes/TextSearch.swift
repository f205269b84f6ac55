extension String {
    /// Whether `other` stands somewhere in it, byte for byte. The standard library's own search comes with regular
    /// expressions, which stay out of the binary (Docs/decisions/0006).
    package func contains(_ other: String) -> Bool {
        guard let first = other.utf8.first else { return true }
        let text = utf8
        var start = text.startIndex
        while let found = text[start...].firstIndex(of: first) {
            if text[found...].starts(with: other.utf8) { return true }
            start = text.index(after: found)
        }
        return false
    }
}
