import Wire

/// A key of a provider, by name. The name may be shown, the key may not.
package struct KeyProfile: Equatable, Sendable, CustomStringConvertible {
    /// `anthropic:work`.
    package let id: String
    /// Nil for providers that answer without one.
    package let key: String?
    /// Where the key comes from, as people are told.
    package let source: String
    /// A token of an account rather than a key of the API.
    package let isToken: Bool

    package init(id: String, key: String?, source: String, isToken: Bool = false) {
        self.id = id
        self.key = key
        self.source = source
        self.isToken = isToken
    }

    /// Never the key.
    package var description: String { "\(id) (\(source))" }
}

/// Finds a provider's keys, in the order in which they are tried.
struct KeySearch {
    /// Variables of the form `X_API_KEY_1`, `X_API_KEY_2` … that are looked for.
    static let numberedVariables = 20

    let provider: String
    /// Beginnings of the names of variables.
    let variables: [String]
    let environment: (String) -> String?
    private(set) var profiles: [KeyProfile] = []

    init(provider: String, variables: [String], environment: @escaping (String) -> String?) {
        self.provider = provider
        self.variables = variables
        self.environment = environment
    }

    /// One key that goes before all others, as OpenClaw has it for tries.
    mutating func addOverride() {
        for prefix in variables {
            let name = "OPENCLAW_LIVE_\(prefix)_KEY"
            add(environment(name), id: "live", from: name)
        }
    }

    mutating func addVariables() {
        for prefix in variables {
            add(environment("\(prefix)_API_KEY"), id: "\(prefix)_API_KEY", from: "\(prefix)_API_KEY")
            let list = environment("\(prefix)_API_KEYS") ?? ""
            for (number, key) in list.split(whereSeparator: { ",; \n\t".contains($0) }).enumerated() {
                add(String(key), id: "\(prefix)_API_KEYS-\(number + 1)", from: "\(prefix)_API_KEYS")
            }
            for number in 1...Self.numberedVariables {
                let name = "\(prefix)_API_KEY_\(number)"
                add(environment(name), id: name, from: name)
            }
        }
    }

    /// The text of `apiKey`: the key, or in older files the name of the variable that has it.
    mutating func addSetting(_ text: String?, id: String, from setting: String, isToken: Bool = false) {
        guard let text else { return }
        if Self.isVariable(text) {
            guard let value = environment(text) else { return }
            return add(value, id: id, from: text, isToken: isToken)
        }
        add(text, id: id, from: setting, isToken: isToken)
    }

    private mutating func add(_ text: String?, id: String, from source: String, isToken: Bool = false) {
        let key = String(decoding: Array((text ?? "").utf8).span.trimmedBytes, as: UTF8.self)
        // A key that was given twice would only be refused twice.
        guard !key.isEmpty, HTTPFields.isValid(value: key), !profiles.contains(where: { $0.key == key }) else { return }
        profiles.append(
            KeyProfile(id: id.contains(":") ? id : "\(provider):\(id)", key: key, source: source, isToken: isToken))
    }

    static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, (65...90).contains(first), text.utf8.contains(UInt8(ascii: "_")) else {
            return false
        }
        return text.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
    }
}

extension Span<UInt8> {
    /// Without white space at both ends.
    fileprivate var trimmedBytes: [UInt8] {
        var (start, end) = (0, count)
        while start < end, self[start] <= 0x20 { start += 1 }
        while end > start, self[end - 1] <= 0x20 { end -= 1 }
        return (start..<end).map { self[$0] }
    }
}
