import Gateway
import Platform

extension Command {
    static let gatewayAuthToken = Command(
        "gateway auth-token", "where the gateway's token comes from; with --show, the token",
        notes: "The token is shown on a terminal only, so that it ends up in no file and no log.",
        flags: [Flag("--show", nil, "show the token itself; on a terminal only"), .json],
        examples: ["openclaw gateway auth-token", "openclaw gateway auth-token --show"],
        seeAlso: ["gateway status", "config set"],
        run: { invocation throws(CommandFailure) in
            let settings = await invocation.clientSettings()
            let secret = settings.token ?? settings.password
            if invocation.has("--show") {
                guard invocation.output.style.isTerminal, !invocation.output.isJSON else {
                    throw CommandFailure(
                        .notGood, "not-a-terminal", "the token is shown on a terminal only",
                        details: ["programs read it where it is kept: \(secret?.source ?? "nowhere yet")"])
                }
            }
            guard let secret else {
                throw CommandFailure(
                    .notGood, "no-token", "no token and no password is set for profile \(invocation.profileName)",
                    details: settings.problem.map { [$0] } ?? [],
                    next: ["\(invocation.program) config set gateway.auth.token -"])
            }
            let kind = settings.token == nil ? "password" : "token"
            if invocation.has("--show") {
                invocation.output.line(secret.value)
            } else if invocation.output.isJSON {
                invocation.output.json(["ok": true, "kind": .string(kind), "source": .string(secret.source)])
            } else {
                invocation.output.sentence("● a \(kind) is set, by \(secret.source)")
            }
            return .good
        })
}
