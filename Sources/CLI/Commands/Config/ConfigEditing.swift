import Gateway
import Platform
import Settings

extension Invocation {
    /// How often others may be quicker.
    private static let editAttempts = 16

    /// Changes single settings of the file, as `config set` does: whatever others write meanwhile stays. `make` says
    /// what is to be changed in the state that it is shown; nothing is written when it says nothing.
    @LoopActor
    func editConfig(
        _ make: @LoopActor (ConfigSnapshot) throws(CommandFailure) -> [ConfigEdit]
    ) async throws(CommandFailure) {
        let file = ConfigFile(instance, environment: environment, schema: .product, clock: surroundings.clock)
        var attempt = 1
        while true {
            let before: ConfigSnapshot
            do throws(ConfigRefusal) { before = try await file.read() } catch { throw CommandFailure(error) }
            let edits = try make(before)
            guard !edits.isEmpty else { return }
            do throws(ConfigWriteError) {
                // Who names a thing to be taken away means its loss.
                _ = try await file.write(.edits(edits), baseHash: before.hash, allowing: .shrinking)
                return
            } catch {
                guard attempt < Self.editAttempts, error.isOvertaken else {
                    throw CommandFailure(error, program: program)
                }
                attempt += 1
            }
        }
    }

    /// What was changed in the file, and the way back.
    @LoopActor
    func changed(_ text: String, undo: String?, json: JSON) {
        var json = json
        json["ok"] = true
        json["file"] = .string(instance.configPath)
        done(text, undo: undo, json: json)
        if !output.isJSON { output.sentence("  A running gateway takes it over by itself.") }
    }
}
