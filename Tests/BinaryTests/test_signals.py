"""How the gateway ends, and which signals do not end it."""

import errno
import signal
import socket
import unittest

from harness import BinaryTest, Connection, Gateway, messages, until

# A request whose body never comes keeps its exchange open until the body's deadline, longer than a drain may take.
UNFINISHED = "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"


class Ends(BinaryTest):
    def test_term_and_int_end_it_well(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            gateway = self.start().ready()
            gateway.signal(number)
            self.assertEqual(gateway.wait(), 0, number)
        self.assertEqual(messages(self.state).count("stopped"), 2)

    def test_term_while_it_starts_ends_it_well(self) -> None:
        for _ in range(5):
            gateway = self.start()
            _ = gateway.address
            self.assertEqual(gateway.terminate(), 0)

    def test_an_idle_client_sees_a_clean_end(self) -> None:
        gateway = self.start().ready()
        with gateway.connect() as used, gateway.connect() as fresh:
            self.assertEqual(used.request("GET", "/health").status, 200)
            self.assertEqual(gateway.terminate(), 0)
            self.assertEqual((used.rest(), fresh.rest()), (b"", b""))

    def test_half_a_request_does_not_hold_it(self) -> None:
        gateway = self.start().ready()
        with gateway.connect() as client:
            client.send("GET /health HTTP/1.1\r\nHost: loc")
            # Connections are read in their order, so the half request has arrived when this one is answered.
            self.assertTrue(gateway.answers())
            self.assertEqual(gateway.terminate(), 0)
            self.assertEqual(client.rest(), b"")

    def test_many_clients_are_all_let_go(self) -> None:
        gateway = self.start().ready()
        clients = [gateway.connect() for _ in range(100)]
        for client in clients:
            self.addCleanup(client.socket.close)
            self.assertEqual(client.request("GET", "/health").status, 200)
        self.assertEqual(gateway.terminate(), 0)
        for client in clients:
            self.assertEqual(client.rest(), b"")

    def test_its_port_is_free_afterwards(self) -> None:
        gateway = self.start().ready()
        port = gateway.address[1]
        with gateway.connect() as client:
            client.request("GET", "/health")
            self.assertEqual(gateway.terminate(), 0)
        again = self.start("gateway", "run", "--allow-unconfigured", "--port", str(port))
        self.assertEqual(again.address[1], port)


class Drains(BinaryTest):
    def draining(self, client: Connection, gateway: Gateway) -> None:
        client.send(UNFINISHED)
        # The head has arrived when a later request is answered.
        self.assertTrue(gateway.answers())
        gateway.signal(signal.SIGTERM)
        self.wait_for_message("draining")

    def test_what_is_under_way_is_finished(self) -> None:
        gateway = self.start().ready()
        with gateway.connect() as client:
            self.draining(client, gateway)
            client.send("x" * 100)
            answer = client.response()
            self.assertEqual((answer.status, answer.fields.get("connection")), (405, "close"))
            self.assertEqual(client.rest(), b"")
        self.assertEqual(gateway.wait(), 0)
        self.assertTrue(self.wait_for_message("stopped")["drained"])

    def test_nobody_new_is_let_in_while_it_drains(self) -> None:
        gateway = self.start().ready()
        with gateway.connect() as client:
            self.draining(client, gateway)
            until(lambda: refuses(gateway.address), "the listener is closed")
            client.send("x" * 100)
            self.assertEqual(client.response().status, 405)
        self.assertEqual(gateway.wait(), 0)

    def test_a_second_signal_cuts_it_short(self) -> None:
        for second in (signal.SIGTERM, signal.SIGINT):
            gateway = self.start(env={"OPENCLAW_STATE_DIR": str(self.state)}).ready()
            with gateway.connect() as client:
                client.send(UNFINISHED)
                self.assertTrue(gateway.answers())
                gateway.signal(signal.SIGTERM)
                # It listens no more, so the first signal was taken and the second is not merged with it.
                until(lambda: refuses(gateway.address), "the listener is closed")
                self.assertIsNone(gateway.process.poll(), "an unfinished request holds the drain")
                gateway.signal(second)
                self.assertEqual(gateway.wait(), 1)
        self.assertEqual(messages(self.state)[-1], "stopped")

    def test_a_drain_that_takes_too_long_is_cut_short(self) -> None:
        gateway = self.start().ready()
        with gateway.connect() as client:
            self.draining(client, gateway)
            self.assertEqual(gateway.wait(), 1)
        self.assertFalse(self.wait_for_message("stopped")["drained"])


class EndsOnce(BinaryTest):
    def test_signals_up_to_the_last_moment_do_not_change_how_it_ended(self) -> None:
        for _ in range(20):
            gateway = self.start().ready()
            while gateway.process.poll() is None:
                gateway.signal(signal.SIGTERM)
            self.assertIn(gateway.wait(), (0, 1), "drained or cut short, never killed by the signal")


class Survives(BinaryTest):
    def test_broken_pipes_do_not_end_it(self) -> None:
        gateway = self.start().ready()
        gateway.signal(signal.SIGPIPE)
        self.assertTrue(gateway.answers())
        self.assertEqual(gateway.terminate(), 0)

    def test_hang_up_is_logged_and_without_effect(self) -> None:
        gateway = self.start().ready()
        gateway.signal(signal.SIGHUP)
        until(lambda: "signal without an effect signal=hangUp" in gateway.error, "the signal's line")
        self.assertTrue(gateway.answers())
        self.assertEqual(gateway.terminate(), 0)

    def test_clients_that_vanish_do_not_end_it(self) -> None:
        gateway = self.start().ready()
        for _ in range(50):
            with gateway.connect() as client:
                client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        self.assertTrue(gateway.answers())
        self.assertEqual(gateway.terminate(), 0)


def refuses(address: tuple[str, int]) -> bool:
    with socket.socket() as one:
        return one.connect_ex(address) == errno.ECONNREFUSED


if __name__ == "__main__":
    unittest.main()
