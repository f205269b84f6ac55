import Agents
import Channels
import Contract
import Platform

/// Asks the platform of an account who and what there is, and not for ever.
@LoopActor
struct DirectoryDesk {
    nonisolated static let usualTime = Duration.seconds(20)
    nonisolated static let longestTime = Duration.seconds(60)
    nonisolated static let usualLimit = 50

    let channels: ChannelServices
    let clock: any Clock

    /// What a request says of the account and the time.
    @LoopActor
    struct Request {
        let account: ChannelServices.Account
        let time: Duration

        var name: ChannelAccount { account.settings.account }
    }

    func read(_ request: MethodRequest, _ contract: MethodContract) throws(RPCError) -> Request {
        let time = try request.read(contract) { (params) throws(JSONDecodingError) in
            try params.field("timeoutMs").ifPresent?.integer()
        }
        return Request(
            account: try channels.account(request, contract),
            time: time.map { min(.milliseconds($0), Self.longestTime) } ?? Self.usualTime)
    }

    /// Lets `body` ask a connector of its own.
    func ask<Value: Sendable>(
        _ request: Request, _ body: @escaping @LoopActor (any Connector) async throws(ConnectorFault) -> Value
    ) async throws(RPCError) -> Value {
        let account = request.account
        guard let connector = channels.freshConnector(for: account) else {
            let problem = account.problem.map { "\($0.setting) \($0.reason); \($0.cure)" } ?? "it is disabled"
            throw .unavailable("\(request.name) cannot be asked: \(problem)")
        }
        let answer = Awaited<Result<Value, ConnectorFault>>(clock)
        let task = startTask {
            do throws(ConnectorFault) { answer.bring(.success(try await body(connector))) } catch {
                answer.bring(.failure(error))
            }
        }
        defer { task.cancel() }
        switch await answer.wait(until: clock.now + request.time) {
        case .success(let value): return value
        case .failure(let fault): throw RPCError(fault)
        case nil: throw .unavailable("\(account.platform.facts.label) did not answer within \(request.time)")
        }
    }

    /// The same of its directory.
    func look<Value: Sendable>(
        _ request: Request, _ body: @escaping @LoopActor (any Directory) async throws(ConnectorFault) -> Value
    ) async throws(RPCError) -> Value {
        let label = request.account.platform.facts.label
        return try await ask(request) { connector throws(ConnectorFault) in
            guard let directory = connector as? any Directory else {
                throw .lasting("\(label) has nothing to look up in", cure: "use ids")
            }
            return try await body(directory)
        }
    }
}

extension RPCError {
    /// What somebody must put right will not be better by asking again.
    fileprivate init(_ fault: ConnectorFault) {
        switch fault {
        case .lasting: self = .invalid(fault.sentence)
        case .passing, .store: self = .unavailable(fault.sentence)
        }
    }
}
