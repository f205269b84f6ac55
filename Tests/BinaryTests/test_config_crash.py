"""A write of the configuration, cut at each of its system calls, and several writers at once.

strace kills the program on its way into a call. Which calls there are is read from an undisturbed run, and each of them
has to be among those at which a run was killed.
"""

import json
import re
import subprocess
import unittest
from collections import Counter

from harness import BinaryTest, Finished, until

OLD, NEW, AFTER = 18790, 18791, 18792
TEXT = f'{{\n  // where clients come\n  gateway: {{ mode: "local", port: {OLD} }},\n}}\n'
TEMPORARY = ".openclaw-tmp-"
#: All that a write does with files, by the way their calls are counted: those that the start of a program makes as
#: well are counted for our paths alone.
OF_PATHS = ("openat", "renameat", "unlinkat")
OF_WRITES = ("write", "pwrite64", "fsync", "fchmod", "flock", "ftruncate")
CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<rest>.*)$")
MOST_CALLS = 60
ROUNDS = 16


class Crash(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.state.mkdir(mode=0o700)
        self.file = self.state / "openclaw.json"

    def begin(self) -> None:
        """The old file and nothing else."""
        for path in self.state.iterdir():
            path.unlink()
        self.file.write_text(TEXT)
        self.file.chmod(0o600)

    def trace(self, calls: tuple[str, ...], *options: str) -> tuple[Finished, list[str]]:
        """Runs `config set` under strace; what it did to files in the state directory, a line each."""
        trace = self.scratch("trace")
        paths = [option for name in ("", "/openclaw.json", "/openclaw.json.lock") for option in ("-P", f"{self.state}{name}")]
        finished = self.run_to_end(
            "config", "set", "gateway.port", str(NEW),
            wrapper=("strace", "-f", "-qq", "-y", "-s", "0", "-o", str(trace), "-e", f"trace={','.join(calls)}",
                     *(paths if calls == OF_PATHS else ()), *options))
        return finished, trace.read_text().splitlines()

    def steps(self, lines: list[str]) -> list[str]:
        """The calls among them that are about our files, each with its number among its like."""
        counts: Counter[str] = Counter()
        found = []
        for line in lines:
            if not (match := CALL.match(line)) or str(self.state) not in line:
                continue
            # What differs from run to run: descriptors, the names of temporary files, times.
            step = re.sub(r"\b\d+<", "<", f"{match['name']} {match['rest'].rpartition(') ')[0] or match['rest']}")
            step = re.sub(re.escape(TEMPORARY) + "[0-9a-f]+", "TEMPORARY", step)
            step = re.sub(r"bak\.[0-9TZ.]+", "BACKUP", step)
            counts[step] += 1
            found.append(f"{step} #{counts[step]}")
        return found

    def is_old_or_new(self) -> int:
        text = self.file.read_text()
        self.assertIn(text, (TEXT, TEXT.replace(str(OLD), str(NEW))))
        for path in self.state.glob("openclaw.json.bak.*"):
            self.assertEqual(path.read_text(), TEXT, "a backup is whole")
        return OLD if text == TEXT else NEW

    def goes_on(self) -> None:
        finished = self.run_to_end("config", "set", "gateway.port", str(AFTER))
        self.assertEqual(finished.code, 0, finished)
        self.assertEqual(self.file.read_text(), TEXT.replace(str(OLD), str(AFTER)))
        self.assertEqual([path.name for path in self.state.iterdir() if path.name.startswith(TEMPORARY)], [])

    def test_killed_at_each_call_it_leaves_the_old_file_or_the_new_one(self) -> None:
        left = set()
        for calls in (OF_PATHS, OF_WRITES):
            self.begin()
            finished, lines = self.trace(calls)
            self.assertEqual(finished.code, 0, finished)
            # Behind the last of these the new file is there to stay, and the lock is given back.
            whole = self.steps(lines)
            end = max(number for number, step in enumerate(whole) if step.startswith(("renameat", "fsync")))
            missing = set(whole[:end + 1])
            self.assertGreater(len(missing), 5, lines)
            # Threads that wake each other call differently often: what one round did not meet, the next one does.
            for _ in range(ROUNDS):
                for name in sorted({step.split(" ")[0] for step in missing}):
                    missing -= self.kill_at_each(name, calls, left)
            self.assertEqual(missing, set(), "calls at which no run was killed")
        # It was old with and without a temporary file beside it, and it was new: the kills came all along the way.
        self.assertEqual(left, {(OLD, False), (OLD, True), (NEW, False)})

    def kill_at_each(self, name: str, calls: tuple[str, ...], left: set[tuple[int, bool]]) -> set[str]:
        """Kills runs at the first call of that name, at the second, and so on until one survives; gives the steps."""
        killed_at = set()
        for number in range(1, MOST_CALLS):
            self.begin()
            finished, lines = self.trace(calls, "-e", f"inject={name}:signal=KILL:when={number}")
            state = self.is_old_or_new()
            if finished.code == 0:
                self.assertEqual(state, NEW)
                return killed_at
            left.add((state, any(path.name.startswith(TEMPORARY) for path in self.state.iterdir())))
            # The call that was never made has no result.
            killed_at |= {step for step, line in self.matched(lines) if line.rstrip().endswith("= ?")}
            self.goes_on()
        raise AssertionError(f"{name} is called at least {MOST_CALLS} times")

    def matched(self, lines: list[str]) -> list[tuple[str, str]]:
        ours = [line for line in lines if CALL.match(line) and str(self.state) in line]
        return list(zip(self.steps(lines), ours, strict=True))

    def test_files_that_others_left_stay(self) -> None:
        self.begin()
        names = (f"{TEMPORARY}mine", ".openclaw.json.swp", "openclaw.json~", "openclaw.json.bak.1")
        for name in names:
            (self.state / name).write_text("somebody's")
        dead = self.state / f"{TEMPORARY}1a2b3c"
        dead.write_text("of a killed writer")
        self.assertEqual(self.run_to_end("config", "set", "gateway.port", str(NEW)).code, 0)
        self.assertFalse(dead.exists())
        for name in names:
            self.assertEqual((self.state / name).read_text(), "somebody's")

    def test_a_temporary_file_of_a_writer_at_work_stays(self) -> None:
        self.begin()
        busy = self.state / f"{TEMPORARY}77"
        with subprocess.Popen(["flock", str(busy), "sh", "-c", "echo; read -r _"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdin and holder.stdout
            holder.stdout.readline()
            self.assertEqual(self.run_to_end("config", "set", "gateway.port", str(NEW)).code, 0)
            self.assertTrue(busy.exists())
            holder.stdin.close()


class Together(BinaryTest):
    """Commands and an editor at once."""

    SETTERS = 20

    def test_each_of_many_writers_is_in_the_file_or_was_refused(self) -> None:
        self.state.mkdir(mode=0o700)
        file = self.state / "openclaw.json"
        file.write_text('{\n  gateway: { mode: "local" },\n}\n')
        setters = [
            self.launch(("config", "set", f"env.SETTER_{number}", f"v{number}", "--json"))
            for number in range(self.SETTERS)
        ]
        # An editor opens what is there, thinks, and saves its own text by rename, as editors do.
        until(lambda: "SETTER_" in file.read_text(), "the first of them")
        opened = file.read_text()
        saved = opened.rstrip().removesuffix("}") + '  ui: { assistant: { name: "edited" } },\n}\n'
        draft = self.scratch("draft")
        draft.write_text(saved)
        before_save = [setter for setter in setters if setter.process.poll() == 0]
        draft.rename(file)
        codes = [setter.wait() for setter in setters]
        text = file.read_text()
        self.assertIn('name: "edited"', text, "the editor's work stays")
        value = json.loads(self.run_to_end("config", "get", "env", "--json").output)
        overwritten = 0
        for number, (setter, code) in enumerate(zip(setters, codes, strict=True)):
            is_there = f"SETTER_{number}" in value
            if code == 0:
                # What an editor saved over is the editor's doing; it is in a backup all the same.
                if not is_there:
                    overwritten += 1
                    self.assertNotIn(f"SETTER_{number}", opened)
            else:
                self.assertEqual((code, json.loads(setter.output)["error"]["exitCode"]), (75, 75))
                self.assertFalse(is_there)
        self.assertLessEqual(overwritten, self.SETTERS - len(before_save))
        # A command that began after the save meets it.
        self.assertEqual(self.run_to_end("config", "set", "env.LAST", "here").code, 0)
        self.assertIn('name: "edited"', file.read_text())
        self.assertIn("LAST", file.read_text())

    def test_without_an_editor_none_is_lost(self) -> None:
        self.state.mkdir(mode=0o700)
        file = self.state / "openclaw.json"
        file.write_text('{\n  // kept\n  gateway: { mode: "local" },\n}\n')
        setters = [self.launch(("config", "set", f"env.SETTER_{number}", "1")) for number in range(self.SETTERS)]
        confirmed = [number for number, setter in enumerate(setters) if setter.wait() in (0, 75) and setter.process.returncode == 0]
        self.assertGreater(len(confirmed), 0)
        text = file.read_text()
        self.assertEqual([number for number in range(self.SETTERS) if f"SETTER_{number}:" in text], confirmed)
        self.assertIn("// kept", text)
        self.assertEqual([path.name for path in self.state.iterdir() if path.name.startswith(TEMPORARY)], [])


if __name__ == "__main__":
    unittest.main()
