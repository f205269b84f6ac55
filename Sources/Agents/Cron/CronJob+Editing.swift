package import Platform

/// How jobs come to be and are changed, in the words of either generation of the protocol.
extension CronJob {
    /// A moment for a job of one moment may lie that far back, so that "now" can be said.
    package static let pastLimit = Duration.seconds(60)
    private static let nameBytes = 60

    /// A new job from what a client says of it.
    @LoopActor
    package init(
        new params: JSONObject, id: String, at now: WallTime, sessionKey: String? = nil, zones: CronZones
    ) throws(CronProblem) {
        var document = params
        for name in ["jobId", "sessionKey"] where document[name] != nil { document.removeValue(forKey: name) }
        document["createdAtMs"] = .int(now.milliseconds)
        document["updatedAtMs"] = .int(now.milliseconds)
        document["enabled"] = .bool(params["enabled"]?.bool ?? true)
        Self.complete(&document)
        if document["sessionTarget"] == "current" {
            document["sessionTarget"] = .string(
                (sessionKey ?? params["sessionKey"]?.string).map { "session:\($0)" } ?? "isolated")
        }
        if document["name"]?.string.map({ $0.withoutOuterSpace.isEmpty }) ?? true {
            let text = document["payload"]?["text"]?.string ?? document["payload"]?["message"]?.string ?? id
            document["name"] = .string(Self.firstLine(text))
        }
        try self.init(checked: id, document, zones: zones)
        try checkMoment(now)
        if schedule?.isOnce == true, document["deleteAfterRun"] == nil {
            document["deleteAfterRun"] = true
            try self.init(checked: id, document, zones: zones)
        }
    }

    /// A job of another program's, as it was kept there. What cannot be served is its `problem`.
    @LoopActor
    package init(imported id: String, _ document: JSONObject, zones: CronZones) {
        var document = document
        document.removeValue(forKey: "jobId")
        Self.complete(&document)
        self.init(id: id, document, zones: zones)
    }

    /// The same job with a change. A payload of the same kind and a delivery are changed member by member; null takes a
    /// member away.
    @LoopActor
    package func changed(
        by patch: JSONObject, at now: WallTime, zones: CronZones
    ) throws(CronProblem) -> CronJob {
        var document = document
        for member in patch.members where !Self.fixed.contains(member.key) {
            switch (member.key, member.value, document[member.key]) {
            case (_, .null, _): document.removeValue(forKey: member.key)
            case ("payload", .object(let new), .object(let old)?)
            where new["kind"] == nil || new["kind"] == old["kind"]:
                document[member.key] = .object(Self.merged(old, new))
            case ("delivery", .object(let new), .object(let old)?):
                document[member.key] = .object(Self.merged(old, new))
            default: document[member.key] = member.value
            }
        }
        document["updatedAtMs"] = .int(now.milliseconds)
        Self.complete(&document)
        let job = try CronJob(checked: id, document, zones: zones)
        if patch["schedule"] != nil { try job.checkMoment(now) }
        return job
    }

    private static let fixed = ["id", "jobId", "state", "createdAtMs", "updatedAtMs"]

    private static func merged(_ old: JSONObject, _ new: JSONObject) -> JSONObject {
        var merged = old
        for member in new.members {
            if member.value.isNull { merged.removeValue(forKey: member.key) } else { merged[member.key] = member.value }
        }
        return merged
    }

    /// Fills in what follows from the rest.
    private static func complete(_ document: inout JSONObject) {
        if var payload = document["payload"]?.object, payload["kind"] == nil {
            payload["kind"] = payload["text"] != nil ? "systemEvent" : "agentTurn"
            document["payload"] = .object(payload)
        }
        if document["sessionTarget"]?.string.map({ $0.isEmpty }) ?? true {
            document["sessionTarget"] = document["payload"]?["kind"] == "systemEvent" ? "main" : "isolated"
        }
        if document["wakeMode"] == nil { document["wakeMode"] = "now" }
    }

    private func checkMoment(_ now: WallTime) throws(CronProblem) {
        guard case .at(let moment)? = schedule, isEnabled,
            moment.nanoseconds < now.nanoseconds - Self.pastLimit.inNanoseconds
        else { return }
        throw CronProblem("schedule.at \(CalendarDate(moment).text()) has passed; it is \(CalendarDate(now).text())")
    }

    private static func firstLine(_ text: String) -> String {
        let line = text.withoutOuterSpace.split { $0.isNewline }.first.map(String.init) ?? text
        return line.utf8.count > nameBytes ? line.cut(to: nameBytes) + "…" : line
    }

    // MARK: For clients

    /// The whole job, with the names of both generations where they differ.
    package func json(state: JSONObject) -> JSON {
        var json = JSONObject([("id", .string(id))])
        for member in document.members { json[member.key] = member.value }
        json["name"] = .string(name)
        json["enabled"] = .bool(isEnabled)
        if case .at(let moment)? = schedule, var written = document["schedule"]?.object {
            written["kind"] = "at"
            written["atMs"] = .int(moment.milliseconds)
            written["at"] = .string(CalendarDate(moment).text())
            json["schedule"] = .object(written)
        }
        if json["delivery"] == nil, case .agentTurn? = payload {
            let delivery = delivery
            var derived = JSONObject([("mode", .string(delivery.mode.rawValue))])
            derived["channel"] = delivery.channel.map { .string($0) }
            derived["to"] = delivery.to.map { .string($0) }
            json["delivery"] = .object(derived)
        }
        json["state"] = .object(state)
        return .object(json)
    }
}
