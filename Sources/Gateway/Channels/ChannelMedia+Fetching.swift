import Agents
import Channels
import Contract
import Models
import Platform

extension ChannelMedia {
    /// Files of one message that are fetched.
    nonisolated static let most = 10
    /// At the same time, over all chats.
    nonisolated static let together = 6
    nonisolated static let delays: [Duration] = [.seconds(1), .seconds(4)]
    /// For all files of a message.
    nonisolated static let time = Duration.seconds(60)

    /// What an agent is given of a message's files.
    struct Found: Sendable {
        /// One for each file: what it is and where it lies, or why it is not there.
        var lines: [String] = []
        var images: [MessagePart] = []
    }

    /// A file that is here.
    private struct Kept: Sendable {
        let place: String
        let type: MediaType
        let size: Int
        let image: [UInt8]?
    }

    /// Gets the files of a message. What was said in the chat before goes first, however long its files take.
    func files(of item: InboxItem, _ account: ChannelServices.Account, workspace: String) async -> Found {
        let chat = ChatAddress(item.account, chat: item.message.place.chat, thread: item.message.place.thread)
        let previous = last[chat]
        guard previous != nil || !item.message.media.isEmpty else { return Found() }
        let task = startTask {
            let found = await self.fetch(item, account, workspace)
            _ = await previous?.result
            return found
        }
        last[chat] = task
        let found = (try? await task.value) ?? Found()
        if last[chat] == task { last[chat] = nil }
        return found
    }

    private func fetch(_ item: InboxItem, _ account: ChannelServices.Account, _ workspace: String) async -> Found {
        let media = item.message.media
        let board = Board(media.prefix(Self.most).count, clock)
        let deadline = clock.now + Self.time
        let workers = (0..<board.count).map { number in
            startTask {
                guard await self.gate.enter() else { return }
                let name = MediaShelf.name(
                    of: "\(item.account):\(item.message.id):\(number):\(media[number].reference)")
                let end = await self.get(media[number], name, account, workspace)
                self.gate.leave()
                board.put(number, end)
            }
        }
        await board.wait(until: deadline)
        for worker in workers { worker.cancel() }
        var found = Found()
        var shown = 0
        for (number, media) in media.enumerated() {
            let end: Result<Kept, MediaTrouble>
            if number < board.count {
                end = board.ends[number] ?? .failure(.lasting("it did not come within \(Self.time)"))
            } else {
                end = .failure(.lasting("more than \(Self.most) files came at once"))
            }
            var line = media.kind
            let name = FileName.shown(media.name ?? "")
            if !name.isEmpty { line += " \(name)" }
            switch end {
            case .success(let kept):
                line += ", \(kept.size.asBytes): \(kept.place)"
                if let image = kept.image, shown + image.count <= WireFacts.attachmentBytes {
                    shown += image.count
                    found.images.append(
                        .image(ImagePart(mediaType: kept.type.rawValue, base64: Base64.standard.encode(image))))
                }
            case .failure(let trouble):
                if let size = media.size { line += ", \(size.asBytes)" }
                line += ", not here: \(trouble.reason)"
            }
            found.lines.append("[\(line)]")
        }
        return found
    }

    /// One file, tried again while that may help.
    private func get(
        _ media: InboundMessage.Media, _ name: String, _ account: ChannelServices.Account, _ workspace: String
    ) async -> Result<Kept, MediaTrouble> {
        var trouble = MediaTrouble.passing("\(account.settings.account) is not connected")
        for attempt in 0...Self.delays.count {
            do throws(MediaTrouble) {
                return .success(try await tryToGet(media, name, account, workspace))
            } catch {
                trouble = error
            }
            guard case .passing(_, let asked) = trouble, attempt < Self.delays.count else { break }
            let wait = max(Self.delays[attempt], asked ?? .zero)
            guard await Suspension(clock).wait(until: clock.now + wait) == .deadline else { break }
        }
        return .failure(trouble)
    }

    private func tryToGet(
        _ media: InboundMessage.Media, _ name: String, _ account: ChannelServices.Account, _ workspace: String
    ) async throws(MediaTrouble) -> Kept {
        let limit = limit(received: account)
        guard media.size ?? 0 <= limit else { throw .tooLarge(limit: limit) }
        let (shelf, now) = (came, clock.wall)
        let path = shelf.path(of: name)
        let isThere = try await onDisk { () throws(FileError) -> Bool? in
            guard try shelf.prepare(for: media.size ?? 0, now: now) else { return nil }
            return FileReading.exists(path)
        }
        guard let isThere else { throw .lasting("there is no room for more files now") }
        if !isThere {
            guard let source = account.runner?.files else {
                throw .passing("\(account.settings.account) is not connected")
            }
            try await source.fetch(media, to: path, limit: limit)
        }
        return try await onDisk { () throws(FileError) in
            let file = try OpenFile(path)
            let type = try MediaType(of: file)
            let place = try ChannelMedia.show(file, name + type.nameEnd, in: workspace, now)
            let image =
                type.isImage && file.size <= MessageIntake.imageBytes
                ? try file.bytes(from: 0, atMost: file.size) : nil
            return Kept(place: place, type: type, size: file.size, image: image)
        }
    }

    /// Puts a copy where the agent's tools can open it. Blocks.
    private nonisolated static func show(
        _ file: OpenFile, _ name: String, in workspace: String, _ now: WallTime
    ) throws(FileError) -> String {
        let place = "\(Self.place)/\(name)"
        try PrivateDirectory.create(workspace)
        // None of the directories on the way may be a link.
        try SafeDirectory(workspace).makeParents(of: try SafePath(place))
        _ = try MediaShelf("\(workspace)/\(Self.place)", spared: .seconds(3600)).prepare(for: file.size, now: now)
        if !FileReading.exists("\(workspace)/\(place)") { try file.copy(to: "\(workspace)/\(place)") }
        return place
    }

    private func onDisk<Value: Sendable>(
        _ work: @escaping @Sendable () throws(FileError) -> Value
    ) async throws(MediaTrouble) -> Value {
        do throws(FileError) { return try await BlockingPool.shared.run(work) } catch {
            throw .lasting("it cannot be kept: \(error)")
        }
    }

    /// The files of a message, as they come.
    @LoopActor
    private final class Board {
        let count: Int
        private(set) var ends: [Int: Result<Kept, MediaTrouble>] = [:]
        private let place: Suspension

        init(_ count: Int, _ clock: any Clock) {
            self.count = count
            place = Suspension(clock)
        }

        func put(_ number: Int, _ end: Result<Kept, MediaTrouble>) {
            ends[number] = end
            place.wake()
        }

        func wait(until deadline: Instant) async {
            while ends.count < count { guard await place.wait(until: deadline) == .event else { return } }
        }
    }
}
