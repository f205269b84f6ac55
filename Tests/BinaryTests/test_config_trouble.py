"""Configurations that are none, and places where none can be written: nothing hangs, nothing is lost, all is named."""

import json
import os
import subprocess
import unittest
from collections.abc import Callable
from pathlib import Path

from harness import RUN, BinaryTest, until

GOOD = '{\n  gateway: { mode: "local" }, // mine\n}\n'
LIMIT = 4 << 20

#: What stands in the place of the file, and words of the refusal.
BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a directory": (lambda path: path.mkdir(), "is not a regular file"),
    "a pipe": (lambda path: os.mkfifo(path), "is not a regular file"),
    "100 MB": (lambda path: os.truncate(touched(path), 100 << 20), f"larger than the {LIMIT} bytes"),
    "zero bytes within": (lambda path: path.write_bytes(b'{ gateway: { mode: "loc\0al" } }'), "gateway.mode"),
    "zero bytes behind": (lambda path: path.write_bytes(GOOD.encode() + b"\0" * 512), "U+0000"),
    "UTF-16": (lambda path: path.write_text(GOOD, encoding="utf-16"), "not valid UTF-8"),
    "Latin-1": (lambda path: path.write_bytes(b'{ ui: "\xe4" }'), "not valid UTF-8"),
    "nothing": (lambda path: touched(path), "the end of the text"),
    "a list": (lambda path: path.write_text("[]"), "it must be an object"),
    "half of it": (lambda path: path.write_text(GOOD[:20]), "1 problem"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "symbolic links"),
    "very deep": (lambda path: path.write_text("{a:" * 5000 + "1" + "}" * 5000), "nested too deeply"),
}


def touched(path: Path) -> Path:
    path.touch()
    return path


class ConfigTrouble(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.state.mkdir(mode=0o700)
        self.file = self.state / "openclaw.json"

    def test_what_is_no_configuration_is_named_and_left_alone(self) -> None:
        for name, (make, words) in BAD.items():
            with self.subTest(name):
                make(self.file)
                before = self.file.lstat()
                for arguments, code in ((("config", "validate"), 1), (("config", "set", "gateway.port", "18790"), 1),
                                        (("config", "get", "gateway.port"), 1), (("status",), 3), (RUN, 78)):
                    finished = self.run_to_end(*arguments)
                    self.assertEqual(finished.code, code, finished)
                    self.assertIn(words, finished.output + finished.error)
                after = self.file.lstat()
                self.assertEqual((before.st_ino, before.st_mtime_ns, before.st_mode), (after.st_ino, after.st_mtime_ns, after.st_mode))
                self.file.rmdir() if self.file.is_dir() else self.file.unlink()

    def test_under_a_running_gateway_it_keeps_what_it_has(self) -> None:
        self.file.write_text(GOOD)
        gateway = self.start().ready()
        for name, (make, _) in BAD.items():
            with self.subTest(name):
                said = gateway.error.count("the changed configuration is not used")
                self.file.rmdir() if self.file.is_dir() else self.file.unlink()
                make(self.file)
                until(lambda: gateway.error.count("the changed configuration is not used") > said, "it says so")
                self.assertTrue(gateway.answers())
        self.assertEqual(gateway.terminate(), 0)

    def test_a_byte_order_mark_is_none_of_the_text_and_stays(self) -> None:
        self.file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
        self.assertEqual(self.run_to_end("config", "set", "gateway.port", "18790").code, 0)
        self.assertTrue(self.file.read_bytes().startswith(b"\xef\xbb\xbf{"))
        self.assertEqual(self.start().ready().terminate(), 0)

    def test_a_link_stays_and_what_it_leads_to_is_changed(self) -> None:
        target = self.home / "dotfiles" / "openclaw.json"
        target.parent.mkdir()
        target.write_text(GOOD)
        self.file.symlink_to("../dotfiles/openclaw.json")
        dead = target.parent / ".openclaw-tmp-1f"
        dead.write_text("")
        self.assertEqual(self.run_to_end("config", "set", "gateway.port", "18790").code, 0)
        self.assertTrue(self.file.is_symlink())
        self.assertIn("port: 18790", target.read_text())
        self.assertEqual([path.name for path in target.parent.iterdir()], ["openclaw.json"])

    def test_a_link_to_nowhere_names_where(self) -> None:
        self.file.symlink_to("nowhere/openclaw.json")
        finished = self.run_to_end("config", "set", "gateway.mode", "local")
        self.assertEqual(finished.code, 1)
        self.assertIn(f"mkdir -p {self.state}/nowhere", finished.error)

    def test_a_value_that_would_make_the_file_unreadable_is_refused(self) -> None:
        self.file.write_text(GOOD)
        value = self.scratch("value")
        value.write_text("v" * (LIMIT + 1))
        with value.open("rb") as stream:
            finished = self.run_to_end("config", "set", "ui.x", "-", stdin=stream)
        self.assertEqual(finished.code, 1)
        self.assertIn(f"larger than the {LIMIT} bytes", finished.error)
        self.assertLess(len(finished.error), 1000)
        self.assertEqual(self.file.read_text(), GOOD)

    def test_a_path_without_an_end_is_refused_at_once(self) -> None:
        self.file.write_text(GOOD)
        finished = self.run_to_end("config", "set", ".".join(["a"] * 3000), "1")
        self.assertEqual(finished.code, 1)
        self.assertIn("3000 parts", finished.error)

    def mounted(self, options: str) -> Path:
        disk = self.scratch("disk")
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", disk], check=True)
        (disk / "openclaw.json").write_text(GOOD)
        return disk

    def test_a_full_disk_leaves_the_old_file(self) -> None:
        disk = self.mounted("size=64k,mode=0700")
        with (disk / "filler").open("wb", buffering=0) as filler, self.assertRaises(OSError):
            while True:
                filler.write(b"x" * 4096)
        for arguments in ((), ("--json",)):
            finished = self.run_to_end("config", "set", "gateway.port", "18790", *arguments, env={"OPENCLAW_STATE_DIR": str(disk)})
            self.assertEqual(finished.code, 1)
            self.assertIn("No space left on device", finished.output + finished.error)
            self.assertEqual((disk / "openclaw.json").read_text(), GOOD)
            self.assertFalse(list(disk.glob(".openclaw-tmp-*")))
        self.assertEqual(json.loads(finished.output)["error"]["reason"], "not-written")

    def test_a_disk_that_is_read_only_can_be_read(self) -> None:
        disk = self.mounted("size=64k,mode=0700")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        env = {"OPENCLAW_STATE_DIR": str(disk)}
        self.assertEqual(self.run_to_end("config", "validate", env=env).code, 0)
        self.assertEqual(self.run_to_end("config", "get", "gateway.mode", env=env).output, "local\n")
        for arguments in (("config", "set", "gateway.port", "18790"), RUN):
            finished = self.run_to_end(*arguments, env=env)
            self.assertEqual(finished.code, 1)
            self.assertIn("mounted read-only", finished.error)


if __name__ == "__main__":
    unittest.main()
