/// Something of the models' configuration that is not used, and why. The rest works.
package struct ModelProblem: Hashable, Sendable, CustomStringConvertible {
    /// The setting: `models.providers.acme.baseUrl`.
    package let setting: String
    /// What is wrong, what is allowed, what to do.
    package let message: String

    package init(_ setting: String, _ message: String) {
        self.setting = setting
        self.message = message
    }

    package var description: String { "\(setting): \(message)" }
}
