import Platform

extension WebURL {
    /// The address that `reference` means when it is found at this one (RFC 3986 section 5.2), as in Location.
    package func resolving(_ reference: String) throws(WebURLError) -> WebURL {
        let bytes = Array(reference.utf8)
        guard bytes.count <= Self.lengthLimit else {
            throw WebURLError("a URL of more than \(Self.lengthLimit) bytes")
        }
        if Self.hasScheme(bytes) { return try WebURL(bytes, repairing: true).withoutDots }
        if bytes.starts(with: [ASCII.slash, ASCII.slash]) {
            return try WebURL(Array("\(scheme.rawValue):".utf8) + bytes, repairing: true).withoutDots
        }
        let (path, query) = try Self.pathAndQuery(bytes[...], repairing: true)
        switch bytes.first {
        case nil, ASCII.hash: return self
        case ASCII.question: return replacing(path: self.path, query: query)
        case ASCII.slash: return replacing(path: path, query: query).withoutDots
        default:
            let directory = self.path.utf8.lastIndex(of: ASCII.slash).map { self.path[...$0] } ?? "/"
            return replacing(path: directory + path, query: query).withoutDots
        }
    }

    /// This address with a path below its own: `https://host/v1` and `models/x` give `https://host/v1/models/x`.
    /// `relativePath` is percent-encoded by the caller.
    package func appending(path relativePath: String) throws(WebURLError) -> WebURL {
        let front = path.hasSuffix("/") ? String(path.dropLast()) : path
        let back = relativePath.hasPrefix("/") ? String(relativePath.dropFirst()) : relativePath
        let text = try URLText.read(Array("\(front)/\(back)".utf8)[...], ASCII.isPath, repairing: false)
        return replacing(path: text, query: query)
    }

    /// This address with more in its query; names and values are encoded here.
    package func appending(query items: KeyValuePairs<String, String>) -> WebURL {
        let text = items.map { "\(Self.encode($0))=\(Self.encode($1))" }.joined(separator: "&")
        if text.isEmpty { return self }
        let front = query.map { $0.isEmpty ? "" : "\($0)&" } ?? ""
        return replacing(path: path, query: front + text)
    }

    /// Text as one segment of a path, or one name or value of a query: everything but letters, digits and `-._~`
    /// becomes percent-encoded UTF-8.
    package static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            if ASCII.isUnreserved(byte) { output.append(byte) } else { URLText.append(encoded: byte, to: &output) }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func replacing(path: String, query: String?) -> WebURL {
        WebURL(scheme: scheme, host: host, port: port, path: path, query: query)
    }

    /// RFC 3986 section 3.1: letters, digits, `+-.`, then a colon before any slash.
    private static func hasScheme(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, ASCII.lowercased(first) &- 97 < 26 else { return false }
        for byte in bytes {
            if byte == ASCII.colon { return true }
            guard ASCII.isLetterOrDigit(byte) || byte == 43 || byte == 45 || byte == 46 else { return false }
        }
        return false
    }

    /// RFC 3986 section 5.2.4, segment by segment.
    private var withoutDots: WebURL {
        var output: [Substring] = []
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { output.append("") }
            case "..":
                if !output.isEmpty { output.removeLast() }
                if isLast { output.append("") }
            default: output.append(segment)
            }
        }
        return replacing(path: "/" + output.joined(separator: "/"), query: query)
    }
}
