import Platform

extension Command {
    static let secretsReload = Command(
        "secrets reload", "let the running gateway fetch its secrets anew",
        notes:
            "Either all that works goes on with what was fetched, or everything stays as it was and what failed is named.",
        flags: Flag.client,
        examples: ["openclaw secrets reload", "openclaw secrets reload --json"],
        seeAlso: ["secrets audit", "config validate"],
        run: { invocation throws(CommandFailure) in
            let answer = try await invocation.withGateway { gateway throws(CommandFailure) in
                try await gateway.call("secrets.reload")
            }
            if invocation.output.isJSON {
                invocation.output.json(answer)
                return .good
            }
            let degraded = answer["degraded"]?.array ?? []
            var report = Report(
                verdict: degraded.isEmpty ? .good : .degraded, state: "the gateway has its secrets anew")
            report.facts = degraded.map {
                Fact("degraded", "Stays off", $0["reason"]?.string ?? $0["part"]?.string ?? "", isGood: false)
            }
            invocation.output.report(report, now: invocation.surroundings.clock.wall)
            return .good
        })
}
