"""Homes that are broken in one way each: the doctor finds exactly that, mends what it says, and then finds nothing."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import time
import unittest
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from harness import BinaryTest, Finished, binary
from test_cli_queries import free_port

TOKEN = "a-token-that-nobody-guesses-27182818"
OTHER_USER = 54321
# No process has such a number.
GONE = 999_999_999


class Home(BinaryTest):
    """A home in which nothing is wrong, until a test breaks it."""

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.config: dict[str, object] = {
            "gateway": {"mode": "local", "port": self.port, "auth": {"token": TOKEN}}}
        self.write()
        for name in ("credentials", "identity", "agents", "logs"):
            (self.state / name).mkdir(mode=0o700)

    def write(self) -> None:
        self.configure(self.config)
        self.state.chmod(0o700)

    def change(self, path: str, value: object) -> None:
        node = self.config
        *parents, last = path.split(".")
        for name in parents:
            node = node.setdefault(name, {})
        if value is None:
            node.pop(last)
        else:
            node[last] = value
        self.write()

    def doctor(self, *flags: str) -> tuple[Finished, dict[str, object]]:
        done = self.run_to_end("doctor", *flags, "--json")
        self.assertNotIn(TOKEN, done.output + done.error)
        return done, json.loads(done.output)

    def found(self, *flags: str) -> list[dict[str, object]]:
        return self.doctor(*flags)[1]["findings"]


def listener(test: Home) -> None:
    one = socket.create_server(("127.0.0.1", test.port))
    test.addCleanup(one.close)


def shared_token(test: Home) -> None:
    rescue(test, test.port + 40)
    test.change("channels", {"telegram": {"botToken": "123:shared", "apiRoot": "http://127.0.0.1:1"}})


def rescue(test: Home, port: int) -> None:
    other = test.home / ".openclaw-rescue"
    other.mkdir(mode=0o700)
    config = {"gateway": {"mode": "local", "port": port}, "channels": {"telegram": {"botToken": "123:shared", "apiRoot": "http://127.0.0.1:1"}}}
    (other / "openclaw.json").write_text(json.dumps(config))
    (other / "openclaw.json").chmod(0o600)


def tiny_disk(test: Home) -> None:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", test.state], capture_output=True)
    test.assertEqual(done.returncode, 0, f"this test has to mount a tmpfs, as root: {done.stderr!r}")
    test.addCleanup(subprocess.run, ["umount", "--lazy", test.state], check=True)
    test.write()


def damaged_store(test: Home) -> None:
    # A header that is SQLite's, and then nothing that could be.
    (test.state / "openclaw.sqlite").write_bytes(b"SQLite format 3\x00" + b"\xff" * 8176)
    (test.state / "openclaw.sqlite").chmod(0o600)


def full_logs(test: Home) -> None:
    # A hole takes no room, and counts.
    with (test.state / "logs" / "old.log").open("wb") as log:
        log.truncate((1 << 30) + 1)


def leftover(test: Home) -> None:
    (test.state / ".openclaw-tmp-123456789abcdef0").touch(mode=0o600)


def workspace_of_stone(test: Home) -> None:
    (test.state / "workspace").mkdir(mode=0o500)


def written(name: str, text: str, mode: int = 0o600) -> Callable[[Home], None]:
    def write(test: Home) -> None:
        (test.state / name).write_text(text)
        (test.state / name).chmod(mode)

    return write


def lost_transcript(test: Home) -> None:
    gateway = test.start("gateway", "run", "--port", str(test.port)).ready()
    test.assertEqual(gateway.terminate(), 0)
    with closing(sqlite3.connect(test.state / "openclaw.sqlite")) as store:
        store.execute(
            "INSERT INTO sessions VALUES (?, 'main', ?, 0, 0, NULL, 10, 1, '{}')",
            ("agent:main:main", "01234567-89ab-cdef-0123-456789abcdef"))
        store.commit()


def stale_lock(test: Home) -> None:
    folder = test.state / "agents" / "main" / "sessions"
    folder.mkdir(mode=0o700, parents=True)
    (folder / "01234567.jsonl.lock").write_text(json.dumps({"pid": GONE, "createdAt": "2026-01-01T00:00:00Z"}))
    # One of a program that runs is in nobody's way.
    (folder / "89abcdef.jsonl.lock").write_text(json.dumps({"pid": os.getpid()}))


def clock_set_back(test: Home) -> None:
    tomorrow = time.time() + 86400
    os.utime(test.state / "openclaw.json", (tomorrow, tomorrow))


def silent_remote(test: Home) -> None:
    test.config["gateway"] = {"mode": "remote", "remote": {"url": f"ws://127.0.0.1:{test.port}"}}
    test.write()


def proxy_auth(test: Home) -> None:
    test.change("gateway.auth", {"mode": "trusted-proxy", "trustedProxy": {"userHeader": "x-user"}})


def lonely_standby(test: Home) -> None:
    test.change("failover", {"enabled": True, "role": "standby", "promote": {"gitPull": False},
                             "peers": [{"url": "ws://127.0.0.1:1", "token": TOKEN * 2}]})


def mode(name: str, bits: int) -> Callable[[Home], None]:
    return lambda test: (test.state / name).chmod(bits)


def changed(path: str, value: object) -> Callable[[Home], None]:
    return lambda test: test.change(path, value)


# The check that finds it, how the home is broken, and whether --fix mends it.
BROKEN: dict[str, tuple[Callable[[Home], None], bool]] = {
    "config.valid": (written("openclaw.json", "{ gateway: { mode: 'local', port: 'x' } }"), False),
    "config.start": (changed("gateway.auth", {"mode": "password", "token": TOKEN}), False),
    "config.mode": (changed("gateway.mode", None), True),
    "failover.ready": (lonely_standby, False),
    "config.odd": (changed("gatway", {"port": 1}), False),
    "config.unserved": (changed("talk", {"voice": "x"}), False),
    "config.off": (changed("channels", {"telegram": {"enabled": True, "botToken": "${NOT_SET_HERE}"}}), False),
    "files.state": (lambda test: test.state.chmod(0o755), True),
    "files.config": (mode("openclaw.json", 0o644), True),
    "files.secrets": (mode("credentials", 0o755), True),
    "files.owner": (lambda test: os.chown(test.state / "agents", OTHER_USER, OTHER_USER), False),
    "auth.token": (changed("gateway.auth", {}), True),
    "auth.weak": (changed("gateway.auth.token", "hunter2"), True),
    "auth.none": (changed("gateway.auth", {"mode": "none", "token": TOKEN}), True),
    "auth.origins": (changed("gateway.controlUi", {"allowedOrigins": ["*"]}), False),
    "net.plain": (changed("gateway.bind", "lan"), False),
    "tools.exec": (changed("tools", {"exec": {"security": "full", "ask": "off"}}), True),
    "tools.owners": (changed("commands", {"ownerAllowFrom": ["*"]}), False),
    "port.foreign": (listener, False),
    "port.profiles": (lambda test: rescue(test, test.port + 5), True),
    "channels.shared": (shared_token, False),
    "disk.space": (tiny_disk, False),
    "logs.size": (full_logs, False),
    "store.sound": (damaged_store, False),
    "store.leftovers": (leftover, True),
    "approvals.valid": (written("exec-approvals.json", "{ broken"), False),
    "workspace": (workspace_of_stone, True),
    "auth.funnel": (changed("gateway.tailscale", {"mode": "funnel"}), False),
    "auth.proxies": (changed("gateway.trustedProxies", ["0.0.0.0/0"]), False),
    "clock": (clock_set_back, False),
    "gateway.runs": (written("gateway.lock", f"{GONE}\nprofile default\n"), False),
    "gateway.answers": (silent_remote, False),
    "sessions.transcripts": (lost_transcript, False),
    "locks.stale": (stale_lock, True),
}
# Further homes in which such a check finds something.
FURTHER: dict[str, tuple[str, Callable[[Home], None], bool]] = {
    "variables_that_others_read": ("files.config", written(".env", "A=b\n", 0o644), True),
    "a_workspace_that_is_not_there": (
        "workspace", lambda test: test.change("agents", {"defaults": {"workspace": str(test.home / "work")}}), True),
    "a_proxy_that_proves_nothing": ("config.start", proxy_auth, False),
}
# Found under a real systemd (Tests/Systemd), with a clock in the test's hand (CLITests), or in a home without a configuration.
ELSEWHERE = {"service.drift", "service.linger", "service.failed", "service.rivals", "config.older"}


class BrokenHomes(Home):
    def test_a_home_in_which_nothing_is_wrong(self) -> None:
        done, report = self.doctor("--deep")
        self.assertEqual((done.code, report["findings"]), (0, []))

    def test_each_check_has_its_home(self) -> None:
        checks = json.loads(self.run_to_end("doctor", "--list", "--json").output)["checks"]
        self.assertEqual({check["id"] for check in checks}, set(BROKEN) | ELSEWHERE)
        self.assertGreaterEqual(len(BROKEN), 20)

    def test_an_older_install_is_named(self) -> None:
        (self.state / "openclaw.json").unlink()
        (self.home / ".clawdbot").mkdir()
        (self.home / ".clawdbot" / "clawdbot.json").write_text("{}")
        self.assertIn("config.older", {finding["id"] for finding in self.found()})

    def test_without_a_word_nothing_is_written(self) -> None:
        self.state.chmod(0o755)
        done = self.run_to_end("doctor", "--fix")
        self.assertEqual((done.code, self.state.stat().st_mode & 0o777), (1, 0o755))
        self.assertIn("needs --yes", done.error)

    def test_a_fix_keeps_what_it_does_not_know(self) -> None:
        text = '// mine\n{ gateway: { port: %d, auth: { token: "%s" } }, custom: { mine: true } }\n' % (self.port, TOKEN)
        (self.state / "openclaw.json").write_text(text)
        self.doctor("--fix", "--yes")
        after = (self.state / "openclaw.json").read_text()
        self.assertTrue(after.startswith("// mine\n"))
        self.assertIn("custom: { mine: true }", after)
        self.assertIn("local", after)

    def test_each_fix_says_what_changes_and_how_to_go_back(self) -> None:
        self.change("gateway.auth", {"mode": "none", "token": TOKEN})
        before = (self.state / "openclaw.json").read_text()
        finding, = self.found()
        self.assertEqual(finding["difference"], ['- gateway.auth.mode: "none"', '+ gateway.auth.mode: "token"'])
        refused = self.run_to_end("doctor", "--fix")
        self.assertIn('- gateway.auth.mode: "none"', refused.error)
        self.assertIn("Next: openclaw doctor --fix --yes", refused.error)
        fixed, = self.found("--fix", "--yes")
        self.undo(fixed["undo"])
        self.assertEqual((self.state / "openclaw.json").read_text(), before)

    def test_a_secret_comes_back_with_the_file_of_before(self) -> None:
        self.change("gateway.auth.token", "hunter2")
        before = (self.state / "openclaw.json").read_text()
        fixed, = self.found("--fix", "--yes")
        self.assertEqual(fixed["difference"], ["- gateway.auth.token: (hidden)", "+ gateway.auth.token: a fresh one"])
        self.assertNotIn("hunter2", str(fixed))
        self.undo(fixed["undo"])
        self.assertEqual((self.state / "openclaw.json").read_text(), before)

    def undo(self, way: str) -> None:
        subprocess.run(
            ["sh", "-c", way.replace("openclaw ", f"'{binary()}' ", 1) if way.startswith("openclaw ") else way],
            env=self.environment(), check=True, stdout=subprocess.DEVNULL)

    def test_a_store_that_somebody_holds_is_not_called_damaged(self) -> None:
        path = self.state / "openclaw.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as store:
            path.chmod(0o600)
            store.execute("CREATE TABLE a (b)")
            store.execute("BEGIN EXCLUSIVE")
            done, report = self.doctor()
        finding, = report["findings"]
        self.assertEqual((done.code, finding["id"], finding["severity"]), (0, "store.sound", "note"), finding)
        self.assertIn("another process holds the store", finding["detail"])

    def test_another_profile_is_told_its_own_commands(self) -> None:
        other = self.home / ".openclaw-b"
        other.mkdir(mode=0o700)
        config = {"gateway": {"mode": "local", "port": self.port + 400, "auth": {"mode": "password", "password": "short"}}}
        (other / "openclaw.json").write_text(json.dumps(config))
        (other / "openclaw.json").chmod(0o600)
        (other / "exec-approvals.json").write_text("{ broken")
        (other / "exec-approvals.json").chmod(0o600)
        done = self.run_to_end("--profile", "b", "doctor", "--json")
        advice = {one["id"]: one["advice"] for one in json.loads(done.output)["findings"]}
        self.assertEqual(advice, {
            "auth.weak": "openclaw --profile b config set gateway.auth.password -",
            "approvals.valid": "openclaw --profile b approvals get"})
        done = self.run_to_end("--profile", "b", "doctor", "--generate-gateway-token")
        self.assertIn("Next: openclaw --profile b doctor --generate-gateway-token --yes", done.error)

    def test_a_fresh_token(self) -> None:
        done = self.run_to_end("doctor", "--generate-gateway-token", "--yes", "--json")
        self.assertEqual(done.code, 0, done.error)
        token = json.loads((self.state / "openclaw.json").read_text())["gateway"]["auth"]["token"]
        self.assertEqual(len(token), 48)
        self.assertNotIn(token, done.output + done.error)

    def test_the_audit_is_the_security_part(self) -> None:
        self.change("gateway.mode", None)
        self.state.chmod(0o777)
        done = self.run_to_end("security", "audit", "--json")
        self.assertEqual([finding["id"] for finding in json.loads(done.output)["findings"]], ["files.state"])

    def test_it_reads_at_forty_columns(self) -> None:
        self.state.chmod(0o755)
        self.change("tools", {"exec": {"security": "full", "ask": "off"}})
        self.state.chmod(0o755)
        done = self.run_to_end("doctor", env={"COLUMNS": "40", "NO_COLOR": "1"})
        self.assertEqual(done.code, 1)
        self.assertIn("2 to look at", done.output)


def home_test(check: str, break_it: Callable[[Home], None], is_mended: bool) -> Callable[[Home], None]:
    def test(self: Home) -> None:
        break_it(self)
        done, report = self.doctor()
        # Settings of channels are not served yet, which is noted beside what is wrong with them.
        found = {finding["id"] for finding in report["findings"]} - ({"config.unserved"} - {check})
        self.assertEqual(found, {check}, report)
        weighty = any(finding["severity"] != "note" for finding in report["findings"])
        self.assertEqual(done.code, 1 if weighty else 0)
        for finding in report["findings"]:
            self.assertEqual("fix" in finding, is_mended, finding)
            self.assertTrue("fix" in finding or "advice" in finding, f"no way out: {finding}")
        if not is_mended:
            return
        fixed = self.doctor("--fix", "--yes")
        self.assertEqual(fixed[0].code, 0, fixed[1])
        self.assertTrue(all(finding["fixed"] for finding in fixed[1]["findings"]), fixed[1])
        self.assertEqual(self.found(), [], "the second run is clean")

    return test


for check, (break_it, is_mended) in BROKEN.items():
    setattr(BrokenHomes, "test_home_" + check.replace(".", "_"), home_test(check, break_it, is_mended))
for name, (check, break_it, is_mended) in FURTHER.items():
    setattr(BrokenHomes, "test_home_with_" + name, home_test(check, break_it, is_mended))


if __name__ == "__main__":
    unittest.main()
