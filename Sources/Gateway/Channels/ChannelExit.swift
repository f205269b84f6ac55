import Agents
package import Channels
import Contract
package import Platform
import Settings

/// Logs an account out: it is stopped, its session ends at the platform, and its secrets leave the configuration.
@LoopActor
struct ChannelExit {
    /// For the platform to end the session in.
    nonisolated static let sessionTime = Duration.seconds(8)
    /// How often others may write the file at the same moment.
    private static let attempts = 4

    let channels: ChannelServices
    /// Nil where there is no file, as in tests.
    let configuration: LiveConfiguration?
    let clock: any Clock

    func leave(_ account: ChannelServices.Account) async throws(RPCError) -> JSON {
        guard let configuration else { throw .unavailable("this gateway has no configuration file") }
        let name = account.settings.account
        let connector = channels.freshConnector(for: account)
        await channels.stop(name)
        let session = await end(connector as? any SessionEnding)
        let credentials = try await clear(account, configuration)
        return .channelExit(name, credentials, session)
    }

    /// Nil on platforms without sessions. Whoever wants to be logged out is, whether the platform can be reached or not.
    private func end(_ connector: (any SessionEnding)?) async -> JSON? {
        guard let connector else { return nil }
        switch await SessionExit(clock).end(connector, within: Self.sessionTime) {
        case nil: return ["ended": true]
        case let fault?: return ["ended": false, "error": .string(fault.reason)]
        }
    }

    private func clear(
        _ account: ChannelServices.Account, _ configuration: LiveConfiguration
    ) async throws(RPCError) -> ChannelCredentials {
        for _ in 0..<Self.attempts {
            let before: ConfigSnapshot
            do throws(ConfigRefusal) { before = try await configuration.read() } catch {
                throw .unavailable("the configuration cannot be read: \(error)")
            }
            let found = ChannelCredentials(account.settings.account, account.platform, before.parsed) {
                before.environment[$0]
            }
            guard !found.edits.isEmpty else { return found }
            do throws(ConfigWriteError) {
                _ = try await configuration.write(.edits(found.edits), baseHash: before.hash)
                return found
            } catch .changedMeanwhile {
                continue
            } catch {
                throw RPCError(error)
            }
        }
        throw .unavailable("the configuration is being changed all the time; try again")
    }
}

/// Ends a session, and does not wait for ever.
@LoopActor
package struct SessionExit {
    private let clock: any Clock

    package init(_ clock: any Clock) { self.clock = clock }

    /// Nil when it is ended.
    package func end(_ connector: any SessionEnding, within time: Duration) async -> ConnectorFault? {
        let answer = Awaited<Result<Bool, ConnectorFault>>(clock)
        let task = startTask {
            do throws(ConnectorFault) {
                try await connector.endSession()
                answer.bring(.success(true))
            } catch {
                answer.bring(.failure(error))
            }
        }
        defer { task.cancel() }
        switch await answer.wait(until: clock.now + time) {
        case .success: return nil
        case .failure(let fault): return fault
        case nil: return .passing("no answer within \(time)")
        }
    }
}

extension JSON {
    /// What came of logging an account out; `session` is nil on platforms without.
    package static func channelExit(
        _ name: ChannelAccount, _ credentials: ChannelCredentials, _ session: JSON?
    ) -> JSON {
        var answer = name.done
        answer["cleared"] = .bool(!credentials.edits.isEmpty)
        answer["loggedOut"] = .bool(credentials.isComplete)
        answer["remaining"] = .array(
            credentials.remaining.map { ["setting": .string($0.setting), "source": .string($0.source)] })
        answer["session"] = session
        return answer
    }
}
