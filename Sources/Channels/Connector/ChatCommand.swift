/// A command that people can type in a chat, as a platform's menu shows it.
package struct ChatCommand: Equatable, Sendable {
    /// Without the slash.
    package let name: String
    package let help: String
    /// How its arguments are written; empty for none.
    package let arguments: String

    package init(name: String, help: String, arguments: String = "") {
        self.name = name
        self.help = help
        self.arguments = arguments
    }
}
