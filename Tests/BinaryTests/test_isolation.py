"""A command under a profile touches nothing of the default profile: each is run as an unprivileged user under strace, and
no path beneath the default profile's directories may occur, but for the profile's own workspace."""

import os
import re
import shutil
import unittest
from pathlib import Path

from harness import BinaryTest, binary, until
from test_cli_queries import free_port

PROFILE = "iso"
EXIT_CODES = {0, 1, 2, 3, 4, 75, 78}

# What each command is run with; a command without a line here fails the test.
ARGUMENTS: dict[str, list[str]] = {
    "gateway status": ["--deep"], "gateway probe": [], "gateway call": ["health"], "gateway health": [],
    "gateway auth-token": [], "dashboard": ["--no-open"], "gateway install": ["--dry-run"], "gateway start": [], "gateway stop": ["--yes"],
    "setup": ["--non-interactive"], "onboard": ["--non-interactive", "--accept-risk"], "configure": ["model"], "import": ["--dry-run"], "profiles list": [], "reset": ["--dry-run"], "uninstall": ["--dry-run", "--all"],
    "doctor": ["--deep"], "security audit": [], "gateway restart": [], "gateway uninstall": ["--yes"], "config get": ["gateway.bind"], "config set": ["gateway.bind", "loopback"],
    "config unset": ["gateway.bind"], "config file": [], "config validate": [], "config schema": [],
    "config diff": [], "config restore": ["--yes"],
    "devices list": [], "devices approve": ["--latest"], "devices reject": ["--latest"], "devices rotate": ["x"],
    "devices revoke": ["x"], "devices remove": ["x"], "nodes list": [], "nodes status": [], "nodes pending": [],
    "nodes approve": ["x"], "nodes reject": ["x"], "nodes rename": ["--node", "x", "--name", "y"],
    "nodes describe": ["--node", "x"], "nodes invoke": ["--node", "x", "--command", "y"],
    "system event": ["--text", "x"], "system presence": [], "system heartbeat": [], "status": ["--all", "--deep", "--usage"],
    "agent": ["--message", "/status"], "tui": [], "agents list": [], "agents add": ["ops"], "agents delete": ["ops", "--yes"],
    "agents bind": ["--bind", "telegram"], "agents unbind": ["--all", "--yes"], "agents bindings": [],
    "agents set-identity": ["--name", "x"], "sessions list": [], "sessions show": ["main"], "sessions reset": ["main", "--yes"],
    "sessions delete": ["x", "--yes"], "sessions export": ["main"], "sessions cleanup": ["--dry-run"], "models list": ["--all"],
    "models status": [], "models set": ["sonnet"], "models fallbacks": ["add", "haiku"], "models aliases": ["list"],
    "models auth": ["add", "openai", "--env", "SOME_KEY"], "models test": ["haiku"],
    "channels status": [], "channels list": [], "channels capabilities": [],
    "channels add": ["--channel", "irc", "--set", "host=127.0.0.1", "--set", "nick=x", "--no-check"],
    "channels remove": ["--channel", "irc", "--yes"], "channels start": ["--channel", "irc"],
    "channels stop": ["--channel", "irc"], "channels dead-letters": [], "pairing list": [],
    "channels login": ["--channel", "irc", "--token-file", "/dev/null"], "channels logout": ["--channel", "irc", "--yes"],
    "channels resolve": ["--channel", "irc", "molly"], "channels logs": [],
    "directory self": [], "directory peers": ["list"], "directory groups": ["members", "--group-id", "x"],
    "pairing approve": ["irc", "K7QM2XWD"], "pairing reject": ["irc", "K7QM2XWD"],
    "message send": ["--target", "x", "--message", "y"], "message read": ["--target", "x"],
    "message react": ["--target", "x", "--message-id", "1", "--emoji", "+"],
    "message poll": ["--target", "x", "--question", "q", "--option", "a", "--option", "b"], "memory status": [],
    "cron list": ["--all"], "cron add": ["--every", "1h", "--message", "x"], "cron edit": ["x", "--name", "y"],
    "cron enable": ["x"], "cron disable": ["x"], "cron rm": ["x", "--yes"], "cron run": ["x"], "cron runs": [], "cron status": [],
    "failover run": [], "failover status": [], "failover promote": ["--yes"], "failover demote": ["--yes"], "failover switchover": ["--yes"],
    "failover pause": [], "failover resume": [], "failover drill": [], "failover history": [],
    "failover pair": ["x@127.0.0.1", "--yes"], "failover unpair": ["--yes"], "failover check": ["--offline"],
    "failover install": ["--dry-run"], "failover import-script": ["/dev/null"], "failover join": [], "failover leave": ["--yes"],
    "memory search": ["x"], "memory index": [], "skills list": [], "skills info": ["x"], "skills check": [], "approvals get": [],
    "approvals set": ["--file", "/dev/null"], "approvals allowlist": ["add", "/usr/bin/df"],
    "backup create": ["--output", "{home}"], "backup verify": ["{home}/none.tar.gz"],
    "backup restore": ["{home}/none.tar.gz", "--yes"], "gateway diagnostics": ["export", "--output", "{home}/x.zip"],
    "secrets audit": [], "secrets apply": ["--all", "--yes"], "secrets reload": [],
    "secrets configure": ["gateway.auth.token", "--env", "HOME"],
    "health": ["--verbose"], "logs": ["--limit", "5"], "completion": ["bash"], "update": [],
}
# These are asked whether profiles get in each other's way, and look at the others' configurations; they touch nothing.
COMPARING = {"doctor", "security audit", "profiles list", "setup", "onboard", "configure", "channels add", "channels login"}
LOOK = re.compile(r'(?:stat|access|readlink|openat)[a-z0-9]*\((?:AT_FDCWD, )?"[^"]*/(?:openclaw\.json|gateway\.lock)"(?!.*O_(?:WRONLY|RDWR|CREAT))')
PATH_IN_CALL = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Isolation(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        for directory in (self._scratch, self.home):
            directory.chmod(0o755)
        # Where the binary was built another user may not go.
        self.program = self.scratch("openclaw")
        shutil.copy(binary(), self.program)
        self.program.chmod(0o755)
        self.port = free_port()
        self.plant(self.home / ".openclaw", "default-token")
        self.own = self.home / f".openclaw-{PROFILE}"
        self.plant(self.own, "own-token")
        self.user: list[str] = []
        if os.geteuid() == 0:
            self.user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            for path in [self.home, self.own, *self.own.rglob("*")]:
                os.chown(path, 65534, 65534)

    def plant(self, state: Path, token: str) -> None:
        state.mkdir(mode=0o700)
        (state / "openclaw.json").write_text(
            f'{{ gateway: {{ mode: "local", port: {self.port}, auth: {{ token: "{token}" }} }} }}')
        (state / ".env").write_text("PLANTED=1\n")

    def trace(self, *arguments: str) -> tuple[Path, list[str]]:
        log = self.scratch(f"trace-{self._runs + 1}")
        return log, ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=%file,connect", "-o", str(log), *self.user]

    def foreign(self, log: Path) -> list[str]:
        default, workspace = f"{self.home}/.openclaw", f"{self.home}/.openclaw/workspace-{PROFILE}"
        found = []
        for line in log.read_text(errors="replace").splitlines():
            for path in PATH_IN_CALL.findall(line):
                is_default = path == default or path.startswith(default + "/")
                if is_default and path != workspace and not path.startswith(workspace + "/"):
                    found.append(line)
        return found

    def commands(self) -> list[str]:
        """Every command, as the help has them."""
        overview = self.run_to_end("--help").output
        names = re.search(r"(?ms)^Groups: (.*?)\n(?=\w)", overview)[1].split()
        found = re.search(r"(?ms)^Also: (.*?)\n(?=\w)", overview)[1].split()
        found += [name for name in re.findall(r"(?m)^  ([a-z]+(?: [a-z-]+)?)  ", overview) if name.split()[0] not in names]
        for group in names:
            found += re.findall(rf"(?m)^  ({group} [a-z-]+) ", self.run_to_end(group, "--help").output)
        # The others are to find a gateway that runs.
        return sorted((name for name in found if name != "gateway run"), key=lambda name: name == "gateway stop")

    def test_no_command_touches_the_default_profile(self) -> None:
        log, wrapper = self.trace()
        gateway = self.launch(
            ("--profile", PROFILE, "gateway", "run", "--port", str(self.port)), wrapper=wrapper, program=str(self.program))
        until(lambda: "listens on" in gateway.output, "the gateway")
        commands = self.commands()
        self.assertEqual(set(commands), set(ARGUMENTS), "a command is not in this test's table, or gone")
        for name in commands:
            with self.subTest(name):
                trace, wrapper = self.trace()
                words = [word.replace("{home}", str(self.home)) for word in ARGUMENTS[name]]
                command = self.launch(
                    ("--profile", PROFILE, *name.split(), *words), wrapper=wrapper, program=str(self.program))
                self.assertIn(command.wait(), EXIT_CODES, command.error)
                self.assertGreater(trace.stat().st_size, 0)
                foreign = self.foreign(trace)
                if name in COMPARING:
                    foreign = [line for line in foreign if not LOOK.search(line)]
                self.assertEqual(foreign, [])
        self.assertEqual(self.foreign(log), [])

    def test_the_trace_would_show_it(self) -> None:
        """The test can fail: the default profile's own command does touch its files."""
        log, wrapper = self.trace()
        self.launch(("config", "get", "gateway.bind"), wrapper=wrapper, program=str(self.program)).wait()
        self.assertNotEqual(self.foreign(log), [])


WRITES = re.compile(
    r"^\d+ +(?:open(?:at)?\(.*O_(?:WRONLY|RDWR|CREAT)|(?:mkdir|unlink|rename|link|symlink|chmod|chown|truncate)(?:at2?|at)?\()")
# A name, and the directory that it is meant in where that is given by a descriptor.
PLACE = re.compile(r'(?:<(/[^>]*)>, )?"((?:[^"\\]|\\.)*)"')
BOUND = re.compile(r"bind\(\d+<[^>]*>, (\{[^}]*\}).*\) = 0")
# What every program may write to.
SHARED = ("/dev/", "/proc/")


class SideBySide(BinaryTest):
    """Three gateways of one user at once: default, rescue and dev."""

    PROFILES = {"default": [], "rescue": ["--profile", "rescue"], "dev": ["--dev"]}

    def touched(self, log: Path) -> tuple[set[str], set[str]]:
        """Paths that were written, made or taken away, and the addresses that were bound."""
        paths: set[str] = set()
        addresses: set[str] = set()
        for line in log.read_text(errors="replace").splitlines():
            if "= -1" in line:
                continue
            if bound := BOUND.search(line):
                addresses.add(bound[1])
            elif WRITES.search(line):
                places = [os.path.join(directory, name) for directory, name in PLACE.findall(line)]
                paths |= {path for path in places if not path.startswith(SHARED)}
        return paths, addresses

    def test_nothing_is_shared(self) -> None:
        found: dict[str, tuple[set[str], set[str]]] = {}
        logs: dict[str, Path] = {}
        gateways = []
        base = free_port()
        for number, (name, flags) in enumerate(self.PROFILES.items()):
            log = logs[name] = self.scratch(f"trace-{name}")
            gateway = self.launch(
                (*flags, "gateway", "run", "--allow-unconfigured", "--port", str(base + 20 * number)),
                wrapper=["strace", "-f", "-qq", "-s", "4096", "-y", "-e", "trace=%file,bind", "-o", str(log)])
            until(lambda: "listens on" in gateway.output, f"the gateway of {name}")
            gateways.append(gateway)
        for flags in self.PROFILES.values():
            done = self.run_to_end(*flags, "agent", "--message", "/status")
            self.assertEqual(done.code, 0, done.error)
        for gateway in gateways:
            children = Path(f"/proc/{gateway.pid}/task/{gateway.pid}/children").read_text().split()
            os.kill(int(children[0]), 15)
            self.assertEqual(gateway.wait(), 0)
        for name, log in logs.items():
            paths, addresses = self.touched(log)
            units = self.run_to_end(*self.PROFILES[name], "gateway", "install", "--dry-run").output
            unit = re.search(r"(?m)^# (/.*\.service)$", units)[1]
            found[name] = (paths | {unit}, addresses)
            self.assertGreater(len(paths), 5, f"{name}: {paths}")
            self.assertGreaterEqual(len(addresses), 2, f"{name}: {addresses}")
        names = list(found)
        for first in names:
            for second in names[names.index(first) + 1:]:
                for mine, theirs in zip(found[first], found[second]):
                    # A profile's workspace lies beside the default one's, in the default profile's directory.
                    shared = mine & theirs - {str(self.home / ".openclaw")}
                    self.assertEqual(shared, set(), f"{first} and {second}")


if __name__ == "__main__":
    unittest.main()
