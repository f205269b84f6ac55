import Platform
import Settings
import Supervision

extension Command {
    static let gatewayStart = Command(
        "gateway start", "start the installed service, and say when it is ready",
        flags: [.json], examples: ["openclaw gateway start", "openclaw --profile rescue gateway start --json"],
        seeAlso: ["gateway install", "gateway stop", "gateway status"],
        run: { invocation throws(CommandFailure) in
            let desk = ServiceDesk(invocation)
            let (place, state) = try await desk.installed()
            if case .running = state.condition {
                report(invocation, "already running", state)
                return .good
            }
            try ServiceRivals.none(for: state, invocation)
            try await desk.control(.start, place)
            report(invocation, "started", await desk.backend.inspect(place))
            return .good
        })

    static let gatewayStop = Command(
        "gateway stop", "stop the gateway: its service, or the one that runs in a terminal",
        notes:
            "What is under way is finished first, within 10 seconds. A service that is not disabled starts again with "
            + "the machine.",
        flags: [
            Flag("--disable", nil, "and do not start it with the machine either, until: gateway start"), .yes, .json,
        ],
        examples: ["openclaw gateway stop", "openclaw gateway stop --disable --yes"],
        seeAlso: ["gateway start", "gateway restart"],
        run: { invocation throws(CommandFailure) in
            let desk = ServiceDesk(invocation)
            let (place, state) = await desk.found()
            guard state.isInstalled, !state.isStopped || invocation.has("--disable") else {
                return try await RunningGateway(invocation).stop()
            }
            try invocation.confirm("Stop \(state.name)")
            try await desk.control(invocation.has("--disable") ? .disable : .stop, place)
            let text = invocation.has("--disable") ? "stopped and disabled" : "stopped"
            let undo = "\(invocation.program) gateway start"
            invocation.done(
                "\(state.name) is \(text)", undo: undo,
                json: ["ok": true, "service": .string(state.name), "state": "stopped"])
            return .good
        })

    static let gatewayUninstall = Command(
        "gateway uninstall", "stop the service and take it out of the service manager; everything else stays",
        flags: [.yes, .json], examples: ["openclaw gateway uninstall", "openclaw gateway uninstall --yes --json"],
        seeAlso: ["gateway install", "gateway stop"],
        run: { invocation throws(CommandFailure) in
            let desk = ServiceDesk(invocation)
            let (place, state) = await desk.found()
            guard state.isInstalled else {
                _ = try await desk.installedOrNothing(state)
                invocation.done(
                    "no service is installed", undo: nil, json: ["ok": true, "change": "none"])
                return .good
            }
            try invocation.confirm("Stop \(state.name) and remove it; state and configuration stay")
            do throws(SupervisionError) {
                try await desk.backend.remove(place)
            } catch {
                throw CommandFailure(error, invocation)
            }
            invocation.done(
                "\(state.name) is removed", undo: "\(invocation.program) gateway install",
                json: ["ok": true, "change": "removed", "service": .string(state.name)])
            return .good
        })
}

extension ServiceState {
    var isStopped: Bool {
        switch condition {
        case .stopped, .failed, .notInstalled, .noManager: true
        case .running, .starting, .stopping, .unknown: false
        }
    }
}

extension ServiceDesk {
    /// That nothing is installed is fine here; that it cannot be known is not.
    fileprivate func installedOrNothing(_ state: ServiceState) async throws(CommandFailure) {
        if case .unknown(let reason) = state.condition {
            throw CommandFailure(.notGood, "service-unknown", "the service cannot be looked at: \(reason)")
        }
    }
}

/// Says that the service runs, and as which process.
private func report(_ invocation: Invocation, _ text: String, _ state: ServiceState) {
    var json: JSON = ["ok": true, "service": .string(state.name), "state": .string(state.condition.word)]
    json["pid"] = state.processID.map { .int(Int64($0)) }
    let process = state.processID.map { ", pid \($0)" } ?? ""
    invocation.done("\(state.name) is \(text)\(process)", undo: nil, json: json)
}

/// Gateways that would be in the service's way.
enum ServiceRivals {
    /// A gateway in the foreground has the state: the service would end at once, and stay down.
    static func none(for state: ServiceState, _ invocation: Invocation) throws(CommandFailure) {
        guard let process = ProcessQuery(invocation: invocation).process, Int(process) != state.processID else {
            return
        }
        throw CommandFailure(
            .notGood, "runs-already", "a gateway runs already, outside the service: pid \(process)",
            next: ["\(invocation.program) gateway stop", "\(invocation.program) \(invocation.command.name)"])
    }
}
