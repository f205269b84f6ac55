import Platform
import Settings
import Supervision

/// Ports, and what runs beside this gateway.
extension DoctorCheck {
    static let network: [DoctorCheck] = [
        DoctorCheck("port.foreign", .network, "nobody else has the port") { scene in
            guard !scene.settings.isRemote, ProcessQuery(invocation: scene.invocation).process == nil,
                let owner = await BlockingPool.shared.run({ [port = scene.settings.port] in PortOwner.find(port: port) }
                )
            else { return [] }
            let name = owner.name.map { " (\($0))" } ?? ""
            return [
                DoctorFinding(
                    .error, "port \(scene.settings.port)", "another program has it: pid \(owner.process)\(name)",
                    advice: "\(scene.invocation.program) config set gateway.port <number>")
            ]
        },
        DoctorCheck("port.profiles", .network, "no other profile's ports run into this one's") { scene in
            let plan = PortPlan(base: scene.settings.port)
            return scene.others.compactMap { other in
                guard case .tooClose(let distance)? = plan.conflict(with: PortPlan(base: other.port)) else {
                    return nil
                }
                let free = PortPlan.free(
                    from: max(scene.settings.port, other.port) &+ PortPlan.leastDistance,
                    beside: scene.others.map { PortPlan(base: $0.port) })
                return DoctorFinding(
                    .error, "gateway.port",
                    "\(scene.settings.port) is \(distance) from profile \(other.instance.profile)'s \(other.port); "
                        + "\(PortPlan.leastDistance) are needed",
                    fix: scene.instance.requestedPort == nil
                        ? free.map { .set("gateway.port", .int(Int64($0))) } : nil)
            }
        },
        DoctorCheck("channels.shared", .network, "no two profiles use one account") { scene in
            let own = DoctorProfile.digests(scene.config?.resolved["channels"])
            return scene.others.flatMap { other in
                own.compactMap { setting, digest -> DoctorFinding? in
                    guard let theirs = other.digests.first(where: { $0.value == digest })?.key else { return nil }
                    return DoctorFinding(
                        .error, setting,
                        "the same secret as profile \(other.instance.profile)'s \(theirs): each takes the other's messages",
                        advice: "give this profile an account of its own")
                }
            }.sorted { $0.place < $1.place }
        },
    ]

    static let service: [DoctorCheck] = [
        DoctorCheck("service.drift", .service, "the service starts what is configured") { scene in
            let query = ServiceQuery(invocation: scene.invocation)
            return query.drift(await scene.service(), port: scene.settings.port).map {
                DoctorFinding(
                    .warning, "service", "drifted: \($0)", advice: "\(scene.invocation.program) gateway install")
            }
        },
        DoctorCheck("service.linger", .service, "the service outlives a logout") { scene in
            let state = await scene.service().state
            guard state.isInstalled, state.kind == .user, state.lingers == false else { return [] }
            return [
                DoctorFinding(
                    .warning, state.name, "it ends when its user logs out", advice: "loginctl enable-linger $USER")
            ]
        },
        DoctorCheck("service.failed", .service, "the service runs") { scene in
            let state = await scene.service().state
            guard state.condition == .failed else { return [] }
            return [
                DoctorFinding(
                    .error, state.name, "it ended and is not tried again",
                    advice: "\(scene.invocation.program) logs --limit 20")
            ]
        },
        DoctorCheck("service.rivals", .service, "nothing else starts a gateway on this state") { scene in
            guard scene.isDeep else { return [] }
            let found = await ServiceScan(ServiceDesk(scene.invocation).host).run()
            return found.compactMap { one in
                let mark = one.mark(beside: scene.instance)
                guard mark == .older || mark == .rival else { return nil }
                return DoctorFinding(
                    mark == .rival ? .error : .warning, "\(one.name) (\(one.manager))", mark.rawValue,
                    advice: one.removal)
            }
        },
    ]
}
