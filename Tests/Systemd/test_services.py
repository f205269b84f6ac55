"""Services under a real systemd: installed, killed, restarted, outliving a logout, and gone without a trace."""

from __future__ import annotations

import json
import os
import unittest
from pathlib import Path

from machine import Machine, User, properties, until

UNIT = "openclaw-gateway.service"
TOKEN = "a-token-that-no-unit-may-hold-31415926"
PARALLEL = 20
# Found in a configuration without a token.
OPEN = {"auth.token"}


class Services(unittest.TestCase):
    machine: Machine

    @classmethod
    def setUpClass(cls) -> None:
        cls.machine = Machine(
            Path(os.environ["OPENCLAW_SYSTEMD_ROOT"]), Path(os.environ["OPENCLAW_BIN"]).resolve(),
            Path(os.environ["OPENCLAW_SYSTEMD_LOG"]))
        cls.addClassCleanup(cls.machine.end)
        cls.machine.boot()
        # One lingers, as a server's user should; the other is there while he is logged in.
        cls.ada = User(cls.machine, "ada", 1001)
        cls.bob = User(cls.machine, "bob", 1002)
        until(lambda: cls.ada.run("systemctl", "--user", "is-system-running").stdout.strip() != "", "ada's manager")

    def tearDown(self) -> None:
        for user in (self.ada, self.bob):
            user.run("openclaw", "gateway", "uninstall", "--yes")
            self.machine.run("rm", "-rf", f"{user.home}/.openclaw", f"{user.home}/.openclaw-rescue")
        self.machine.run("openclaw", "gateway", "uninstall", "--yes")

    def install(self, user: User, *words: str, port: int = 18789, **gateway: object) -> dict[str, object]:
        user.configure({"gateway": {"mode": "local", "port": port, "auth": {"token": TOKEN}, **gateway}})
        return user.openclaw("gateway", "install", *words)

    def doctor(self, user: User, *flags: str) -> list[str]:
        """What of weight it finds."""
        findings = json.loads(user.run("openclaw", "doctor", *flags, "--json").stdout)["findings"]
        return [finding["id"] for finding in findings if finding["severity"] != "note"]

    def says(self, user: User, *command: str) -> tuple[int, str, dict[str, object]]:
        """The exit code, what is to be read, and the same as JSON."""
        read = user.run("openclaw", *command)
        told = user.run("openclaw", *command, "--json")
        self.assertEqual(told.returncode, read.returncode, command)
        # Where a line was broken does not matter.
        return read.returncode, " ".join((read.stdout + read.stderr).split()), json.loads(told.stdout)

    def answers(self, user: User) -> bool:
        return user.run("openclaw", "health", "--json").returncode == 0

    def pid(self, user: User, unit: str = UNIT) -> int:
        return int(user.show(unit)["MainPID"])

    # The life of a user's service.

    def test_install_runs_it_and_a_second_time_changes_nothing(self) -> None:
        first = self.install(self.ada)
        self.assertEqual((first["change"], first["state"]), ("created", "running"))
        shown = self.ada.show(UNIT)
        self.assertEqual((shown["ActiveState"], shown["Type"]), ("active", "notify"))
        self.assertTrue(self.answers(self.ada))
        process = self.pid(self.ada)
        second = self.ada.openclaw("gateway", "install")
        self.assertEqual((second["change"], self.pid(self.ada)), ("none", process))

    def test_the_unit_is_sound_and_holds_no_secret(self) -> None:
        path = str(self.install(self.ada)["path"])
        checked = self.ada.run("systemd-analyze", "--user", "--man=no", "verify", path)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))
        self.assertNotIn(TOKEN, self.machine.run("cat", path).stdout)
        listed = self.machine.run("systemctl", "show", UNIT).stdout
        listed += self.ada.run("systemctl", "--user", "show", UNIT).stdout
        self.assertNotIn(TOKEN, listed)

    def test_a_dead_process_whose_service_should_run_is_told(self) -> None:
        self.install(self.ada)
        self.ada.openclaw("gateway", "stop")
        for command in ("status", "health"):
            code, text, answer = self.says(self.ada, command)
            self.assertEqual((code, answer["error"]["reason"]), (3, "unreachable"), text)
        code, text, answer = self.says(self.ada, "gateway", "status")
        self.assertEqual((code, answer["state"], answer["facts"]["service"]["state"]), (1, "stopped", "stopped"), text)
        self.assertIn("Next: openclaw gateway start", text)
        code, text, answer = self.says(self.ada, "doctor")
        self.assertEqual((code, [one["id"] for one in answer["findings"]]), (1, ["gateway.runs"]), text)
        self.assertIn("installed and stopped, and no gateway runs on this state try: openclaw gateway start", text)

    def test_killed_it_comes_back(self) -> None:
        self.install(self.ada)
        before = self.pid(self.ada)
        self.machine.run("kill", "-9", str(before))
        until(lambda: self.pid(self.ada) not in (0, before), "another process")
        until(lambda: self.answers(self.ada), "an answer")
        self.assertEqual(self.ada.show(UNIT)["NRestarts"], "1")

    def test_stopped_it_stays_down_and_started_it_answers(self) -> None:
        self.install(self.ada)
        self.ada.openclaw("gateway", "stop")
        self.assertEqual(self.ada.show(UNIT)["ActiveState"], "inactive")
        self.assertFalse(self.answers(self.ada))
        self.assertEqual(self.ada.openclaw("gateway", "start")["state"], "running")
        self.assertTrue(self.answers(self.ada))
        self.ada.openclaw("gateway", "stop", "--disable")
        self.assertEqual(self.ada.run("systemctl", "--user", "is-enabled", UNIT).stdout.strip(), "disabled")

    def test_twenty_restarts_at_once_are_one(self) -> None:
        self.install(self.ada)
        before = self.pid(self.ada)
        starts = self.starts()
        words = self.ada.words("openclaw", "gateway", "restart", "--json")
        running = [self.machine.start(*words) for _ in range(PARALLEL)]
        answers = []
        for process in running:
            output, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, output)
            answers.append(json.loads(output))
        after = self.pid(self.ada)
        self.assertNotEqual(after, before)
        self.assertEqual({answer["pid"] for answer in answers}, {after})
        self.assertEqual(self.starts(), starts + 1)
        self.assertTrue(self.answers(self.ada))

    def starts(self) -> int:
        logs = self.machine.run("sh", "-c", "cat /home/ada/.openclaw/logs/*.log").stdout
        return logs.count('"message":"ready"')

    def test_restart_keeps_its_pid_out_of_the_manager_s_failures(self) -> None:
        self.install(self.ada)
        answer = self.ada.openclaw("gateway", "restart")
        self.assertEqual((answer["status"], answer["pid"]), ("restarted", self.pid(self.ada)))
        self.assertEqual(self.ada.show(UNIT)["ActiveState"], "active")

    def test_a_loop_that_is_stuck_is_ended_by_the_watchdog(self) -> None:
        self.install(self.ada)
        drop_in = f"{self.ada.home}/.config/systemd/user/{UNIT}.d/short.conf"
        self.machine.write(drop_in, "[Service]\nWatchdogSec=2\n", "ada", "644")
        self.addCleanup(self.machine.run, "rm", "-r", drop_in.rsplit("/", 1)[0])
        self.ada.run("systemctl", "--user", "daemon-reload")
        self.ada.openclaw("gateway", "restart")
        before = self.pid(self.ada)
        self.machine.run("kill", "-STOP", str(before))
        until(lambda: self.pid(self.ada) not in (0, before), "the watchdog's verdict")
        until(lambda: self.answers(self.ada), "an answer")

    def test_what_no_restart_would_mend_is_not_tried_again(self) -> None:
        self.install(self.ada)
        self.ada.configure({"gateway": {"mode": "local", "bind": "everywhere"}})
        refused = self.ada.run("openclaw", "gateway", "restart", "--json")
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertTrue(self.answers(self.ada), "a restart that would fail ends nothing")
        self.machine.run("kill", "-9", str(self.pid(self.ada)))
        until(lambda: self.ada.show(UNIT)["ActiveState"] == "failed", "a failed unit")
        self.assertEqual(self.ada.show(UNIT)["NRestarts"], "1")
        self.assertIn("service.failed", self.doctor(self.ada))
        self.ada.configure({"gateway": {"mode": "local"}})
        self.ada.openclaw("gateway", "start")
        self.assertTrue(self.answers(self.ada))

    def test_uninstalled_it_leaves_nothing(self) -> None:
        before = self.traces()
        self.install(self.ada)
        self.ada.openclaw("gateway", "uninstall")
        self.assertEqual(self.traces(), before)
        self.assertEqual(self.ada.run("systemctl", "--user", "list-units", "--all", "openclaw*", "--no-legend").stdout, "")
        self.assertFalse(self.answers(self.ada))
        self.assertEqual(self.ada.openclaw("gateway", "uninstall")["change"], "none")

    def traces(self) -> str:
        script = "find /home/ada/.config /etc/systemd /run/systemd /run/user -name '*openclaw*' 2>/dev/null | sort"
        return self.machine.run("sh", "-c", script).stdout

    # Sessions.

    def test_it_outlives_a_logout_where_the_user_lingers(self) -> None:
        self.install(self.ada)
        before = self.pid(self.ada)
        with Session(self.machine, "ada"):
            self.assertIn("ada", self.machine.run("loginctl", "list-sessions", "--no-legend").stdout)
        self.assertEqual(self.pid(self.ada), before)
        self.assertTrue(self.answers(self.ada))

    def test_without_linger_it_says_so_and_ends_with_the_session(self) -> None:
        with Session(self.machine, "bob"):
            until(
                lambda: self.bob.run("systemctl", "--user", "is-system-running").stdout.strip() in ("running", "degraded"),
                "bob's manager")
            notes = self.install(self.bob, port=18889)["notes"]
            self.assertIn("loginctl enable-linger bob", str(notes))
            # It works; that it will not for long is told by those who are asked for the service.
            for command in ("status", "health"):
                code, text, answer = self.says(self.bob, command)
                self.assertEqual((code, answer["ok"]), (0, True), text)
            code, text, answer = self.says(self.bob, "gateway", "status")
            self.assertEqual((code, answer["state"]), (0, "running"), text)
            self.assertIn("is running; it ends when you log out: loginctl enable-linger", text)
            service = answer["facts"]["service"]
            self.assertEqual((service["linger"], service["state"], service["ok"]), (False, "running", True))
            code, text, answer = self.says(self.bob, "doctor")
            self.assertEqual((code, [one["id"] for one in answer["findings"]]), (1, ["service.linger"]), text)
            self.assertIn("it ends when its user logs out try: loginctl enable-linger $USER", text)
        until(lambda: not self.answers(self.bob), "the end of bob's gateway")

    def test_the_session_is_found_where_the_shell_does_not_know_it(self) -> None:
        self.ada.configure({"gateway": {"mode": "local"}})
        done = self.ada.run("openclaw", "gateway", "install", "--json", session=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_without_a_session_it_says_what_to_do(self) -> None:
        self.bob.configure({"gateway": {"mode": "local"}})
        done = self.bob.run("openclaw", "gateway", "install", session=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("loginctl enable-linger", done.stderr)

    # The system's service, and two owners.

    def test_a_system_s_service_runs_as_its_user(self) -> None:
        self.ada.configure({"gateway": {"mode": "local", "auth": {"token": TOKEN}}})
        done = self.machine.run("openclaw", "gateway", "install", "--system", "--user", "ada", "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        path = str(json.loads(done.stdout)["path"])
        checked = self.machine.run("systemd-analyze", "--man=no", "verify", path)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))
        self.assertNotIn(TOKEN, self.machine.run("cat", path).stdout)
        before = self.system_pid()
        self.assertEqual(self.machine.run("stat", "-c", "%U", f"/proc/{before}").stdout.strip(), "ada")
        self.assertTrue(self.answers(self.ada))
        self.machine.run("kill", "-9", str(before))
        until(lambda: self.system_pid() not in (0, before), "another process")
        until(lambda: self.answers(self.ada), "an answer")
        refused = self.ada.run("openclaw", "gateway", "install", "--json")
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(json.loads(refused.stdout)["error"]["reason"], "other-owner")
        self.assertEqual(self.machine.run("openclaw", "gateway", "uninstall", "--yes").returncode, 0)
        self.assertFalse(self.answers(self.ada))

    def system_pid(self) -> int:
        return int(properties(self.machine.run("systemctl", "show", UNIT, "-p", "MainPID").stdout)["MainPID"])

    def test_two_profiles_have_two_services(self) -> None:
        self.install(self.ada)
        self.ada.configure({"gateway": {"mode": "local", "port": 19789}}, "-rescue")
        rescue = self.ada.openclaw("--profile", "rescue", "gateway", "install")
        self.addCleanup(self.ada.run, "openclaw", "--profile", "rescue", "gateway", "uninstall", "--yes")
        self.assertEqual(rescue["service"], "openclaw-gateway-rescue.service")
        self.assertNotEqual(self.pid(self.ada), self.pid(self.ada, "openclaw-gateway-rescue.service"))
        self.ada.openclaw("gateway", "stop")
        self.assertEqual(self.ada.run("openclaw", "--profile", "rescue", "health", "--json").returncode, 0)
        status = self.ada.run("openclaw", "gateway", "status", "--deep", "--json").stdout
        units = {row["unit"]: row for row in json.loads(status)["facts"]["units"]["list"]}
        self.assertEqual(units["openclaw-gateway-rescue.service"]["profile"], "rescue")
        self.assertEqual(units["openclaw-gateway-rescue.service"]["port"], 19789)

    def test_what_has_drifted_is_named(self) -> None:
        # Else the gateway that runs would take over the new port by a restart.
        asleep = {"reload": {"mode": "off"}}
        path = str(self.install(self.ada, **asleep)["path"])
        self.machine.run("sed", "-i", "s/OPENCLAW_SERVICE_VERSION=[^\"]*/OPENCLAW_SERVICE_VERSION=2025.1.1/", path)
        self.ada.configure({"gateway": {"mode": "local", "port": 18999, "auth": {"token": TOKEN}, **asleep}})
        # The gateway that runs is well; only the next start would be another one.
        for command in ("status", "health"):
            code, text, answer = self.says(self.ada, command)
            self.assertEqual((code, answer["ok"]), (0, True), text)
        code, text, answer = self.says(self.ada, "gateway", "status")
        self.assertEqual((code, answer["state"]), (0, "running"), text)
        service = answer["facts"]["service"]
        self.assertEqual((service["state"], service["ok"]), ("running", False))
        self.assertEqual({one["field"] for one in service["drift"]}, {"port", "version"})
        self.assertIn("drifted: port: installed 18789, now 18999", text)
        code, text, answer = self.says(self.ada, "doctor")
        self.assertEqual(code, 1)
        self.assertEqual({one["id"] for one in answer["findings"]}, {"service.drift"}, text)
        self.assertIn("drifted: version: installed 2025.1.1", text)
        self.assertIn("try: openclaw gateway install", text)
        self.assertEqual(self.ada.openclaw("gateway", "install")["change"], "replaced")

    def test_what_an_older_install_left_is_found_with_the_way_to_remove_it(self) -> None:
        self.install(self.ada)
        unit = f"{self.ada.home}/.config/systemd/user/clawdbot-gateway.service"
        self.machine.write(unit, "[Service]\nExecStart=/usr/bin/node /opt/clawdbot/dist/entry.js gateway --port 18789\n", "ada")
        self.addCleanup(self.machine.run, "rm", unit)
        self.ada.run("systemctl", "--user", "daemon-reload")
        status = self.ada.run("openclaw", "gateway", "status", "--deep", "--json").stdout
        rows = {row["unit"]: row for row in json.loads(status)["facts"]["units"]["list"]}
        self.assertEqual((rows["clawdbot-gateway.service"]["isStale"], rows[UNIT]["isStale"]), (True, False))
        self.assertEqual(
            rows["clawdbot-gateway.service"]["removal"], "systemctl --user disable --now clawdbot-gateway.service")
        self.assertEqual(self.doctor(self.ada, "--deep"), ["service.rivals"])

    def test_a_gateway_in_a_terminal_is_told_before_two_fight(self) -> None:
        self.install(self.ada)
        self.ada.openclaw("gateway", "stop")
        terminal = self.machine.start(*self.ada.words("openclaw", "gateway", "run"))
        self.addCleanup(terminal.wait)
        self.addCleanup(terminal.kill)
        until(lambda: self.answers(self.ada), "the gateway in the terminal")
        refused = self.ada.run("openclaw", "gateway", "start", "--json")
        self.assertEqual(json.loads(refused.stdout)["error"]["reason"], "runs-already")
        self.assertEqual(self.ada.openclaw("gateway", "stop")["state"], "stopped")
        self.ada.openclaw("gateway", "start")
        self.assertTrue(self.answers(self.ada))


class Session:
    """A login, from its beginning to its end."""

    def __init__(self, machine: Machine, user: str) -> None:
        self.machine = machine
        self.unit = f"login-of-{user}"
        self.user = user

    def __enter__(self) -> Session:
        done = self.machine.run(
            "systemd-run", "-q", f"--unit={self.unit}", "-p", "PAMName=login", "-p", f"User={self.user}", "-p", "TTYPath=",
            "sleep", "600")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        until(
            lambda: self.user in self.machine.run("loginctl", "list-sessions", "--no-legend").stdout,
            f"a session of {self.user}")
        return self

    def __exit__(self, *_: object) -> None:
        self.machine.run("systemctl", "stop", self.unit)
        until(
            lambda: self.user not in self.machine.run("loginctl", "list-sessions", "--no-legend").stdout,
            f"the end of {self.user}'s session")


if __name__ == "__main__":
    unittest.main()
