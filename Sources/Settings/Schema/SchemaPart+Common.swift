import Platform

extension SchemaPart {
    /// Settings of the configuration itself: environment and secrets.
    package static let configuration = SchemaPart([
        .noted("$schema", "where editors find the schema"),
        .hot("env.vars", .map(.string), sensitive: true, "variables that are set unless the environment has them"),
        .foreign("env.shellEnv", "import of variables from a login shell"),
        .hot("env.*", .string, sensitive: true, "the older way to write `env.vars.*`"),
        .hot(
            "secrets.providers.*.source", .oneOf(["env", "file", "exec", "store"]), "where the provider's secrets are"),
        .hot("secrets.providers.*.allowlist", .list(.string), "env: the only variables it gives"),
        .hot("secrets.providers.*.path", .text(.path), "file: the file, which only this user may read"),
        .hot(
            "secrets.providers.*.mode", .oneOf(["json", "singleValue"]), default: "json",
            "file: an object to point into, or one secret in all"),
        .hot(
            "secrets.providers.*.maxBytes", .positive, default: 1_048_576, unit: "bytes",
            "file: the largest that is read"),
        .hot("secrets.providers.*.command", .text(.path), "exec: the program; an absolute path, no link"),
        .hot("secrets.providers.*.args", .list(.string), "exec: its arguments"),
        .hot("secrets.providers.*.env", .map(.string), sensitive: true, "exec: variables for it"),
        .hot("secrets.providers.*.passEnv", .list(.string), "exec: variables of ours that it gets"),
        .hot(
            "secrets.providers.*.timeoutMs", .integer(1...600_000), default: 5000, unit: "ms",
            "exec: how long it may take, after which it is ended"),
        .hot(
            "secrets.providers.*.maxOutputBytes", .positive, default: 1_048_576, unit: "bytes",
            "exec: the longest answer"),
        .hot("secrets.providers.*.jsonOnly", .boolean, default: true, "exec: refuse an answer that is not JSON"),
        .hot("secrets.providers.*.trustedDirs", .list(.text(.path)), "exec: directories that the program must be in"),
        .hot("secrets.providers.*.allowSymlinkCommand", .boolean, default: false, "exec: the program may be a link"),
        .noted("secrets.providers.*.noOutputTimeoutMs", "exec: time without output; `timeoutMs` covers it here"),
        .noted(
            "secrets.providers.*.allowInsecurePath", "file, exec: skip the checks of owner and mode; they are made here"
        ),
        .foreign("secrets.providers.*.pluginIntegration", "exec: a program that a plugin brings"),
        .hot("secrets.defaults.env", .string, default: "default", "the provider of references that name none"),
        .hot("secrets.defaults.file", .string, default: "default", "the same for files"),
        .hot("secrets.defaults.exec", .string, default: "default", "the same for programs"),
        .noted("secrets.defaults.store", "the same for the store, which is not served here"),
        .foreign("secrets.resolution", "limits of how many secrets are read at once"),
        .foreign("secrets.egressProxy", "a proxy that puts secrets into requests of agents"),
    ])

    /// Top-level sections of OpenClaw, of January and of August 2026, for which no target of this program has
    /// declared settings. A target that does takes the section over.
    package static let openClaw = SchemaPart([
        .noted("meta", "which version wrote the file last"),
        .noted("wizard", "when set-up ran last"),
        .foreign("agents", "agents: models, workspaces, tools, identities"),
        .foreign("agent", "the older name of `agents.defaults`"),
        .foreign("bindings", "which agent answers where"),
        .foreign("broadcast", "several agents on one message"),
        .foreign("routing", "the older place of `bindings`"),
        .foreign("identity", "the older place of an agent's name"),
        .foreign("channels.*", "a chat channel"),
        .foreign("channels.defaults", "what holds for all channels"),
        .foreign("models", "providers and their models"),
        .foreign("auth", "profiles of credentials for model providers"),
        .foreign("session", "how conversations are kept apart and reset"),
        .foreign("messages", "how messages are taken and answered"),
        .foreign("commands", "slash commands and who may give them"),
        .foreign("approvals", "where approvals are asked for"),
        .foreign("tools", "what agents may use"),
        .foreign("skills", "skills of agents"),
        .foreign("plugins", "plugins and their settings"),
        .foreign("cron", "jobs at set times"),
        .foreign("hooks", "webhooks that wake agents"),
        .foreign("browser", "controlled browsers"),
        .foreign("canvasHost", "files for canvases"),
        .foreign("nodeHost", "this host as a node"),
        .foreign("talk", "voice conversations"),
        .foreign("tts", "spoken answers"),
        .foreign("audio", "transcription of audio"),
        .foreign("media", "files in messages"),
        .foreign("memory", "memory of agents"),
        .foreign("web", "the WhatsApp web connection"),
        .foreign("ui", "colours and names in the Control UI"),
        .foreign("cli", "the banner of commands"),
        .foreign("diagnostics", "traces and metrics for collectors"),
        .foreign("update", "updates and their channel"),
        .foreign("acp", "agents that speak ACP"),
        .foreign("mcp", "MCP servers"),
        .foreign("desktop", "the desktop of this host"),
        .foreign("cloudWorkers", "hired machines for agents"),
        .foreign("transcripts", "recorded conversations"),
        .foreign("proxy", "a proxy for outgoing requests"),
        .foreign("surfaces", "when silence is an answer"),
        .foreign("crestodian", "the set-up assistant"),
        .foreign("commitments", "promises that agents keep track of"),
        .foreign("accessGroups", "named groups of people"),
        .foreign("bridge", "the older node bridge"),
    ])
}
