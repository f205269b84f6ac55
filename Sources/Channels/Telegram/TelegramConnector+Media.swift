import Platform
import Wire

extension TelegramConnector: MediaSource {
    package nonisolated static let photoLimit = 10 << 20

    package var files: (any MediaSource)? { self }

    package func fetch(_ media: InboundMessage.Media, to path: String, limit: Int) async throws(MediaTrouble) {
        let url: WebURL?
        do throws(TelegramTrouble) {
            let place = try await api.call("getFile", ["file_id": .string(media.reference)])
            url = try await api.address(ofFile: place["file_path"]?.string ?? "")
        } catch {
            throw error.media
        }
        guard let url else { throw .lasting("Telegram did not say where it is") }
        let answer = try await api.client.fetch(HTTPClientRequest(.get, url), to: path, limit: limit)
        if let answer { throw MediaTrouble(answer, "Telegram") }
    }

    func send(_ media: OutboundMessage.Media, _ message: OutboundMessage, to chat: String) async -> SendOutcome {
        let file: OpenFile
        do throws(FileRefusal) {
            file = try await media.open(ConnectorFacts.telegram.files?.sent, "Telegram")
        } catch {
            return error.outcome
        }
        var arguments = text(message, placed(message))
        if !message.text.isEmpty { arguments["caption"] = arguments["text"] }
        arguments["text"] = nil
        arguments["link_preview_options"] = nil
        let part = TelegramAPI.Part(name: Self.part(media, file.size), file: file, media: media)
        let outcome = await deliver("send\(part.word)", arguments, part, to: chat)
        // Pictures that it cannot make smaller, such as very long ones, it takes as they are.
        guard part.name == "photo", case .refused(let words) = outcome,
            words.contains("PHOTO_") || words.contains("IMAGE_")
        else { return outcome }
        return await deliver(
            "sendDocument", arguments, TelegramAPI.Part(name: "document", file: file, media: media), to: chat)
    }

    private static func part(_ media: OutboundMessage.Media, _ size: Int) -> String {
        if media.isVoice, media.type.hasPrefix("audio/") { return "voice" }
        guard !media.isDocument else { return "document" }
        switch MediaType(rawValue: media.type) {
        case .png, .jpeg, .webp: return size <= photoLimit ? "photo" : "document"
        case .gif: return "animation"
        case .mp4: return "video"
        case .mp3, .m4a, .ogg: return "audio"
        default: return "document"
        }
    }
}

extension TelegramAPI {
    /// A file that goes along with a call.
    struct Part {
        let name: String
        let file: OpenFile
        let media: OutboundMessage.Media

        /// As it ends a method's name.
        var word: String { name.prefix(1).uppercased() + name.dropFirst() }

        func form(_ arguments: JSON) -> MultipartForm {
            var form = MultipartForm()
            for member in arguments.object?.members ?? [] {
                form.add(member.key, member.value.string ?? member.value.description)
            }
            form.add(name, file, named: media.shownName, type: media.type)
            return form
        }
    }

    /// The address of a file that `getFile` named. Servers that keep files where only they can read them name them from
    /// the root of their disk.
    func address(ofFile path: String) async throws(TelegramTrouble) -> WebURL? {
        let token = try await token()
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
        let way = parts.map(WebURL.encode).joined(separator: "/")
        return try? settings.root.appending(path: "file/bot\(token)/\(way)")
    }
}

extension TelegramTrouble {
    /// What it is to a file that was wanted.
    var media: MediaTrouble {
        switch self {
        case .noToken(let reason): .lasting(reason)
        case .network(let trouble): MediaTrouble(trouble)
        case .slow(let after): .passing("Telegram asks for \(after) of quiet", after: after)
        case .refused(let code, let words, _) where (400..<500).contains(code):
            words.contains("file is too big")
                ? .lasting("Telegram gives bots no files of more than 20 MB")
                : .lasting("Telegram (\(code)): \(words)")
        case .refused(let code, let words, _): .passing("Telegram (\(code)): \(words)")
        case .strange(let words, _): .passing(words)
        }
    }
}
