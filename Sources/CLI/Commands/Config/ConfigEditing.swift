import Gateway
import Platform
import Settings

extension Invocation {
    /// How often others may be quicker.
    private static let editAttempts = 16

    /// Changes single settings of the file, as `config set` does: whatever others write meanwhile stays. `make` says
    /// what is to be changed in the state that it is shown; nothing is written when it says nothing. Returns what was.
    @LoopActor @discardableResult
    func editConfig(
        allowing allowance: ConfigAllowance = .shrinking,
        _ make: @LoopActor (ConfigSnapshot) throws(CommandFailure) -> [ConfigEdit]
    ) async throws(CommandFailure) -> [ConfigEdit] {
        let file = ConfigFile(instance, environment: environment, schema: .product, clock: surroundings.clock)
        var attempt = 1
        while true {
            let before: ConfigSnapshot
            do throws(ConfigRefusal) { before = try await file.read() } catch { throw CommandFailure(error) }
            let edits = try make(before)
            guard !edits.isEmpty else { return [] }
            do throws(ConfigWriteError) {
                // Who names a thing to be taken away means its loss.
                _ = try await file.write(.edits(edits), baseHash: before.hash, allowing: allowance)
                return edits
            } catch {
                guard attempt < Self.editAttempts, error.isOvertaken else {
                    throw CommandFailure(error, program: program)
                }
                attempt += 1
            }
        }
    }

    /// The command that sets a setting, just changed, back to what it was. A secret stands in no command: then it is the
    /// file of before that comes back.
    @LoopActor
    func wayBack(of setting: String, to old: JSON?, isSecret: Bool) async -> String {
        let name = ShellWord.quoted(setting)
        guard let old else { return "\(program) config unset \(name)" }
        let text = old.string ?? old.description
        if !isSecret, text.utf8.count <= Self.shownBytes, text == text.shown {
            return "\(program) config set \(name) \(ShellWord.quoted(text, always: true))"
        }
        guard let copy = await BlockingPool.shared.run({ [instance] in ConfigFile.newestBackup(instance) }) else {
            return "\(program) config restore"
        }
        return "cp \(ShellWord.quoted(copy)) \(ShellWord.quoted(instance.configPath))"
    }

    /// Longer values are not repeated.
    static let shownBytes = 200

    /// What was changed in the file, and the way back. Said once a running gateway has it.
    @LoopActor
    func changed(_ text: String, undo: String?, json: JSON) async {
        let takeover = await takeover()
        var json = json
        json["ok"] = true
        json["file"] = .string(instance.configPath)
        done(text, undo: undo, json: json)
        if !output.isJSON { output.sentence("  \(takeover.sentence(program))") }
    }
}
