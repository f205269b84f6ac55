import Failover
import Platform
import Settings
import Wire

extension FailoverCheck {
    static let peers: [FailoverCheck] = [
        FailoverCheck("reach", "the other nodes") { await $0.reach() },
        FailoverCheck("witnesses", "who tells that it is not us") { await $0.witnesses() },
        FailoverCheck("monitor", "the monitor") { $0.monitor() },
        FailoverCheck("versions", "the versions of both") { $0.versions() },
    ]
}

/// What came back from another node's `/healthz`.
struct PeerAnswer: Sendable {
    let status: Int
    /// How far its clock is ahead of ours, when it says.
    let ahead: Int64?
}

extension FailoverScene {
    private func client() -> HTTPClient {
        HTTPClient(connector: HTTPDialer(clock: clock), clock: clock, userAgent: "openclaw/\(Help.version)")
    }

    // MARK: Other nodes

    fileprivate func reach() async -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        let own = await invocation.clientSettings().port
        for peer in settings.peers {
            guard case .url(let text) = peer.place, let url = try? WebURL(text) else { continue }
            let name = "\(url.scheme.rawValue)://\(url.peer)"
            if url.port == own, SocketAddress(host: url.host, port: 1).map(PlainTransport.ground) == .loopback {
                findings.append(
                    DoctorFinding(
                        .error, "failover.peers", "\(name) is this node's own address",
                        advice: "\(program) config set failover.peers[0].url ws://<the other host>:\(url.port)"))
                continue
            }
            findings += finding(await ask(url), name)
        }
        return findings
    }

    private func finding(_ answer: Result<PeerAnswer, HTTPClientError>, _ name: String) -> [DoctorFinding] {
        switch answer {
        case .failure(let error):
            return [
                DoctorFinding(
                    .error, name, "it does not answer: \(error)".shown,
                    advice: "on that host: openclaw gateway status; its gateway.bind must be tailnet or lan, and no "
                        + "firewall in between")
            ]
        case .success(let answer) where answer.status != 200:
            return [
                DoctorFinding(
                    .error, name, "HTTP \(answer.status) from /healthz: that is no gateway that lives",
                    advice: "curl -i \(name.hasPrefix("wss") ? "https" : "http")\(name.drop { $0 != ":" })/healthz")
            ]
        case .success(let answer):
            guard let ahead = answer.ahead, abs(ahead) > Self.clockTolerance else { return [] }
            return [
                DoctorFinding(
                    .warning, name, "its clock is \(abs(ahead) / 1000) s \(ahead > 0 ? "ahead of" : "behind") this one",
                    advice: "on both: timedatectl set-ntp true")
            ]
        }
    }

    private func ask(_ url: WebURL) async -> Result<PeerAnswer, HTTPClientError> {
        let client = client()
        defer { client.close() }
        guard let address = try? WebURL("\(url.scheme.isSecure ? "https" : "http")://\(url.authority)/healthz") else {
            return .failure(.invalidRequest("no address"))
        }
        var request = HTTPClientRequest(.get, address)
        request.deadlines.connecting = invocation.timeout
        request.deadlines.total = invocation.timeout
        do throws(HTTPClientError) {
            let response = try await client.send(request)
            response.body.abandon()
            let theirs = response.fields["Date"].flatMap(RetryAfter.date)
            return .success(
                PeerAnswer(
                    status: Int(response.status.code), ahead: theirs.map { $0.milliseconds - clock.wall.milliseconds }))
        } catch {
            return .failure(error)
        }
    }

    // MARK: Witnesses

    fileprivate func witnesses() async -> [DoctorFinding] {
        guard isStandby, settings.mode == .split else { return [] }
        var silent: [String] = []
        for witness in settings.witnesses {
            if await answers(witness) { return [] }
            silent.append("\(witness)")
        }
        return [
            DoctorFinding(
                .error, "failover.witnesses",
                "none answers (\(silent.joined(separator: ", "))): this node would take itself for cut off, and never act",
                advice: "\(program) config set failover.witnesses '[\"tcp:1.1.1.1:443\", \"dns\"]'")
        ]
    }

    private func answers(_ witness: Witness) async -> Bool {
        switch witness {
        case .defaultGateway: return await holds("/proc/net/route", "\t00000000\t")
        case .nameServer: return await holds("/etc/resolv.conf", "nameserver")
        case .tcp(let host, let port): return await connects(host, port)
        case .url(let url):
            let client = client()
            defer { client.close() }
            var request = HTTPClientRequest(.get, url)
            request.deadlines.total = invocation.timeout
            guard let response = try? await client.send(request) else { return false }
            response.body.abandon()
            return true
        }
    }

    private func connects(_ host: String, _ port: UInt16) async -> Bool {
        do throws(DialError) {
            let made = try await Dialer(clock: clock).dial(DialTarget(.host(host, port: port)), by: deadline)
            made.stream.close()
            return true
        } catch {
            // Who refuses is there.
            return error.description.contains("refused")
        }
    }

    private func holds(_ path: String, _ text: String) async -> Bool {
        guard let bytes = try? await FileReading.read(invocation.surroundings.root + path, limit: 1 << 20) else {
            return false
        }
        return String(decoding: bytes, as: UTF8.self).contains(text)
    }

    // MARK: The monitor

    fileprivate func monitor() -> [DoctorFinding] {
        guard isRunning else {
            if settings.startsGateway { return [] }
            return [
                DoctorFinding(
                    .error, "gateway", "it does not run, so nothing watches and nobody is answered",
                    advice: "\(program) gateway start")
            ]
        }
        switch status?["state"]?.string {
        case "isolated":
            return [
                DoctorFinding(
                    .error, "monitor", "this node reaches neither the others nor a witness",
                    advice: "look at its network, then: \(program) failover status")
            ]
        case "paused":
            return [
                DoctorFinding(
                    .warning, "monitor", "failover is paused here", advice: "\(program) failover resume")
            ]
        default: break
        }
        return watched.compactMap { peer in
            guard peer["ours"]?.bool == false, settings.above.contains(where: { $0.token != nil }) else { return nil }
            return DoctorFinding(
                .warning, (peer["name"]?.string ?? "the primary").shown,
                "it does not prove itself with the pair's secret, so it is watched as a stranger would be",
                advice: "give both nodes the same token; on the primary: openclaw failover pair user@standby")
        }
    }

    /// The nodes above, as the monitor knows them.
    private var watched: [JSON] {
        status?["peers"]?.array ?? [status?["primary"]].compactMap { $0 }
    }

    fileprivate func versions() -> [DoctorFinding] {
        watched.compactMap { peer in
            guard let theirs = peer["version"]?.string, theirs != Help.version else { return nil }
            let name = peer["name"]?.string ?? "the other node"
            let isMajor = theirs.prefix { $0 != "." } != Help.version.prefix { $0 != "." }
            return DoctorFinding(
                isMajor ? .error : .warning, name.shown, "it runs \(theirs.shown), this node \(Help.version)",
                advice: "put the same program on both; on the primary: openclaw failover pair user@standby")
        }
    }
}
