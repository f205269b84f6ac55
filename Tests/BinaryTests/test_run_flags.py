"""`gateway run` with --reset, --force and --ws-log, on real processes."""

import fcntl
import json
import os
import socket
import subprocess
import sys
import unittest
from pathlib import Path

from harness import RUN, BinaryTest, Gateway, log_lines, until

TOKEN = "a-token-that-no-log-may-show"
DEV = (*RUN, "--dev")


class Reset(BinaryTest):
    @property
    def dev(self) -> Path:
        return self.home / ".openclaw-dev"

    def aside(self) -> list[Path]:
        return sorted(self.home.glob(".openclaw-dev.before-*"))

    def test_it_begins_with_nothing_and_what_was_there_is_put_aside(self) -> None:
        self.assertEqual(self.start(*DEV).ready().terminate(), 0)
        (self.dev / "mine").write_text("kept")
        gateway = self.start(*DEV, "--reset").ready()
        self.assertFalse((self.dev / "mine").exists())
        old, = self.aside()
        self.assertEqual((old / "mine").read_text(), "kept")
        self.assertTrue((old / "openclaw.sqlite").exists())
        self.assertIn(f"undo: mv ~/{old.name} ~/.openclaw-dev", gateway.error)
        self.assertEqual(gateway.terminate(), 0)
        # The undo that it named brings back what was there.
        self.dev.rename(self.scratch("new"))
        old.rename(self.dev)
        self.assertEqual(self.start(*DEV).ready().terminate(), 0)
        self.assertTrue((self.dev / "mine").exists())

    def test_where_nothing_is_it_just_starts(self) -> None:
        self.assertEqual(self.start(*DEV, "--reset").ready().terminate(), 0)
        self.assertEqual(self.aside(), [])

    def test_it_is_for_the_dev_profile_alone(self) -> None:
        self.configure({"gateway": {"mode": "local"}})
        (self.home / ".openclaw-b").mkdir()
        for arguments in ((), ("--profile", "b")):
            finished = self.run_to_end(*RUN, *arguments, "--reset")
            self.assertEqual((finished.code, finished.output), (2, ""))
            self.assertIn("--reset is for the dev profile alone", finished.error)
            self.assertIn("openclaw --dev gateway run --reset", finished.error)
        self.assertEqual({path.name for path in self.home.iterdir()}, {".openclaw", ".openclaw-b"})

    def test_under_a_running_gateway_nothing_is_reset(self) -> None:
        gateway = self.start(*DEV).ready()
        (self.dev / "mine").write_text("kept")
        finished = self.run_to_end(*DEV, "--reset")
        self.assertEqual((finished.code, finished.output), (78, ""))
        for words in ("the dev gateway runs: nothing is reset under it", f"owner: pid {gateway.pid}", "gateway stop"):
            self.assertIn(words, finished.error)
        self.assertEqual(self.aside(), [])
        self.assertTrue((self.dev / "mine").exists() and gateway.answers())

    def test_a_start_that_goes_wrong_has_named_what_it_put_aside(self) -> None:
        self.assertEqual(self.start(*DEV).ready().terminate(), 0)
        finished = self.run_to_end(*DEV, "--reset", "--bind", "lan", "--auth", "none")
        self.assertEqual(finished.code, 78)
        self.assertTrue(self.aside() == [] or f"undo: mv ~/{self.aside()[0].name}" in finished.error, finished)


class Force(BinaryTest):
    def test_a_gateway_on_the_port_is_ended_politely_and_its_port_taken(self) -> None:
        first = self.start().ready()
        port = first.address[1]
        second = self.start(
            "gateway", "run", "--allow-unconfigured", "--profile", "b", "--port", str(port), "--force").ready()
        self.assertEqual(first.wait(), 0, "TERM, and it drains")
        self.assertIn("stopped", [line["message"] for line in log_lines(self.state)])
        self.assertEqual(second.address[1], port)
        self.assertIn("ending the gateway that is in the way", second.error)
        self.assertTrue(second.answers())

    def test_a_gateway_on_the_state_is_ended_politely_and_its_state_taken(self) -> None:
        first = self.start().ready()
        second = self.start(*RUN, "--force").ready()
        self.assertEqual(first.wait(), 0)
        self.assertEqual(int((self.state / "gateway.lock").read_text().split()[0]), second.pid)

    def test_where_nobody_is_in_the_way_it_just_starts(self) -> None:
        self.assertEqual(self.start(*RUN, "--force").ready().terminate(), 0)

    def test_a_stranger_on_the_port_is_left_alone(self) -> None:
        program = "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n" \
                  "while True: s.accept()[0].close()"
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as stranger:
            self.addCleanup(stranger.kill)
            assert stranger.stdout
            port = int(stranger.stdout.readline())
            finished = self.run_to_end("gateway", "run", "--allow-unconfigured", "--port", str(port), "--force")
            self.assertEqual((finished.code, finished.output), (1, ""))
            self.assertIn(f"pid {stranger.pid}", finished.error)
            self.assertNotIn("ending the gateway", finished.error)
            self.assertIsNone(stranger.poll())
            socket.create_connection(("127.0.0.1", port), 5).close()
            stranger.kill()

    def test_a_stranger_who_holds_the_lock_is_left_alone(self) -> None:
        self.state.mkdir(mode=0o700)
        with (self.state / "gateway.lock").open("w+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write(f"{os.getpid()}\nversion 2026.1.0\n")
            lock.flush()
            finished = self.run_to_end(*RUN, "--force")
            self.assertEqual(finished.code, 78)
            self.assertIn(f"owner: pid {os.getpid()}", finished.error)


class FrameLog(BinaryTest):
    """What the log shows of clients' frames."""

    def frames(self, *arguments: str) -> list[dict[str, object]]:
        """Those of one command that asks the gateway something."""
        self.configure({"gateway": {"mode": "local", "auth": {"token": TOKEN}}})
        gateway = self.start(*RUN, *arguments).ready()
        self.assertEqual(self.call(gateway), 0)
        self.assertEqual(gateway.terminate(), 0)
        self.assertNotIn(TOKEN, gateway.output + gateway.error)
        for path in (self.state / "logs").iterdir():
            self.assertNotIn(TOKEN, path.read_text())
        return [line for line in log_lines(self.state) if line["message"] in ("received", "sent") and "frame" in line]

    def call(self, gateway: Gateway) -> int:
        port = gateway.address[1]
        return self.run_to_end(
            "gateway", "call", "system-event", "--params", json.dumps({"text": "hello there"}),
            "--url", f"ws://127.0.0.1:{port}", "--token", "env:TOKEN", env={"TOKEN": TOKEN}).code

    def test_by_itself_the_log_shows_none(self) -> None:
        self.assertEqual(self.frames(), [])

    def test_auto_is_compact_with_verbose(self) -> None:
        for arguments, is_shown in ((("--ws-log", "auto"), False), (("--verbose",), True), (("--ws-log", "auto", "--verbose"), True)):
            for path in (self.state / "logs").glob("*"):
                path.unlink()
            frames = self.frames(*arguments)
            self.assertEqual(bool(frames), is_shown, arguments)
            self.assertFalse(any("hello there" in str(line["frame"]) for line in frames))

    def test_compact_shows_heads_alone(self) -> None:
        frames = self.frames("--ws-log", "compact")
        heads = [str(line["frame"]) for line in frames]
        self.assertTrue(any('"method":"system-event"' in head for head in heads), heads)
        self.assertTrue(any('"ok":true' in head for head in heads), heads)
        self.assertFalse(any("hello there" in head for head in heads), heads)
        self.assertEqual({str(line["message"]) for line in frames}, {"received", "sent"})
        self.assertTrue(all(line["conn"] and int(str(line["bytes"])) > 0 for line in frames))

    def test_full_shows_parameters_and_no_secret(self) -> None:
        heads = [str(line["frame"]) for line in self.frames("--ws-log", "full")]
        self.assertTrue(any("hello there" in head for head in heads), heads)
        self.assertTrue(any('"method":"connect"' in head and '"params"' in head for head in heads), heads)


if __name__ == "__main__":
    unittest.main()
