import Settings

/// One thing in which an installed service differs from the one that would be installed now.
package struct ServiceDrift: Hashable, Sendable, CustomStringConvertible {
    /// `binary`, `arguments`, `port`, `profile`, `version`, `user`, or `environment.NAME`.
    package let field: String
    /// Nil where the installed service says nothing of it.
    package let installed: String?
    package let wanted: String?

    package var description: String { "\(field): installed \(installed ?? "nothing"), now \(wanted ?? "nothing")" }

    /// Variables that are named as fields of their own, or that differ without meaning anything.
    private static let told: Set<String> = ["OPENCLAW_PROFILE", "OPENCLAW_SERVICE_VERSION", "OPENCLAW_GATEWAY_PORT"]

    /// Every difference, the weightiest first.
    package static func between(_ installed: InstalledService, _ wanted: ServiceDescription) -> [ServiceDrift] {
        var all: [ServiceDrift] = []
        func compare(_ field: String, _ old: String?, _ new: String?) {
            if old != new { all.append(ServiceDrift(field: field, installed: old, wanted: new)) }
        }
        compare("binary", installed.binary, wanted.binary)
        compare("port", installed.port.map { "\($0)" }, "\(wanted.port)")
        compare("profile", installed.profile, "\(wanted.instance.profile)")
        compare("version", installed.version, wanted.version)
        if wanted.kind == .system { compare("user", installed.user, wanted.user) }
        if all.allSatisfy({ $0.field != "port" }) {
            compare(
                "arguments", installed.arguments.joined(separator: " "), wanted.arguments.joined(separator: " "))
        }
        let environment = wanted.environment
        for name in Set(environment.keys).union(installed.environment.keys).subtracting(told).sorted() {
            // Values of variables that we did not write may be secrets: only that they are there is told.
            let old = installed.environment[name].map { environment[name] == nil ? "a value of its own" : $0 }
            compare("environment.\(name)", old, environment[name])
        }
        return all
    }
}
