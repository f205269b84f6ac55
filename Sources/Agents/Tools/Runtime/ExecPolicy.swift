/// Decides what becomes of a command. Pure: the rules, what the command is, and what an operator said go in.
struct ExecPolicy: Equatable, Sendable {
    var security: ExecSecurity
    var ask: ExecAsk
    var askFallback: ExecSecurity

    /// The stricter of each: rules of the file and of a session only ever take away.
    init(security: ExecSecurity, ask: ExecAsk, rules: ExecRules, sessionSecurity: String?, sessionAsk: String?) {
        let securities = [security, rules.security, sessionSecurity.map { ExecSecurity(rawValue: $0) ?? .deny }]
        let asks = [ask, rules.ask, sessionAsk.map { ExecAsk(rawValue: $0) ?? .always }]
        self.security = securities.compactMap { $0 }.min() ?? .deny
        self.ask = asks.compactMap { $0 }.max() ?? .always
        askFallback = rules.askFallback
    }

    enum Verdict: Equatable, Sendable {
        case run
        case ask
        case refuse(String)
    }

    func verdict(isAllowed: Bool) -> Verdict {
        switch security {
        case .deny:
            .refuse(
                "commands are switched off here (tools.exec.security is \"deny\", or the rules of exec-approvals.json say so)"
            )
        case .full: ask == .always ? .ask : .run
        case .allowlist:
            if isAllowed {
                ask == .always ? .ask : .run
            } else if ask == .off {
                .refuse("the command is not on the allowlist, and nobody is asked here (tools.exec.ask is \"off\")")
            } else {
                .ask
            }
        }
    }

    /// After an answer.
    func verdict(_ answer: ExecAnswer, isAllowed: Bool) -> Verdict {
        switch answer {
        case .allowOnce, .allowAlways: .run
        case .denied: .refuse("an operator refused the command")
        case .nobody:
            switch askFallback {
            case .full: .run
            case .allowlist where isAllowed: .run
            case .allowlist, .deny:
                .refuse("no operator answered in time; approve it in the Control UI or with /approve, then try again")
            }
        }
    }
}
