import Failover
import Platform

/// What the standby's host is, before anything is done to it.
@LoopActor
struct PairGuest {
    struct Facts: Sendable {
        var system = ""
        var machine = ""
        var user = ""
        var home = ""
        /// This host as the other sees it, and the other's own address.
        var here = ""
        var there = ""
        var programs: Set<String> = []
    }

    private static let script = """
        printf 'system=%s\\nmachine=%s\\nuser=%s\\nhome=%s\\nssh=%s\\n' "$(uname -s)" "$(uname -m)" "$(id -un)" "$HOME" \
        "$SSH_CONNECTION"
        for name in git rsync systemctl; do command -v "$name" >/dev/null 2>&1 && printf 'has=%s\\n' "$name"; done
        true
        """

    private let invocation: Invocation
    private let host: StandbyHost

    init(_ invocation: Invocation, _ host: StandbyHost) {
        self.invocation = invocation
        self.host = host
    }

    func look() async throws(CommandFailure) -> Facts {
        let facts = Self.read(try await host.output(Self.script, "look at it"))
        let own = try await machine()
        guard facts.system == "Linux", facts.machine == own else {
            throw CommandFailure(
                .notGood, "other-machine",
                "\(host.target.shown) is \(facts.system.shown) \(facts.machine.shown), and this program is for Linux \(own)",
                details: ["the program of both nodes has to be the same; take a standby of this kind"])
        }
        guard facts.programs.contains("git") else {
            throw CommandFailure(
                .notGood, "no-git", "\(host.target.shown) has no git, which copies the workspace",
                next: ["ssh \(host.target.shown) sudo apt-get install -y git rsync"])
        }
        return facts
    }

    static func read(_ text: String) -> Facts {
        var facts = Facts()
        for line in text.split(separator: "\n") {
            guard let sign = line.firstIndex(of: "=") else { continue }
            let value = String(line[line.index(after: sign)...])
            switch line[..<sign] {
            case "system": facts.system = value
            case "machine": facts.machine = value
            case "user": facts.user = value
            case "home": facts.home = value
            case "ssh":
                // sshd(8), SSH_CONNECTION: client's address and port, server's address and port.
                let parts = value.split(separator: " ").map(String.init)
                if parts.count == 4 { (facts.here, facts.there) = (parts[0], parts[2]) }
            case "has": facts.programs.insert(value)
            default: break
            }
        }
        return facts
    }

    private func machine() async throws(CommandFailure) -> String {
        let request = ProcessRequest(
            ["uname", "-m"], environment: ["PATH": invocation.environment["PATH"] ?? "/usr/bin:/bin"],
            deadline: .seconds(10))
        do throws(ProcessError) {
            return try await invocation.surroundings.runner.run(request).outputText
                .split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        } catch {
            throw CommandFailure(.notGood, "process", "\(error)")
        }
    }

    /// Makes the gateway's user where there is none, and lets in whoever may come in as root. Returns whether it was made.
    func make(_ user: String, _ facts: Facts) async throws(CommandFailure) -> Bool {
        guard facts.user == "root" else {
            throw .usage(
                "--user is for those who log in as root; \(host.target.shown) is \(facts.user.shown)",
                hint: "\(invocation.program) failover pair \(user.shown)@host")
        }
        guard Self.isName(user) else {
            throw .usage("--user: \"\(user.shown)\" is no user's name", hint: "usage: \(invocation.command.usage)")
        }
        let script = """
            set -e
            if ! id -u \(user) >/dev/null 2>&1; then useradd --create-home --shell /bin/bash \(user); echo made; fi
            home=$(getent passwd \(user) | cut -d: -f6)
            [ -n "$home" ] && [ -d "$home" ]
            install -d -m 700 -o \(user) -g "$(id -gn \(user))" "$home/.ssh"
            touch "$home/.ssh/authorized_keys"
            while IFS= read -r key; do
                grep -qxF -- "$key" "$home/.ssh/authorized_keys" || printf '%s\\n' "$key" >>"$home/.ssh/authorized_keys"
            done <"$HOME/.ssh/authorized_keys"
            chown \(user): "$home/.ssh/authorized_keys"
            chmod 600 "$home/.ssh/authorized_keys"
            loginctl enable-linger \(user) >/dev/null 2>&1 || true
            """
        return try await host.output(script, "make the user \(user)").contains("made")
    }

    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (97...122).contains(first) || first == 95, text.utf8.count <= 32 else {
            return false
        }
        return text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 || $0 == 45 }
    }
}
