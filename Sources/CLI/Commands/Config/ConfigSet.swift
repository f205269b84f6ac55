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
        let old = try await write(.set(pointer, value))
        let isSecret = key?.isSensitive == true
        let undo: String
        if isSecret {
            undo = "the file of before is beside \(invocation.instance.shown(invocation.instance.configPath))"
        } else if let old {
            undo = "\(invocation.program) config set \(name) '\(old.string ?? old.description)'"
        } else {
            undo = "\(invocation.program) config unset \(name)"
        }
        finish("\(name) is \(isSecret ? "set" : value.string ?? value.description)", undo: undo, isSet: true)
        return .good
    }

    func unset() async throws(CommandFailure) -> ExitCode {
        try invocation.confirm("Take \(name.shown) out of the configuration")
        guard let old = try await write(.remove(pointer)) else {
            throw CommandFailure(.notGood, "not-set", "\(name.shown) is not in the file")
        }
        let undo =
            key?.isSensitive == true || old.object != nil
            ? "the file of before is beside \(invocation.instance.shown(invocation.instance.configPath))"
            : "\(invocation.program) config set \(name) '\(old.string ?? old.description)'"
        finish("\(name) is no longer set", undo: undo, isSet: false)
        return .good
    }

    /// How often others may be quicker.
    private static let attempts = 16

    /// Returns what stood there before. One setting is changed whatever the others are: when somebody was quicker, it
    /// is changed in what he wrote.
    private func write(_ edit: ConfigEdit) async throws(CommandFailure) -> JSON? {
        let file = ConfigFile(
            invocation.instance, environment: invocation.environment, schema: .product,
            clock: invocation.surroundings.clock)
        for attempt in 1... {
            let before = try await read(file)
            let old = before.parsed[pointer]
            if case .remove = edit, old == nil { return nil }
            do throws(ConfigWriteError) {
                let allowance: ConfigAllowance = invocation.has("--allow-loss") ? [.droppingMode, .shrinking] : []
                _ = try await file.write(.edits([edit]), baseHash: before.hash, allowing: allowance)
                return old
            } catch {
                if attempt < Self.attempts, error.isOvertaken { continue }
                throw CommandFailure(error, program: invocation.program)
            }
        }
        return nil
    }

    private func read(_ file: ConfigFile) async throws(CommandFailure) -> ConfigSnapshot {
        do throws(ConfigRefusal) { return try await file.read() } catch { throw CommandFailure(error) }
    }

    private func finish(_ deed: String, undo: String, isSet: Bool) {
        let reload = key?.reload.rawValue ?? "none"
        invocation.done(
            deed, undo: undo,
            json: [
                "ok": true, "path": .string(name), "isSet": .bool(isSet), "reload": .string(reload),
                "file": .string(invocation.instance.configPath),
            ])
        guard !invocation.output.isJSON else { return }
        switch reload {
        case "hot": invocation.output.sentence("  A running gateway takes it over by itself.")
        case "restart": invocation.output.sentence("  It holds from the gateway's next start on.")
        default: break
        }
    }
}

extension ConfigWriteError {
    /// Somebody else wrote between our reading and our writing, or made the file.
    fileprivate var isOvertaken: Bool {
        switch self {
        case .changedMeanwhile, .baseHashRequired: true
        default: false
        }
    }
}
