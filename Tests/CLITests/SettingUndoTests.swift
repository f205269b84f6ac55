import Platform
import Settings
import Testing

@testable import CLI

@Suite struct SettingUndoTests {
    private func json(_ text: String) throws -> JSON { try JSON5Document(text).value }

    /// What the edits make of a configuration.
    private func carriedOut(_ edits: [ConfigEdit], on text: String) throws -> JSON {
        var document = try JSON5Document(text)
        for edit in edits {
            switch edit {
            case .set(let pointer, let value): try document.set(pointer, to: value)
            case .remove(let pointer): _ = try document.remove(pointer)
            }
        }
        return document.value
    }

    private func noted(_ paths: [String], _ before: JSON) -> SettingUndo {
        var undo = SettingUndo()
        for path in paths { if let pointer = JSONPointer(setting: path) { undo.note(pointer, in: before) } }
        return undo
    }

    @Test func objectsThatCameWithASettingGoWithIt() throws {
        let before = try json("{ gateway: { mode: 'local' } }")
        let undo = noted(["gateway.bind", "failover.enabled", "failover.check.intervalMs", "failover.peers"], before)
        let now =
            "{ gateway: { mode: 'local', bind: 'lan' }, failover: { enabled: true, check: { intervalMs: 1 }, peers: [{ url: 'ws://x' }] } }"
        #expect(try carriedOut(undo.edits(try json(now)), on: now) == before)
    }

    @Test func whatSomebodySetMeanwhileStays() throws {
        let before = try json("{ failover: {} }")
        let undo = noted(["failover.enabled", "failover.check.intervalMs"], before)
        let now =
            "{ failover: { enabled: true, check: { intervalMs: 1, failThreshold: 9 } }, cron: { enabled: false } }"
        #expect(
            try carriedOut(undo.edits(try json(now)), on: now)
                == json("{ failover: { check: { failThreshold: 9 } }, cron: { enabled: false } }"))
    }

    @Test func whatWasThereComesBack() throws {
        let before = try json("{ failover: { role: 'standby', peers: [{ url: 'ws://old' }] } }")
        var undo = noted(["failover.role", "failover.peers"], before)
        let now = "{ failover: { role: 'primary', peers: [{ url: 'ws://new' }] } }"
        // A second run notes nothing: what counts is how it was at first.
        for path in ["failover.role", "failover.peers"] {
            undo.note(try #require(JSONPointer(setting: path)), in: try json(now))
        }
        #expect(try carriedOut(undo.edits(try json(now)), on: now) == before)
        #expect(undo.edits(before).isEmpty)
    }

    @Test func aJournalKeepsIt() throws {
        let undo = noted(["a.b", "c"], try json("{ c: { d: [1, null] } }"))
        #expect(SettingUndo(try JSONParser.parse(JSONWriter.bytes(of: undo.json))) == undo)
        #expect(SettingUndo(nil) == SettingUndo() && SettingUndo([["path": []], 1]) == SettingUndo())
    }
}
