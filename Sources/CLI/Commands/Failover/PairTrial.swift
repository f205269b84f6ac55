import Platform

/// The end of `failover pair`: waits until the two know each other, and goes through a promotion without its last step.
@LoopActor
struct PairTrial {
    /// Both gateways start anew with their new configuration, and the standby looks a few times before it believes.
    static let patience = Duration.seconds(60)
    /// For the steps of a drill, all together.
    static let drillTime = Duration.seconds(40)
    private static let glance = Duration.milliseconds(500)

    let invocation: Invocation
    let host: StandbyHost
    let binary: String

    private var clock: any Clock { invocation.surroundings.clock }

    /// Nil when they know each other, else who does not answer as it should.
    func acquaintance() async -> String? {
        var trouble = ""
        let end = clock.now + Self.patience
        while true {
            if let here = await here() {
                trouble = here
            } else if let there = await there() {
                trouble = "\(host.target): \(there)"
            } else {
                return nil
            }
            guard clock.now < end, await pause() else { return trouble }
        }
    }

    private func here() async -> String? {
        do throws(CommandFailure) {
            let status = try await invocation.withGateway { gateway throws(CommandFailure) in
                await gateway.callIfServed("failover.status")
            }
            return status?["enabled"]?.bool == true ? nil : "this gateway runs on its old configuration"
        } catch {
            return "this gateway: \(error.message)"
        }
    }

    private func there() async -> String? {
        do throws(CommandFailure) {
            let status = try await status()
            let (state, primary) = (status["state"]?.string ?? "alone", status["primary"])
            guard state == "watching" else { return "it is \(state)" }
            let standing = primary?["standing"]?.string ?? "not known yet"
            guard standing == "well", primary?["ours"]?.bool == true else {
                return "to it this gateway is \(primary?["problem"]?.string ?? standing)"
            }
            return nil
        } catch {
            return error.message
        }
    }

    private func status() async throws(CommandFailure) -> JSON {
        try await host.openclaw(binary, ["failover", "status"])
    }

    /// Nil when all steps worked, else why not.
    func drill() async -> String? {
        do throws(CommandFailure) {
            _ = try await host.openclaw(binary, ["failover", "drill"])
            let end = clock.now + Self.drillTime
            while clock.now < end, await pause() {
                let now = try await status()
                if now["state"]?.string == "promoting" { continue }
                let history = try await host.openclaw(binary, ["failover", "history", "--limit", "1"])
                let last = history["entries"]?.array?.first
                guard last?["from"]?.string == "promoting" else { continue }
                return last?["to"]?.string == "watching" ? nil : last?["reason"]?.string ?? "it did not come to its end"
            }
            return "it did not come to its end"
        } catch {
            return error.message
        }
    }

    private func pause() async -> Bool {
        await Suspension(clock).wait(until: clock.now + Self.glance) == .deadline
    }
}
