import Platform
import Wire

extension RocketChatConnector: MediaSource {
    package var files: (any MediaSource)? { self }

    package func fetch(_ media: InboundMessage.Media, to path: String, limit: Int) async throws(MediaTrouble) {
        guard let url = api.address(ofFile: media.reference) else { throw .lasting("it does not lie with the server") }
        var request = HTTPClientRequest(.get, url)
        api.sign(&request)
        // A server may keep its files with somebody else; there the token does not go along.
        request.redirects = .followed(limit: 2)
        let answer = try await api.client.fetch(request, to: path, limit: limit)
        if let answer { throw MediaTrouble(answer, "the server") }
    }

    /// The bytes are brought first; until it is confirmed, nobody sees anything of it.
    func send(
        _ media: OutboundMessage.Media, _ message: OutboundMessage
    ) async throws(RocketChatAPI.Failure) -> SendOutcome {
        let file: OpenFile
        do throws(FileRefusal) { file = try await media.open(nil, "the server") } catch { return error.outcome }
        let room = try await room(message.address.chat)
        let thread = message.address.thread ?? message.replyTo
        let uploaded: String
        do throws(RocketChatAPI.Failure) {
            let answer = try await api.post("rooms.media/\(WebURL.encode(room))", Self.form(media, file))
            guard let id = answer["file"]?["_id"]?.string else {
                return .notSent("the server did not say which file it is")
            }
            uploaded = id
        } catch {
            guard error.isUnknownMethod else { return error.beforeAnything }
            // Servers before 6.9 do both in one step.
            var fields = message.text.isEmpty ? [] : [("msg", message.text)]
            if let thread { fields.append(("tmid", thread)) }
            return delivered(
                try await api.post("rooms.upload/\(WebURL.encode(room))", Self.form(media, file, fields)))
        }
        var body: JSON = ["msg": .string(message.text)]
        body["tmid"] = thread.map { .string($0) }
        return delivered(
            try await api.post("rooms.mediaConfirm/\(WebURL.encode(room))/\(WebURL.encode(uploaded))", body))
    }

    private static func form(
        _ media: OutboundMessage.Media, _ file: OpenFile, _ fields: [(String, String)] = []
    ) -> MultipartForm {
        var form = MultipartForm()
        for (name, value) in fields { form.add(name, value) }
        form.add("file", file, named: media.shownName, type: media.type)
        return form
    }

    private func delivered(_ answer: JSON) -> SendOutcome {
        answer["message"]?["_id"]?.string.map(SendOutcome.delivered)
            ?? .unknown("the server did not say which message it is")
    }
}

extension RocketChatAPI {
    /// A file's address as a message has it: below the server's `/file-upload/` and nowhere else.
    func address(ofFile reference: String) -> WebURL? {
        let front = base.path.hasSuffix("/") ? String(base.path.dropLast()) : base.path
        let isPath = reference.hasPrefix("/") && !reference.hasPrefix("//")
        // The server leaves out what stands before its own paths.
        let text = isPath && !reference.hasPrefix("\(front)/file-upload/") ? front + reference : reference
        guard let url = try? base.resolving(text), url.hasSameOrigin(as: base),
            url.path.hasPrefix("\(front)/file-upload/")
        else { return nil }
        return url
    }
}

extension RocketChatAPI.Failure {
    /// What a server says that does not know the way.
    fileprivate var isUnknownMethod: Bool {
        switch self {
        case .refused(let words, _): words.hasSuffix("endpoint does not exist")
        case .broken(let words): words.contains("status 404 and no JSON")
        default: false
        }
    }

    /// What it is to a message of which nobody can have seen anything.
    fileprivate var beforeAnything: SendOutcome {
        if case .unknown(let reason) = outcome { .notSent(reason) } else { outcome }
    }
}
