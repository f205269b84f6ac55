#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A user as the system's database knows him.
package struct UserAccount: Hashable, Sendable {
    package let name: String
    package let id: UInt32
    package let home: String

    package init(name: String, id: UInt32, home: String) {
        self.name = name
        self.id = id
        self.home = home
    }

    /// Whose process this is. Blocks, where users are asked for over the network.
    package static var current: UserAccount? { getpwuid(geteuid()).flatMap { UserAccount($0.pointee) } }

    /// Nil when there is none of this name. Blocks.
    package static func named(_ name: String) -> UserAccount? { getpwnam(name).flatMap { UserAccount($0.pointee) } }

    private init?(_ entry: passwd) {
        guard let name = entry.pw_name, let home = entry.pw_dir else { return nil }
        self.init(name: String(cString: name), id: entry.pw_uid, home: String(cString: home))
    }
}
