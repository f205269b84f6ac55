/// The time zones of this machine by their names, such as `Europe/Berlin`; each is read once.
@LoopActor
package final class ZoneShelf {
    package nonisolated static let directory = "/usr/share/zoneinfo"
    /// Bytes of a name; the longest of 2026 has 32.
    package nonisolated static let nameLimit = 64
    /// Kept at once; there are 600 names in all.
    private nonisolated static let keptLimit = 100

    /// Why there is no zone of that name. The text says what to do.
    package enum Problem: Error, Equatable, Sendable, CustomStringConvertible {
        case badName(String)
        case unknown(String, directory: String)
        /// This machine knows no zones at all.
        case noZones(String, directory: String)
        case unreadable(String, reason: String)

        package var description: String {
            switch self {
            case .badName(let name):
                "\"\(name.cut(to: 64).onlyVisible)\" is no name of a time zone; they read like Europe/Berlin or UTC"
            case .unknown(let name, let directory):
                "there is no time zone \"\(name)\" in \(directory); `timedatectl list-timezones` names those there are"
            case .noZones(let name, let directory):
                "the time zone \"\(name)\" cannot be looked up: \(directory) is missing; install the package tzdata"
            case .unreadable(let name, let reason):
                "the time zone \"\(name)\" cannot be read: \(reason); install the package tzdata anew"
            }
        }
    }

    private let directory: String
    private var known: [String: ZoneRules] = [:]

    package init(_ directory: String = ZoneShelf.directory) { self.directory = directory }

    /// The zone of that name. The first time it reads a file of a few kilobytes, which is in memory on every system that
    /// shows a clock.
    package func zone(_ name: String) throws(Problem) -> ZoneRules {
        if let zone = known[name] { return zone }
        let zone = try Self.read(name, in: directory)
        if known.count >= Self.keptLimit { known = [:] }
        known[name] = zone
        return zone
    }

    /// The zone that clocks of this machine are shown in: what TZ says, else `/etc/localtime`, else UTC.
    package func local(_ environment: Environment) -> ZoneRules {
        if let text = environment["TZ"] {
            let name = text.hasPrefix(":") ? String(text.dropFirst()) : text
            if let zone = try? zone(name) { return zone }
            if let rule = ZoneYearRule(name.utf8) {
                return ZoneRules(name: name, times: [], offsets: [], firstOffset: rule.standard, rule: rule)
            }
            return .utc
        }
        if let zone = known[Self.machine] { return zone }
        let zone = (try? Self.read(Self.machine, at: Self.machine)) ?? .utc
        known[Self.machine] = zone
        return zone
    }

    private nonisolated static let machine = "/etc/localtime"

    /// No name of a file outside: parts of letters, digits, `_`, `+` and `-`, each beginning with a letter.
    nonisolated static func allows(_ name: String) -> Bool {
        guard name.utf8.count <= nameLimit else { return false }
        return name.utf8.split(separator: ASCII.slash, omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, ASCII.isLetter(first) else { return false }
            return part.allSatisfy {
                ASCII.isLetterOrDigit($0) || $0 == ASCII.underscore || $0 == ASCII.plus || $0 == ASCII.minus
            }
        }
    }

    private nonisolated static func read(_ name: String, in directory: String) throws(Problem) -> ZoneRules {
        guard allows(name) else { throw .badName(name) }
        guard name != "UTC" else { return .utc }
        do throws(Problem) {
            return try read(name, at: "\(directory)/\(name)")
        } catch .unknown {
            // Every collection of zones has this one.
            throw FileReading.exists("\(directory)/UTC")
                ? .unknown(name, directory: directory) : .noZones(name, directory: directory)
        }
    }

    private nonisolated static func read(_ name: String, at path: String) throws(Problem) -> ZoneRules {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileReading.read(path, limit: ZoneFile.bytesLimit)
        } catch {
            if case .notRegular = error { throw .unknown(name, directory: path) }
            throw error.isMissing ? .unknown(name, directory: path) : .unreadable(name, reason: "\(error)")
        }
        do throws(ZoneFile.Problem) {
            return try ZoneFile.read(bytes, name: name)
        } catch {
            switch error {
            case .notZone: throw .unknown(name, directory: path)
            case .old: throw .unreadable(name, reason: "\(path) is of version 1, which ends in 2037")
            case .leapSeconds: throw .unreadable(name, reason: "\(path) counts leap seconds")
            case .damaged: throw .unreadable(name, reason: "\(path) is damaged")
            }
        }
    }
}

extension String {
    fileprivate var onlyVisible: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "?" : $0 }))
    }
}
