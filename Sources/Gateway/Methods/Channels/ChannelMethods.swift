import Agents
import Channels
import Contract
import Platform
import Store

/// `channels.status`. With `probe` each platform is asked who we are.
struct ChannelsStatusMethod: WaitingMethod {
    static let contract = MethodContract.channelsStatus
    let channels: ChannelServices
    let clock: any Clock

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let (probing, time, only) = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            (
                try params.field("probe").ifPresent?.bool() ?? false,
                try params.field("timeoutMs").ifPresent?.integer(), try params.field("channel").ifPresent?.string()
            )
        }
        let limit = time.map { min(.milliseconds($0), .seconds(60)) } ?? ChannelStatus.probeTime
        return .json(
            await ChannelStatus(channels: channels, clock: clock).json(
                probing: probing, within: limit, only: only?.lowercased()))
    }
}

/// `channels.start`.
struct ChannelsStartMethod: WaitingMethod {
    static let contract = MethodContract.channelsStart
    let channels: ChannelServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let account = try channels.account(request, Self.contract)
        let name = account.settings.account
        if let reason = channels.release.reason(name.channel) {
            throw .unavailable("\(name) is held back: \(reason); see failover.status")
        }
        guard channels.start(name) else {
            let problem = account.problem.map { "\($0.setting) \($0.reason); \($0.cure)" } ?? "it is disabled"
            throw .unavailable("\(name) cannot be started: \(problem)")
        }
        return .json(name.done)
    }
}

/// `channels.stop`.
struct ChannelsStopMethod: WaitingMethod {
    static let contract = MethodContract.channelsStop
    let channels: ChannelServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let name = try channels.account(request, Self.contract).settings.account
        await channels.stop(name)
        return .json(name.done)
    }
}

/// `channels.logout`.
struct ChannelsLogoutMethod: WaitingMethod {
    static let contract = MethodContract.channelsLogout
    let exit: ChannelExit

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        .json(try await exit.leave(try exit.channels.account(request, Self.contract)))
    }
}

/// `channels.deadLetters.list`.
struct DeadLettersListMethod: WaitingMethod {
    static let contract = MethodContract.channelsLetters
    let channels: ChannelServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let limit = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            try params.field("limit").ifPresent?.integer() ?? 100
        }
        guard let letters = channels.letters else { throw .starting }
        do throws(StoreError) {
            let list = try await letters.list(limit: limit).map { letter -> JSON in
                [
                    "id": .int(letter.id), "channel": .string(letter.account.channel),
                    "accountId": .string(letter.account.account), "receivedAt": .int(letter.receivedAt.milliseconds),
                    "attempts": JSON(letter.attempts), "error": .string(letter.error),
                ]
            }
            return .object(("letters", .array(list)))
        } catch {
            throw .unavailable("\(error)")
        }
    }
}

/// `channels.deadLetters.resubmit`.
struct DeadLetterResubmitMethod: WaitingMethod {
    static let contract = MethodContract.channelsResubmit
    let channels: ChannelServices
    let clock: any Clock

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let id = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            try params.field("id").integer()
        }
        guard let letters = channels.letters else { throw .starting }
        let account: ChannelAccount?
        do throws(StoreError) {
            account = try await letters.resubmit(Int64(id), at: clock.wall)
        } catch {
            throw .unavailable("\(error)")
        }
        guard let account else { throw .invalid("no message \(id) was given up; channels.deadLetters.list names them") }
        channels.accounts[account]?.runner?.reread()
        return .json(account.done)
    }
}

extension ChannelServices {
    /// The account that a request is about.
    func account(_ request: MethodRequest, _ contract: MethodContract) throws(RPCError) -> Account {
        let (channel, account) = try request.read(contract) { (params) throws(JSONDecodingError) in
            (try params.field("channel").ifPresent?.string(), try params.field("accountId").ifPresent?.string())
        }
        do throws(MessageRefusal) { return try find(channel: channel, account: account) } catch {
            throw RPCError(error)
        }
    }
}

extension ChannelAccount {
    /// What a deed about it is answered with.
    var done: JSON { ["ok": true, "channel": .string(channel), "accountId": .string(account)] }
}

extension RPCError {
    init(_ refusal: MessageRefusal) {
        switch refusal {
        case .unavailable(let reason): self = .unavailable(reason)
        case .refused(let reason): self = .invalid(reason)
        }
    }
}
