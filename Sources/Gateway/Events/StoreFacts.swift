import Platform
import Store

/// How the store is, as a member of the health snapshot. A damaged one that was put aside keeps nobody from working, and
/// is told until the next start: what was in it is missing.
@LoopActor
struct StoreFacts {
    let store: Store
    let clock: any Clock

    func add(to report: HealthReport) {
        report.add("store", trouble: { trouble }) { json }
    }

    private var trouble: String? {
        switch store.health {
        case .ok: nil
        case .full: "full"
        case .failing(_, let reason): reason
        case .damaged(_, let movedTo): movedTo
        }
    }

    private var json: JSON {
        let health = store.health
        var json: JSON = ["ok": .bool(trouble == nil)]
        switch health {
        case .ok: json["state"] = "ok"
        case .full: json["state"] = "full"
        case .failing(_, let reason): (json["state"], json["reason"]) = ("failing", .string(reason))
        case .damaged(_, let movedTo): (json["state"], json["movedTo"]) = ("damaged", .string(movedTo))
        }
        json["sinceMs"] = health.age(at: clock.now).map { .int(clock.wall.milliseconds - $0.inNanoseconds / 1_000_000) }
        return json
    }
}
