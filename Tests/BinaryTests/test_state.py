"""Who owns a state directory and a port, and that gateways side by side share nothing."""

import os
import socket
import stat
import unittest
from pathlib import Path

from harness import RUN, BinaryTest, Gateway, messages, tree, until

PARALLEL_STARTS = 20


class Owner(BinaryTest):
    def test_the_lock_file_names_its_owner(self) -> None:
        gateway = self.start().ready()
        process, *details = (self.state / "gateway.lock").read_text().splitlines()
        self.assertEqual(int(process), gateway.pid)
        self.assertIn("profile default", details)
        self.assertRegex("\n".join(details), r"(?m)^version \d+\.\d+\.\d+")

    def test_a_second_gateway_is_refused_and_told_who_owns_the_state(self) -> None:
        first = self.start().ready()
        second = self.run_to_end(*RUN)
        self.assertEqual((second.code, second.output), (78, ""))
        self.assertIn(f"another gateway instance is already running on {self.state}", second.error)
        self.assertRegex(second.error, rf"owner: pid {first.pid}, openclaw \d+\.\d+\.\d+, profile default\b")
        self.assertIn("--profile <name>", second.error)
        self.assertTrue(first.answers())

    def test_one_of_many_that_start_at_once_runs(self) -> None:
        gateways = [self.start() for _ in range(PARALLEL_STARTS)]
        until(lambda: len(running(gateways)) <= 1, "all but one have ended")
        winners = running(gateways)
        self.assertEqual(len(winners), 1, [gateway.error for gateway in gateways])
        self.assertTrue(winners[0].ready().answers())
        for loser in gateways:
            if loser is not winners[0]:
                self.assertEqual((loser.wait(), loser.output), (78, ""), loser.error)
                self.assertIn(f"owner: pid {winners[0].pid}, openclaw ", loser.error)
        self.assertEqual(winners[0].terminate(), 0)
        self.assertTrue(self.start().answers(), "the state can be had again")

    def test_a_state_directory_has_one_owner_under_any_of_its_names(self) -> None:
        self.start(*RUN, "--dev").ready()
        other_name = self.scratch("link")
        other_name.symlink_to(self.home / ".openclaw-dev")
        self.assertEqual(self.run_to_end(*RUN, "--profile", "dev").code, 78)
        self.assertEqual(self.run_to_end(*RUN, env={"OPENCLAW_STATE_DIR": str(other_name)}).code, 78)

    def test_a_lock_file_without_its_lock_means_nothing(self) -> None:
        self.state.mkdir()
        for text in ("", "1\n", f"{os.getpid()}\nversion 2020.1.0\n", "no number\n", "x" * 100_000):
            (self.state / "gateway.lock").write_text(text)
            gateway = self.start()
            self.assertTrue(gateway.answers(), text[:40])
            self.assertEqual(gateway.terminate(), 0)

    def test_a_lock_file_with_our_own_pid_does_not_block(self) -> None:
        # In a container the owner before had the same pid as the one that starts now.
        self.state.mkdir()
        lock = self.state / "gateway.lock"
        gateway = self.start(wrapper=("/bin/sh", "-c", 'echo $$ >"$0" && cat "$0" && exec "$@"', str(lock)))
        self.assertTrue(gateway.answers())
        self.assertEqual(gateway.output.splitlines()[0], str(gateway.pid))

    def test_a_lock_file_that_is_a_link_is_not_followed(self) -> None:
        self.state.mkdir()
        target = self.scratch("precious")
        target.write_text("precious")
        (self.state / "gateway.lock").symlink_to(target)
        finished = self.run_to_end(*RUN)
        self.assertEqual((finished.code, finished.output), (1, ""))
        self.assertIn(f"cannot lock {self.state}/gateway.lock", finished.error)
        self.assertEqual(target.read_text(), "precious")


class Port(BinaryTest):
    def test_a_port_of_another_program(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            finished = self.run_to_end("gateway", "run", "--allow-unconfigured", "--port", str(port))
            self.assertEqual((finished.code, finished.output), (1, ""))
            self.assertIn(
                f"another gateway instance is already listening on ws://127.0.0.1:{port}", finished.error)
            self.assertIn(f"ss -ltnp sport = :{port}", finished.error)
            self.assertIn("openclaw gateway run --port <number>", finished.error)

    def test_a_port_of_another_gateway(self) -> None:
        first = self.start().ready()
        port = first.address[1]
        second = self.run_to_end("--profile", "b", "gateway", "run", "--allow-unconfigured", "--port", str(port))
        self.assertEqual((second.code, second.output), (78, ""))
        self.assertIn(f"another gateway instance is already listening on ws://127.0.0.1:{port}\n", second.error)
        self.assertIn(f"pid {first.pid}", second.error)
        self.assertTrue(first.answers())

    def test_a_start_that_failed_for_its_port_can_be_repeated(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = str(other.getsockname()[1])
            self.assertEqual(self.run_to_end("gateway", "run", "--allow-unconfigured", "--port", port).code, 1)
        self.assertTrue(self.start("gateway", "run", "--allow-unconfigured", "--port", port).answers())

    def test_the_environment_names_the_port_and_the_flag_wins(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        gateway = self.start("gateway", "run", "--allow-unconfigured", env={"OPENCLAW_GATEWAY_PORT": str(port)})
        self.assertEqual(gateway.address[1], port)
        beside = self.start(*RUN, "--profile", "b", env={"OPENCLAW_GATEWAY_PORT": str(port)})
        self.assertNotEqual(beside.address[1], port)


class SideBySide(BinaryTest):
    def test_profiles_share_nothing(self) -> None:
        gateways = {
            ".openclaw": self.start(*RUN).ready(),
            ".openclaw-rescue": self.start(*RUN, "--profile", "rescue").ready(),
            ".openclaw-dev": self.start(*RUN, "--dev").ready(),
        }
        self.assertEqual({path.name for path in self.home.iterdir()}, set(gateways))
        files = [(status.st_dev, status.st_ino) for status in tree(self.home).values()]
        self.assertEqual(len(files), len(set(files)), "a file has two names")
        self.assertFalse([name for name, status in tree(self.home).items() if stat.S_ISLNK(status.st_mode)])
        for name, gateway in gateways.items():
            opened = [path for path in gateway.descriptors().values() if path.startswith(f"{self.home}/")]
            self.assertTrue(opened)
            for path in opened:
                self.assertTrue(path.startswith(f"{self.home / name}/"), path)
        self.assertEqual(len({gateway.address for gateway in gateways.values()}), len(gateways))
        for gateway in gateways.values():
            self.assertTrue(gateway.answers())

    def test_the_end_of_one_is_not_the_end_of_the_other(self) -> None:
        first, second = self.start().ready(), self.start(*RUN, "--profile", "b").ready()
        first.kill()
        self.assertTrue(second.answers())
        self.assertEqual(second.terminate(), 0)

    def test_log_files_carry_the_name_of_the_profile(self) -> None:
        for arguments, directory, name in (
            ((), ".openclaw", r"openclaw-\d{4}-\d\d-\d\d\.log"),
            (("--profile", "rescue"), ".openclaw-rescue", r"openclaw-rescue-\d{4}-\d\d-\d\d\.log"),
        ):
            self.assertEqual(self.start(*RUN, *arguments).ready().terminate(), 0)
            for path in (self.home / directory / "logs").iterdir():
                self.assertRegex(path.name, rf"\A{name}\Z")
            self.assertIn("ready", messages(self.home / directory))

    def test_the_profile_named_default_is_the_default_one(self) -> None:
        self.start(*RUN, "--profile", "default").ready()
        self.assertEqual([path.name for path in self.home.iterdir()], [".openclaw"])

    def test_the_environment_names_the_profile_and_the_flag_wins(self) -> None:
        self.start(env={"OPENCLAW_PROFILE": "a"}).ready()
        self.start(*RUN, "--profile", "b", env={"OPENCLAW_PROFILE": "a"}).ready()
        self.assertEqual({path.name for path in self.home.iterdir()}, {".openclaw-a", ".openclaw-b"})


class Privacy(BinaryTest):
    def test_nobody_else_can_read_what_it_keeps(self) -> None:
        for number, umask in enumerate((0o000, 0o022, 0o077)):
            directory = self.home / f"new-{number}" / "state"
            gateway = self.start(env={"OPENCLAW_STATE_DIR": str(directory)}, umask=umask).ready()
            self.check(directory, umask)
            self.assertEqual(gateway.terminate(), 0)
            self.check(directory, umask)

    def check(self, directory: Path, umask: int) -> None:
        self.assertEqual(stat.S_IMODE(directory.stat().st_mode), 0o700)
        for name, status in tree(directory).items():
            wanted = 0o700 if stat.S_ISDIR(status.st_mode) else 0o600
            self.assertEqual(stat.S_IMODE(status.st_mode), wanted, f"{name} under umask {umask:03o}")


def running(gateways: list[Gateway]) -> list[Gateway]:
    return [gateway for gateway in gateways if gateway.process.poll() is None]


if __name__ == "__main__":
    unittest.main()
