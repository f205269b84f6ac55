import Channels
import Contract
import Platform
import Store

/// `channels.pairing.list`.
struct ChannelPairingListMethod: WaitingMethod {
    static let contract = MethodContract.channelPairingList
    let channels: ChannelServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let only = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            try params.field("channel").ifPresent?.string()
        }
        guard let pairing = channels.pairing else { throw .starting }
        do throws(StoreError) {
            let waiting = try await pairing.waiting()
            let approved = try await pairing.senders()
            func list(_ senders: [PairedSender]) -> JSON {
                .array(senders.filter { only == nil || $0.account.channel == only }.map(\.json))
            }
            return .object(("waiting", list(waiting)), ("approved", list(approved)))
        } catch {
            throw .unavailable("\(error)")
        }
    }
}

/// `channels.pairing.approve`.
struct ChannelPairingApproveMethod: WaitingMethod {
    static let contract = MethodContract.channelPairingApprove
    let channels: ChannelServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let (code, channel, account) = try Self.contract.pairing(request)
        guard let pairing = channels.pairing else { throw .starting }
        do throws(PairingProblem) {
            return .json(try await pairing.approve(code, channel: channel, account: account).json)
        } catch {
            throw RPCError(error)
        }
    }
}

/// `channels.pairing.reject`.
struct ChannelPairingRejectMethod: WaitingMethod {
    static let contract = MethodContract.channelPairingReject
    let channels: ChannelServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let (code, channel, account) = try Self.contract.pairing(request)
        guard let pairing = channels.pairing else { throw .starting }
        do throws(PairingProblem) {
            return .json(try await pairing.reject(code, channel: channel, account: account).json)
        } catch {
            throw RPCError(error)
        }
    }
}

extension MethodContract {
    @LoopActor
    fileprivate func pairing(
        _ request: MethodRequest
    ) throws(RPCError) -> (code: String, channel: String, account: String?) {
        try request.read(self) { (params) throws(JSONDecodingError) in
            (
                try params.field("code").string(), try params.field("channel").string().lowercased(),
                try params.field("accountId").ifPresent?.string().lowercased()
            )
        }
    }
}

extension PairedSender {
    /// The code is told: whoever may ask for it may approve it as well.
    fileprivate var json: JSON {
        var json: JSON = [
            "channel": .string(account.channel), "accountId": .string(account.account), "id": .string(id),
            "since": .int(since.milliseconds),
        ]
        json["name"] = name.map { .string($0) }
        json["code"] = code.map { .string("\($0)") }
        return json
    }
}

extension RPCError {
    fileprivate init(_ problem: PairingProblem) {
        switch problem {
        case .store: self = .unavailable("\(problem)")
        case .tooManyTries(let time): self = RPCError(.unavailable, "\(problem)", retryAfter: time)
        case .notACode, .unknown: self = .invalid("\(problem)")
        }
    }
}
