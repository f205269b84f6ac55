import Platform

/// Where transcripts lie: `<state>/agents/<agent>/sessions/<session id>.jsonl`. Agent and session ids are checked, every
/// file is opened from the state directory down, and no link below it is followed.
struct TranscriptPlace: Sendable {
    /// Why a transcript was put aside. It is a part of the file's name.
    enum Aside: String, CaseIterable, Sendable {
        case reset, deleted, compacted
        /// Nothing in it could be read.
        case unreadable
    }

    /// A file in the directory of an agent's sessions.
    enum Name: Hashable, Sendable {
        case transcript(id: String)
        /// With the time at which it was put aside.
        case aside(id: String, Aside, WallTime)
        /// Lines of a transcript that were damaged.
        case damaged(id: String)
    }

    static let ending = ".jsonl"
    private static let damagedEnding = ".jsonl.damaged"

    let stateDirectory: String

    private func folder(_ agentID: String) throws(FileError) -> SafePath {
        guard AgentID.allows(agentID) else { throw .refused(path: String(agentID.prefix(128)), .identifier) }
        return try SafePath("agents/\(agentID)/sessions")
    }

    func path(_ agentID: String, _ id: String, ending: String = ending) throws(FileError) -> SafePath {
        guard Self.isSessionID(id) else { throw .refused(path: String(id.prefix(128)), .identifier) }
        return try SafePath("\(try folder(agentID))/\(id)\(ending)")
    }

    /// For people.
    func shownPath(_ agentID: String, _ id: String) -> String {
        "\(stateDirectory)/agents/\(agentID)/sessions/\(id)\(Self.ending)"
    }

    /// A UUID in its usual writing, as we make them.
    static func isSessionID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 36
            && bytes.indices.allSatisfy { index in
                switch index {
                case 8, 13, 18, 23: bytes[index] == UInt8(ascii: "-")
                default:
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index])
                        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(bytes[index])
                }
            }
    }

    // MARK: Work that blocks

    private func root() throws(FileError) -> SafeDirectory { try SafeDirectory(stateDirectory) }

    func makeFolder(_ agentID: String) throws(FileError) {
        try PrivateDirectory.create("\(stateDirectory)/\(try folder(agentID))")
    }

    func open(_ agentID: String, _ id: String, creates: Bool = false) throws(FileError) -> AppendFile {
        try AppendFile.open(try path(agentID, id), in: try root(), creates: creates)
    }

    /// Renames the transcript and returns its new name; nil when there is none. `keeps` leaves it its old name as well,
    /// until something takes that name's place.
    func putAside(
        _ agentID: String, _ id: String, _ why: Aside, at time: WallTime, keeps: Bool = false
    ) throws(FileError) -> String? {
        let root = try root()
        let taken = Set(try root.files(in: try folder(agentID)).map(\.name))
        guard taken.contains(id + Self.ending) else { return nil }
        // Two within a second get times of their own.
        var time = time
        var name = Self.asideName(id, why, time)
        while taken.contains(name) {
            time.nanoseconds += 1_000_000_000
            name = Self.asideName(id, why, time)
        }
        let path = try path(agentID, id)
        if keeps { try root.link(path, to: name) } else { try root.rename(path, to: name) }
        return name
    }

    /// Keeps what cannot be read of a transcript. What is there already stays.
    func keepDamaged(_ agentID: String, _ id: String, _ bytes: [UInt8]) throws(FileError) {
        let file = try AppendFile.open(
            try path(agentID, id, ending: Self.damagedEnding), in: try root(), creates: true)
        let size = try file.size()
        // The same transcript is looked at again by the next process.
        if size >= bytes.count, try file.read(from: size - bytes.count, count: bytes.count) == bytes { return }
        try file.append(bytes, at: size)
    }

    func replace(_ agentID: String, _ id: String, with bytes: [UInt8]) throws(FileError) {
        try root().write(bytes, to: try path(agentID, id))
    }

    func remove(_ agentID: String, name: String) throws(FileError) {
        guard Self.parse(name) != nil else { throw .refused(path: String(name.prefix(128)), .identifier) }
        try root().remove(try SafePath("\(try folder(agentID))/\(name)"))
    }

    /// The agents that have sessions.
    func agents() throws(FileError) -> [String] {
        let path = stateDirectory + "/agents"
        guard FileReading.exists(path) else { return [] }
        return try FileFacts.names(in: path).filter(AgentID.allows).sorted()
    }

    /// The files of an agent's sessions that have a name of ours.
    func files(_ agentID: String) throws(FileError) -> [(name: Name, file: ListedFile)] {
        try root().files(in: try folder(agentID)).compactMap { file in Self.parse(file.name).map { ($0, file) } }
    }

    // MARK: Names

    private static func asideName(_ id: String, _ why: Aside, _ time: WallTime) -> String {
        "\(id)\(ending).\(why.rawValue).\(time.compactUTC)"
    }

    static func parse(_ name: String) -> Name? {
        let id = String(name.prefix(36))
        guard isSessionID(id) else { return nil }
        let rest = String(name.dropFirst(36))
        if rest == ending { return .transcript(id: id) }
        if rest == damagedEnding { return .damaged(id: id) }
        let parts = rest.split(separator: ".")
        guard parts.count == 3, parts[0] == "jsonl", let why = Aside(rawValue: String(parts[1])),
            let time = WallTime(compactUTC: String(parts[2]))
        else { return nil }
        return .aside(id: id, why, time)
    }
}

extension WallTime {
    /// Reads `20261120T121500Z`.
    init?(compactUTC text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? { Int(String(decoding: bytes[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
            let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15)
        else { return nil }
        let date = CalendarDate(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard date.isValid, let time = date.time() else { return nil }
        self = time
    }
}
