"""The first steps, and the way back: setup, profiles list, reset, uninstall."""

import json
import os
import pty
import select
import subprocess
import termios
import time
import unittest
from pathlib import Path

from harness import BinaryTest, binary
from terminal import Terminal


class Setup(BinaryTest):
    def json(self, *words: str) -> dict[str, object]:
        done = self.run_to_end(*words, "--json")
        self.assertEqual(done.code, 0, done.output + done.error)
        return json.loads(done.output)

    def config(self, profile: str = "") -> dict[str, object]:
        return json.loads((self.home / f".openclaw{profile}" / "openclaw.json").read_text())

    def test_what_is_missing_is_written_once(self) -> None:
        first = self.json("setup", "--non-interactive")
        self.assertEqual(set(first["changed"]), {"gateway.mode", "gateway.auth.token"})
        config = self.config()
        token = config["gateway"]["auth"]["token"]
        self.assertEqual((config["gateway"]["mode"], len(token)), ("local", 48))
        self.assertEqual((self.state / "openclaw.json").stat().st_mode & 0o777, 0o600)
        self.assertTrue((self.state / "workspace").is_dir())
        second = self.json("setup", "--non-interactive")
        self.assertEqual((second["changed"], self.config()), ([], config))
        self.assertNotIn(token, json.dumps(first) + json.dumps(second))
        self.start("gateway", "run", "--port", "0").ready()

    def test_what_stands_there_stays(self) -> None:
        self.state.mkdir(mode=0o700)
        text = "// mine\n{ gateway: { mode: 'local', auth: { password: 'kept' } }, custom: 1 }\n"
        (self.state / "openclaw.json").write_text(text)
        self.assertEqual(self.json("setup", "--baseline")["changed"], [])
        self.assertEqual((self.state / "openclaw.json").read_text(), text)

    def test_a_gateway_elsewhere(self) -> None:
        self.assertEqual(self.run_to_end("setup", "--non-interactive", "--mode", "remote").code, 2)
        refused = self.run_to_end("setup", "--non-interactive", "--mode", "remote", "--remote-url", "http://x")
        self.assertEqual(refused.code, 2)
        token = self.scratch("token")
        token.write_text("remote-secret\n")
        done = self.run_to_end(
            "setup", "--non-interactive", "--mode", "remote", "--remote-url", "wss://gateway.example",
            "--remote-token", f"file:{token}")
        self.assertEqual(done.code, 0, done.error)
        self.assertNotIn("remote-secret", done.output + done.error)
        remote = self.config()["gateway"]["remote"]
        self.assertEqual(remote, {"token": "remote-secret", "url": "wss://gateway.example"})
        self.assertFalse((self.state / "workspace").exists())

    def test_each_profile_has_its_own(self) -> None:
        self.json("setup", "--non-interactive", "--port", "18789")
        self.json("--profile", "rescue", "setup", "--non-interactive", "--port", "18795")
        listed = self.run_to_end("profiles", "list", "--json")
        rows = {row["profile"]: row for row in json.loads(listed.output)["profiles"]}
        self.assertEqual(set(rows), {"default", "rescue"})
        self.assertEqual((rows["rescue"]["port"], rows["rescue"]["running"]), (18795, False))
        self.assertEqual(rows["default"]["collisions"], ["port 18789 is 6 from rescue's 18795"])
        self.assertEqual(listed.code, 1)
        self.json("--profile", "rescue", "setup", "--non-interactive", "--port", "19789")
        self.assertEqual(self.run_to_end("profiles", "list").code, 0)

    def test_one_whose_state_a_service_puts_elsewhere_is_seen(self) -> None:
        self.json("setup", "--non-interactive", "--port", "18789")
        elsewhere = self.scratch("elsewhere")
        elsewhere.mkdir(mode=0o700)
        (elsewhere / "openclaw.json").write_text('{ gateway: { mode: "local", port: 18793 } }')
        units = self.home / ".config" / "systemd" / "user"
        units.mkdir(parents=True)
        (units / "openclaw-gateway-far.service").write_text(
            f"[Service]\nExecStart=/usr/bin/openclaw gateway run\nEnvironment=OPENCLAW_PROFILE=far\n"
            f"Environment=OPENCLAW_STATE_DIR={elsewhere}\n")
        rows = {row["profile"]: row for row in json.loads(self.run_to_end("profiles", "list", "--json").output)["profiles"]}
        self.assertEqual(set(rows), {"default", "far"})
        self.assertEqual((rows["far"]["state"], rows["far"]["port"]), (str(elsewhere), 18793))
        self.assertEqual(rows["far"]["collisions"], ["port 18793 is 4 from default's 18789"])
        found = json.loads(self.run_to_end("doctor", "--json").output)["findings"]
        self.assertIn("port.profiles", {one["id"] for one in found})

    def test_a_running_one_is_seen(self) -> None:
        self.json("setup", "--non-interactive")
        gateway = self.start("gateway", "run", "--port", "0").ready()
        row = json.loads(self.run_to_end("profiles", "list", "--json").output)["profiles"][0]
        self.assertEqual((row["running"], row["pid"], row["port"]), (True, gateway.pid, gateway.address[1]))


class TakingAway(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.assertEqual(self.run_to_end("setup", "--non-interactive").code, 0)

    def test_nothing_happens_without_a_word(self) -> None:
        for words in (("reset",), ("uninstall", "--all")):
            self.assertEqual(self.run_to_end(*words).code, 1)
            self.assertIn("would put aside", self.run_to_end(*words, "--dry-run").output)
        self.assertTrue((self.state / "openclaw.json").exists())

    def test_the_way_back_works(self) -> None:
        text = (self.state / "openclaw.json").read_text()
        done = self.run_to_end("reset", "--yes")
        self.assertEqual(done.code, 0, done.error)
        self.assertFalse((self.state / "openclaw.json").exists())
        undo = next(line.split("Undo: ")[1] for line in done.output.splitlines() if "Undo: " in line)
        subprocess.run(undo, shell=True, check=True)
        self.assertEqual((self.state / "openclaw.json").read_text(), text)

    def test_under_a_running_gateway_nothing_is_taken(self) -> None:
        self.start("gateway", "run", "--port", "0").ready()
        for words in (("reset",), ("reset", "--scope", "full"), ("reset", "--scope", "config+creds+sessions"),
                      ("uninstall", "--state")):
            refused = self.run_to_end(*words, "--yes")
            self.assertEqual(refused.code, 78)
            self.assertIn("gateway stop", refused.error)
        self.assertEqual(self.run_to_end("reset", "--dry-run").code, 0, "to look is always allowed")
        self.assertTrue((self.state / "openclaw.json").exists())

    def test_everything_goes_aside(self) -> None:
        done = self.run_to_end("uninstall", "--all", "--yes", "--json")
        self.assertEqual(done.code, 0, done.output + done.error)
        moved = json.loads(done.output)["moved"]
        self.assertFalse(self.state.exists())
        self.assertTrue(all(Path(one["to"]).exists() or ".openclaw.before" not in one["to"] for one in moved))
        self.assertTrue(any(one["from"] == str(self.state) for one in moved))


class Asked(BinaryTest):
    """A person at a terminal: answers, and leaves at every question."""

    QUESTIONS = ("Where does the gateway run?", "Where do agents work?", "Write ")

    def talk(self, answers: list[str], leave_at: int | None = None) -> tuple[int, str, list[object], list[object]]:
        """The exit code, what was shown, and the terminal's settings before and after."""
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        before = termios.tcgetattr(follower)
        process = subprocess.Popen(
            [binary(), "setup"], env=self.environment({"TERM": "xterm"}), stdin=follower, stdout=follower, stderr=follower,
            start_new_session=True, preexec_fn=lambda: __import__("fcntl").ioctl(0, termios.TIOCSCTTY, 0))
        shown = ""
        for number, question in enumerate(self.QUESTIONS):
            deadline = time.monotonic() + 20
            while question not in shown and time.monotonic() < deadline:
                if select.select([leader], [], [], 0.1)[0]:
                    shown += os.read(leader, 4096).decode()
            self.assertIn(question, shown)
            if number == leave_at:
                os.write(leader, b"\x03")
                break
            os.write(leader, (answers[number] + "\n").encode())
        process.wait(20)
        while select.select([leader], [], [], 0.2)[0]:
            try:
                shown += os.read(leader, 4096).decode()
            except OSError:
                break
        after = termios.tcgetattr(follower)
        os.close(follower)
        return process.returncode, shown, before, after

    def test_answers_become_settings(self) -> None:
        code, shown, before, after = self.talk(["1", "~/work", "y"])
        self.assertEqual((code, before), (0, after), shown)
        config = json.loads((self.state / "openclaw.json").read_text())
        self.assertEqual((config["gateway"]["mode"], config["agents"]["defaults"]["workspace"]), ("local", "~/work"))
        self.assertTrue((self.home / "work").is_dir())

    def test_an_address_elsewhere_means_a_gateway_elsewhere(self) -> None:
        url = "ws://127.0.0.1:19"
        screen = Terminal(self, "setup", "--remote-url", url)
        screen.shows("Write gateway.mode")
        screen.type("y\n")
        self.assertEqual(screen.wait(), 0, screen.text)
        self.assertNotIn("Where does the gateway run?", screen.text)
        self.assertNotIn("Address of the gateway", screen.text)
        gateway = json.loads((self.state / "openclaw.json").read_text())["gateway"]
        self.assertEqual((gateway["mode"], gateway["remote"]["url"]), ("remote", url))

    def test_no_writes_nothing(self) -> None:
        code, shown, before, after = self.talk(["1", "", "n"])
        self.assertEqual((code, before), (1, after), shown)
        self.assertFalse((self.state / "openclaw.json").exists())

    def test_leaving_at_any_question_writes_nothing(self) -> None:
        for number in range(len(self.QUESTIONS)):
            code, shown, before, after = self.talk(["1", "", "y"], leave_at=number)
            self.assertEqual((code, before), (1, after), shown)
            self.assertFalse((self.state / "openclaw.json").exists())


if __name__ == "__main__":
    unittest.main()
