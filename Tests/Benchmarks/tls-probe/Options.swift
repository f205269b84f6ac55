/// The command line.
///
///     tls-probe connect HOST PORT [--plain] [--ca FILE] [--pin FINGERPRINT] [--name NAME] [--no-alpn]
///                                 [--deadline MS] [--send TEXT | --send-bytes N] [--repeat N]
///     tls-probe serve --cert FILE --key FILE
///     tls-probe memory
struct Options: Sendable {
    var words: [String] = []
    var flags: [String: String] = [:]

    private static let bare: Set<String> = ["plain", "no-alpn"]

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            if argument.hasPrefix("--") {
                let name = String(argument.dropFirst(2))
                flags[name] = Self.bare.contains(name) ? "" : rest.popFirst() ?? ""
            } else {
                words.append(argument)
            }
        }
    }

    func has(_ name: String) -> Bool { flags[name] != nil }
    func number(_ name: String) -> Int? { flags[name].flatMap { Int($0) } }
}
