"""`gateway run --json`: where it listens, or why it does not, as one object for scripts and service managers."""

import json
import socket
import sqlite3
import unittest
from contextlib import closing

from harness import RUN, BinaryTest, until

HANDLED = {"exitCode", "reason", "message", "details", "next"}


class StartReasons(BinaryTest):
    def refusal(self, *arguments: str, env: dict[str, str | None] | None = None) -> dict[str, object]:
        """The error of a start that does not come about; it is all that there is to read on standard output."""
        finished = self.run_to_end(*(arguments or RUN), "--json", env=env)
        self.assertEqual(len(finished.output.splitlines()), 1, finished)
        answer = json.loads(finished.output)
        self.assertIs(answer["ok"], False)
        error = answer["error"]
        self.assertEqual(error["exitCode"], finished.code)
        self.assertLessEqual(HANDLED, set(error))
        self.assertNotIn("openclaw:", finished.error)
        return error

    def check(self, error: dict[str, object], reason: str, code: int, words: str) -> None:
        self.assertEqual((error["reason"], error["exitCode"]), (reason, code), error)
        self.assertIn(words, error["message"])

    def test_a_start_says_where_it_listens(self) -> None:
        gateway = self.start(*RUN, "--json")
        answer = json.loads(until(lambda: gateway.output if gateway.output.endswith("\n") else "", "the line"))
        self.assertEqual((answer["ok"], answer["pid"], answer["profile"]), (True, gateway.pid, "default"))
        self.assertRegex(answer["url"], r"^http://127\.0\.0\.1:\d+$")
        self.assertEqual(answer["socketUrl"], "ws" + answer["url"].removeprefix("http"))
        self.assertEqual(gateway.terminate(), 0)
        self.assertEqual(len(gateway.output.splitlines()), 1)

    def test_a_configuration_with_errors(self) -> None:
        self.configure({"gateway": {"mode": "local", "bind": "lann", "port": "x"}})
        error = self.refusal()
        self.check(error, "config", 78, "has 2 problems")
        self.assertEqual([problem["path"] for problem in error["problems"]], ["gateway.bind", "gateway.port"])
        self.assertEqual(error["problems"][0]["line"], 4)

    def test_a_configuration_that_cannot_be_read(self) -> None:
        self.state.mkdir()
        (self.state / "openclaw.json").mkdir()
        self.check(self.refusal(), "config", 78, "openclaw.json is not a regular file")

    def test_a_mode_that_is_not_local(self) -> None:
        self.check(self.refusal("gateway", "run", "--port", "0"), "mode", 78, "set gateway.mode=local")

    def test_nobody_asked_off_loopback(self) -> None:
        self.check(self.refusal(*RUN, "--bind", "lan", "--auth", "none"), "no-auth", 78, "without auth")

    def test_a_state_with_an_owner(self) -> None:
        owner = self.start().ready()
        error = self.refusal()
        self.check(error, "owned-state", 78, "already running")
        self.assertEqual((error["pid"], error["directory"], error["profile"]), (owner.pid, str(self.state), "default"))
        self.assertIn("url", error)

    def test_a_port_of_another_gateway_and_of_a_stranger(self) -> None:
        first = self.start().ready()
        run = ("gateway", "run", "--allow-unconfigured", "--profile", "b", "--port")
        error = self.refusal(*run, str(first.address[1]))
        self.check(error, "port-taken", 78, "already listening")
        self.assertEqual((error["isGateway"], error["pid"]), (True, first.pid))
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", 0))
            stranger.listen()
            error = self.refusal(*run, str(stranger.getsockname()[1]))
            self.check(error, "port-taken", 1, "already listening")
            self.assertIs(error["isGateway"], False)

    def test_an_address_that_is_not_here(self) -> None:
        self.configure({"gateway": {
            "mode": "local", "bind": "custom", "customBindHost": "192.0.2.77", "auth": {"token": "for-this-test"}}})
        self.check(self.refusal(), "cannot-listen", 1, "192.0.2.77")

    def test_a_certificate_that_is_not_there(self) -> None:
        self.configure({"gateway": {
            "mode": "local", "tls": {"enabled": True, "certPath": "/nowhere/cert.pem", "keyPath": "/nowhere/key.pem"}}})
        self.check(self.refusal(), "certificate", 78, "gateway.tls")

    def test_a_state_directory_that_is_a_file(self) -> None:
        self.scratch("file").write_text("")
        config = self.scratch("openclaw.json")
        config.write_text("{}")
        error = self.refusal(env={"OPENCLAW_STATE_DIR": str(self.scratch("file")), "OPENCLAW_CONFIG_PATH": str(config)})
        self.check(error, "state", 1, "cannot")

    def test_a_store_of_somebody_else(self) -> None:
        self.state.mkdir()
        with closing(sqlite3.connect(self.state / "openclaw.sqlite")) as store:
            store.execute("CREATE TABLE theirs (a)")
        # The store is opened when probes are answered already: the last line is the verdict.
        finished = self.run_to_end(*RUN, "--json")
        started, refused = map(json.loads, finished.output.splitlines())
        self.assertIs(started["ok"], True)
        self.assertEqual(finished.code, 78)
        self.check(refused["error"], "store", 78, "another program")

    def test_a_wrong_flag(self) -> None:
        self.check(self.refusal("gateway", "run", "--ws-log", "loud"), "usage", 2, "--ws-log")
        self.check(self.refusal("gateway", "run", "--bindd", "lan"), "usage", 2, "--bindd")

    def test_a_reset_under_a_running_gateway(self) -> None:
        owner = self.start(*RUN, "--dev").ready()
        error = self.refusal(*RUN, "--dev", "--reset")
        self.check(error, "owned-state", 78, "nothing is reset under it")
        self.assertIn(f"pid {owner.pid}", str(error["details"]))

    def test_every_word_is_documented(self) -> None:
        topic = self.run_to_end("help", "start-reasons").output
        for reason in ("config", "mode", "no-auth", "owned-state", "port-taken", "cannot-listen", "no-address",
                       "certificate", "identity", "state", "store", "system"):
            self.assertRegex(topic, rf"(?m)^  {reason} +\S")


if __name__ == "__main__":
    unittest.main()
