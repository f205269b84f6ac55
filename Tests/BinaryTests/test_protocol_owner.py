"""Many gateways of one configuration at once: one has the state and the port, the others say who."""

import socket
import unittest

from harness import BinaryTest, Gateway, until

PARALLEL_STARTS = 20
EXIT_CONFIG = 78


class Owner(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.token = "a-token-of-this-test-alone"
        self.configure({"gateway": {"mode": "local", "port": self.port, "auth": {"mode": "token", "token": self.token}}})

    def test_of_20_parallel_runs_exactly_one_runs_and_the_others_name_it(self) -> None:
        gateways = [self.start("gateway", "run") for _ in range(PARALLEL_STARTS)]
        until(lambda: len(running(gateways)) <= 1, "all but one have ended")
        winners = running(gateways)
        self.assertEqual(len(winners), 1, [gateway.error for gateway in gateways])
        self.assertEqual(winners[0].address[1], self.port)
        self.assertTrue(winners[0].ready().answers())
        for loser in gateways:
            if loser is not winners[0]:
                self.assertEqual((loser.wait(), loser.output), (EXIT_CONFIG, ""), loser.error)
                self.assertIn(f"owner: pid {winners[0].pid}, openclaw ", loser.error)
                self.assertNotIn(self.token, loser.error)

    def test_the_lock_names_the_owner_and_no_secret(self) -> None:
        self.start("gateway", "run").ready()
        text = (self.state / "gateway.lock").read_text()
        self.assertNotIn(self.token, text)
        self.assertIn("profile default", text)

    def test_when_the_owner_has_gone_the_next_one_starts_at_once(self) -> None:
        first = self.start("gateway", "run").ready()
        first.kill()
        self.assertTrue(self.start("gateway", "run").ready().answers())


def running(gateways: list[Gateway]) -> list[Gateway]:
    return [gateway for gateway in gateways if gateway.process.poll() is None]


if __name__ == "__main__":
    unittest.main()
