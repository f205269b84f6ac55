package import Platform
import Wire

/// Fetches the files that came along with an account's messages.
@LoopActor
package protocol MediaSource: AnyObject, Sendable {
    /// Writes the file into a new one at `path`, which is not there unless all of it came; `limit` bytes at most.
    func fetch(_ media: InboundMessage.Media, to path: String, limit: Int) async throws(MediaTrouble)
}

/// Why a file is not here. None names an address: it may hold a token.
package enum MediaTrouble: Error, Equatable, Sendable {
    /// It may come on another try; `after` is what the platform asks for.
    case passing(String, after: Duration? = nil)
    case lasting(String)
    case tooLarge(limit: Int)

    package var reason: String {
        switch self {
        case .passing(let reason, _), .lasting(let reason): reason
        case .tooLarge(let limit): "it is larger than the \(limit.asBytes) allowed (mediaMaxMb)"
        }
    }

    /// What a service said in place of the file.
    init(_ answer: ServiceAnswer, _ service: String) {
        switch answer.status {
        case 429: self = .passing("\(service) asks for quiet", after: answer.retryAfter ?? .seconds(2))
        case 404, 410: self = .lasting("\(service) does not have it any more")
        case 401, 403: self = .lasting("\(service) does not let the bot have it (HTTP \(answer.status))")
        case 500...: self = .passing("\(service) answered with HTTP \(answer.status)")
        default: self = .lasting("\(service) answered with HTTP \(answer.status)")
        }
    }

    init(_ trouble: ServiceTrouble) { self = .passing(trouble.reason) }
}

extension ServiceClient {
    /// For what is not the file: an error in the service's own words.
    private nonisolated static let wordsLimit = 64 * 1024

    /// Fetches a file to `path`. Returns nil when it is there, or what the service said in its place. `page` looks at the
    /// head of an answer that is good, and says what it is when it is something else.
    func fetch(
        _ request: HTTPClientRequest, to path: String, limit: Int, unless page: (HTTPFields) -> String? = { _ in nil }
    ) async throws(MediaTrouble) -> ServiceAnswer? {
        var request = request
        request.bodyLimit = limit
        request.acceptsCompression = false
        let response: HTTPClientResponse
        do throws(HTTPClientError) { response = try await http.send(request) } catch {
            throw MediaTrouble(.response(error), limit)
        }
        guard (200..<300).contains(response.status.code) else {
            let words = (try? await response.body.collect(limit: Self.wordsLimit)) ?? []
            return ServiceAnswer(
                status: response.status.code, fields: response.fields, body: words,
                retryAfter: RetryAfter.read(response.fields, now: clock.wall))
        }
        if let words = page(response.fields) {
            response.body.abandon()
            throw .lasting(words)
        }
        do throws(HTTPSaveError) { _ = try await response.body.save(to: path, limit: limit) } catch {
            throw MediaTrouble(error, limit)
        }
        return nil
    }
}

extension MediaTrouble {
    fileprivate init(_ error: HTTPSaveError, _ limit: Int) {
        switch error {
        case .response(.tooLarge): self = .tooLarge(limit: limit)
        case .response(.invalidRequest(let reason)): self = .lasting(reason)
        case .response(let error): self = .passing("\(error)")
        case .file(let error): self = .lasting("it cannot be kept: \(error)")
        }
    }
}
