import Platform
import Settings
import Support
import Testing

@testable import Agents

@Suite struct SessionSettingsTests {
    private func settings(_ text: String) async throws -> SessionSettings {
        let scratch = ScratchDirectory()
        scratch.makeDirectory(".openclaw")
        scratch.write(text, to: ".openclaw/openclaw.json")
        let environment = Environment(["HOME": scratch.path])
        let instance = try Instance(flags: Instance.Flags(), environment: environment)
        return try await onLoop {
            let loader = ConfigLoader(
                instance, environment: environment,
                schema: ConfigSchema(parts: [.sessions, .configuration, .openClaw]))
            return SessionSettings(try await loader.load())
        }
    }

    @Test func withoutAnythingNothingIsReset() async throws {
        let found = try await settings("{}")
        #expect(found == SessionSettings())
        #expect(found.reset.usual == ResetRules.Policy())
        #expect(found.maintenance.maxEntries == 5000 && found.maintenance.isEnforced)
    }

    @Test func aFileOfOpenClawIsTaken() async throws {
        let found = try await settings(
            """
            { session: {
                scope: 'per-sender', dmScope: 'per-channel-peer', mainKey: 'main', store: '~/x/{agentId}/sessions.json',
                identityLinks: { alice: ['telegram:1'] }, sendPolicy: { default: 'allow' },
                reset: { mode: 'daily', atHour: 6, idleMinutes: 90 },
                resetByType: { thread: { mode: 'daily', atHour: 5 }, direct: { mode: 'idle', idleMinutes: 240 } },
                resetByChannel: { Discord: { mode: 'none' } },
                resetTriggers: ['/fresh'],
                maintenance: { mode: 'warn', pruneAfter: '7d', archiveDashboardAfter: false, maxEntries: 10,
                  preserveRecent: '1d', resetArchiveRetention: '2d', maxDiskBytes: '500mb', highWaterBytes: '400mb' },
            } }
            """)
        #expect(found.directScope == .perChannelPeer)
        #expect(found.resetTriggers == ["/fresh"])
        #expect(found.reset.usual == ResetRules.Policy(hour: 6, idle: .seconds(5400)))
        #expect(found.reset.byKind["thread"] == ResetRules.Policy(hour: 5))
        #expect(found.reset.byKind["direct"] == ResetRules.Policy(idle: .seconds(14_400)))
        #expect(found.reset.byChannel["discord"] == ResetRules.Policy())
        let rules = found.maintenance
        #expect(!rules.isEnforced && rules.maxEntries == 10)
        #expect(rules.pruneAfter == .seconds(7 * 86_400) && rules.archiveDashboardAfter == nil)
        #expect(rules.preserveRecent == .seconds(86_400) && rules.archiveRetention == .seconds(2 * 86_400))
        #expect(rules.diskBytes == 500 << 20 && rules.targetBytes == 400 << 20)
    }

    @Test func olderWordsMeanTheSame() async throws {
        let found = try await settings(
            "{ session: { idleMinutes: 30, resetByType: { dm: { mode: 'idle' } }, maintenance: { pruneDays: 3 } } }")
        #expect(found.reset.usual == ResetRules.Policy(idle: .seconds(1800)))
        #expect(found.reset.byKind["direct"] == ResetRules.Policy(idle: ResetRules.defaultIdle))
        #expect(found.maintenance.pruneAfter == .seconds(3 * 86_400))
    }
}
