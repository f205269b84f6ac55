import Models
import Platform
package import Settings

extension SchemaPart {
    /// `hooks`: webhooks that come in, and what the gateway's own events set going.
    package static let hooks = SchemaPart(
        [
            .hot("hooks.enabled", .boolean, default: false, "let other programs wake agents over HTTP"),
            .hot("hooks.token", .secret, "what they prove themselves by; never the gateway's own secret"),
            .hot("hooks.path", .string, default: .string(HookSettings.standardPath), "where hooks are"),
            .hot(
                "hooks.maxBodyBytes", .positive, default: .int(Int64(HookSettings.standardBodyBytes)), unit: "bytes",
                "largest request"),
            .hot(
                "hooks.defaultSessionKey", .string, "the session of runs that name none; else each has one of its own"),
            .hot(
                "hooks.allowRequestSessionKey", .boolean, default: false,
                "whether requests, and templates filled from them, may name the session"),
            .hot("hooks.allowedSessionKeyPrefixes", .list(.text(.notEmpty)), "what such names have to begin with"),
            .hot("hooks.allowedAgentIds", .list(.string), "the only agents that hooks reach; `*` for all"),
            .hot(
                "hooks.ownerRights", .boolean, default: false,
                "let runs of `/hooks/agent` use tools that are for owners only; whoever finds the token then does too"),
            .hot("hooks.presets", .list(.oneOf(["gmail"])), default: [], "mappings that are built in"),
            .noted("hooks.transformsDir", "where modules for mappings were; none are run here"),
            .foreign("hooks.gmail", "the watcher of a Gmail account"),
            .foreign("hooks.internal", "scripts of OpenClaw's own kind; `hooks.events` runs programs"),
        ] + mappings + events)

    private static let mappings: [SettingKey] = [
        .hot("hooks.mappings[].id", .string, "a name for it"),
        .hot("hooks.mappings[].match.path", .string, "the path behind `hooks.path`; any when missing"),
        .hot("hooks.mappings[].match.source", .string, "what the payload's `source` says"),
        .hot(
            "hooks.mappings[].action", .oneOf(HookMapping.Action.allCases.map(\.rawValue)), default: "agent",
            "a run of its own, or a text for the main session"),
        .hot(
            "hooks.mappings[].wakeMode", .oneOf(["now", "next-heartbeat"]), default: "now",
            "when the main session hears of it"),
        .hot("hooks.mappings[].name", .string, "what its runs are called"),
        .hot("hooks.mappings[].agentId", .string, "the agent; else the default one"),
        .hot("hooks.mappings[].sessionKey", .string, "the session; a template"),
        .hot(
            "hooks.mappings[].sessionMode", .oneOf(HookMapping.SessionMode.allCases.map(\.rawValue)),
            default: "isolated", "whether each run begins anew or goes on with what was said"),
        .hot("hooks.mappings[].messageTemplate", .string, "what the agent is told, for `agent`"),
        .hot("hooks.mappings[].textTemplate", .string, "the text, for `wake`"),
        .hot("hooks.mappings[].deliver", .boolean, default: true, "whether the answer goes to a chat"),
        .hot("hooks.mappings[].channel", .string, "its channel, or `last`"),
        .hot("hooks.mappings[].to", .string, "the chat; a template"),
        .hot("hooks.mappings[].accountId", .string, "the channel's account"),
        .hot("hooks.mappings[].model", .string, "the model"),
        .hot(
            "hooks.mappings[].thinking", .oneOf(ThinkingLevel.allCases.map(\.rawValue)), "how much it thinks"),
        .hot("hooks.mappings[].timeoutSeconds", .positive, unit: "s", "for the run"),
        .hot(
            "hooks.mappings[].allowUnsafeExternalContent", .boolean, default: false,
            "do not mark what comes in as written by strangers"),
        .hot(
            "hooks.mappings[].ownerRights", .boolean, default: false, "let its runs use tools that are for owners only"),
        .hot(
            "hooks.mappings[].transform.command", .list(.string),
            "a program and its arguments: the request as JSON on its input, what to do as JSON on its output, in 5 s"),
        .hot("hooks.mappings[].transform.module", .string, "a module; kept and not run, each request is answered 500"),
        .noted("hooks.mappings[].transform.export", "the function of the module"),
        .hot(
            "hooks.mappings[].signature.kind", .oneOf(HookSignature.Kind.allCases.map(\.rawValue)),
            "how the sender signs; then no token is asked for"),
        .hot("hooks.mappings[].signature.secret", .secret, "the key it signs with"),
        .hot(
            "hooks.mappings[].signature.header", .text(.header), default: "X-Signature",
            "generic: where the signature stands"),
        .hot("hooks.mappings[].signature.prefix", .string, default: "", "generic: what stands before it"),
        .hot(
            "hooks.mappings[].signature.algorithm", .oneOf(HookSignature.Algorithm.allCases.map(\.rawValue)),
            default: "sha256", "generic: the hash"),
        .hot(
            "hooks.mappings[].signature.encoding", .oneOf(HookSignature.Encoding.allCases.map(\.rawValue)),
            default: "hex", "generic: how it is written"),
        .hot(
            "hooks.mappings[].signature.timestampHeader", .text(.header),
            "generic: seconds since 1970 that are signed before the body, with a dot between"),
        .hot(
            "hooks.mappings[].signature.toleranceSeconds", .positive, default: 300, unit: "s",
            "how old a signed time may be"),
    ]

    private static let events: [SettingKey] = [
        .hot(
            "hooks.events[].on", .list(.oneOf(EventHook.names)),
            "what sets it going: one event, or all of a kind by its first word"),
        .hot("hooks.events[].command", .list(.string), "a program and its arguments; the event as JSON on its input"),
        .hot("hooks.events[].url", .text(.webURL), "or where the event is sent to, as JSON"),
        .hot("hooks.events[].token", .secret, "sent to the URL as a bearer's"),
        .hot("hooks.events[].secret", .secret, "signs what is sent: `X-OpenClaw-Signature: sha256=…`"),
        .hot(
            "hooks.events[].timeoutSeconds", .integer(1...600), default: .int(Int64(EventHook.standardSeconds)),
            unit: "s",
            "when the program is ended, or the request given up"),
    ]
}
