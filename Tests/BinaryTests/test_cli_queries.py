"""What the commands say of a gateway that runs, of one that does not, and of one that refuses them."""

import fcntl
import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import termios
import time
import unittest

from harness import DEADLINE, BinaryTest, Finished, Gateway, binary, until

TOKEN = "secret"
NARROW, WIDE = 40, 80


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class QueryTest(BinaryTest):
    """A default profile with a token and a port of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.configure(f'{{ gateway: {{ mode: "local", port: {self.port}, auth: {{ token: "{TOKEN}" }} }} }}')

    def configure(self, text: str) -> None:
        self.state.mkdir(exist_ok=True, mode=0o700)
        (self.state / "openclaw.json").write_text(text)

    def gateway(self) -> Gateway:
        return self.start("gateway", "run", "--port", str(self.port)).ready()

    def ask(self, *arguments: str, code: int = 0, **options: object) -> Finished:
        finished = self.run_to_end(*arguments, **options)
        self.assertEqual(finished.code, code, f"{arguments}: {finished}")
        self.assertNotIn(TOKEN, (finished.output + finished.error).replace("secret on the", ""), arguments)
        return finished

    def json(self, *arguments: str, code: int = 0, **options: object) -> dict[str, object]:
        finished = self.ask(*arguments, "--json", code=code, **options)
        self.assertEqual(finished.error, "", arguments)
        self.assertEqual(len(finished.output.splitlines()), 1, "one object on one line")
        return json.loads(finished.output)


class WithoutGateway(QueryTest):
    def test_a_query_says_that_nothing_answers_and_where_it_asked(self) -> None:
        for arguments in [("status",), ("health",), ("devices", "list"), ("gateway", "call", "health")]:
            error = self.ask(*arguments, code=3).error
            self.assertIn("no gateway answers for profile default", error)
            self.assertIn("the local socket: ", error)
            self.assertIn(f"ws://127.0.0.1:{self.port}: ", error)
            self.assertIn("Next: openclaw gateway status", error)

    def test_the_error_is_json_where_json_is_asked_for(self) -> None:
        error = self.json("status", code=3)["error"]
        self.assertEqual((error["exitCode"], error["reason"]), (3, "unreachable"))

    def test_gateway_status_tells_each_fact(self) -> None:
        output = self.ask("gateway", "status", code=1).output
        for words in ("stopped", "Runtime: stopped", "Listener: nothing answers", "RPC probe: failed"):
            self.assertIn(words, output)
        facts = self.json("gateway", "status", code=1)["facts"]
        self.assertEqual(facts["process"]["state"], "none")
        self.assertEqual(facts["listener"]["state"], "none")

    def test_gateway_status_names_another_program_on_the_port(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", self.port))
            other.listen()
            facts = self.json("gateway", "status", "--timeout", "500", code=1)["facts"]
            self.assertEqual(facts["listener"]["ok"], False)
            self.assertEqual(facts["rpc"]["ok"], False)

    def test_require_rpc_fails_as_unreachable(self) -> None:
        self.ask("gateway", "status", "--require-rpc", code=3)

    def test_a_query_leaves_nothing_behind(self) -> None:
        self.ask("status", code=3)
        self.assertEqual([entry.name for entry in self.state.iterdir()], ["openclaw.json"])

    def test_the_probe_finds_none(self) -> None:
        self.assertIn("no gateway answers", self.ask("gateway", "probe", code=3).output)

    def test_logs_are_read_from_the_file(self) -> None:
        self.gateway().terminate()
        output = self.ask("logs", "--limit", "50", "--utc").output
        self.assertRegex(output, r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ info +gateway stopped")
        for line in self.ask("logs", "--json").output.splitlines():
            self.assertIn("message", json.loads(line))

    def test_the_log_of_yesterday_is_read_when_there_is_none_of_today(self) -> None:
        error = self.ask("logs", code=1).error
        self.assertIn("there is no log yet in ~/.openclaw/logs", error)
        self.gateway().terminate()
        log, = (self.state / "logs").iterdir()
        log.rename(log.with_name("openclaw-2020-01-31.log"))
        (self.state / "logs" / "openclaw-2020-01-30.log").write_text("the day before\n")
        (self.state / "logs" / "openclaw-other-2020-02-01.log").write_text("of another profile\n")
        output = self.ask("logs").output
        self.assertIn("stopped", output)
        self.assertNotIn("the day before", output)
        self.assertNotIn("another profile", output)

    def test_a_configuration_that_cannot_be_read_is_named(self) -> None:
        self.configure("{ gateway: ")
        error = self.ask("status", code=3, env={"OPENCLAW_GATEWAY_PORT": str(self.port)}).error
        self.assertIn("config validate", error)


class WithGateway(QueryTest):
    def test_gateway_status_says_running_and_ok(self) -> None:
        gateway = self.gateway()
        output = self.ask("gateway", "status").output
        self.assertIn("Runtime: running", output)
        self.assertIn("RPC probe: ok", output)
        self.assertIn(f"pid {gateway.pid}", output)
        answer = self.json("gateway", "status")
        self.assertEqual((answer["ok"], answer["state"], answer["profile"]), (True, "running", "default"))
        facts = answer["facts"]
        for name in ("service", "process", "listener", "authentication", "rpc", "channels", "role", "config"):
            self.assertIn("text", facts[name], name)
        self.assertEqual(facts["process"]["pid"], gateway.pid)
        for name in ("process", "listener", "authentication", "rpc"):
            self.assertRegex(facts[name]["observedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", name)
            self.assertGreaterEqual(facts[name]["ageMs"], 0)

    def test_status_and_health_fit_a_screen(self) -> None:
        self.gateway()
        for arguments in [("status",), ("status", "--all"), ("health",), ("health", "--verbose"), ("gateway", "status")]:
            lines = self.ask(*arguments).output.splitlines()
            self.assertLessEqual(len(lines), 24, arguments)
            for line in lines:
                self.assertLessEqual(len(line), WIDE, line)

    def test_status_as_json_has_stable_names(self) -> None:
        self.gateway()
        answer = self.json("status")
        for name in ("ok", "state", "profile", "version", "checkedAt", "facts", "health"):
            self.assertIn(name, answer)

    def test_a_call_prints_its_answer(self) -> None:
        self.gateway()
        self.assertTrue(json.loads(self.ask("gateway", "call", "health").output)["ok"])
        error = self.ask("gateway", "call", "no.such.method", code=1).error
        self.assertIn("unknown method: no.such.method", error)
        self.assertIn("--params", self.ask("gateway", "call", "health", "--params", "[1]", code=2).error)

    def test_lists_are_empty_and_say_so(self) -> None:
        self.gateway()
        self.assertIn("0 of 0 connected", self.ask("nodes", "list").output)
        self.assertIn("0 to be approved", self.ask("nodes", "pending").output)
        self.assertIn("there", self.ask("system", "presence").output)

    def test_heartbeats_are_switched_and_the_way_back_is_named(self) -> None:
        self.gateway()
        self.assertIn("openclaw system heartbeat enable", self.ask("system", "heartbeat", "disable").output)
        self.assertIn("No heartbeat", self.ask("system", "heartbeat", "last").output)

    def test_a_node_that_nobody_knows_is_named(self) -> None:
        self.gateway()
        self.assertIn('no node "pantry"', self.ask("nodes", "describe", "--node", "pantry", code=1).error)

    def test_logs_follow_across_a_restart(self) -> None:
        gateway = self.gateway()
        reader = self.launch(("logs", "--follow", "--interval", "50"))
        until(lambda: "ready" in reader.output, "the first lines")
        gateway.terminate()
        until(lambda: "stopped" in reader.output, "the last line, from the file")
        again = self.gateway()
        until(lambda: reader.output.count(" ready") == 2, "lines of the new process")
        again.terminate()
        self.assertEqual(reader.output.count(" ready"), 2, "no line twice")

    def test_one_gateway_with_two_ways_is_one(self) -> None:
        self.gateway()
        answer = json.loads(self.run_to_end("gateway", "probe", "--json").output)
        self.assertLessEqual(len(answer["gateways"]) + len(answer["unidentified"]), 1)
        self.assertNotIn("warning", answer)

    def test_two_gateways_are_several(self) -> None:
        """Mission row M6."""
        self.gateway()
        port = free_port()
        (self.home / ".openclaw-other").mkdir(mode=0o700)
        (self.home / ".openclaw-other" / "openclaw.json").write_text(
            f'{{ gateway: {{ mode: "local", port: {port}, auth: {{ token: "another" }} }} }}')
        self.start("--profile", "other", "gateway", "run", "--port", str(port)).ready()
        finished = self.run_to_end("gateway", "probe")
        self.assertEqual(finished.code, 1, finished)
        self.assertIn("multiple reachable gateway identities detected", finished.output)


class Refusals(QueryTest):
    def test_a_wrong_token_names_both_sources_and_no_value(self) -> None:
        self.gateway()
        finished = self.ask(
            "status", "--url", f"ws://localhost:{self.port}", "--token", "env:WRONG", code=4,
            env={"WRONG": "not-the-token-at-all"})
        self.assertIn("unauthorized", finished.error)
        self.assertIn("ours: from --token (the variable WRONG)", finished.error)
        self.assertIn("the gateway's: ", finished.error)
        self.assertNotIn("not-the-token-at-all", finished.error)

    def test_the_configurations_token_stays_with_its_gateway(self) -> None:
        with socket.socket() as trap:
            trap.bind(("127.0.0.1", 0))
            trap.listen()
            url = f"ws://127.0.0.1:{trap.getsockname()[1]}"
            client = self.launch(("status", "--url", url, "--timeout", "3000"))
            trap.settimeout(DEADLINE)
            connection, _ = trap.accept()
            with connection:
                connection.settimeout(DEADLINE)
                received = connection.recv(65536)
            self.assertEqual(client.wait(), 3)
            self.assertNotIn(TOKEN.encode(), received)

    def test_plain_transport_to_a_public_address_is_refused(self) -> None:
        """reliability.md 2.4, oc#21158. Nothing is sent: the address is judged before it is connected to."""
        error = self.ask("status", "--url", "ws://192.0.2.1:18789", code=1).error
        self.assertIn("refusing plain ws:// to 192.0.2.1", error)
        self.assertIn("wss://", error)

    def test_an_address_that_is_none(self) -> None:
        for url in ("http://127.0.0.1", "nonsense", "ws://", "ws://user:hidden@127.0.0.1"):
            error = self.ask("status", "--url", url, code=2).error
            self.assertIn("--url is no address of a gateway", error)
            self.assertNotIn("hidden", error)

    def test_the_token_is_shown_on_a_terminal_only(self) -> None:
        self.assertIn("on a terminal only", self.ask("gateway", "auth-token", "--show", code=1).error)
        self.assertIn("gateway.auth.token", self.ask("gateway", "auth-token").output)
        shown, code = on_terminal(self, WIDE, "gateway", "auth-token", "--show")
        self.assertEqual((shown.strip(), code), (TOKEN, 0))


def on_terminal(test: BinaryTest, columns: int, *arguments: str, **variables: str) -> tuple[str, int]:
    """What a command writes to a terminal of that width."""
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [binary(), *arguments], stdin=subprocess.DEVNULL, stdout=secondary, stderr=secondary,
        env=test.environment({"TERM": "xterm", **variables}))
    os.close(secondary)
    text, end = b"", time.monotonic() + DEADLINE
    try:
        while time.monotonic() < end:
            ready, _, _ = select.select([primary], [], [], 1)
            if not ready:
                continue
            try:
                part = os.read(primary, 65536)
            except OSError:
                break
            if not part:
                break
            text += part
    finally:
        os.close(primary)
    return text.decode().replace("\r\n", "\n"), process.wait(DEADLINE)


class Terminals(QueryTest):
    def test_forty_columns_read(self) -> None:
        self.gateway()
        for arguments in [("status",), ("gateway", "status"), ("health",), ("--help",), ("gateway", "--help")]:
            text, code = on_terminal(self, NARROW, *arguments, "--no-color")
            self.assertEqual(code, 0, text)
            for line in text.splitlines():
                # A path or command is not broken.
                self.assertTrue(len(line) <= NARROW or "/" in line or "openclaw " in line, line)

    def test_colour_is_for_terminals_that_can(self) -> None:
        self.gateway()
        self.assertIn("\x1b[", on_terminal(self, WIDE, "status")[0])
        for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            self.assertNotIn("\x1b[", on_terminal(self, WIDE, "status", **variables)[0], variables)
        self.assertNotIn("\x1b[", on_terminal(self, WIDE, "status", "--no-color")[0])
        self.assertNotIn("\x1b[", self.ask("status").output)

    def test_outside_utf8_all_is_ascii(self) -> None:
        self.gateway()
        for arguments in [("status",), ("gateway", "status"), ("devices", "--help")]:
            output = self.run_to_end(*arguments, env={"LANG": "C"}).output
            self.assertTrue(output.isascii(), output)


class Completion(BinaryTest):
    def test_bash_completes_commands_flags_and_values(self) -> None:
        script = self.run_to_end("completion", "bash").output
        for words, expected in [
            (["gate"], {"gateway"}), (["gateway", "sta"], {"status"}), (["devices", "list", "--j"], {"--json"}),
            (["completion", ""], {"bash", "zsh", "fish"}), (["--profile", "x", "config", "va"], {"validate"}),
        ]:
            line = " ".join(f"'{word}'" for word in ["openclaw", *words])
            program = (
                f"{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(words)}; _openclaw; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
            answer = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
            self.assertEqual(answer.stderr, "")
            self.assertLessEqual(expected, set(answer.stdout.split()), words)

    def test_every_shell_has_every_command(self) -> None:
        names = re.findall(r"(?m)^  (\w+ [\w-]+) ", self.run_to_end("config", "--help").output)
        self.assertGreater(len(names), 3)
        for shell in ("bash", "zsh", "fish"):
            script = self.run_to_end("completion", shell).output
            for name in names:
                self.assertIn(name.split()[1], script, shell)


if __name__ == "__main__":
    unittest.main()
