/// One of several gateways on a host. Everything that must not collide between them is derived from the profile.
package struct Profile: Hashable, Sendable, CustomStringConvertible {
    /// Nil for the default profile.
    package let name: String?

    package static let `default` = Profile(name: nil)
    package static let dev = Profile(name: "dev")

    private init(name: String?) { self.name = name }

    package static let lengthLimit = 64

    /// `default` means the default profile. Other names become part of paths and service names, so they are strict.
    package init(named name: String) throws(SettingsError) {
        if name == "default" {
            self = .default
            return
        }
        let bytes = Array(name.utf8)
        let isPlain = { (byte: UInt8) in (97...122).contains(byte) || (48...57).contains(byte) }
        guard let first = bytes.first, bytes.count <= Self.lengthLimit, isPlain(first),
            bytes.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else { throw .badProfile(name) }
        self.init(name: name)
    }

    /// What is put behind names that profiles share: `-rescue`, or nothing.
    package var suffix: String { name.map { "-\($0)" } ?? "" }

    package var defaultPort: UInt16 { self == .dev ? 19001 : 18789 }

    package var description: String { name ?? "default" }
}
