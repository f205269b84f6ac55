"""What the gateway does where the machine fails it: no space, no rights, no home, nobody who reads what it says."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import unittest
from collections.abc import Callable
from pathlib import Path

from harness import RUN, BinaryTest, Connection, Finished, Gateway, binary, messages, until

# A user that no system has: root ignores modes, and whoever is in the user database has a home.
NOBODY = 54321
FULL = "the log file cannot be written"
WRITTEN_AGAIN = "the log file is written again"


class FullDisk(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.disk = self.scratch("disk")
        self.disk.mkdir()
        # Without a file system of its own there is nothing to fill: that is a failure and not a reason to skip.
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", self.disk], capture_output=True, text=True)
        self.assertEqual(mounted.returncode, 0, f"this test has to mount a tmpfs, as root: {mounted.stderr}")
        # Runs before the directory is removed, after every gateway was ended.
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=True)
        self.directory = self.disk / "state"

    def start_on_disk(self) -> Gateway:
        self.directory.mkdir(mode=0o700, exist_ok=True)
        # Signals are to leave a line in the log, and nothing else.
        (self.directory / "openclaw.json").write_text('{ commands: { restart: false } }')
        return self.start(env={"OPENCLAW_STATE_DIR": str(self.directory)})

    def fill(self) -> None:
        with (self.disk / "filler").open("ab", buffering=0) as filler:
            size = 64 * 1024
            while size:
                try:
                    filler.write(b"x" * size)
                except OSError:
                    size //= 2

    def free(self) -> None:
        (self.disk / "filler").unlink()

    def make_it_log(self, gateway: Gateway) -> Callable[[], None]:
        """A function that makes it write one more line, never the same as the last one."""
        signals = [signal.SIGHUP, signal.SIGUSR1]

        def next_line() -> None:
            before = gateway.error.count("without an effect")
            gateway.signal(signals[0])
            until(lambda: gateway.error.count("without an effect") > before, "the signal's line")
            signals.reverse()

        return next_line

    def test_it_answers_says_the_trouble_once_and_recovers(self) -> None:
        gateway = self.start_on_disk().ready()
        log = self.make_it_log(gateway)
        self.fill()

        def is_troubled() -> bool:
            log()
            return FULL in gateway.error

        # The last page of the file has room for some lines more.
        until(is_troubled, "the log's trouble on the terminal")
        for _ in range(10):
            log()
            self.assertTrue(gateway.answers())
        self.assertEqual(gateway.error.count(FULL), 1)
        self.assertIn("free some space", gateway.error)

        self.free()
        until(lambda: WRITTEN_AGAIN in gateway.error, "the log's recovery on the terminal")
        recovery = self.wait_for_message(WRITTEN_AGAIN, self.directory)
        self.assertEqual(recovery["dropped"], 0)
        said = gateway.error.count("signal without an effect")
        kept = [message for message in messages(self.directory) if message == "signal without an effect"]
        self.assertEqual(len(kept), said, "what could not be written was kept in memory")
        self.assertEqual(gateway.terminate(), 0)

    def end_while_full(self) -> None:
        """A run that ends on a full disk, and one after it that has space."""
        gateway = self.start_on_disk().ready()
        log = self.make_it_log(gateway)
        self.fill()
        for _ in range(60):
            log()
        self.assertTrue(gateway.answers())
        self.assertEqual(gateway.terminate(), 0)
        self.free()
        self.assertEqual(self.start_on_disk().ready().terminate(), 0)

    def logged(self) -> list[bytes]:
        return b"".join(path.read_bytes() for path in (self.directory / "logs").iterdir()).splitlines()

    def test_it_ends_well_while_the_disk_is_full(self) -> None:
        self.end_while_full()
        self.assertFalse(list(self.directory.glob("*.damaged-*")))
        # Whatever was cut where the space ended, the next run begins on a line of its own.
        self.assertEqual([json.loads(line)["message"] for line in self.logged()[-4:]],
                         ["listening", "ready", "draining", "stopped"])

    def test_a_line_that_a_full_disk_cut_is_continued_where_it_ends(self) -> None:
        self.end_while_full()
        # Only the last one before the end may be left without its rest.
        torn = [line for line in self.logged() if not (line.startswith(b"{") and line.endswith(b"}"))]
        self.assertLessEqual(len(torn), 1, torn)

    def test_a_start_on_a_full_disk_says_so_and_can_be_repeated(self) -> None:
        self.directory.mkdir(mode=0o700)
        self.fill()
        gateway = self.start(env={"OPENCLAW_STATE_DIR": str(self.directory)})
        self.assertEqual(gateway.wait(), 1)
        self.assertRegex(gateway.error, r"(?m)^openclaw: .*(full|space)")
        self.assertIn(str(self.directory), gateway.error)
        self.free()
        self.assertEqual(self.start_on_disk().ready().terminate(), 0)


class LogTrouble(BinaryTest):
    def goes_on(self, *says: str) -> Gateway:
        gateway = self.start().ready()
        until(lambda: FULL in gateway.error, "the log's trouble on the terminal")
        for words in says:
            self.assertIn(words, gateway.error)
        self.assertTrue(gateway.answers())
        return gateway

    def test_a_log_directory_that_is_a_file(self) -> None:
        self.state.mkdir()
        (self.state / "logs").write_text("precious")
        gateway = self.goes_on("a part of the path is not a directory")
        self.assertEqual(gateway.terminate(), 0)
        self.assertEqual(gateway.error.count(FULL), 1)
        self.assertEqual((self.state / "logs").read_text(), "precious")

    def test_what_waited_is_written_when_the_directory_comes_back(self) -> None:
        self.state.mkdir()
        (self.state / "logs").touch()
        gateway = self.goes_on()
        (self.state / "logs").unlink()
        self.wait_for_message(WRITTEN_AGAIN)
        self.assertIn("listening", messages(self.state))
        self.assertEqual(gateway.terminate(), 0)

    def test_a_log_file_that_someone_removes_is_made_anew(self) -> None:
        gateway = self.start().ready()
        self.wait_for_message("ready")
        shutil.rmtree(self.state / "logs")
        gateway.signal(signal.SIGHUP)
        self.wait_for_message("signal without an effect")
        self.assertEqual(gateway.terminate(), 0)


class Rights(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        # The binary and the home have to be within reach of that user.
        self.program = self.scratch("openclaw")
        self.user: dict[str, object] = {}
        self.scratch("").chmod(0o755)
        if os.geteuid() == 0:
            self.user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(self.home, NOBODY, NOBODY)
        shutil.copyfile(binary(), self.program)
        self.program.chmod(0o755)

    def fails(self, code: int, *says: str, **options: object) -> Finished:
        finished = self.run_to_end(*RUN, program=str(self.program), **self.user, **options)
        self.assertEqual((finished.code, finished.output), (code, ""), finished.error)
        self.assertTrue(finished.error.startswith("openclaw: "), finished.error)
        for words in says:
            self.assertIn(words, finished.error)
        self.assertLessEqual(len(finished.error.splitlines()), 3, finished.error)
        return finished

    def own(self, path: Path, mode: int) -> Path:
        if self.user:
            os.chown(path, NOBODY, NOBODY)
        path.chmod(mode)
        return path

    def test_an_ordinary_user_needs_no_more_than_a_home(self) -> None:
        gateway = self.start(program=str(self.program), **self.user).ready()
        self.assertEqual(gateway.terminate(), 0)

    def test_a_state_directory_that_may_not_be_written(self) -> None:
        self.state.mkdir()
        self.own(self.state, 0o500)
        self.fails(1, f"cannot lock {self.state}/gateway.lock", "Permission denied", "check the owner and mode")
        self.assertEqual(list(self.state.iterdir()), [])

    def test_a_home_that_may_not_be_written(self) -> None:
        self.own(self.home, 0o500)
        self.fails(1, "cannot create the directory", str(self.state), "Permission denied")
        self.own(self.home, 0o700)

    def test_a_state_directory_that_is_a_file(self) -> None:
        self.state.write_text("precious")
        self.own(self.state, 0o600)
        self.fails(78, str(self.state), "a part of the path is not a directory")
        self.assertEqual(self.state.read_text(), "precious")

    def test_a_state_directory_beneath_a_file(self) -> None:
        self.own(self.home, 0o700)
        (self.home / "file").touch()
        path = self.home / "file" / "state"
        self.fails(78, str(path), "a part of the path is not a directory", env={"OPENCLAW_STATE_DIR": str(path)})

    def test_a_store_that_may_not_be_read(self) -> None:
        self.state.mkdir()
        self.own(self.state, 0o700)
        store = self.state / "openclaw.sqlite"
        store.mkdir()
        self.own(store, 0o000)
        finished = self.run_to_end(*RUN, program=str(self.program), **self.user)
        self.assertEqual(finished.code, 1, finished.error)
        self.assertIn(f"openclaw: cannot open the store {store}", finished.error)

    def test_where_no_file_may_grow_it_says_so(self) -> None:
        # As LimitFSIZE= of a service does, whose signal would end the process without a word. What it says goes through
        # a pipe, since no file may grow.
        through_pipe = 'prlimit --fsize=0 "$@" 2>&1 | cat; exit "${PIPESTATUS[0]}"'
        ended = self.launch(RUN, wrapper=("bash", "-c", through_pipe, "_"))
        self.assertEqual(ended.wait(), 1)
        self.assertIn("File too large", ended.output)

    def test_a_port_that_needs_rights(self) -> None:
        gateway = self.start("gateway", "run", "--allow-unconfigured", "--port", "1", program=str(self.program), **self.user)
        if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 1:
            # Some containers give every port to everyone.
            self.assertTrue(gateway.answers())
            return
        self.assertEqual((gateway.wait(), gateway.output), (1, ""))
        self.assertIn("cannot listen on 127.0.0.1:1: Permission denied", gateway.error)

    def test_without_a_home_it_asks_for_one(self) -> None:
        for home in (None, ""):
            self.fails(2, "no home directory: set HOME, or OPENCLAW_STATE_DIR", env={"HOME": home})

    def test_without_a_home_the_state_directory_is_enough(self) -> None:
        environment = {"HOME": None, "OPENCLAW_STATE_DIR": str(self.home / "state")}
        gateway = self.start(program=str(self.program), env=environment, **self.user)
        self.assertTrue(gateway.answers())
        self.assertEqual([path.name for path in self.home.iterdir()], ["state"])


class Silence(BinaryTest):
    def address(self) -> tuple[str, int]:
        host, _, port = str(self.wait_for_message("listening")["address"]).rpartition(":")
        return host, int(port)

    def goes_on(self, gateway: Gateway) -> None:
        address = self.address()
        self.wait_for_message("ready")
        with Connection(address) as connection:
            self.assertEqual(connection.request("GET", "/health").status, 200)
        gateway.signal(signal.SIGHUP)
        self.wait_for_message("signal without an effect")
        self.assertEqual(gateway.terminate(), 0)

    def broken_pipe(self) -> int:
        reader, writer = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, writer)
        return writer

    def test_nobody_reads_its_output(self) -> None:
        self.goes_on(self.start(stdout=self.broken_pipe()))

    def test_nobody_reads_its_errors(self) -> None:
        self.goes_on(self.start(stderr=self.broken_pipe()))

    def test_nobody_reads_anything(self) -> None:
        self.goes_on(self.start(stdout=self.broken_pipe(), stderr=self.broken_pipe()))

    def test_a_reader_that_never_reads_does_not_hold_it(self) -> None:
        for is_blocking in (False, True):
            for streams in (("stdout",), ("stderr",), ("stdout", "stderr")):
                with self.subTest(streams=streams, is_blocking=is_blocking):
                    shutil.rmtree(self.state, ignore_errors=True)
                    writer = self.full_pipe()
                    os.set_blocking(writer, is_blocking)
                    self.goes_on(self.start(**{stream: writer for stream in streams}))

    def full_pipe(self) -> int:
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"x" * 4096)
        return writer

    def test_closed_standard_streams_are_never_taken_for_its_own_files(self) -> None:
        gateway = self.start(wrapper=("/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-'))
        self.address()
        self.wait_for_message("ready")
        descriptors = gateway.descriptors()
        for number in (0, 1, 2):
            self.assertEqual(descriptors.get(number, "/dev/null"), "/dev/null", f"descriptor {number}")
        owner = (self.state / "gateway.lock").read_text()
        self.assertRegex(owner, rf"\A{gateway.pid}\naddress \S+\nprofile default\nrun [0-9a-f]{{16}}\nurl \S+\nversion \S+\n\Z")
        self.goes_on(gateway)


if __name__ == "__main__":
    unittest.main()
