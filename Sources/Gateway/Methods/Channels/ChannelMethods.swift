import Contract
import Platform

/// `channels.status`. With `probe` each account would be asked; there is none.
struct ChannelsStatusMethod: PromptMethod {
    static let contract = MethodContract.channelsStatus
    let clock: any Clock

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(
            ("ts", .int(clock.wall.milliseconds)), ("channelOrder", []), ("channelLabels", [:]),
            ("channelDetailLabels", [:]), ("channelSystemImages", [:]), ("channelMeta", []), ("channels", [:]),
            ("channelAccounts", [:]), ("channelDefaultAccountId", [:]))
    }
}
