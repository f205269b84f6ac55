"""What somebody does first: the commands that Scripts/run prints, typed as they stand."""

import os
import re
import subprocess
import unittest
from pathlib import Path

from fake_model import serving
from harness import DEADLINE, BinaryTest, binary, until
from terminal import Terminal

REPOSITORY = Path(__file__).resolve().parents[2]


class FirstSteps(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.start("--dev", "gateway", "run", "--allow-unconfigured", "--port", "0").ready()
        self.steps = self.printed()

    def printed(self) -> list[str]:
        """The lines of Scripts/run that are to be typed."""
        script = (REPOSITORY / "Scripts" / "run").read_text()
        function = re.search(r"(?ms)^first_steps\(\) \{\n.*?^\}\n", script)
        assert function
        bin_dir = self.scratch("bin")
        bin_dir.mkdir()
        (bin_dir / "openclaw").symlink_to(binary())
        text = subprocess.run(
            ["bash", "-c", f"release_dir={bin_dir}\n{function[0]}\nfirst_steps"], capture_output=True, text=True,
            check=True).stdout
        steps = [line.strip() for line in text.splitlines() if line.startswith("  ")]
        self.assertTrue(steps[0].startswith("export PATH="), steps)
        return steps

    def step(self, *words: str) -> str:
        """The one that has all these words."""
        found, = [step for step in self.steps if all(word in step for word in words)]
        return found

    def typed(self, command: str, code: int = 0) -> str:
        """What a shell shows, in which the first step was done."""
        shell = subprocess.run(
            ["bash", "-c", f"{self.steps[0]}\n{command}"], env=self.environment(), capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=DEADLINE)
        self.assertEqual(shell.returncode, code, f"{command}: {shell}")
        return shell.stdout + shell.stderr

    def test_without_a_model_each_gives_an_answer_and_no_key_is_asked_for(self) -> None:
        hello = self.typed(self.step("'Hello'"))
        self.assertIn("builtin/operator", hello)
        self.assertIn("models auth add anthropic && ", hello)
        status = self.typed(self.step("/status"))
        self.assertIn("profile dev", status)
        self.assertIn("builtin/operator", status)
        self.assertIn(str(self.home / ".openclaw-dev" / "openclaw.json"), status)

    def test_the_chat_answers_likewise(self) -> None:
        words = self.step("tui").split()
        self.assertEqual(words[0], "openclaw")
        chat = Terminal(self, *words[1:])
        chat.type("Hello\r")
        chat.shows("builtin/operator")
        chat.type("/status\r")
        chat.shows("profile dev")
        chat.type("/quit\r")
        self.assertEqual(chat.wait(), 0)
        self.assertTrue(chat.is_as_before)

    def test_a_model_set_up_as_it_says_answers(self) -> None:
        with serving() as model:
            self.typed(self.step("--base-url").replace("http://127.0.0.1:8080/v1", model.base))
            self.typed(self.step("local/NAME").replace("NAME", "fake"))
            self.assertIn("1 of 1 answer", self.typed(self.step("models test")))
            self.answered("Hello from the fake model.")
            self.assertEqual({request["model"] for request in model.requests}, {"fake"})
            chat = Terminal(self, *self.step("tui").split()[1:])
            chat.type("Good morning\r")
            until(lambda: "Hello from the fake model." in chat.text.rpartition("> Good morning\n")[2], "its answer")

    def test_a_model_set_up_as_the_operator_says_answers(self) -> None:
        hello = self.typed(self.step("'Hello'"))
        advice = re.search(r"speaks the OpenAI API: (.*)\)", hello)
        self.assertTrue(advice, hello)
        with serving() as model:
            self.typed(advice[1].replace("http://127.0.0.1:8080/v1", model.base).replace("NAME", "fake"))
            self.answered("Hello from the fake model.")

    def answered(self, words: str) -> None:
        """At once: each command says that the running gateway has taken over what it changed."""
        self.assertIn(words, self.typed(self.step("'Hello'")))

    def test_the_key_is_asked_for_and_not_shown(self) -> None:
        with serving() as model:
            words = ["--dev", "models", "auth", "add", "keyed", "--base-url", model.base]
            terminal = Terminal(self, *words)
            terminal.shows("Key of keyed (it is not shown):")
            terminal.type("sk-test-secretx\x7f\r")
            self.assertEqual(terminal.wait(), 0)
            self.assertNotIn("sk-test", terminal.text)
            self.assertTrue(terminal.is_as_before)
            self.typed("openclaw --dev models set keyed/fake")
            self.answered("Hello from the fake model.")
            self.assertEqual(set(model.keys), {"Bearer sk-test-secret"})

    def test_a_key_that_is_not_given_changes_nothing(self) -> None:
        terminal = Terminal(self, "--dev", "models", "auth", "add", "anthropic")
        terminal.shows("Key of anthropic")
        terminal.type("half\x03")
        self.assertEqual(terminal.wait(), 1)
        self.assertTrue(terminal.is_as_before)
        self.assertIn("no key was given", self.typed(self.step("auth add anthropic"), code=2))
        self.assertFalse(os.path.exists(self.home / ".openclaw-dev" / "openclaw.json"))


if __name__ == "__main__":
    unittest.main()
