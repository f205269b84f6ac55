import Agents
import Contract
import Platform

/// Lets agents of this gateway ask for approvals as clients do, and keeps what was allowed for always.
@LoopActor
final class ExecApprovalDesk: ExecApproving {
    /// How long an agent waits for an operator.
    static let time = Duration.milliseconds(WireFacts.approvalMilliseconds)

    private let services: ApprovalServices

    init(_ services: ApprovalServices) { self.services = services }

    func rules(of agentID: String) async throws(ToolProblem) -> ExecRules {
        ExecRules(file: try await snapshot().file, agentID: agentID)
    }

    private func snapshot() async throws(ToolProblem) -> ApprovalsFile.Snapshot {
        do throws(RPCError) {
            return try await services.file.read()
        } catch {
            // Rules that nobody can read must not count as none.
            throw .said("not run: \(error.message)")
        }
    }

    func ask(_ question: ExecQuestion) async throws(ToolProblem) -> ExecAnswer {
        var request: JSON = [
            "command": .string(question.command), "cwd": .string(question.directory), "host": "gateway",
            "security": .string(question.security.rawValue), "ask": .string(question.ask.rawValue),
            "agentId": .string(question.agentID), "sessionKey": .string(question.sessionKey),
        ]
        request["commandArgv"] = question.words.map { .array($0.map { .string($0) }) }
        request["resolvedPath"] = question.resolvedPath.map { .string($0) }
        request["warningText"] = question.warning.map { .string($0) }
        do throws(RPCError) {
            let approval = try services.pending.ask(
                id: nil, request, time: Self.time, requester: "agent:\(question.agentID)")
            try await services.pending.ended(approval)
            switch approval.decision {
            case .allowOnce: return .allowOnce
            case .allowAlways: return .allowAlways
            case .deny: return .denied
            case nil: return .nobody
            }
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw .said("not run: \(error.message)")
        }
    }

    func remember(_ entry: ExecRules.Entry, for agentID: String) async throws(ToolProblem) {
        // Another writer may come between; its change is read and the entry added to that.
        for _ in 0..<3 {
            let snapshot = try await snapshot()
            var file = snapshot.file
            var agent = file["agents"]?[agentID] ?? [:]
            var list = agent["allowlist"]?.array ?? []
            var row: JSON = [
                "id": .string(UUIDText.random()), "pattern": .string(entry.pattern), "source": "allow-always",
            ]
            row["argPattern"] = entry.argPattern.map { .string($0) }
            let isKnown = list.contains {
                $0["pattern"]?.string == entry.pattern && $0["argPattern"]?.string == entry.argPattern
            }
            if isKnown { return }
            list.append(row)
            agent["allowlist"] = .array(list)
            var agents = file["agents"] ?? [:]
            agents[agentID] = agent
            file["agents"] = agents
            do throws(RPCError) {
                _ = try await services.file.write(file, baseHash: snapshot.bytes == nil ? nil : snapshot.hash)
                return
            } catch {
                if error.code == .invalidRequest { continue }
                throw .said("allowed, but it could not be kept for always: \(error.message)")
            }
        }
        throw .said("allowed, but it could not be kept for always: others write exec-approvals.json at the same time")
    }
}
