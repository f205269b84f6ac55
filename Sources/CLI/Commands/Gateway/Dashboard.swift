import Contract
import Platform
import Wire

extension Command {
    static let dashboard = Command(
        "dashboard", "the gateway's address for a browser, with a code that lets it in once",
        notes:
            "Opens a browser where there is a desktop, and never over ssh: there the address is printed with its code, which is "
            + "good for two minutes.",
        flags: [Flag("--no-open", nil, "print the address, and open no browser")] + Flag.client,
        examples: ["openclaw dashboard", "openclaw dashboard --no-open"],
        seeAlso: ["tui", "devices list"],
        run: { invocation throws(CommandFailure) in try await Dashboard(invocation).run() })
}

/// Has a code made and takes it to a browser.
@LoopActor
private struct Dashboard {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    /// An address for a browser. Its code is in the fragment, which no server and no proxy sees.
    private struct Link {
        let base: String
        let code: String
        let end: WallTime

        var full: String { "\(base)#bootstrapToken=\(code)" }
    }

    func run() async throws(CommandFailure) -> ExitCode {
        let link = try await link()
        let output = invocation.output
        if output.isJSON {
            output.json([
                "ok": true, "url": .string(link.base), "browserUrl": .string(link.full),
                "expiresAtMs": .int(link.end.milliseconds),
            ])
            return .good
        }
        if !invocation.has("--no-open"), let opener = BrowserOpener(invocation.environment) {
            do throws(ProcessError) {
                try await opener.open(link.full, invocation.environment)
                output.line("\(output.style.paint("✓", .green)) asked \(opener.program) to show \(link.base)")
                output.command("  If nothing opens: ", "\(invocation.program) dashboard --no-open")
                return .good
            } catch {
                output.note("openclaw: no browser could be opened: \("\(error)".shown)")
            }
        }
        output.line(link.full)
        // The moments since it was made do not make it a minute less.
        let minutes = (link.end.seconds - invocation.surroundings.clock.wall.seconds + 59) / 60
        output.sentence("  Good once, and for \(Age.span(.seconds(minutes * 60))).")
        return .good
    }

    private func link() async throws(CommandFailure) -> Link {
        let access = await invocation.access()
        let client = try await access.connect()
        defer { client.close() }
        let answer = try await GatewaySession(client: client, invocation: invocation).call(
            MethodContract.devicePairDashboardCode.name)
        guard let code = answer["bootstrapToken"]?.string, let end = answer["expiresAtMs"]?.int else {
            throw CommandFailure(.notGood, "foreign", "the gateway's answer holds no code")
        }
        // Over the socket there is no address; the gateway's own port has one.
        let route = client.route.url == nil ? try access.finder.local() : client.route
        guard let url = route.url else { throw CommandFailure(.notGood, "foreign", "the gateway has no address") }
        let path = answer["path"]?.string ?? "/"
        return Link(
            base: "\(url.scheme.isSecure ? "https" : "http")://\(url.peer)\(path)", code: code,
            end: WallTime(milliseconds: Int64(end)))
    }
}

/// Opens an address in the browser of the person who sits at this machine.
struct BrowserOpener: Equatable {
    let program: String

    /// Nil where nobody would see the browser: without a desktop, or when the person sits elsewhere.
    init?(_ environment: Environment, platform: String = HostFacts.platform) {
        let isAway = ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].contains { !(environment[$0] ?? "").isEmpty }
        guard !isAway else { return nil }
        if platform == "darwin" {
            program = "/usr/bin/open"
            return
        }
        guard ["DISPLAY", "WAYLAND_DISPLAY"].contains(where: { !(environment[$0] ?? "").isEmpty }) else { return nil }
        program = "xdg-open"
    }

    /// The address is among the program's arguments, which others on this machine can read while it runs: what they
    /// find is good once, and for two minutes at most. The program may be the browser itself and is not waited for.
    func open(_ address: String, _ environment: Environment) async throws(ProcessError) {
        let request = ProcessRequest([program, address], environment: environment.all, deadline: .zero)
        _ = try await BlockingPool.shared.run { () throws(ProcessError) in try request.startApart() }
    }
}
