import Contract
import Platform

/// `talk.mode`. A browser alone cannot listen: there must be a phone that does.
struct TalkModeMethod: PromptMethod {
    static let contract = MethodContract.talkMode
    private static let phones = ["ios", "android"]

    let hub: EventHub
    let clock: any Clock

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let isBrowser = request.client.params.client.mode == "webchat"
        guard !isBrowser || hub.clients.contains(where: Self.isPhone) else {
            throw .unavailable("talk disabled: no iOS or Android node is connected")
        }
        let params = request.params.object
        let state: JSON = [
            "enabled": params["enabled"] ?? false, "phase": params["phase"] ?? .null,
            "ts": .int(clock.wall.milliseconds),
        ]
        hub.broadcast(.talkMode, state)
        return .json(state)
    }

    private static func isPhone(_ client: Client) -> Bool {
        let platform = client.params.client.platform.lowercased()
        return client.role == .node && phones.contains { platform.hasPrefix($0) }
    }
}

/// `talk.config`.
struct TalkConfigMethod: PromptMethod {
    static let contract = MethodContract.talkConfig

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let asksSecrets = request.params.object["includeSecrets"]?.bool == true
        guard !asksSecrets || request.client.granted.includes(.talkSecrets) else { throw .missing(.talkSecrets) }
        return .object(("config", [:]))
    }
}

/// `talk.catalog`.
struct TalkCatalogMethod: PromptMethod {
    static let contract = MethodContract.talkCatalog

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let none: JSON = ["providers": []]
        return .object(
            ("modes", []), ("transports", []), ("brains", []), ("speech", none), ("transcription", none),
            ("realtime", none))
    }
}

/// `tts.status`.
struct TTSStatusMethod: PromptMethod {
    static let contract = MethodContract.ttsStatus

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(("enabled", false), ("auto", "off"), ("fallbackProviders", []))
    }
}

/// `tts.providers`.
struct TTSProvidersMethod: PromptMethod {
    static let contract = MethodContract.ttsProviders

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .object(("providers", [])) }
}
