import Channels
import Gateway
import Models
import Platform
import Settings

/// How a model is reached, before it is written down.
struct ModelAnswer: Sendable, Equatable {
    let provider: String
    /// Nil where it is known, or set already.
    var baseURL: String?
    var api: String?
    /// The key or a reference to it, as the configuration is to have it; nil where none is to be written.
    var key: JSON?
    /// The key itself, for the trial.
    var secret: String?
    var model: String

    var reference: ModelReference { ModelReference(provider: provider, model: model) }
}

/// An account of a chat platform, before it is written down.
struct ChannelAnswer: Sendable {
    let draft: ChannelDraft
    /// Who the platform says the bot is.
    let bot: BotIdentity
    /// Whether strangers are told a code, which its owner approves.
    var offersPairing = true

    /// As people write to it.
    var name: String {
        switch draft.platform.id {
        case "matrix": bot.id
        case "irc": bot.name
        default: "@\(bot.name)"
        }
    }
}

/// All that is to be known before anything is written. What is nil stays as it is.
struct OnboardAnswers: Sendable {
    enum Secret: Sendable, Equatable {
        /// The value, or a reference to it, as the configuration is to have it.
        case token(JSON), password(JSON)
        /// A new token, unless there is a way to prove oneself already.
        case generated
    }

    var isRemote = false
    var remoteURL: String?
    var remoteToken: JSON?
    var remotePassword: JSON?
    var workspace: String?
    var model: ModelAnswer?
    var channel: ChannelAnswer?
    var port: UInt16?
    var bind: BindMode?
    var customHost: String?
    var secret: Secret?
    var watch: String?
    var skipsBootstrap = false
    /// Nil where nobody was asked.
    var installsService: Bool?
}

/// Answers as changes of the configuration file.
struct OnboardPlan: Sendable {
    static let tokenBytes = 24

    let answers: OnboardAnswers
    /// Made once, so that a second attempt to write has the same.
    private let newToken = Hex.encode(SecureRandom.bytes(tokenBytes))

    init(_ answers: OnboardAnswers) { self.answers = answers }

    /// What the file says already is left out. The mode is replaced only where `setsMode`.
    func edits(_ before: JSON, setsMode: Bool = true) -> [ConfigEdit] {
        var edits: [ConfigEdit] = []
        func set(_ name: String, _ value: JSON?, replaces: Bool = true) {
            guard let value, let pointer = JSONPointer(setting: name) else { return }
            let old = before[pointer]
            if old == nil || (replaces && old != value) { edits.append(.set(pointer, value)) }
        }
        set("gateway.mode", answers.isRemote ? "remote" : "local", replaces: setsMode)
        if answers.isRemote {
            set("gateway.remote.url", answers.remoteURL.map(JSON.string))
            set("gateway.remote.token", answers.remoteToken)
            set("gateway.remote.password", answers.remotePassword)
            return edits
        }
        set("agents.defaults.workspace", answers.workspace.map(JSON.string))
        if answers.skipsBootstrap { set("agents.defaults.skipBootstrap", true) }
        set("gateway.port", answers.port.map { .int(Int64($0)) })
        set("gateway.bind", answers.bind.map { .string($0.rawValue) })
        set("gateway.customBindHost", answers.customHost.map(JSON.string))
        set("rescue.watch", answers.watch.map(JSON.string))
        edits += authentication(before)
        if let model = answers.model { edits += Self.edits(model, before) }
        if let channel = answers.channel { edits += channel.draft.edits(before) }
        return edits
    }

    private func authentication(_ before: JSON) -> [ConfigEdit] {
        let auth = JSONPointer(["gateway", "auth"])
        let old = before[auth]
        var edits: [ConfigEdit] = []
        func set(_ name: String, _ value: JSON) {
            if old?[name] != value { edits.append(.set(auth.appending(name), value)) }
        }
        switch answers.secret {
        case nil: break
        case .generated:
            if old?["token"] == nil, old?["password"] == nil, old?["mode"] == nil {
                set("token", .string(newToken))
            }
        case .token(let value):
            set("token", value)
            if old?["password"] != nil || old?["mode"] != nil { set("mode", "token") }
        case .password(let value):
            set("password", value)
            if old?["token"] != nil || old?["mode"] != nil { set("mode", "password") }
        }
        return edits
    }

    private static func edits(_ model: ModelAnswer, _ before: JSON) -> [ConfigEdit] {
        let place = JSONPointer(["models", "providers", model.provider])
        let choice = JSONPointer(["agents", "defaults", "model"])
        let target = before[choice]?.object != nil ? choice.appending("primary") : choice
        let wanted: [(JSONPointer, JSON?)] = [
            (place.appending("baseUrl"), model.baseURL.map(JSON.string)),
            (place.appending("api"), model.api.map(JSON.string)), (place.appending("apiKey"), model.key),
            (target, .string(model.reference.description)),
        ]
        return wanted.compactMap { pointer, value in
            guard let value, before[pointer] != value else { return nil }
            return .set(pointer, value)
        }
    }

    // MARK: Showing

    /// What would be written, without secrets: for a person who is to agree.
    static func lines(_ edits: [ConfigEdit]) -> [String] {
        edits.map { edit in
            switch edit {
            case .remove(let pointer): return "\(name(pointer)) ✗"
            case .set(let pointer, let value):
                let isSecret = secrets.contains(pointer.tokens.last ?? "")
                let shown = isSecret && value.string != nil ? "********" : "\(value)"
                return "\(name(pointer)) = \(shown)"
            }
        }
    }

    private static let secrets = [
        "token", "password", "apiKey", "botToken", "appToken", "accessToken", "authToken",
    ]

    static func name(_ pointer: JSONPointer) -> String { pointer.tokens.joined(separator: ".") }

    static func names(_ edits: [ConfigEdit]) -> [String] {
        edits.map { edit in
            switch edit {
            case .set(let pointer, _), .remove(let pointer): name(pointer)
            }
        }
    }
}

extension Invocation {
    /// Writes all of a plan at once, makes the directories that it needs, and returns the settings' names.
    @LoopActor
    func carryOut(_ plan: OnboardPlan, setsMode: Bool = true) async throws(CommandFailure) -> [String] {
        try await makeDirectory(instance.stateDirectory)
        let written = try await editConfig { before in plan.edits(before.parsed, setsMode: setsMode) }
        guard !plan.answers.isRemote else { return OnboardPlan.names(written) }
        try await makeDirectory(await workspacePath())
        try await makeDirectory(instance.stateDirectory + "/agents/main/sessions")
        return OnboardPlan.names(written)
    }

    /// Where agents work, as the configuration has it.
    @LoopActor
    func workspacePath() async -> String {
        let config = try? await configLoader.load(.none)
        return config?.string("agents.defaults.workspace").map { instance.expanded($0) } ?? instance.workspaceDirectory
    }

    @LoopActor
    private func makeDirectory(_ path: String) async throws(CommandFailure) {
        do throws(FileError) { try await PrivateDirectory.create(path) } catch {
            throw CommandFailure(.notGood, "file", "\(error)")
        }
    }
}
