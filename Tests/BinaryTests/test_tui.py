"""The chat on a terminal: that it answers, and that it leaves the terminal as it was whatever happens."""

import os
import re
import signal
import subprocess
import unittest

from fake_model import FakeModel, serving
from harness import BinaryTest, Gateway, until
from terminal import Terminal
from test_cli_queries import free_port


class ChatTest(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()

    def begin(self, model: FakeModel | None = None) -> Gateway:
        config: dict[str, object] = {"gateway": {"mode": "local", "port": self.port, "auth": {"token": "secret"}}}
        if model:
            config["models"] = {"providers": {"local": {"baseUrl": model.base, "api": "openai-completions"}}}
            config["agents"] = {"defaults": {"model": "local/fake"}}
        self.configure(config)
        return self.start("gateway", "run").ready()

    def chat(self, *arguments: str, **options: object) -> Terminal:
        terminal = Terminal(self, "tui", *arguments, **options)
        terminal.shows("/help")
        self.assertTrue(terminal.is_taken)
        return terminal


class Ends(ChatTest):
    def test_keys_that_end_it_leave_the_terminal_as_it_was(self) -> None:
        self.begin()
        for keys in ("/quit\r", "\x04", "\x03\x03"):
            with self.subTest(keys=keys):
                terminal = self.chat()
                terminal.type(keys)
                self.assertEqual(terminal.wait(), 0)
                self.assertTrue(terminal.is_as_before)
                self.assertTrue(terminal.bytes.endswith(b"\x1b[?2004l"), "pastes are no longer marked")

    def test_signals_that_end_it_leave_the_terminal_as_it_was(self) -> None:
        self.begin()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                terminal = self.chat()
                terminal.process.send_signal(number)
                self.assertEqual(terminal.wait(), 1)
                self.assertTrue(terminal.is_as_before)
        terminal = self.chat()
        terminal.process.send_signal(signal.SIGINT)
        terminal.shows("Ctrl-C again ends the chat")
        terminal.process.send_signal(signal.SIGINT)
        self.assertEqual(terminal.wait(), 0)
        self.assertTrue(terminal.is_as_before)

    def test_a_fault_of_its_own_leaves_the_terminal_as_it_was(self) -> None:
        self.begin()
        terminal = self.chat()
        terminal.process.send_signal(signal.SIGTRAP)
        self.assertEqual(terminal.wait(), -signal.SIGTRAP)
        self.assertTrue(terminal.is_as_before)

    def test_it_sleeps_and_wakes(self) -> None:
        self.begin()
        for stop in (lambda terminal: terminal.type("\x1a"), lambda terminal: terminal.process.send_signal(signal.SIGTSTP)):
            terminal = self.chat()
            stop(terminal)
            until(lambda: terminal.state == "T", "it sleeps")
            self.assertTrue(terminal.is_as_before)
            terminal.process.send_signal(signal.SIGCONT)
            until(lambda: terminal.is_taken, "it has the terminal again")
            terminal.type("/status\r")
            terminal.shows("profile default")

    def test_without_a_gateway_it_says_so_and_ends(self) -> None:
        self.configure({"gateway": {"mode": "local", "port": self.port}})
        terminal = Terminal(self, "tui")
        self.assertEqual(terminal.wait(), 3)
        terminal.shows("no gateway answers")
        self.assertTrue(terminal.is_as_before)


class Talks(ChatTest):
    def test_an_answer_appears_as_it_comes(self) -> None:
        with serving() as model:
            model.go.clear()
            self.begin(model)
            terminal = self.chat(columns=40)
            terminal.type("Good morning\r")
            terminal.shows("Hello from")
            terminal.shows("answering")
            self.assertNotIn("the fake model.", terminal.text)
            model.go.set()
            terminal.shows("the fake model.")

    def test_history_is_there_at_the_start(self) -> None:
        with serving() as model:
            self.begin(model)
            self.assertEqual(self.run_to_end("agent", "--message", "Remember cedar").code, 0)
            terminal = self.chat()
            terminal.shows("> Remember cedar\nHello from the fake model.")
            self.assertNotIn("Remember", self.chat("--history-limit", "0").text)

    def test_what_a_model_says_cannot_steer_the_terminal(self) -> None:
        with serving() as model:
            model.answer = ["a\x1b]0;evil\x07b", "\x1b[2Jc\x9b31md\x08\x1b", "[1;1He \u202e f"]
            self.begin(model)
            terminal = self.chat()
            terminal.type("Hi\r")
            terminal.shows("f\n")
            for order in (b"\x1b]", b"\x07", b"\x1b[2J", b"\x9b", b"\x08", b"\x1b[1;1H", "\u202e".encode()):
                self.assertNotIn(order, terminal.bytes.replace(b"\xc2\x9b", b"\x9b"))
            self.assertIn("evil", terminal.text)
            # On one line for one command, and piped as it is.
            line = Terminal(self, "agent", "--message", "Hi")
            self.assertEqual(line.wait(), 0)
            line.shows("evil")
            self.assertNotIn(b"\x1b]", line.bytes)
            self.assertIn("\x1b]0;evil\x07", self.run_to_end("agent", "--message", "Hi").output)

    def test_ctrl_c_ends_the_answer_and_not_the_chat(self) -> None:
        with serving() as model:
            model.go.clear()
            self.begin(model)
            terminal = self.chat()
            terminal.type("Tell me all\r")
            terminal.shows("Hello from")
            terminal.type("\x03")
            terminal.shows("  ended")
            terminal.type("/status\r")
            terminal.shows("profile default")

    def test_the_line_can_be_edited(self) -> None:
        self.begin()
        terminal = self.chat()
        terminal.type("/whoamx\x7fi日\x7f\x1b[D\x1b[D\x1b[C\x1b[C\r")
        terminal.shows("> /whoami\n")
        terminal.type("\x1b[A\r")
        until(lambda: terminal.text.count("> /whoami\n") >= 2, "the line of before")
        terminal.type("\x1b[200~/help\nmodel\x1b[201~")
        terminal.shows("/help⏎model")

    def test_it_finds_its_gateway_again(self) -> None:
        gateway = self.begin()
        terminal = self.chat()
        terminal.type("/whoami\r")
        terminal.shows("> /whoami\n")
        gateway.terminate()
        terminal.shows("trying again in")
        terminal.type("kept\r")
        terminal.shows("not connected; nothing was sent")
        self.start("gateway", "run").ready()
        until(lambda: terminal.text.rstrip().endswith("> kept") and "Ctrl-D ends" in terminal.text[-80:], "connected again")
        terminal.type("\x15/status\r")
        terminal.shows("profile default")

    def test_a_new_width_is_taken_over(self) -> None:
        self.begin()
        terminal = self.chat()
        terminal.resize(40)
        terminal.type("/status\r")
        terminal.shows("OpenClaw gateway")
        terminal.shows("Log:")
        rows = terminal.rows
        last = max(number for number, row in enumerate(rows) if "OpenClaw gateway" in row)
        self.assertGreater(len(rows), last + 5)
        for row in rows[last + 1:]:
            self.assertLessEqual(len(row), 40, row)

    def test_without_colour_there_is_none(self) -> None:
        self.begin()
        terminal = self.chat(NO_COLOR="1")
        terminal.type("/status\r")
        terminal.shows("profile default")
        self.assertNotIn(b"m", b"".join(part[:4] for part in terminal.bytes.split(b"\x1b[")[1:] if part[:1].isdigit()))


class Approvals(ChatTest):
    def test_a_command_that_waits_is_told_and_decided_in_the_chat(self) -> None:
        with serving() as model:
            model.call = ("exec", {"command": "echo approved; true"})
            self.begin(model)
            for options in ({}, {"TERM": "dumb"}):
                terminal = Terminal(self, "tui", "--session-key", f"agent:main:{len(options)}", columns=60, **options)
                terminal.type("Do it\r")
                terminal.shows("wants to run: echo approved; true (a shell runs this")
                terminal.shows("allow-once, allow-always or deny")
                reply, = set(re.findall(r"/approve [0-9a-f]{8}\b", terminal.text))
                terminal.type(f"{reply} allow-once\r")
                terminal.shows("allow-once: echo approved; true")
                terminal.shows("Hello from the fake model.")
                result = next(message for message in model.requests[-1]["messages"] if message["role"] == "tool")
                self.assertIn("approved", result["content"])
                terminal.type("\x04")
                self.assertEqual(terminal.wait(), 0)

    def test_one_message_from_the_shell_tells_it_as_well(self) -> None:
        with serving() as model:
            model.call = ("exec", {"command": "echo approved; true"})
            self.begin(model)
            asking = Terminal(self, "agent", "--message", "Do it", columns=200)
            reply = until(lambda: re.search(r"'(/approve \S+ allow-once)'", asking.text), "the question").group(1)
            decided = self.run_to_end("agent", "--message", reply.replace("allow-once", "deny"))
            self.assertEqual(decided.output, "deny: echo approved; true\n")
            self.assertEqual(asking.wait(), 0)


class PlainLines(ChatTest):
    def test_in_a_pipe_each_line_is_answered_in_turn(self) -> None:
        with serving() as model:
            self.begin(model)
            read, write = os.pipe()
            os.write(write, b"/whoami\nGood morning\n")
            os.close(write)
            chat = self.run_to_end("tui", stdin=read)
            os.close(read)
            self.assertEqual(chat.code, 0, chat)
            self.assertTrue(chat.output.endswith("Hello from the fake model.\n"), chat)
            self.assertNotIn("\x1b", chat.output + chat.error)

    def test_a_dumb_terminal_gets_plain_lines(self) -> None:
        self.begin()
        terminal = Terminal(self, "tui", TERM="dumb")
        terminal.type("/status\n")
        terminal.shows("profile default")
        self.assertNotIn(b"\x1b", terminal.bytes)
        terminal.type("/quit\n")
        self.assertEqual(terminal.wait(), 0)
        self.assertTrue(terminal.is_as_before)

    def test_a_run_that_failed_is_told_by_the_exit_code(self) -> None:
        with serving() as model:
            model.status = 401
            self.begin(model)
            answer = self.run_to_end("agent", "--message", "Hi")
            self.assertIn("key", answer.output + answer.error)
            read, write = os.pipe()
            os.write(write, b"Hi\n")
            os.close(write)
            self.assertIn("key", self.run_to_end("tui", stdin=read, stderr=subprocess.STDOUT).output)
            os.close(read)


if __name__ == "__main__":
    unittest.main()
