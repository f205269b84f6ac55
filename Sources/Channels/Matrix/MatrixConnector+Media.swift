import Platform
import Wire

extension MatrixConnector: MediaSource {
    package var files: (any MediaSource)? { self }

    /// Always from the account's own homeserver, which gets what lies with others.
    package func fetch(_ media: InboundMessage.Media, to path: String, limit: Int) async throws(MediaTrouble) {
        guard let place = Self.place(media.reference) else { throw .lasting("it has no address of Matrix's") }
        // Since 1.11 files are for those who are logged in; older homeservers have them at another place.
        for (root, isLast) in [("_matrix/client/v1/media/download/", false), ("_matrix/media/v3/download/", true)] {
            let request: HTTPClientRequest
            do throws(MatrixTrouble) { request = try api.request(.get, root, place) } catch { throw error.media }
            guard let answer = try await api.client.fetch(request, to: path, limit: limit) else { return }
            let isUnknownHere = [400, 404, 405].contains(answer.status) && answer.json?["errcode"] != "M_NOT_FOUND"
            if isLast || !isUnknownHere { throw MediaTrouble(answer, "the homeserver") }
        }
    }

    /// The two parts of `mxc://server/id`.
    private static func place(_ reference: String) -> [String]? {
        let parts = reference.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == "mxc:", parts[1].isEmpty else { return nil }
        let isGood = parts[2...].allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.count < 256
                && part.utf8.allSatisfy { $0 > 32 && $0 < 127 }
        }
        return isGood ? Array(parts[2...]) : nil
    }

    /// Brings the bytes to the homeserver, and makes an event with a file of one with words. Nobody sees anything of it
    /// before the event is there.
    func add(_ media: OutboundMessage.Media, to content: inout JSON) async throws(FileRefusal) {
        let file = try await media.open(nil, "the homeserver")
        do throws(MatrixTrouble) {
            if let most = try await mostBytes(), file.size > most {
                throw .refused(
                    413, "M_TOO_LARGE",
                    "the file \(media.shownName) has \(file.size.asBytes), and the homeserver takes \(most.asBytes)",
                    isSoft: false)
            }
            var request = try api.request(
                .post, "_matrix/media/v3/", ["upload"], ["filename": media.shownName])
            request.fields.append("Content-Type", media.type)
            request.body = .file(file)
            request.allowForSize()
            guard let address = try await api.answer(to: request)["content_uri"]?.string else {
                throw .network(.notSent("the homeserver did not say where it keeps the file"))
            }
            content["url"] = .string(address)
        } catch {
            if case .unknown(let reason) = error.outcome { throw FileRefusal(.notSent(reason)) }
            throw FileRefusal(error.outcome)
        }
        let family = media.type.prefix { $0 != "/" }
        let kind = media.isDocument || !["image", "audio", "video"].contains(family) ? "file" : String(family)
        content["msgtype"] = .string("m.\(kind)")
        content["filename"] = .string(media.shownName)
        if content["body"] == "" { content["body"] = .string(media.shownName) }
        content["info"] = ["mimetype": .string(media.type), "size": JSON(file.size)]
        if media.isVoice, kind == "audio" { content["org.matrix.msc3245.voice"] = [:] }
    }

    /// Bytes of a file that the homeserver takes; nil when it does not say.
    private func mostBytes() async throws(MatrixTrouble) -> Int? {
        for root in ["_matrix/client/v1/media/", "_matrix/media/v3/"] {
            do throws(MatrixTrouble) {
                var request = try api.request(.get, root, ["config"])
                request.deadlines.total = .seconds(20)
                return try await api.answer(to: request)["m.upload.size"]?.int
            } catch .refused(400...405, _, _, _) {
                continue
            } catch .strange(_, 400...405) {
                continue
            } catch {
                throw error
            }
        }
        return nil
    }
}

extension MatrixTrouble {
    /// What it is to a file that was wanted.
    var media: MediaTrouble {
        switch outcome {
        case .refused(let reason): .lasting(reason)
        case .slowDown(let after, _): .passing("the homeserver asks for \(after) of quiet", after: after)
        case .notSent(let reason, _), .unknown(let reason): .passing(reason)
        case .delivered, .unreadable: .lasting("the homeserver gave no file")
        }
    }
}
