"""`openclaw backup`: one archive of all that belongs to a gateway, made while it runs, checked, and put back."""

import io
import json
import os
import signal
import tarfile
import time
import unittest
from pathlib import Path

from harness import RUN, BinaryTest, Finished, until

# More than a restore of these tests has.
STEPS = 200


class Backup(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.configure({"gateway": {"mode": "local", "auth": {"mode": "token", "token": "a-token-for-tests"}}})
        (self.state / "workspace").mkdir()
        (self.state / "workspace" / "note.md").write_text("remember\n")
        (self.state / "workspace" / "link").symlink_to("/etc/passwd")
        self.archive = self.scratch("backup.tar.gz")

    def backup(self, *arguments: str, code: int = 0) -> Finished:
        finished = self.run_to_end("backup", *arguments)
        self.assertEqual(finished.code, code, finished)
        self.assertNotIn("a-token-for-tests", finished.output + finished.error)
        return finished

    def pack(self) -> dict[str, object]:
        return json.loads(self.backup("create", "--output", str(self.archive), "--json").output)

    def next_second(self) -> None:
        """What is moved aside is called by the second."""
        before = time.time()
        until(lambda: int(time.time()) > int(before), "another second")

    def test_what_is_packed_while_the_gateway_runs_is_put_back_when_it_does_not(self) -> None:
        gateway = self.start(*RUN).ready()
        answer = self.pack()
        self.assertEqual(answer["leftOut"], [{"path": f"{self.state}/workspace/link", "reason": "it is a link"}])
        self.assertEqual(self.archive.stat().st_mode & 0o777, 0o600)
        with tarfile.open(self.archive) as tar:
            names = tar.getnames()
            self.assertIn("state/openclaw.sqlite", names)
            self.assertIn("workspace-0/note.md", names)
            self.assertFalse([name for name in names if name.endswith(("-wal", "-shm", ".lock", ".sock"))])
            manifest = json.load(tar.extractfile("manifest.json"))
            self.assertEqual(manifest["profile"], "default")
        self.backup("verify", str(self.archive))
        refusal = json.loads(self.backup("restore", str(self.archive), "--json", code=1).output)["error"]
        self.assertEqual(refusal["reason"], "gateway-runs")
        self.assertEqual(gateway.terminate(), 0)
        (self.state / "workspace" / "note.md").write_text("forgotten\n")
        (self.state / "openclaw.json").write_text("{")
        restored = json.loads(self.backup("restore", str(self.archive), "--json").output)
        self.assertEqual((self.state / "workspace" / "note.md").read_text(), "remember\n")
        aside = [Path(path) for path in restored["movedAside"]]
        self.assertEqual((aside[0] / "openclaw.json").read_text(), "{")
        self.assertEqual((aside[1] / "note.md").read_text(), "forgotten\n")
        self.start(*RUN).ready()

    def test_a_restore_that_is_killed_is_taken_back_by_the_next(self) -> None:
        self.pack()
        for number in range(20):
            (self.state / f"kept-{number}").write_text(str(number))
        journal = self.state / ".openclaw-restore.json"
        process = self.launch(("backup", "restore", str(self.archive), "--yes")).process
        while process.poll() is None and not journal.exists():
            pass
        process.kill()
        process.wait()
        was_cut = journal.exists()
        self.next_second()
        finished = self.backup("restore", str(self.archive), "--yes")
        self.assertEqual("was cut short" in finished.error, was_cut)
        self.assertEqual((self.state / "workspace" / "note.md").read_text(), "remember\n")
        self.assertEqual(self.run_to_end("config", "validate").code, 0)
        self.assertEqual(sorted(self.state.glob(".openclaw-*")), [])
        for number in range(20):
            self.assertEqual(len(list(self.state.glob(f"before-restore-*/kept-{number}"))), 1)

    def test_whereever_a_restore_is_killed_the_gateway_starts_on_what_was_before(self) -> None:
        """Before each move of a file, and before the last sign of it is taken away."""
        self.pack()
        (self.state / "workspace" / "note.md").write_text("what is there now\n")
        (self.state / "kept").write_text("kept\n")
        config = (self.state / "openclaw.json").read_text()
        journal = self.state / ".openclaw-restore.json"
        cut = 0
        # The note is written by one call, files are moved by another, and the note goes by a third.
        for call in ("renameat", "rename", "unlink"):
            for step in range(1, STEPS):
                wrapper = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                           "-e", f"inject={call}:signal=SIGKILL:when={step}"]
                restore = self.launch(("backup", "restore", str(self.archive), "--yes"), wrapper=wrapper)
                if restore.wait() == 0:
                    break
                self.assertEqual(restore.wait(), -signal.SIGKILL, restore.error)
                was_cut = journal.exists()
                cut += was_cut
                gateway = self.start(*RUN).ready()
                where = f"{call} {step}"
                self.assertEqual((self.state / "workspace" / "note.md").read_text(), "what is there now\n", where)
                self.assertEqual((self.state / "kept").read_text(), "kept\n", where)
                self.assertEqual((self.state / "openclaw.json").read_text(), config, where)
                self.assertFalse(journal.exists(), where)
                self.assertEqual("a restore was cut short" in gateway.error, was_cut, where)
                self.assertEqual(gateway.terminate(), 0)
            else:
                self.fail(f"still killed at step {STEPS} of {call}")
            self.assertEqual((self.state / "workspace" / "note.md").read_text(), "remember\n", "this one was whole")
            (self.state / "workspace" / "note.md").write_text("what is there now\n")
            (self.state / "kept").write_text("kept\n")
            self.next_second()
        self.assertGreater(cut, 10, "the restore was killed between its moves")

    def test_what_cannot_be_taken_back_keeps_the_gateway_from_starting(self) -> None:
        journal = self.state / ".openclaw-restore.json"
        journal.mkdir()
        refused = self.run_to_end(*RUN, "--json")
        self.assertEqual(refused.code, 78, refused.error)
        error = json.loads(refused.output)["error"]
        self.assertEqual(error["reason"], "restore-cut")
        self.assertIn(str(journal), " ".join(error["details"]))

    def test_a_broken_configuration_can_be_packed(self) -> None:
        (self.state / "openclaw.json").write_text("{ broken")
        self.assertIn("it is not valid", self.pack()["leftOut"][0]["reason"])
        self.backup("verify", str(self.archive))

    def test_an_archive_is_never_replaced_nor_put_into_what_it_packs(self) -> None:
        self.pack()
        before = self.archive.read_bytes()
        self.backup("create", "--output", str(self.archive), code=1)
        self.assertEqual(self.archive.read_bytes(), before)
        inside = self.state / "workspace" / "b.tar.gz"
        self.assertIn("lies in what is packed", self.backup("create", "--output", str(inside), code=1).error)
        self.assertFalse(inside.exists())
        self.assertEqual([name for name in os.listdir(self.archive.parent) if "openclaw-" in name], [])

    def test_cut_and_hostile_archives_are_named_and_change_nothing(self) -> None:
        self.pack()
        whole = self.archive.read_bytes()
        self.archive.write_bytes(whole[: len(whole) // 2])
        self.assertIn("is cut off", self.backup("restore", str(self.archive), "--yes", code=1).error)
        for name, kind in (("../up", tarfile.REGTYPE), ("/etc/x", tarfile.REGTYPE), ("state/l", tarfile.SYMTYPE),
                           ("state/h", tarfile.LNKTYPE), ("state/d", tarfile.CHRTYPE), ("state/f", tarfile.FIFOTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.linkname = "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            with tarfile.open(self.archive, "w:gz", format=tarfile.USTAR_FORMAT) as tar:
                tar.addfile(entry, io.BytesIO())
            finished = self.backup("restore", str(self.archive), "--yes", code=1)
            self.assertIn("which is refused", finished.error)
        self.assertEqual((self.state / "workspace" / "note.md").read_text(), "remember\n")
        self.assertEqual([name for name in os.listdir(self.state) if "restore" in name], [])

    def test_an_archive_of_python_s_with_a_long_name_is_understood(self) -> None:
        deep = self.state / "workspace" / "/".join(f"directory-{number}" for number in range(20))
        deep.mkdir(parents=True)
        (deep / "Ünïcode.md").write_text("deep\n")
        self.pack()
        with tarfile.open(self.archive) as tar:
            name = next(name for name in tar.getnames() if name.endswith("Ünïcode.md"))
            self.assertEqual(tar.extractfile(name).read(), b"deep\n")


if __name__ == "__main__":
    unittest.main()
