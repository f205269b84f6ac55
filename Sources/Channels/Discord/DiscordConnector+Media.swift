import Platform
import Wire

extension DiscordConnector: MediaSource {
    /// Where Discord keeps what was attached. No token is needed there, and none is sent.
    private nonisolated static let hosts = ["cdn.discordapp.com", "media.discordapp.net"]

    package var files: (any MediaSource)? { self }

    package func fetch(_ media: InboundMessage.Media, to path: String, limit: Int) async throws(MediaTrouble) {
        guard let url = try? WebURL(media.reference), isOwn(url) else {
            throw .lasting("it does not lie with Discord")
        }
        let answer = try await api.client.fetch(HTTPClientRequest(.get, url), to: path, limit: limit)
        if let answer { throw MediaTrouble(answer, "Discord") }
    }

    private func isOwn(_ url: WebURL) -> Bool {
        url.hasSameOrigin(as: settings.root)
            || url.scheme == .https && url.port == 443 && Self.hosts.contains(url.host)
    }

    /// The message as one part of a form, its file as another.
    func post(
        _ body: JSON, _ media: OutboundMessage.Media, _ chat: String, _ key: String
    ) async throws(DiscordTrouble) -> SendOutcome {
        let file: OpenFile
        do throws(FileRefusal) {
            file = try await media.open(ConnectorFacts.discord.files?.sent, "Discord")
        } catch {
            return error.outcome
        }
        var body = body
        body["attachments"] = [["id": 0, "filename": .string(media.shownName)]]
        return try await post(body, chat, key) { body in
            var form = MultipartForm()
            form.add("payload_json", body)
            form.add("files[0]", file, named: media.shownName, type: media.type)
            return form
        }
    }
}
