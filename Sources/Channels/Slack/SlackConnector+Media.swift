import Platform
import Wire

extension SlackConnector: MediaSource {
    package var files: (any MediaSource)? { self }

    /// Events name a file by its id: where it lies is asked for, and only Slack's own servers are gone to.
    package func fetch(_ media: InboundMessage.Media, to path: String, limit: Int) async throws(MediaTrouble) {
        let file: JSON?
        do throws(SlackTrouble) {
            file = try await speech.call("files.info", settings.botToken, form: ["file": media.reference]).json["file"]
        } catch {
            throw error.media
        }
        guard let address = file?["url_private_download"]?.string ?? file?["url_private"]?.string else {
            throw .lasting("Slack did not say where it is")
        }
        try await speech.fetch(
            address, settings.botToken, file?["mimetype"]?.string, to: path, limit: limit)
    }

    /// An address is asked for, the bytes are brought there, and only then somebody sees something.
    func send(
        _ media: OutboundMessage.Media, _ message: OutboundMessage
    ) async throws(SendFailure) -> SendOutcome {
        let file: OpenFile
        do throws(FileRefusal) { file = try await media.open(settings.mediaBytes, "Slack") } catch {
            return error.outcome
        }
        let name = media.shownName
        let chat = try await conversation(message)
        let id: String
        do throws(SlackTrouble) {
            let place = try await speech.call(
                "files.getUploadURLExternal", settings.botToken, form: ["filename": name, "length": "\(file.size)"])
            guard let address = place.json["upload_url"]?.string, let given = place.json["file_id"]?.string else {
                return .notSent("Slack gave no address that a file may be brought to")
            }
            id = given
            try await speech.upload(file, to: address)
        } catch {
            return error.outcomeBefore
        }
        let thread = Self.thread(message)
        var arguments: JSON = [
            "files": [["id": .string(id), "title": .string(name)]], "channel_id": .string(chat),
        ]
        if !message.text.isEmpty { arguments["initial_comment"] = .string(message.text) }
        arguments["thread_ts"] = thread.map { .string($0) }
        _ = try await call("files.completeUploadExternal", arguments)
        wrote(in: chat, thread)
        return .delivered(id)
    }
}

extension SlackTrouble {
    /// What it is to a file that was wanted.
    var media: MediaTrouble {
        switch self {
        case .network(let trouble): MediaTrouble(trouble)
        case .slow(let after): .passing("Slack asks for \(after) of quiet", after: after)
        case .refused(_, let refusal):
            switch refusal.outcome {
            case .notSent(let reason, _), .unknown(let reason): .passing(reason)
            case .refused(let reason): .lasting(reason)
            default: .lasting("Slack: \(refusal.error)")
            }
        case .strange(let words, _): .passing(words)
        case .badRoot: .lasting("the address of Slack's API is none")
        }
    }
}
