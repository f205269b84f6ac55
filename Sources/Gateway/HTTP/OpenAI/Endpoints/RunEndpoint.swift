import Agents
import Platform
import Wire

/// Hands a request over to an agent's run and ties the run to its client: who leaves stops what only he asked for.
@LoopActor
struct RunEndpoint {
    let services: APIServices
    let exchange: APIExchange
    let caller: HTTPCaller

    var target: TargetFinder { TargetFinder(services: services, request: exchange.request, caller: caller) }

    /// The pictures that the request names by URL, where that is allowed.
    func fetchImages(
        _ urls: [String], _ settings: GatewayHTTPSettings.Images
    ) async throws(APIError) -> ImageReader {
        var reader = ImageReader(settings)
        guard settings.allowsURLs, let fetcher = services.parts.images else { return reader }
        for url in urls.suffix(settings.maxParts) {
            reader.fetched[url] = try await fetcher.image(
                at: url, allowedHosts: settings.allowedHosts, limit: settings.maxFetchedBytes)
        }
        return reader
    }

    func start(_ request: RunRequest, _ observer: any RunObserver) throws(APIError) {
        guard exchange.exchange.isOpen else { return }
        let runs = try services.running()
        let ticket: RunTicket
        do throws(RunRefusal) {
            ticket = try runs.start(request, observer: observer)
        } catch {
            throw APIError(error)
        }
        guard !ticket.isRepeat else { return }
        let key = request.sessionKey
        exchange.exchange.onClientGone = { [weak runs] in
            _ = runs?.abort(ticket.id, in: key, reason: "disconnect")
        }
    }

    /// Does `body`, and cancels it when the client leaves; nil then.
    func whileClientStays<Value: Sendable>(
        _ body: @escaping @LoopActor @Sendable () async -> Value
    ) async -> Value? {
        guard exchange.exchange.isOpen else { return nil }
        let task = startTask { await body() }
        exchange.exchange.onClientGone = { task.cancel() }
        let value = try? await task.value
        return exchange.exchange.isOpen ? value : nil
    }
}
