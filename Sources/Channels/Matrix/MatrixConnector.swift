package import Platform
import Store
package import Wire

/// An account on a Matrix homeserver. It asks what is new (`/sync`), the homeserver waits with the answer until there is
/// something, and the mark that comes with it is kept together with the messages.
@LoopActor
package final class MatrixConnector: Connector {
    /// How long the homeserver waits when nothing is new.
    static let syncTime = 20
    /// Beyond that it does not answer at all.
    static let syncGrace = Duration.seconds(10)
    static let page = 100
    /// Pages of what a sync left out of one room.
    static let mostPages = 10

    let settings: MatrixSettings
    let api: MatrixAPI
    let clock: any Clock
    let log: Log
    /// The rooms that stand for people, and which rooms are encrypted, as far as it was asked.
    var rooms: [String: String] = [:]
    var isEncrypted: [String: Bool] = [:]
    private(set) var reader = MatrixReader(id: "", displayName: "")
    private var place = MatrixPlace()
    private var warned: Set<String> = []
    private var identity = BotIdentity(id: "", name: "")

    package init(_ settings: MatrixSettings, http: HTTPClient, clock: any Clock, log: Log) {
        self.settings = settings
        self.clock = clock
        self.log = log
        api = MatrixAPI(settings, http: http, clock: clock)
    }

    package func probe() async throws(ConnectorFault) -> BotIdentity {
        do throws(MatrixTrouble) {
            let me = try await whoAmI()
            guard let id = me["user_id"]?.string, id.hasPrefix("@") else {
                throw .strange("the homeserver does not say who the account is", status: 200)
            }
            let name = try? await api.call(.get, ["profile", id, "displayname"])["displayname"]?.string
            return BotIdentity(id: id, name: name ?? id)
        } catch {
            throw error.fault
        }
    }

    /// With what lets us in already, else with the password.
    private func whoAmI() async throws(MatrixTrouble) -> JSON {
        guard case .password(let user, let password) = settings.credentials else {
            if case .token(let token) = settings.credentials { api.token = token }
            return try await api.call(.get, ["account", "whoami"])
        }
        if let known = place.token ?? Self.sessions[session] {
            api.token = known
            do throws(MatrixTrouble) {
                return try await api.call(.get, ["account", "whoami"])
            } catch .refused(401, _, _, _) {
                place.token = nil
                Self.sessions[session] = nil
            } catch {
                throw error
            }
        }
        let answer = try await logIn(user, password)
        return ["user_id": answer["user_id"] ?? .null]
    }

    /// What this process was let in with, so that a probe needs no login of its own.
    private static var sessions: [String: String] = [:]
    private var session: String {
        guard case .password(let user, let password) = settings.credentials else { return "" }
        return Hex.encode(SHA256.hash("\(settings.homeserver)|\(user)|\(password)"))
    }

    /// On the same device each time: else every login would leave one behind.
    private func logIn(_ user: String, _ password: String) async throws(MatrixTrouble) -> JSON {
        api.token = nil
        let device = settings.deviceID ?? "openclaw" + Hex.encode(SHA256.hash(user)).prefix(8)
        let answer = try await api.call(
            .post, ["login"],
            [
                "type": "m.login.password", "identifier": ["type": "m.id.user", "user": .string(user)],
                "password": .string(password), "device_id": .string(device),
                "initial_device_display_name": .string(settings.deviceName),
            ])
        guard let token = answer["access_token"]?.string else {
            throw .strange("the homeserver let the account in without a token", status: 200)
        }
        api.token = token
        place.token = token
        Self.sessions[session] = token
        return answer
    }

    package func run(_ intake: any Intake) async throws(ConnectorFault) {
        // What is known of an account whose whole name is given holds its token.
        if case .password(let user, _) = settings.credentials, user.hasPrefix("@") {
            place = MatrixPlace(cursor: try await intake.enter(BotIdentity(id: user, name: user)))
        }
        identity = try await probe()
        let token = place.token
        reader = MatrixReader(id: identity.id, displayName: identity.name)
        place = MatrixPlace(cursor: try await intake.enter(identity))
        place.token = token
        do throws(MatrixTrouble) { reader.learn(direct: try await directRooms()) } catch { throw error.fault }
        // The first answer comes at once: it shows that there is a way.
        var time = 0
        while !Task.isCancelled {
            let since = place.since
            let asked = clock.now
            guard let answer = try await sync(since, time, intake) else { continue }
            intake.beat()
            guard let next = answer["next_batch"]?.string else {
                throw .passing("the homeserver's sync has no mark to go on from")
            }
            learn(answer["account_data"])
            try await accept(answer["rooms"]?["invite"])
            let messages = try await messages(answer["rooms"]?["join"], since, intake)
            place.since = next
            place.at = clock.wall
            try await intake.keep(messages, cursor: place.cursor)
            // One that does not wait is not asked without a pause.
            if next == since, time > 0, clock.now - asked < .seconds(1) {
                _ = await Suspension(clock).wait(until: asked + .seconds(1))
            }
            time = Self.syncTime
        }
        throw .passing("it was stopped")
    }

    // MARK: Sync

    /// At first one event of each room is enough: it is not answered.
    private static func filter(_ limit: Int) -> String {
        let types: JSON = ["m.room.encryption", "m.room.name", "m.room.canonical_alias", "m.room.member"]
        let json: JSON = [
            "presence": ["types": []], "account_data": ["types": ["m.direct"]],
            "room": [
                "timeline": ["limit": JSON(limit)], "ephemeral": ["types": []], "account_data": ["types": []],
                "state": ["lazy_load_members": true, "types": types],
            ],
        ]
        return json.description
    }

    /// Nil when it has to be asked from the beginning.
    private func sync(_ since: String?, _ time: Int, _ intake: any Intake) async throws(ConnectorFault) -> JSON? {
        do throws(MatrixTrouble) {
            guard let since else {
                return try await api.call(
                    .get, ["sync"], nil, ["filter": Self.filter(1), "timeout": "0"], within: .seconds(60))
            }
            return try await api.call(
                .get, ["sync"], nil, ["filter": Self.filter(50), "timeout": "\(time * 1000)", "since": since],
                within: .seconds(time) + Self.syncGrace)
        } catch .refused(400, let code, let words, _) where since != nil {
            log.warn(
                "the homeserver does not know where we were any more", ["code": .text(code), "reason": .text(words)])
            if let at = place.at { intake.missed(from: at, to: clock.wall) }
            place.since = nil
            return nil
        } catch .refused(401, let code, let words, let isSoft) {
            // A password lets in again whoever lost the session, unless that fails too.
            if case .password = settings.credentials { throw .passing("the session has ended: \(words)") }
            throw MatrixTrouble.refused(401, code, words, isSoft: isSoft).fault
        } catch {
            throw error.fault
        }
    }

    /// Which rooms are of two; an account that never said so has none.
    func directRooms() async throws(MatrixTrouble) -> JSON {
        do throws(MatrixTrouble) {
            return try await api.call(.get, ["user", reader.id, "account_data", "m.direct"])
        } catch .refused(404, _, _, _) {
            return [:]
        } catch {
            throw error
        }
    }

    private func learn(_ data: JSON?) {
        for event in data?["events"]?.array ?? [] where event["type"]?.string == "m.direct" {
            reader.learn(direct: event["content"])
        }
    }

    // MARK: Invitations

    /// One that cannot be accepted now is told again only if the mark does not move.
    private func accept(_ invitations: JSON?) async throws(ConnectorFault) {
        for member in invitations?.object?.members ?? [] {
            let room = member.key
            let events = member.value["invite_state"]?["events"]?.array ?? []
            guard mayJoin(room, events) else {
                log.info("an invitation is left open", ["room": .text(room.cut(to: 100))])
                continue
            }
            do throws(MatrixTrouble) {
                _ = try await api.call(.post, ["join", room], [:], within: .seconds(30))
            } catch .refused(let status, _, let words, _) where status < 500 && status != 401 {
                log.warn(
                    "an invitation could not be accepted",
                    ["room": .text(room.cut(to: 100)), "reason": .text(words)])
            } catch {
                throw error.fault
            }
        }
    }

    private func mayJoin(_ room: String, _ events: [JSON]) -> Bool {
        switch settings.joining {
        case .off: return false
        case .always: return true
        case .listed(let names):
            let alias = events.first { $0["type"]?.string == "m.room.canonical_alias" }?["content"]?["alias"]?.string
            return names.contains(room) || alias.map(names.contains) ?? false
        }
    }

    /// The account itself says which rooms are of two: so another process knows it too.
    func remember(_ user: String, _ room: String) async throws(MatrixTrouble) {
        var direct = try await directRooms()
        var list = direct[user]?.array ?? []
        if !list.contains(.string(room)) { list.append(.string(room)) }
        direct[user] = .array(list)
        _ = try await api.call(.put, ["user", reader.id, "account_data", "m.direct"], direct)
        reader.learn(direct: direct)
    }

    // MARK: Messages

    private func messages(
        _ joined: JSON?, _ since: String?, _ intake: any Intake
    ) async throws(ConnectorFault) -> [InboundMessage] {
        var found: [InboundMessage] = []
        for member in joined?.object?.members ?? [] {
            let room = member.key
            let timeline = member.value["timeline"]
            var events = timeline?["events"]?.array ?? []
            let state = (member.value["state"]?["events"]?.array ?? []) + events
            for event in state { reader.learn(event, room: room) }
            // What was said before we listened for the first time is not answered.
            guard let since else { continue }
            if timeline?["limited"]?.bool == true, let from = timeline?["prev_batch"]?.string {
                events = try await past(room, from: from, to: since, intake) + events
            }
            if let join = Self.joining(state + events, reader.id) {
                let start = join["origin_server_ts"]?.int ?? 0
                events = events.filter { ($0["origin_server_ts"]?.int ?? 0) >= start }
                try await keepDirect(join, room)
            }
            for event in events {
                if event["type"]?.string == "m.room.encrypted" { try await tellEncrypted(room, intake) }
                guard var message = reader.message(event, room: room) else { continue }
                if message.place.kind != .direct { await lookUp(&message, event) }
                found.append(message)
            }
        }
        return found
    }

    /// How we came into the room, if that is among the news.
    private static func joining(_ events: [JSON], _ id: String) -> JSON? {
        events.first {
            $0["type"]?.string == "m.room.member" && $0["state_key"]?.string == id
                && $0["content"]?["membership"]?.string == "join"
                && $0["unsigned"]?["prev_content"]?["membership"]?.string != "join"
        }
    }

    /// Who invited us to a room of two.
    private func keepDirect(_ join: JSON, _ room: String) async throws(ConnectorFault) {
        let before = join["unsigned"]
        guard before?["prev_content"]?["is_direct"]?.bool == true, let user = before?["prev_sender"]?.string,
            !reader.directRooms.contains(room)
        else { return }
        do throws(MatrixTrouble) { try await remember(user, room) } catch { throw error.fault }
    }

    /// What was told before this process began: what the room is called, and whether an answer is one to us.
    private func lookUp(_ message: inout InboundMessage, _ event: JSON) async {
        let room = message.place.chat
        if !reader.isNamed(room) {
            for type in ["m.room.canonical_alias", "m.room.name"] {
                guard let content = try? await api.call(.get, ["rooms", room, "state", type], within: .seconds(5))
                else {
                    continue
                }
                reader.learn(["type": .string(type), "content": content], room: room)
            }
            reader.name(room)
            message.place.title = reader.title(of: room)
        }
        guard message.attention.isEmpty, let quote = message.quote?.id,
            let answered = try? await api.call(.get, ["rooms", room, "event", quote], within: .seconds(5))
        else { return }
        message.quote?.text = answered["content"]?["body"]?.string
        if answered["sender"]?.string == reader.id { message.attention.insert(.replyToBot) }
    }

    /// What the sync left out because it is too much for it, oldest first.
    private func past(
        _ room: String, from: String, to: String, _ intake: any Intake
    ) async throws(ConnectorFault) -> [JSON] {
        var events: [JSON] = []
        var from = from
        for _ in 0..<Self.mostPages {
            do throws(MatrixTrouble) {
                let page = try await api.call(
                    .get, ["rooms", room, "messages"], nil,
                    ["dir": "b", "from": from, "to": to, "limit": "\(Self.page)"], within: .seconds(20))
                intake.beat()
                let chunk = page["chunk"]?.array ?? []
                events += chunk
                guard !chunk.isEmpty, let end = page["end"]?.string, end != from else { return events.reversed() }
                from = end
            } catch .refused(403, _, _, _) {
                return events.reversed()
            } catch {
                // The mark does not move: it is asked again from there.
                throw error.fault
            }
        }
        log.warn("more was said in a room meanwhile than is read", ["room": .text(room.cut(to: 100))])
        if let at = place.at { intake.missed(from: at, to: clock.wall) }
        return events.reversed()
    }

    private func tellEncrypted(_ room: String, _ intake: any Intake) async throws(ConnectorFault) {
        isEncrypted[room] = true
        guard warned.count < 20, warned.insert(room).inserted else { return }
        log.warn(
            "a room is encrypted: what is said there cannot be read, and nothing is said there",
            ["room": .text(room.cut(to: 100))])
        identity.findings.append(
            "the room \(room.cut(to: 100)) is encrypted: talk to the bot in one without encryption")
        _ = try await intake.enter(identity)
    }
}
