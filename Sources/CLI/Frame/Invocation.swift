import Platform
import Settings

/// A command line, understood.
struct Invocation: Sendable {
    let command: Command
    let instance: Instance
    let arguments: [String]
    /// Every value that a flag was given, in order.
    var values: [String: [String]]
    let switches: Set<String>
    let environment: Environment
    var output: Output
    let surroundings: Surroundings

    var profileName: String { "\(instance.profile)" }

    func has(_ name: String) -> Bool { switches.contains(name) }

    /// The flag's last value.
    subscript(name: String) -> String? { values[name]?.last }

    /// The value of a flag whose kind is an integer: the parser has seen to it.
    func integer(_ name: String) -> Int? { self[name].flatMap { Int($0) } }

    /// How this program is called for the same gateway: put before the commands that a person is told to use.
    var program: String { instance.program }
}
