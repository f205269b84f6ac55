import Contract
import Platform

/// `voicewake.get`.
struct VoiceWakeGetMethod: PromptMethod {
    static let contract = MethodContract.voicewakeGet
    let wake: VoiceWake

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .json(wake.json) }
}

/// `voicewake.set`.
struct VoiceWakeSetMethod: WaitingMethod {
    static let contract = MethodContract.voicewakeSet
    let wake: VoiceWake

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        try await wake.set((request.params.object["triggers"]?.array ?? []).compactMap(\.string))
        return .json(wake.json)
    }
}
