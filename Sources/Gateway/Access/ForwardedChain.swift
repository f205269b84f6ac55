import Platform

/// The addresses that proxies wrote down, the farthest first (RFC 7239; X-Forwarded-For).
struct ForwardedChain: Hashable, Sendable {
    /// More proxies in a row than anyone has.
    static let limit = 32

    let hops: [SocketAddress]

    init(_ hops: [SocketAddress]) { self.hops = hops }

    /// The values of X-Forwarded-For. Nil when one of them is no address.
    init?(xForwardedFor values: [String]) {
        self.init(elements: Self.elements(values)) { $0 }
    }

    /// The values of Forwarded. Nil when an element lacks its `for`, or names no address.
    init?(forwarded values: [String]) {
        self.init(elements: Self.elements(values)) { element in
            var found: Substring?
            for pair in element.split(separator: ";", omittingEmptySubsequences: false) {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].trimmed.lowercased() == "for" else { continue }
                guard found == nil else { return nil }
                found = parts[1].trimmed
            }
            guard let text = found else { return nil }
            return text.hasPrefix("\"") && text.hasSuffix("\"") && text.count > 1 ? text.dropFirst().dropLast() : text
        }
    }

    private init?(elements: [Substring], _ address: (Substring) -> Substring?) {
        guard (1...Self.limit).contains(elements.count) else { return nil }
        var hops: [SocketAddress] = []
        for element in elements {
            guard let text = address(element), let hop = Self.parse(text) else { return nil }
            hops.append(hop)
        }
        self.hops = hops
    }

    private static func elements(_ values: [String]) -> [Substring] {
        values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed) }
    }

    /// An address, perhaps with a port; IPv6 in brackets when it has one.
    private static func parse(_ text: Substring) -> SocketAddress? {
        var host = text
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            guard isPort(text[text.index(after: end)...]) else { return nil }
        } else if text.filter({ $0 == ":" }).count == 1, let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            guard isPort(text[colon...]) else { return nil }
        }
        return SocketAddress(host: String(host), port: 0)?.unmapped
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.hasPrefix(":") && UInt16(text.dropFirst()) != nil
    }

    /// Who stands in front of the proxies: from the right, the first one that is none of ours. What is written further
    /// left may be invented (CVE-2026-35656).
    func client(trusting proxies: [IPRange]) -> SocketAddress? {
        hops.last { hop in !proxies.contains { $0.contains(hop) } } ?? hops.first
    }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.utf8.first, first == 32 || first == 9 { text.removeFirst() }
        while let last = text.utf8.last, last == 32 || last == 9 { text.removeLast() }
        return text
    }
}
