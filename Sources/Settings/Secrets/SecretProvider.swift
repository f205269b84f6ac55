import Platform

/// A way to get secrets, as `secrets.providers.<name>` describes it.
enum SecretProvider: Hashable, Sendable {
    case env(allowed: [String]?)
    case file(path: String, isWhole: Bool, limit: Int)
    case exec(ExecSecretProvider)

    static let defaultName = "default"
    static let fileLimit = 1 << 20

    /// The provider that `ref` names in `secrets`, the section of a valid configuration.
    static func named(
        by ref: SecretRef, in secrets: JSON?, _ instance: Instance
    ) throws(SecretFailure) -> (name: String, provider: SecretProvider) {
        let name = ref.provider ?? secrets?["defaults"]?[ref.source.rawValue]?.string ?? defaultName
        guard let entry = secrets?["providers"]?[name], entry["source"]?.string == ref.source.rawValue else {
            guard ref.source == .env, name == secrets?["defaults"]?["env"]?.string ?? defaultName else {
                throw .noProvider(name, ref.source)
            }
            return (name, .env(allowed: nil))
        }
        switch ref.source {
        case .env: return (name, .env(allowed: entry["allowlist"]?.array?.compactMap(\.string)))
        case .file:
            guard let path = entry["path"]?.string else { throw .incomplete(name, "path") }
            return (
                name,
                .file(
                    path: instance.expanded(path), isWhole: entry["mode"]?.string == "singleValue",
                    limit: entry["maxBytes"]?.int ?? fileLimit)
            )
        case .exec:
            guard let command = entry["command"]?.string else { throw .incomplete(name, "command") }
            return (name, .exec(ExecSecretProvider(entry, command: instance.expanded(command), instance)))
        }
    }
}

/// A program that gives secrets out.
struct ExecSecretProvider: Hashable, Sendable {
    static let standardTimeout = 5000

    let command: String
    let arguments: [String]
    let environment: [String: String]
    let passed: [String]
    let deadline: Duration
    let outputLimit: Int
    let isJSONOnly: Bool
    let trustedDirectories: [String]?
    let allowsLink: Bool

    init(_ entry: JSON, command: String, _ instance: Instance) {
        self.command = command
        arguments = entry["args"]?.array?.compactMap(\.string) ?? []
        var values: [String: String] = [:]
        for member in entry["env"]?.object?.members ?? [] { values[member.key] = member.value.string }
        environment = values
        passed = entry["passEnv"]?.array?.compactMap(\.string) ?? []
        deadline = .milliseconds(entry["timeoutMs"]?.int ?? Self.standardTimeout)
        outputLimit = entry["maxOutputBytes"]?.int ?? SecretProvider.fileLimit
        isJSONOnly = entry["jsonOnly"]?.bool ?? true
        trustedDirectories = entry["trustedDirs"]?.array?.compactMap(\.string).map { instance.expanded($0) }
        allowsLink = entry["allowSymlinkCommand"]?.bool ?? false
    }
}

/// Why a secret could not be had. Never holds what a file or program gave out.
enum SecretFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case noProvider(String, SecretRef.Source)
    case incomplete(String, String)
    case notSet(name: String, files: String)
    case notAllowed(name: String, provider: String)
    case file(FileError)
    case tooOpen(path: String, reason: String)
    case notInFile(path: String, id: String)
    case untrusted(command: String, reason: String)
    case process(String)
    case badAnswer(command: String, reason: String)

    var description: String {
        switch self {
        case .noProvider(let name, let source):
            "secrets.providers has no \"\(name)\" with source \"\(source.rawValue)\""
        case .incomplete(let name, let key): "secrets.providers.\(name).\(key) is missing"
        case .notSet(let name, let files): "\(name) is not set in the environment or in \(files)"
        case .notAllowed(let name, let provider): "\(name) is not in secrets.providers.\(provider).allowlist"
        case .file(let error): "\(error)"
        case .tooOpen(let path, let reason): "\(path) is not trusted: \(reason)"
        case .notInFile(let path, let id): "\(path) has no text at \(id)"
        case .untrusted(let command, let reason): "\(command) is not run: \(reason)"
        case .process(let reason): reason
        case .badAnswer(let command, let reason): "\(command) gave no usable answer: \(reason)"
        }
    }
}
