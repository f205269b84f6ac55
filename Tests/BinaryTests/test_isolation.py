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
    "gateway auth-token": [], "config get": ["gateway.bind"], "config set": ["gateway.bind", "loopback"],
    "config unset": ["gateway.bind"], "config file": [], "config validate": [], "config schema": [],
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
    "message send": ["--to", "x", "--message", "y"], "message read": ["--to", "x"],
    "message react": ["--to", "x", "--message-id", "1", "--emoji", "+"],
    "message poll": ["--to", "x", "--question", "q", "--option", "a", "--option", "b"], "memory status": [],
    "memory search": ["x"], "memory index": [], "skills list": [], "skills info": ["x"], "skills check": [], "approvals get": [],
    "approvals set": ["--file", "/dev/null"], "approvals allowlist": ["add", "/usr/bin/df"],
    "health": ["--verbose"], "logs": ["--limit", "5"], "completion": ["bash"], "update": [],
}
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
        found = re.findall(r"(?m)^Also: (.*)$", overview)[0].split()
        found += [name for name in re.findall(r"(?m)^  ([a-z]+(?: [a-z-]+)?)  ", overview) if name.split()[0] not in names]
        for group in names:
            found += re.findall(rf"(?m)^  ({group} [a-z-]+) ", self.run_to_end(group, "--help").output)
        return [name for name in found if name != "gateway run"]

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
                command = self.launch(
                    ("--profile", PROFILE, *name.split(), *ARGUMENTS[name]), wrapper=wrapper, program=str(self.program))
                self.assertIn(command.wait(), EXIT_CODES, command.error)
                self.assertGreater(trace.stat().st_size, 0)
                self.assertEqual(self.foreign(trace), [])
        self.assertEqual(self.foreign(log), [])

    def test_the_trace_would_show_it(self) -> None:
        """The test can fail: the default profile's own command does touch its files."""
        log, wrapper = self.trace()
        self.launch(("config", "get", "gateway.bind"), wrapper=wrapper, program=str(self.program)).wait()
        self.assertNotEqual(self.foreign(log), [])


if __name__ == "__main__":
    unittest.main()
