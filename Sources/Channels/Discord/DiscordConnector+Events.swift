import Platform

extension DiscordConnector {
    /// How old the place on the disk may be while nothing is said.
    private nonisolated static let placeAge = Duration.seconds(60)
    /// What could not be asked for is asked for again so often.
    private nonisolated static let settlingPause = Duration.seconds(300)

    func beat(_ intake: any Intake) async throws(ConnectorFault) {
        intake.beat()
        if clock.now - settledAt >= Self.settlingPause { try await settleAll(intake) }
        guard clock.now - keptAt >= Self.placeAge else { return }
        try await keep([], intake)
    }

    func keep(_ messages: [InboundMessage], _ intake: any Intake) async throws(ConnectorFault) {
        try await intake.keep(messages, cursor: place.cursor)
        keptAt = clock.now
    }

    func take(_ name: String, _ json: JSON, _ sequence: Int, _ intake: any Intake) async throws(ConnectorFault) {
        var message: InboundMessage?
        switch name {
        case "READY":
            // From now on the session can be taken up by another process, and what is owed is known to it.
            try await keep([], intake)
            return try await settle(DiscordPlace.direct, nil, intake)
        case "RESUMED": return try await settleAll(intake)
        case "GUILD_CREATE":
            reader.learn(guild: json)
            let chats = (json["channels"]?.array ?? []) + (json["threads"]?.array ?? [])
            if let guild = json["id"]?.string { try await settle(guild, chats, intake) }
            return
        case "GUILD_DELETE":
            guard let guild = json["id"]?.string else { return }
            if json["unavailable"]?.bool == true { place.owe([guild]) } else { place.paid(guild) }
            return try await keep([], intake)
        case "CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE": return reader.learn(json)
        case "MESSAGE_CREATE":
            await lookUp(json)
            message = reader.message(json)
            note(json)
        case "INTERACTION_CREATE":
            // Before anything is looked up: that may take longer than Discord waits.
            guard reader.interaction(json, now: clock.wall) != nil else { return }
            acknowledge(json)
            await lookUp(json)
            message = reader.interaction(json, now: clock.wall)
        case "MESSAGE_UPDATE":
            await lookUp(json)
            message = reader.edited(json)
        case "MESSAGE_REACTION_ADD": message = reader.reaction(json, added: true, sequence: sequence)
        case "MESSAGE_REACTION_REMOVE": message = reader.reaction(json, added: false, sequence: sequence)
        default: return
        }
        if let message { try await keep([message], intake) }
    }

    private func note(_ json: JSON) {
        guard let id = json["id"]?.string.flatMap(Snowflake.init) else { return }
        place.note(id, directChat: json["guild_id"] == nil ? json["channel_id"]?.string : nil)
    }

    /// What has to be known to tell where a message is and whom it names.
    private func lookUp(_ json: JSON) async {
        if let thread = reader.unknownThread(json), let channel = await found("channels/\(thread)") {
            reader.learn(channel)
        }
        if let guild = reader.unknownRoles(json), let roles = await found("guilds/\(guild)/roles")?.array {
            reader.learn(roles: roles, of: guild)
        }
    }

    /// Meanwhile nothing else is taken, so it is not tried for ever.
    private func found(_ path: String) async -> JSON? {
        for _ in 0..<3 {
            do throws(DiscordTrouble) {
                return try await api.get(path, within: .seconds(5))
            } catch {
                guard let pause = error.pause, pause <= .seconds(5), !Task.isCancelled else { break }
                _ = await Suspension(clock).wait(until: clock.now + pause)
            }
        }
        log.warn("Discord does not tell of a place", ["path": .text(path)])
        return nil
    }

    // MARK: What no session told

    private func settleAll(_ intake: any Intake) async throws(ConnectorFault) {
        settledAt = clock.now
        for name in place.owed.keys.sorted() { try await settle(name, nil, intake) }
    }

    /// Asks for what is owed of one guild, or of the direct chats.
    private func settle(_ name: String, _ told: [JSON]?, _ intake: any Intake) async throws(ConnectorFault) {
        guard let since = place.owed[name] else { return }
        past.open()
        defer { past.close() }
        let guild = name == DiscordPlace.direct ? nil : name
        var lack: String?
        var chats = place.directChats
        if guild != nil {
            // When it does not say, it is away: it will be told, or is asked again.
            guard let all = await list(name, told) else { return }
            chats = DiscordPast.changed(all, since: since)
        }
        if chats.count > DiscordPast.mostChats { lack = "it is in more than \(DiscordPast.mostChats) chats" }
        for chat in chats.prefix(DiscordPast.mostChats) {
            let found = await past.read(chat, since: since, guild: guild)
            // Who is stopped has not read all.
            guard !Task.isCancelled else { throw .passing("it was stopped") }
            lack = found.lack ?? lack
            var messages: [InboundMessage] = []
            for json in found.messages {
                await lookUp(json)
                note(json)
                if let message = reader.message(json) { messages.append(message) }
            }
            if !messages.isEmpty { try await keep(messages, intake) }
        }
        place.paid(name)
        if place.owed.isEmpty { try await keep([], intake) }
        guard let lack else { return }
        log.warn("not all that was said meanwhile could be read", ["reason": .text(lack)])
        intake.missed(from: since.time, to: clock.wall)
    }

    private func list(_ guild: String, _ told: [JSON]?) async -> [JSON]? {
        if let told { return told }
        do throws(DiscordTrouble) {
            let chats = try await past.chats(of: guild)
            for chat in chats { reader.learn(chat) }
            return chats
        } catch .refused(403, _, _), .refused(404, _, _) {
            return []
        } catch {
            return nil
        }
    }
}
