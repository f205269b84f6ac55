package import Platform
package import Store

/// Takes over the conversations of an OpenClaw state directory, which is only read. Each gets an id that follows from
/// its key and its id there, so that a second import finds the first, and the file of the source, which may lie in
/// the same directory, stays.
@LoopActor
package struct SessionImport {
    nonisolated static let listLimit = 64 << 20
    private nonisolated static let list = "sessions.json"

    let source: SafeDirectory
    /// Nil when only the names of what is here are known: for a trial.
    let shelf: SessionShelf?
    /// The sessions that are here, and their ids.
    let present: [SessionKey: String]
    private let place: TranscriptPlace
    /// Ids of transcripts that are here or were put aside: what was taken before, and begun anew or deleted since.
    private var taken: Set<String> = []
    private var done: Set<SessionKey> = []
    private(set) var tally = ImportTally("sessions")

    package init(_ source: SafeDirectory, into shelf: SessionShelf) {
        self.source = source
        self.shelf = shelf
        place = shelf.place
        present = shelf.catalog.entries.mapValues { $0.record.sessionID }
    }

    /// Writes nothing. Without a store there are no sessions here.
    package init(
        trying source: SafeDirectory, stateDirectory: String, _ store: Store?
    ) async throws(StoreError) {
        self.source = source
        shelf = nil
        place = TranscriptPlace(stateDirectory: stateDirectory)
        guard let store else {
            present = [:]
            return
        }
        present = Dictionary(try await SessionIndex(store: store).load().map { ($0.record.key, $0.record.sessionID) }) {
            first, _ in first
        }
    }

    package mutating func run() async -> ImportTally {
        taken = await BlockingPool.shared.run { [place] in Self.ids(place) }
        for place in await BlockingPool.shared.run({ [source] in Self.places(source) }) {
            switch place {
            case .success(let place): await take(place)
            case .failure(let left): tally.leave(left.name, left.reason)
            }
        }
        return tally
    }

    private nonisolated static func ids(_ place: TranscriptPlace) -> Set<String> {
        var ids: Set<String> = []
        for agent in (try? place.agents()) ?? [] {
            for (name, _) in (try? place.files(agent)) ?? [] {
                switch name {
                case .transcript(let id), .aside(let id, _, _): ids.insert(id)
                case .damaged: break
                }
            }
        }
        return ids
    }

    // MARK: The source

    /// A directory of sessions, and whose they are.
    private struct Place: Sendable {
        let agentID: String
        let folder: String
    }

    private struct Unusable: Error {
        let name: String
        let reason: String
    }

    /// The first releases had one directory for all; it counts last, as what was moved on since is newer.
    private nonisolated static func places(_ source: SafeDirectory) -> [Result<Place, Unusable>] {
        var places: [Result<Place, Unusable>] = []
        for name in ((try? FileFacts.names(in: source.path + "/agents")) ?? []).sorted() {
            let shown = "agents/\(name)"
            guard AgentID.allows(name) else {
                places.append(.failure(Unusable(name: shown, reason: "this is no id of an agent")))
                continue
            }
            if (try? FileFacts.of("\(source.path)/\(shown)", followLinks: false))??.isLink == true {
                places.append(.failure(Unusable(name: shown, reason: "it is a link")))
                continue
            }
            places.append(.success(Place(agentID: name, folder: "\(shown)/sessions")))
        }
        places.append(.success(Place(agentID: "main", folder: "sessions")))
        return places
    }

    private mutating func take(_ place: Place) async {
        let read = await BlockingPool.shared.run { [source] in Self.list(source, place) }
        guard let list = read.list else {
            if let reason = read.reason { tally.leave("\(place.folder)/\(Self.list)", reason) }
            return
        }
        var named: Set<String> = []
        for member in list.members {
            let name = "\(place.folder): \(member.key)"
            switch Self.wanted(member.value, member.key, place) {
            case .failure(let left): tally.leave(name, left.reason)
            case .success(let wanted):
                named.formUnion(wanted.files)
                await take(wanted, name)
            }
        }
        let own = Set(present.values.map { $0 + TranscriptPlace.ending })
        let others = read.files.filter {
            $0.hasSuffix(TranscriptPlace.ending) && !named.contains($0) && !own.contains($0)
        }
        if !others.isEmpty {
            tally.leave("\(place.folder)/*.jsonl", "\(others.count) that no session names, of earlier conversations")
        }
    }

    private nonisolated static func list(
        _ source: SafeDirectory, _ place: Place
    ) -> (list: JSONObject?, files: [String], reason: String?) {
        do throws(FileError) {
            let files = try source.files(in: try SafePath(place.folder)).map(\.name)
            let bytes = try source.read(try SafePath("\(place.folder)/\(list)"), limit: listLimit)
            guard let object = (try? JSONParser.parse(bytes))?.object else {
                return (nil, files, "it is no JSON object")
            }
            return (object, files, nil)
        } catch {
            return (nil, [], error.isMissing ? nil : "\(error)")
        }
    }

    /// A session of the source's list.
    private struct Wanted: Sendable {
        let key: SessionKey
        let id: String
        let entry: JSONObject
        let folder: String
        /// Names of its transcript, the likelier one first.
        let files: [String]
    }

    private nonisolated static func wanted(
        _ value: JSON, _ text: String, _ place: Place
    ) -> Result<Wanted, Unusable> {
        func unusable(_ reason: String) -> Result<Wanted, Unusable> { .failure(Unusable(name: text, reason: reason)) }
        guard let entry = value.object, let id = entry["sessionId"]?.string, !id.isEmpty else {
            return unusable("its entry has no sessionId")
        }
        let key: SessionKey
        do throws(SessionError) { key = try SessionKey(text, defaultAgent: place.agentID) } catch {
            return unusable("\(error)")
        }
        guard (try? StrictID(id)) != nil else { return unusable("its sessionId is none that may name a file") }
        var files = ["\(id)\(TranscriptPlace.ending)"]
        // The list may name the file by the path that it had on the machine it was on.
        if let name = entry["sessionFile"]?.string?.split(separator: "/").last.map(String.init),
            name.hasSuffix(TranscriptPlace.ending), (try? SafePath(name)) != nil
        {
            files.insert(name, at: 0)
        }
        return .success(Wanted(key: key, id: id, entry: entry, folder: place.folder, files: files))
    }

    // MARK: Taking

    private mutating func take(_ wanted: Wanted, _ name: String) async {
        let id = Self.ownID(wanted.key, wanted.id)
        guard !taken.contains(id) else { return tally.count(.known, name) }
        guard present[wanted.key] == nil, done.insert(wanted.key).inserted else {
            return tally.leave(name, "there is a session of this name here already; it stays as it is")
        }
        let read = await BlockingPool.shared.run { [source] in Self.read(source, wanted, id: id) }
        switch read {
        case .failure(let left): tally.leave(name, left.reason)
        case .success(let taking):
            do throws(SessionError) {
                try await shelf?.adopt(taking.record, taking.entries)
                tally.count(.taken, name)
                if let loss = taking.loss { tally.note(name, loss) }
            } catch {
                tally.leave(name, "\(error)")
            }
        }
    }

    private struct Taking: Sendable {
        let record: SessionRecord
        let entries: [TranscriptEntry]
        let loss: String?
    }

    private nonisolated static func read(
        _ source: SafeDirectory, _ wanted: Wanted, id: String
    ) -> Result<Taking, Unusable> {
        func unusable(_ reason: String) -> Result<Taking, Unusable> {
            .failure(Unusable(name: wanted.files[0], reason: reason))
        }
        for file in wanted.files {
            do throws(FileError) {
                let path = try SafePath("\(wanted.folder)/\(file)")
                let bytes = try source.read(path, limit: ForeignTranscript.fileLimit)
                let transcript: ForeignTranscript
                do throws(ForeignTranscript.Refusal) {
                    transcript = try ForeignTranscript(bytes)
                } catch {
                    return unusable("\(path): \(error)")
                }
                let record = SessionRecord(foreign: wanted.entry, wanted.key, id: id, begun: transcript.begun)
                return .success(Taking(record: record, entries: transcript.entries, loss: transcript.loss))
            } catch {
                if !error.isMissing { return unusable("\(error)") }
            }
        }
        return unusable("there is no transcript \(wanted.files.joined(separator: " or "))")
    }

    /// The same for the same session, always.
    nonisolated static func ownID(_ key: SessionKey, _ id: String) -> String {
        UUIDText.named(SHA256.hash(Array("openclaw import\n\(key)\n\(id)".utf8)))
    }
}
