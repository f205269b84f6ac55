import Agents
import Channels
import Platform
import Wire

extension ChannelMedia {
    nonisolated static let redirectLimit = 3
    nonisolated static let downloadTime = Duration.seconds(60)

    /// How a file is wanted to be shown.
    struct Manner: Sendable {
        var isDocument = false
        var isVoice = false
    }

    /// Takes a file that is to be sent onto the shelf, as it is now. `reference` is an https address, or a path within the
    /// workspace: no other place is read, whatever links lead there.
    func take(
        _ reference: String, in workspace: String, for account: ChannelServices.Account, _ manner: Manner = Manner()
    ) async throws(MessageRefusal) -> OutboundMessage.Media {
        let reference = reference.withoutOuterSpace
        let shown = FileName.shown(FileName.last(reference))
        let (limit, whose) = limit(sent: account)
        let path = try await room(for: account)
        if reference.hasPrefix("https://") {
            try await download(reference, to: path, limit)
        } else {
            let way = try Self.within(workspace, reference)
            let file = try await onDisk(shown) { () throws(FileError) in
                try OpenFile(way, in: try SafeDirectory(workspace))
            }
            guard file.size <= limit else { throw Self.tooLarge(shown, limit, whose) }
            try await onDisk(shown) { () throws(FileError) in try file.copy(to: path) }
        }
        let isAddress = reference.hasPrefix("https://")
        let name = isAddress ? String(reference.prefix { $0 != "?" && $0 != "#" }) : reference
        return try await media(path, FileName.last(name), manner)
    }

    /// The same with bytes that somebody brings along.
    func take(
        _ bytes: [UInt8], named name: String, for account: ChannelServices.Account, _ manner: Manner = Manner()
    ) async throws(MessageRefusal) -> OutboundMessage.Media {
        let (limit, whose) = limit(sent: account)
        let shown = FileName.shown(FileName.last(name))
        guard bytes.count <= limit else { throw Self.tooLarge(shown, limit, whose) }
        let path = try await room(for: account)
        try await onDisk(shown) { () throws(FileError) in
            let file = try NewFile(path)
            try file.append(bytes)
            try file.finish()
        }
        return try await media(path, FileName.last(name), manner)
    }

    private static func tooLarge(_ name: String, _ limit: Int, _ whose: String) -> MessageRefusal {
        .refused("the file \(name) is larger than the \(limit.asBytes) that \(whose) allows")
    }

    /// A path on the shelf where nothing is yet.
    private func room(for account: ChannelServices.Account) async throws(MessageRefusal) -> String {
        let label = account.platform.facts.label
        guard account.platform.facts.files != nil else {
            throw .refused("\(label) carries no files: put it where people can fetch it, and send the address")
        }
        let (shelf, now) = (waiting, clock.wall)
        let isRoom = try await onDisk("") { () throws(FileError) in try shelf.prepare(for: 0, now: now) }
        guard isRoom else { throw .unavailable("too many files wait to be sent; try again later") }
        return shelf.path(of: MediaShelf.randomName())
    }

    /// A path as people and models write it, within the workspace.
    private static func within(_ workspace: String, _ text: String) throws(MessageRefusal) -> SafePath {
        var rest = text[...]
        if rest.hasPrefix(workspace + "/") { rest = rest.dropFirst(workspace.count + 1) }
        while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
        let shown = FileName.shown(FileName.last(text))
        guard !rest.hasPrefix("file:"), !rest.hasPrefix("data:"), !String(rest).contains("://") else {
            throw .refused("\(shown) is refused: files come from the workspace, or from https addresses")
        }
        do throws(FileError) { return try SafePath(String(rest)) } catch {
            throw .refused("\(shown) is refused: only files within the workspace are sent: \(error)")
        }
    }

    private func download(_ text: String, to path: String, _ limit: Int) async throws(MessageRefusal) {
        let url: WebURL
        do throws(WebURLError) { url = try WebURL(text) } catch { throw .refused("the address is refused: \(error)") }
        if let refusal = OutboundGuard.refusal(host: url.host) { throw .refused("\(url.peer) is refused: \(refusal)") }
        var request = HTTPClientRequest(.get, url)
        request.redirects = .followed(limit: Self.redirectLimit)
        request.bodyLimit = limit
        request.deadlines.total = Self.downloadTime
        let response: HTTPClientResponse
        do throws(HTTPClientError) { response = try await web.send(request) } catch {
            throw .refused("the file could not be fetched: \(error)")
        }
        guard response.status == .ok else {
            throw .refused("the file could not be fetched: \(url.peer) answered \(response.status)")
        }
        do throws(HTTPSaveError) { _ = try await response.body.save(to: path, limit: limit) } catch {
            switch error {
            case .response(let error): throw .refused("the file could not be fetched: \(error)")
            case .file(let error): throw .unavailable("the file could not be kept: \(error)")
            }
        }
    }

    private func media(_ path: String, _ name: String, _ manner: Manner) async throws(MessageRefusal)
        -> OutboundMessage.Media
    {
        let (type, size) = try await onDisk(name) { () throws(FileError) in
            let file = try OpenFile(path)
            return (try MediaType(of: file), file.size)
        }
        guard size > 0 else { throw .refused("the file \(FileName.shown(name)) is empty") }
        return OutboundMessage.Media(
            name: name.isEmpty ? "file\(type.nameEnd)" : name, type: type.rawValue, path: path,
            isDocument: manner.isDocument, isVoice: manner.isVoice)
    }

    @discardableResult
    private func onDisk<Value: Sendable>(
        _ name: String, _ work: @escaping @Sendable () throws(FileError) -> Value
    ) async throws(MessageRefusal) -> Value {
        do throws(FileError) { return try await BlockingPool.shared.run(work) } catch {
            if error.isMissing { throw .refused("there is no file \(name) in the workspace") }
            throw .refused("the file \(name) cannot be sent: \(error)")
        }
    }
}
