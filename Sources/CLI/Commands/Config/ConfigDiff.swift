import Gateway
import Platform
import Settings

extension Command {
    static let configDiff = Command(
        "config diff", "compare the file with the configuration that a gateway last ran well with, key by key",
        notes: "Secrets are masked on both sides. Exit code 1 when the file cannot be used or none is kept.",
        flags: [.json],
        examples: ["openclaw config diff", "openclaw config diff --json"],
        seeAlso: ["config restore", "config validate"],
        run: { invocation throws(CommandFailure) in
            let comparison = try await ConfigComparison.make(invocation)
            comparison.show(invocation)
            return comparison.refusal == nil ? .good : .notGood
        })
}

/// The file beside the last good configuration.
@LoopActor
struct ConfigComparison {
    let good: LastGoodConfig
    /// Nil when the file is not even JSON5, or is gone.
    let differences: [ConfigDifference]?
    /// Why the file cannot be used.
    let refusal: ConfigRefusal?
    /// Whether anything differs, comments and layout too.
    let isSame: Bool

    static func make(_ invocation: Invocation) async throws(CommandFailure) -> ConfigComparison {
        let instance = invocation.instance
        guard let good = await LastGoodConfig.read(instance) else {
            throw CommandFailure(
                .notGood, "no-last-good",
                "no last good configuration is kept; a gateway keeps one as soon as it runs well",
                next: ["\(invocation.program) config validate"])
        }
        let old: ConfigSnapshot
        do throws(ConfigRefusal) { old = try await good.load(invocation.configLoader, .none) } catch {
            throw CommandFailure(error)
        }
        do throws(ConfigRefusal) {
            let new = try await invocation.configLoader.load(.none)
            return ConfigComparison(
                good: good, differences: ConfigDifference.between(old, new), refusal: nil,
                isSame: new.fingerprint == good.fingerprint)
        } catch {
            let path = instance.configPath
            let bytes = await BlockingPool.shared.run { try? FileReading.read(path, limit: 4 << 20) }
            return ConfigComparison(
                good: good, differences: bytes.flatMap { ConfigDifference.between(old, spoiled: $0) }, refusal: error,
                isSame: false)
        }
    }

    var json: JSON {
        var json: JSON = [
            "ok": .bool(refusal == nil), "same": .bool(isSame), "lastGoodAt": .string(good.time.iso),
            "differences": .array((differences ?? []).map(\.json)),
        ]
        if let refusal { json["problems"] = .array(refusal.problems.map(\.json)) }
        return json
    }

    func show(_ invocation: Invocation) {
        let output = invocation.output
        if output.isJSON { return output.json(json) }
        let path = invocation.instance.shown(invocation.instance.configPath)
        let time = Age.moment(good.time, now: invocation.surroundings.clock.wall, zone: .local)
        let count = differences?.count ?? 0
        if isSame {
            output.line("● \(path) is the configuration of \(time), which a gateway ran well with")
        } else if let refusal {
            output.line("✗ \(path) cannot be used; the last good configuration is of \(time)")
            for problem in refusal.problems { output.line("  \(problem.description.shown)") }
        } else if count == 0 {
            output.line("● \(path) says the same as the configuration of \(time); only its text differs")
        } else {
            output.line(
                "▲ \(path) differs from the configuration of \(time) in \(count) setting\(count == 1 ? "" : "s")")
        }
        guard let differences, !differences.isEmpty else { return }
        var table = Table("setting", "last good", "file", "change")
        table.rows = differences.map { [$0.path, cut($0.old), cut($0.new), $0.reload.rawValue] }
        output.write(table.text(output.style))
        if invocation.command.name == "config diff" {
            output.command("  Put it back: ", "\(invocation.program) config restore")
        }
    }

    /// A table is no place for long values.
    private func cut(_ text: String?) -> String {
        guard let text else { return "not set" }
        return text.count > Self.shownLength ? text.prefix(Self.shownLength - 1) + "…" : text
    }

    private static let shownLength = 60
}
