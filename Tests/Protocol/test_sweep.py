"""The sweep finds what is planted, and nothing else."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from wire.gateway import until
from wire.sweep import Sweep

SECRET = "a-secret/that is planted"


class Planted(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name)
        self.sweep = Sweep()
        self.sweep.shared("the token", SECRET)

    def file(self, name: str, mode: int, text: str = SECRET) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"before {text} behind")
        path.chmod(mode)

    def found(self) -> str:
        self.sweep.files(self.root)
        return "; ".join(self.sweep.finish())

    def test_a_private_file_may_hold_it(self) -> None:
        self.file("openclaw.json", 0o600)
        self.assertEqual(self.found(), "")

    def test_a_file_that_others_read_may_not(self) -> None:
        for mode in (0o640, 0o604, 0o644):
            self.file(f"state-{mode:o}.json", mode)
        self.assertEqual(self.found().count("the token in state-"), 3)

    def test_a_log_may_not_whoever_reads_it(self) -> None:
        self.file("logs/day.log", 0o600)
        self.assertIn("the token in logs/day.log", self.found())

    def test_a_reply_may_not_in_any_of_its_forms(self) -> None:
        for form in (SECRET, "a-secret%2Fthat%20is%20planted", "YS1zZWNyZXQvdGhhdCBpcyBwbGFudGVk"):
            sweep = Sweep()
            sweep.shared("the token", SECRET)
            sweep.reply(f"reply {form}".encode())
            self.assertEqual(len(sweep.finish()), 1, form)

    def test_a_device_is_told_its_token_in_a_reply(self) -> None:
        self.sweep.told("a device's token", "the-token-of-a-device")
        self.sweep.reply(b"the-token-of-a-device")
        self.assertEqual(self.sweep.finish(), [])

    def test_argv_of_any_process_may_not(self) -> None:
        self.sweep.start()
        process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()", SECRET], stdin=subprocess.PIPE)
        try:
            until(lambda: self.sweep._hits, "the sampler finds it")
        finally:
            process.stdin.close()
            process.wait()
        self.assertIn("the token in argv of", self.found())

    def test_what_is_too_short_is_no_secret(self) -> None:
        with self.assertRaises(ValueError):
            self.sweep.shared("a word", "short")


if __name__ == "__main__":
    unittest.main()
