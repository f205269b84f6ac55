"""What a gateway touches and holds: files, addresses, descriptors."""

import os
import re
import socket
import unittest
from pathlib import Path

from harness import RUN, BinaryTest, Gateway, until

CONNECTIONS = 200
DESCRIPTOR_LIMIT = 32
CALL = re.compile(r"^(?:\d+ +)?(openat|connect|bind)\((.*)$")
RESULT = re.compile(r"\) += (-?\d+)")


class Footprint(BinaryTest):
    def calls(self, *arguments: str) -> list[tuple[str, str, bool]]:
        """The calls of a whole run, from start to a clean end: name, arguments, and whether it succeeded."""
        trace = self.scratch("trace")
        # With -D the process that was started is the gateway and not strace, so signals reach it.
        strace = ("strace", "-D", "-f", "-qq", "-s", "4096", "-e", "trace=openat,connect,bind,exit_group",
                  "-o", str(trace))
        gateway = self.start(*arguments, wrapper=strace).ready()
        self.assertTrue(gateway.answers())
        self.assertEqual(gateway.terminate(), 0)
        text = until(lambda: (text := trace.read_text()) if "exit_group(0)" in trace.read_text() else "", "the trace")
        found = []
        for line in text.splitlines():
            if match := CALL.match(line):
                result = RESULT.search(match[2])
                found.append((match[1], match[2], result is not None and int(result[1]) >= 0))
        return found

    def test_a_profile_touches_nothing_of_the_default_one(self) -> None:
        # What is there to be read, is there to be left alone.
        self.state.mkdir()
        (self.state / "openclaw.json").write_text("{}")
        paths = [
            match[1] for name, arguments, _ in self.calls(*RUN, "--profile", "x")
            if name == "openat" and (match := re.search(r'"((?:[^"\\]|\\.)*)"', arguments))
        ]
        in_home = [path for path in paths if path.startswith(str(self.home))]
        self.assertTrue(any(path.startswith(f"{self.home}/.openclaw-x/") for path in in_home), paths)
        for path in in_home:
            self.assertTrue(
                path == str(self.home) or path == f"{self.home}/.openclaw-x"
                or path.startswith(f"{self.home}/.openclaw-x/"), path)
        self.assertEqual([path.name for path in self.state.iterdir()], ["openclaw.json"])

    def test_it_writes_only_beneath_its_state_directory(self) -> None:
        for name, arguments, succeeded in self.calls(*RUN):
            if name == "openat" and succeeded and re.search(r"O_(WRONLY|RDWR|CREAT)", arguments):
                # A file that is replaced as a whole is written beside its place first, by way of its directory.
                self.assertRegex(arguments, rf'"(?:{re.escape(str(self.state))}/|/dev/null"|\.openclaw-tmp-)')

    def test_it_listens_on_loopback_alone_and_calls_nobody(self) -> None:
        calls = self.calls(*RUN)
        bound = [arguments for name, arguments, _ in calls if name == "bind"]
        self.assertIn(len(bound), (2, 3), bound)
        allowed = (r'inet_addr\("127\.0\.0\.1"\)', r'inet_pton\(AF_INET6, "::1"',
                   rf'sun_path="{re.escape(str(self.state))}/gateway\.sock"')
        for arguments in bound:
            self.assertRegex(arguments, "|".join(allowed))
        self.assertEqual([arguments for name, arguments, _ in calls if name == "connect"], [])

    def test_connections_that_came_and_went_leave_no_descriptor(self) -> None:
        gateway = self.start().ready()
        # Whatever is opened once is open now, and of sockets only those that listen.
        self.assertTrue(gateway.answers())
        until(lambda: len(sockets(gateway)) == listeners(), "the first connections are gone")
        before = gateway.descriptors()
        for number in range(CONNECTIONS):
            with gateway.connect() as connection:
                if number % 4 == 0:
                    connection.send("GET /hea")
                elif number % 4 == 1:
                    connection.send("nonsense\r\n\r\n")
                else:
                    self.assertEqual(connection.request("GET", "/health").status, 200)
        open_ones = [gateway.connect() for _ in range(CONNECTIONS)]
        for connection in open_ones:
            self.addCleanup(connection.socket.close)
            self.assertEqual(connection.request("GET", "/health").status, 200)
        self.assertGreaterEqual(len(gateway.descriptors()), len(before) + CONNECTIONS)
        for connection in open_ones:
            connection.socket.close()
        until(lambda: len(gateway.descriptors()) <= len(before), "as many descriptors as before")
        self.assertEqual(gateway.descriptors(), before)

    def test_too_many_clients_are_turned_away_and_said(self) -> None:
        limited = ("/bin/sh", "-c", f'ulimit -n {DESCRIPTOR_LIMIT} && exec "$0" "$@"')
        gateway = self.start(wrapper=limited).ready()
        connections = [gateway.connect() for _ in range(2 * DESCRIPTOR_LIMIT)]
        for connection in connections:
            self.addCleanup(connection.socket.close)
        self.assertEqual(self.wait_for_message("no descriptor for a new connection")["level"], "warn")
        self.assertEqual(connections[0].request("GET", "/health").status, 200)
        self.assertEqual(connections[-1].rest(), b"")
        for connection in connections:
            connection.socket.close()
        until(lambda: len(sockets(gateway)) == listeners(), "every client is gone")
        self.assertTrue(gateway.answers())
        self.assertEqual(gateway.terminate(), 0)

    def test_descriptors_are_not_handed_to_children(self) -> None:
        gateway = self.start().ready()
        until(lambda: len(sockets(gateway)) == listeners(), "the first connections are gone")
        for number, name in gateway.descriptors().items():
            if number > 2:
                flags = re.search(r"^flags:\s+(\d+)$", fdinfo(gateway, number), re.MULTILINE)
                self.assertTrue(flags is not None and int(flags[1], 8) & os.O_CLOEXEC, f"{number}: {name}")


def fdinfo(gateway: Gateway, number: int) -> str:
    return Path(f"/proc/{gateway.pid}/fdinfo/{number}").read_text()


def listeners() -> int:
    """The port, on IPv6 as well where this machine has it, and the unix socket."""
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return 2
    return 3


def sockets(gateway: Gateway) -> list[str]:
    return [name for name in gateway.descriptors().values() if name.startswith("socket:")]


if __name__ == "__main__":
    unittest.main()
