import Contract
import Gateway
import Platform

/// Why a gateway did not do what it was asked for.
enum ClientError: Error {
    /// Nothing there that could be connected to.
    case unreachable(GatewayRoute, reason: String)
    case plain(PlainRefusal)
    /// Something answers, but not as a gateway would.
    case foreign(GatewayRoute, reason: String)
    /// The upgrade was answered with an HTTP status.
    case turnedAway(GatewayRoute, status: Int)
    /// `connect` was refused.
    case refused(GatewayRoute, RPCError)
    /// A method was answered with an error.
    case failed(method: String, RPCError)
    case closed(GatewayRoute, code: UInt16, reason: String)
    case timedOut(GatewayRoute, what: String, after: Duration)
    case identity(String)

    /// Whether the gateway may be there in a moment.
    var isStarting: Bool {
        switch self {
        case .refused(_, let error): error.code == .unavailable && error.isRetryable == true
        case .turnedAway(_, let status): status == 503
        case .closed(_, let code, _): code == CloseReason.starting.code
        default: false
        }
    }
}

extension ClientError {
    /// For a person, with the way out. `program` is how this program is called for the same gateway.
    func failure(_ program: String) -> CommandFailure {
        switch self {
        case .unreachable(let route, let reason):
            return CommandFailure(
                .unreachable, "unreachable", "no gateway answers on \(route.name)", details: [reason.shown],
                next: ["\(program) gateway status"])
        case .plain(let refusal): return refusal.failure
        case .foreign(let route, let reason):
            return CommandFailure(
                .unreachable, "not-a-gateway", "what answers on \(route.name) is no gateway", details: [reason.shown],
                next: ["\(program) gateway status"])
        case .turnedAway(let route, let status): return Self.turnedAway(route, status, program)
        case .refused(let route, let error): return Self.refused(route, error, program)
        case .failed(let method, let error): return Self.failed(method, error, program)
        case .closed(let route, let code, let reason):
            let shown = reason.isEmpty ? "" : " (\(reason.shown))"
            return CommandFailure(
                isStarting ? .tryAgain : .unreachable, isStarting ? "starting" : "closed",
                "the gateway on \(route.name) closed the connection: \(code)\(shown)",
                next: ["\(program) gateway status"])
        case .timedOut(let route, let what, let after):
            return CommandFailure(
                .unreachable, "timeout", "\(what) on \(route.name) within \(Age.latency(after))",
                details: ["the process may run all the same; --timeout <ms> gives it longer"],
                next: ["\(program) gateway status"])
        case .identity(let reason): return CommandFailure(.notGood, "identity", reason)
        }
    }

    private static func turnedAway(_ route: GatewayRoute, _ status: Int, _ program: String) -> CommandFailure {
        switch status {
        case 401, 403:
            CommandFailure(
                .notAuthorized, "unauthorized", "unauthorized: \(route.name) answered \(status) to the upgrade",
                next: ["\(program) gateway status"])
        case 421:
            CommandFailure(
                .notGood, "host-not-allowed",
                "\(route.name) does not serve this host name; add it to gateway.allowedHosts on the gateway")
        case 429:
            CommandFailure(
                .tryAgain, "rate-limited", "\(route.name) is locked for this address after too many wrong credentials",
                next: ["\(program) gateway status"])
        case 503:
            CommandFailure(
                .tryAgain, "starting", "the gateway on \(route.name) is starting or stopping",
                next: ["\(program) gateway status"])
        default:
            CommandFailure(
                .unreachable, "not-a-gateway", "what answers on \(route.name) is no gateway",
                details: ["the upgrade was answered with HTTP \(status)"], next: ["\(program) gateway status"])
        }
    }

    private static func refused(_ route: GatewayRoute, _ error: RPCError, _ program: String) -> CommandFailure {
        let detail = error.details?["code"]?.string ?? ""
        if error.code == .unavailable {
            return CommandFailure(
                .tryAgain, "starting", error.message.shown, details: progress(error),
                next: ["\(program) gateway status"])
        }
        if error.code == .notPaired, let request = error.details?["requestId"]?.string {
            return CommandFailure(
                .notAuthorized, "pairing-required",
                "unauthorized: the gateway on \(route.name) does not know this device yet; on the gateway's host:",
                next: ["openclaw devices approve \(request.shown)"])
        }
        if detail == "AUTH_RATE_LIMITED" {
            return CommandFailure(.tryAgain, "rate-limited", error.message.shown)
        }
        if detail == "PROTOCOL_MISMATCH" {
            return CommandFailure(
                .notGood, "protocol-mismatch",
                "the gateway on \(route.name) speaks another generation of the protocol",
                details: ["this program: \(WireFacts.protocols.lowerBound) to \(WireFacts.protocols.upperBound)"])
        }
        return unauthorized(route, error, program)
    }

    /// For how long it has been starting, and what it waits for.
    private static func progress(_ error: RPCError) -> [String] {
        guard let uptime = error.details?["uptimeMs"]?.int else { return [] }
        let pending = error.details?["pendingReason"]?.string.map { ", waiting for \($0.shown)" } ?? ""
        return ["starting for \(Age.span(.milliseconds(uptime)))\(pending)"]
    }

    /// Says which source each side used, never a value.
    private static func unauthorized(_ route: GatewayRoute, _ error: RPCError, _ program: String) -> CommandFailure {
        let message = error.message.hasPrefix("unauthorized") ? error.message : "unauthorized: \(error.message)"
        var details = ["ours: " + (route.credentialSource.map { "from \($0)" } ?? route.withheld ?? "none is set")]
        let source = error.details?["expectedSource"]?.string
        details.append("the gateway's: " + (source.map { "from \($0.shown)" } ?? "gateway.auth of its configuration"))
        return CommandFailure(
            .notAuthorized, error.details?["code"]?.string.map(Self.word) ?? "unauthorized", message.shown,
            details: details, next: ["\(program) gateway status"])
    }

    private static func word(_ code: String) -> String {
        String(code.lowercased().map { $0 == "_" ? "-" : $0 }).shown
    }

    private static func failed(_ method: String, _ error: RPCError, _ program: String) -> CommandFailure {
        if error.message.hasPrefix("missing scope") {
            return CommandFailure(
                .notAuthorized, "missing-scope", "\(method): \(error.message.shown)",
                details: ["the gateway grants this connection less than the command needs"],
                next: ["\(program) devices list"])
        }
        let isLater = error.isRetryable == true
        let issues = error.details?["issues"]?.array ?? []
        let details = issues.map { issue in
            "\(issue["path"]?.string ?? ""): \(issue["message"]?.string ?? issue.description)".shown
        }
        // What failed for several reasons says each on a line of its own.
        let lines = error.message.split(whereSeparator: \.isNewline).map { String($0).shown }
        return CommandFailure(
            isLater ? .tryAgain : .notGood, isLater ? "try-again" : Self.word(error.code.rawValue),
            "\(method): \(lines.first ?? "it failed")", details: lines.dropFirst() + details)
    }
}
