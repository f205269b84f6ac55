/// A setting that cannot be used, in the words a person reads.
package enum SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    case badProfile(String)
    case badPort(value: String, source: String)
    case noHome
    case relativePath(value: String, source: String)
    /// `--dev` together with another profile's name.
    case twoProfiles(String)

    package var description: String {
        switch self {
        case .badProfile(let name):
            "\"\(name)\" is not a profile name: up to \(Profile.lengthLimit) lower-case letters, digits, - and _, "
                + "beginning with a letter or digit"
        case .badPort(let value, let source): "\(source): \"\(value)\" is not a port; a number from 1 to 65535"
        case .noHome: "no home directory: set HOME, or OPENCLAW_STATE_DIR to where this gateway keeps its state"
        case .relativePath(let value, let source): "\(source): \"\(value)\" must be an absolute path"
        case .twoProfiles(let name):
            "--dev and --profile \(name) name two profiles; give one of them"
        }
    }
}
