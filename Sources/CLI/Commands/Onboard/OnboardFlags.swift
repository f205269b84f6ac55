import Gateway
import Models
import Platform
import Settings
import Wire

/// Answers that the command line gives, and which questions they are to.
@LoopActor
struct OnboardFlags {
    let scene: OnboardScene
    private(set) var answers = OnboardAnswers()
    private(set) var given: Set<OnboardStep> = []

    private var invocation: Invocation { scene.invocation }

    init(_ scene: OnboardScene) throws(CommandFailure) {
        self.scene = scene
        try readPlace()
        if answers.isRemote { try readRemote() } else { try readLocal() }
    }

    private func usage(_ message: String) -> CommandFailure {
        .usage(message, hint: "\(invocation.program) onboard --help")
    }

    private func secret(_ flag: String) throws(CommandFailure) -> String? {
        guard let text = invocation[flag] else { return nil }
        let secret = try SecretArgument.read(text, flag: flag, invocation.environment, invocation.output).value
        guard !secret.isEmpty, secret.shown.hasSameBytes(as: secret) else {
            throw usage("\(flag): that is no secret: it is empty or has control characters")
        }
        return secret
    }

    private func refuse(_ flags: [String], _ why: String) throws(CommandFailure) {
        for flag in flags where invocation[flag] != nil || invocation.has(flag) { throw usage("\(flag) \(why)") }
    }

    // MARK: Where

    private mutating func readPlace() throws(CommandFailure) {
        if invocation.has("--accept-risk") { given.insert(.risk) }
        let present = scene.snapshot.given("gateway.mode")?.string
        answers.isRemote = (invocation["--mode"] ?? present) == "remote"
        if invocation["--mode"] != nil { given.insert(.place) }
    }

    private mutating func readRemote() throws(CommandFailure) {
        try refuse(
            [
                "--workspace", "--auth-choice", "--model", "--gateway-port", "--gateway-bind", "--gateway-bind-host",
                "--gateway-auth", "--gateway-token", "--gateway-token-ref-env", "--gateway-password",
                "--install-daemon", "--watch", "--skip-bootstrap", "--channel", "--channel-token-file",
            ] + AuthChoice.keyFlags.map(\.flag.name), "goes with --mode local")
        answers.remoteURL = invocation["--remote-url"]
        if let url = answers.remoteURL, ![.ws, .wss].contains((try? WebURL(url))?.scheme) {
            throw usage("--remote-url: \(url.shown) does not begin with ws:// or wss://")
        }
        let token = try secret("--remote-token")
        let password = try secret("--remote-password")
        if token != nil, password != nil { throw usage("--remote-token and --remote-password exclude each other") }
        answers.remoteToken = token.map(JSON.string)
        answers.remotePassword = password.map(JSON.string)
        if answers.remoteURL != nil { given.insert(.remote) }
    }

    // MARK: This machine

    private mutating func readLocal() throws(CommandFailure) {
        try refuse(["--remote-url", "--remote-token", "--remote-password"], "goes with --mode remote")
        if let path = invocation["--workspace"] {
            guard path.hasPrefix("/") || path.hasPrefix("~") else {
                throw usage("--workspace: \(path.shown) does not begin with / or ~")
            }
            answers.workspace = path
            given.insert(.workspace)
        }
        answers.skipsBootstrap = invocation.has("--skip-bootstrap")
        if invocation.has("--skip-channels") {
            try refuse(["--channel", "--channel-token-file"], "does not go with --skip-channels")
            given.insert(.channel)
        }
        if invocation["--channel"] == nil { try refuse(["--channel-token-file"], "goes with --channel") }
        try readPort()
        try readBind()
        try readAuthentication()
        try readWatch()
        try readService()
    }

    private mutating func readPort() throws(CommandFailure) {
        guard let port = invocation.integer("--gateway-port").flatMap({ UInt16(exactly: $0) }) else { return }
        if let problem = scene.problem(port) { throw refusal(port, problem) }
        answers.port = scene.written(port)
        given.insert(.port)
    }

    private func refusal(_ port: UInt16, _ problem: OnboardScene.PortProblem) -> CommandFailure {
        let (why, free): (String, UInt16?) =
            switch problem {
            case .near(let name, let other, let free):
                ("runs into the ports of profile \(name), whose gateway has \(other)", free)
            case .taken(let taken, let free): ("cannot be used: somebody listens on \(taken)", free)
            }
        return CommandFailure(
            .notGood, "port", "--gateway-port: \(port) \(why)",
            next: free.map { ["\(invocation.program) onboard --gateway-port \($0)"] } ?? [])
    }

    private mutating func readBind() throws(CommandFailure) {
        answers.bind = invocation["--gateway-bind"].flatMap(BindMode.init)
        answers.customHost = invocation["--gateway-bind-host"]
        if answers.bind != nil { given.insert(.bind) }
        guard let host = answers.customHost else {
            if answers.bind == .custom, scene.snapshot.given("gateway.customBindHost") == nil {
                throw usage("--gateway-bind custom needs --gateway-bind-host <ip>")
            }
            return
        }
        guard answers.bind == .custom else { throw usage("--gateway-bind-host goes with --gateway-bind custom") }
        guard SocketAddress(host: host, port: 1) != nil else {
            throw usage("--gateway-bind-host: \(host.shown) is no IP address")
        }
    }

    private mutating func readAuthentication() throws(CommandFailure) {
        let kind = invocation["--gateway-auth"]
        let token = try secret("--gateway-token")
        let password = try secret("--gateway-password")
        if token != nil, invocation["--gateway-token-ref-env"] != nil {
            throw usage("--gateway-token and --gateway-token-ref-env exclude each other")
        }
        if kind == "password" {
            try refuse(["--gateway-token", "--gateway-token-ref-env"], "goes with --gateway-auth token")
            let isSet = scene.snapshot.config["gateway"]?["auth"]?["password"] != nil
            guard password != nil || isSet else { throw usage("--gateway-auth password needs --gateway-password") }
        } else if password != nil {
            throw usage("--gateway-password goes with --gateway-auth password")
        }
        for (flag, value) in [("--gateway-token", token), ("--gateway-password", password)] {
            guard let value else { continue }
            if let (profile, setting) = scene.user(of: value) {
                throw CommandFailure(
                    .notGood, "secret-in-use",
                    "\(flag): profile \(profile) has it already (\(setting)); each gateway needs its own")
            }
        }
        answers.secret =
            if let password {
                .password(.string(password))
            } else if let token {
                .token(.string(token))
            } else if let name = invocation["--gateway-token-ref-env"] {
                .token(try variable(name, "--gateway-token-ref-env"))
            } else { .generated }
        if kind != nil || token != nil || invocation["--gateway-token-ref-env"] != nil {
            given.insert(.authentication)
        }
    }

    private func variable(_ name: String, _ flag: String) throws(CommandFailure) -> JSON {
        let ref: JSON = ["source": "env", "provider": "default", "id": .string(name)]
        guard (try? SecretRef(ref)) != nil else { throw usage("\(flag): \"\(name.shown)\" is no name of a variable") }
        guard scene.snapshot.environment[name] != nil else {
            throw usage("\(flag): the variable \(name.shown) is not set")
        }
        return ref
    }

    private mutating func readWatch() throws(CommandFailure) {
        guard let name = invocation["--watch"] else { return }
        guard let profile = try? Profile(named: name) else {
            throw usage("--watch: \(name.shown) is no profile's name")
        }
        guard profile != scene.instance.profile else { throw usage("--watch: that is this gateway's own profile") }
        answers.watch = name
        given.insert(.watch)
    }

    private mutating func readService() throws(CommandFailure) {
        let refuses = invocation.has("--no-install-daemon") || invocation.has("--skip-daemon")
        if refuses, invocation.has("--install-daemon") {
            throw usage("--install-daemon and --no-install-daemon exclude each other")
        }
        if refuses || invocation.has("--install-daemon") {
            answers.installsService = !refuses
            given.insert(.service)
        }
    }
}
