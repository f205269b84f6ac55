"""A gateway that nobody supervises starts anew in its own process: its sockets go on listening meanwhile."""

import http.client
import os
import signal
import threading
import time
import unittest
from pathlib import Path

from harness import BinaryTest, Gateway, binary, messages, until

TOKEN = "a-token-for-restarts-0123456789"
RESTARTS = 5


class Stream:
    """Clients that never try twice: 200 requests a second together, on connections kept and on new ones."""

    CLIENTS = 4
    INTERVAL = 0.02

    def __init__(self, port: int) -> None:
        self.port = port
        self.answered = 0
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(self.CLIENTS)]

    def __enter__(self) -> "Stream":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        keeps = number % 2 == 0
        path = "/v1/models" if number < 2 else "/health"
        connection: http.client.HTTPConnection | None = None
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
                response = connection.getresponse()
                body = response.read()
                if response.status != 200:
                    raise AssertionError(f"{path}: {response.status} {body!r}")
                if not keeps or response.will_close:
                    connection.close()
                    connection = None
                with self._lock:
                    self.answered += 1
            except Exception as error:  # whatever it is, the request was lost
                with self._lock:
                    self.failures.append(repr(error))
                connection = None
            self._stop.wait(max(0.0, self.INTERVAL - (time.monotonic() - began)))
        if connection:
            connection.close()


class Restarts(BinaryTest):
    def run_id(self) -> str:
        lines = (self.state / "gateway.lock").read_text().splitlines()
        return next((line.split(" ", 1)[1] for line in lines if line.startswith("run ")), "")

    def begin(self, **variables: str) -> Gateway:
        return self.start(env={"OPENCLAW_GATEWAY_TOKEN": TOKEN, **variables}).ready()

    def renewed(self, old: str) -> str:
        return until(lambda: (new := self.run_id()) and new != old and new, "a new start")

    def test_no_request_is_refused_or_lost(self) -> None:
        gateway = self.begin()
        with Stream(gateway.address[1]) as stream:
            for number in range(1, RESTARTS + 1):
                wanted = stream.answered + 40
                until(lambda: stream.answered >= wanted, "requests between restarts")
                run = self.run_id()
                gateway.signal(signal.SIGUSR1)
                self.renewed(run)
                self.wait_for_count("ready", number + 1)
            wanted = stream.answered + 40
            until(lambda: stream.answered >= wanted, "requests after the last restart")
        self.assertEqual(stream.failures, [])
        self.assertEqual(messages(self.state).count("handing over"), RESTARTS)
        self.assertEqual(gateway.terminate(), 0)

    def wait_for_count(self, message: str, count: int) -> None:
        until(lambda: messages(self.state).count(message) >= count, f"{count} times {message}")

    def test_nothing_is_left_open(self) -> None:
        gateway = self.begin()
        before = self.settled(gateway)
        for number in range(3):
            run = self.run_id()
            gateway.signal(signal.SIGUSR1)
            self.renewed(run)
            self.wait_for_count("ready", number + 2)

        def kinds(all_: list[str]) -> list[str]:
            return sorted(one.split(":")[0] for one in all_)

        self.assertEqual(kinds(self.settled(gateway)), kinds(before))
        self.assertEqual(gateway.terminate(), 0)

    def settled(self, gateway: Gateway) -> list[str]:
        """What it has open, looked at until that stays the same."""
        seen: list[list[str]] = []

        def is_settled() -> bool:
            seen.append(sorted(gateway.descriptors().values()))
            return len(seen) > 20 and seen[-1] == seen[-10] == seen[-20]

        until(is_settled, "the same descriptors for a while")
        return seen[-1]

    def test_an_end_that_comes_at_any_moment_of_a_restart_is_an_end(self) -> None:
        for delay in range(0, 60, 3):
            gateway = self.begin()
            gateway.signal(signal.SIGUSR1)
            # The delays are spread over what a restart takes; whatever moment is met, the outcome is the same.
            time.sleep(delay / 1000)
            gateway.signal(signal.SIGTERM)
            self.assertIn(gateway.wait(), (0, 1), f"after {delay} ms")

    def test_a_signal_to_end_ends_it_for_good(self) -> None:
        gateway = self.begin()
        with gateway.connect() as client:
            # It keeps the restart waiting.
            client.send("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
            self.assertTrue(gateway.answers())
            gateway.signal(signal.SIGUSR1)
            self.wait_for_message("draining")
            gateway.signal(signal.SIGTERM)
            self.assertEqual(gateway.wait(), 1)
        self.assertNotIn("handing over", messages(self.state))

    def test_a_configuration_that_would_not_start_keeps_it_running(self) -> None:
        gateway = self.begin()
        run = self.run_id()
        (self.state / "openclaw.json").write_text("{ gateway: { bind: 'everywhere' } }")
        gateway.signal(signal.SIGUSR1)
        until(lambda: any(one.startswith("no restart") for one in messages(self.state)), "why it goes on")
        self.assertTrue(gateway.answers())
        self.assertEqual(self.run_id(), run)

    def test_under_a_supervisor_it_ends(self) -> None:
        gateway = self.begin(OPENCLAW_SUPERVISOR_MODE="external")
        gateway.signal(signal.SIGUSR1)
        self.assertEqual(gateway.wait(), 0)

    def test_the_file_that_is_there_by_then_is_started(self) -> None:
        copy = Path(self.home) / "openclaw"
        copy.write_bytes(Path(binary()).read_bytes())
        copy.chmod(0o755)
        gateway = self.start(program=str(copy), env={"OPENCLAW_GATEWAY_TOKEN": TOKEN}).ready()
        run = self.run_id()
        new = copy.with_name("openclaw.new")
        new.write_bytes(Path(binary()).read_bytes())
        new.chmod(0o755)
        new.rename(copy)
        self.assertIn("(deleted)", os.readlink(f"/proc/{gateway.pid}/exe"))
        gateway.signal(signal.SIGUSR1)
        self.renewed(run)
        self.assertEqual(os.readlink(f"/proc/{gateway.pid}/exe"), str(copy))
        self.assertEqual(gateway.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
