#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The process's environment variables, or a test's.
package struct Environment: ExpressibleByDictionaryLiteral, Sendable {
    private let values: [String: String]?

    package init(_ values: [String: String]) { self.values = values }

    package init(dictionaryLiteral elements: (String, String)...) {
        values = Dictionary(elements) { _, last in last }
    }

    private init() { values = nil }

    package static let process = Environment()

    /// The variable's value; nil when it is not set or empty, which no setting of ours tells apart.
    package subscript(name: String) -> String? {
        let value = values.map { $0[name] } ?? getenv(name).map { String(cString: $0) }
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Every variable that is set, the empty ones included.
    package var all: [String: String] {
        if let values { return values }
        var all: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let (name, value) = Self.pair(String(cString: text))
            all[name] = value
            entry += 1
        }
        return all
    }

    private static func pair(_ text: String) -> (String, String) {
        guard let sign = text.dropFirst().firstIndex(of: "=") else { return (text, "") }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }

    /// The user's home directory: HOME, else what the user database says.
    package var home: String? {
        if let home = self["HOME"] { return home }
        guard values == nil, let entry = getpwuid(geteuid()), let directory = entry.pointee.pw_dir else { return nil }
        return String(cString: directory)
    }
}
