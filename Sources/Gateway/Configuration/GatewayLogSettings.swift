package import Platform
package import Settings

/// `logging`: what is kept, what is shown, and where.
package struct GatewayLogSettings: Hashable, Sendable {
    /// Nil keeps or shows nothing.
    package let level: LogLevel?
    package let consoleLevel: LogLevel?
    package let consoleStyle: String
    package let file: String?
    package let maxFileBytes: Int

    package init(_ snapshot: ConfigSnapshot, instance: Instance) {
        let asked = snapshot.environment["OPENCLAW_LOG_LEVEL"].flatMap(Self.level)
        level = asked ?? Self.level(snapshot.string("logging.level") ?? "info") ?? .some(.info)
        consoleLevel = asked ?? Self.level(snapshot.string("logging.consoleLevel") ?? "info") ?? .some(.info)
        consoleStyle = snapshot.string("logging.consoleStyle") ?? "pretty"
        file = snapshot.string("logging.file").map { instance.expanded($0) }
        maxFileBytes = snapshot.integer("logging.maxFileBytes") ?? 10_485_760
    }

    /// The outer nil is a word that means no level.
    private static func level(_ word: String) -> LogLevel?? {
        switch word {
        case "silent": .some(nil)
        case "fatal", "error": .some(.error)
        case "warn": .some(.warn)
        case "info": .some(.info)
        case "debug": .some(.debug)
        case "trace": .some(.trace)
        default: nil
        }
    }
}
