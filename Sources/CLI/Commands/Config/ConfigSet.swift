import Gateway
import Platform
import Settings

extension Flag {
    fileprivate static let allowLoss = Flag(
        "--allow-loss", nil, "write even if gateway.mode or more than half of the file is lost")
}

extension Command {
    static let configSet = Command(
        "config set", "change a setting in the configuration file; comments and layout stay",
        notes:
            "The value is read as JSON5 where it can be, else as text. \"-\" reads it from standard input, which is the "
            + "way for secrets. The file of before is kept beside the new one.",
        arguments: [
            Argument("path", "the setting, for example gateway.bind"), Argument("value", "its new value, or -"),
        ],
        flags: [.allowLoss, .json],
        examples: [
            "openclaw config set gateway.bind lan",
            "openclaw config set gateway.auth.token '${GATEWAY_TOKEN}'",
        ],
        seeAlso: ["config get", "config unset", "config validate"], isEveryday: true,
        run: { invocation throws(CommandFailure) in
            let pointer = try invocation.setting()
            let value = try ConfigValue.read(invocation.arguments[1], for: pointer, invocation)
            return try await ConfigChanger(invocation, pointer).set(value)
        })

    static let configUnset = Command(
        "config unset", "take a setting out of the configuration file, so that its default holds",
        arguments: [Argument("path", "the setting, for example gateway.bind")],
        flags: [.allowLoss, .yes, .json],
        examples: ["openclaw config unset gateway.bind", "openclaw config unset gateway.remote --yes"],
        seeAlso: ["config set", "config get"],
        run: { invocation throws(CommandFailure) in
            try await ConfigChanger(invocation, try invocation.setting()).unset()
        })
}

/// A value from the command line, as the setting takes it.
enum ConfigValue {
    static func read(
        _ text: String, for pointer: JSONPointer, _ invocation: Invocation
    ) throws(CommandFailure) -> JSON {
        var text = text
        let key = ConfigSchema.product.governingKey(at: pointer)
        if text == "-" {
            guard let line = readLine() else { throw CommandFailure(.usage, "usage", "standard input is empty") }
            text = line
        } else if key?.isSensitive == true, !text.hasPrefix("${"), !text.hasPrefix("{"), !invocation.output.isJSON {
            invocation.output.note("openclaw: a secret on the command line can be read by every user of this machine;")
            invocation.output.note(
                "  safer: \(invocation.program) \(invocation.command.name) \(invocation.arguments[0].shown) -")
        }
        let value = try? JSON5Document(text).value
        switch key?.type {
        // 12345 is a fine password, and true a fine name.
        case .string, .text, .oneOf, .duration: return value?.string.map(JSON.string) ?? .string(text)
        case .secret: return value?.object != nil || value?.string != nil ? value ?? .string(text) : .string(text)
        default: return value ?? .string(text)
        }
    }
}

/// Changes one setting of the file.
@LoopActor
private struct ConfigChanger {
    let invocation: Invocation
    let pointer: JSONPointer

    init(_ invocation: Invocation, _ pointer: JSONPointer) {
        self.invocation = invocation
        self.pointer = pointer
    }

    private var name: String { invocation.arguments[0] }
    private var key: SettingKey? { ConfigSchema.product.governingKey(at: pointer) }

    func set(_ value: JSON) async throws(CommandFailure) -> ExitCode {
        let written = try await write(.set(pointer, value))
        let way = await invocation.wayBack(of: name, to: written.old, isSecret: written.wasSecret)
        let text = value.string ?? value.description
        let isShown = !written.isSecretNow && text.utf8.count <= Invocation.shownBytes
        await finish("\(name) is \(isShown ? text : "set")", undo: way, isSet: true)
        return .good
    }

    func unset() async throws(CommandFailure) -> ExitCode {
        try invocation.confirm("Take \(name.shown) out of the configuration")
        let written = try await write(.remove(pointer))
        guard written.old != nil else {
            throw CommandFailure(.notGood, "not-set", "\(name.shown) is not in the file")
        }
        let way = await invocation.wayBack(of: name, to: written.old, isSecret: written.wasSecret)
        await finish("\(name) is no longer set", undo: way, isSet: false)
        return .good
    }

    /// What stood there before, and whether it or what stands there now is or holds a secret.
    private struct Written {
        var old: JSON?
        var wasSecret = false
        var isSecretNow = false
    }

    /// How often others may be quicker.
    private static let attempts = 16

    /// One setting is changed whatever the others are: when somebody was quicker, it is changed in what he wrote.
    private func write(_ edit: ConfigEdit) async throws(CommandFailure) -> Written {
        let file = ConfigFile(
            invocation.instance, environment: invocation.environment, schema: .product,
            clock: invocation.surroundings.clock)
        var attempt = 1
        while true {
            let before = try await read(file)
            var written = Written(
                old: before.parsed[pointer], wasSecret: before.redactedParsed[pointer] != before.parsed[pointer])
            if case .remove = edit, written.old == nil { return written }
            do throws(ConfigWriteError) {
                let allowance: ConfigAllowance = invocation.has("--allow-loss") ? [.droppingMode, .shrinking] : []
                let after = try await file.write(.edits([edit]), baseHash: before.hash, allowing: allowance)
                written.isSecretNow = after.redactedParsed[pointer] != after.parsed[pointer]
                return written
            } catch {
                guard attempt < Self.attempts, error.isOvertaken else {
                    throw CommandFailure(error, program: invocation.program)
                }
                attempt += 1
            }
        }
    }

    private func read(_ file: ConfigFile) async throws(CommandFailure) -> ConfigSnapshot {
        do throws(ConfigRefusal) { return try await file.read() } catch { throw CommandFailure(error) }
    }

    private func finish(_ deed: String, undo: String, isSet: Bool) async {
        let reload = key?.reload.rawValue ?? "none"
        let takeover = reload == "hot" ? await invocation.takeover() : .open
        invocation.done(
            deed, undo: undo,
            json: [
                "ok": true, "path": .string(name), "isSet": .bool(isSet), "reload": .string(reload),
                "file": .string(invocation.instance.configPath),
            ])
        guard !invocation.output.isJSON else { return }
        if isSet, let meant = ConfigSchema.product.meant(by: pointer) {
            invocation.output.sentence("  ▲ No setting of this name is known; did you mean \(meant.shown)?")
        }
        switch reload {
        case "hot": invocation.output.sentence("  \(takeover.sentence(invocation.program))")
        case "restart": invocation.output.sentence("  It holds from the gateway's next start on.")
        default: break
        }
    }
}

extension ConfigWriteError {
    /// Somebody else wrote between our reading and our writing, or made the file.
    var isOvertaken: Bool {
        switch self {
        case .changedMeanwhile, .baseHashRequired: true
        default: false
        }
    }
}

/// A text as one word of a command that can be pasted into a shell.
enum ShellWord {
    static func quoted(_ text: String, always: Bool = false) -> String {
        if !always, !text.isEmpty, text.utf8.allSatisfy(isPlain) { return text }
        // Within single quotes all stands for itself but the quote (POSIX.1-2024, 2.2.2).
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "/"), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
