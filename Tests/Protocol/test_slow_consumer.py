"""A client that does not read (section 1, "Slow consumer"): droppable events are left out for it, and use up their numbers;
it is cut off at the limit of the policy; the others lose nothing, and the gateway keeps little for it."""

import json
import os
import unittest

from wire import strict
from wire.client import Client
from wire.gateway import GatewayTest
from wire.websocket import Closed, NothingCame

EVENTS, EVENT_BYTES = 700, 12_000
SMALL_BUFFER = 4_096
MIB = 1 << 20
#: Less than what was sent to it, more than any noise.
GROWTH = 6 * MIB


class SlowConsumer(GatewayTest):
    def reader(self, receive_buffer: int | None = None) -> Client:
        client = Client(self.socket(self.gateway, receive_buffer=receive_buffer))
        # A command-line client is not in presence, so the events hold nothing but what this test says.
        client.connect({"token": self.token}, scopes=("operator.read",), client={
            "id": "cli", "version": "1.0.0", "platform": "linux", "mode": "cli"})
        return client

    def resident(self) -> int:
        with open(f"/proc/{self.gateway.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def numbers(self, client: Client) -> tuple[list[int], Closed | None]:
        """The seq of every event that comes now, and how the connection ended, if it did."""
        found: list[int] = []
        try:
            while True:
                frame = strict.frame(client.socket.receive(1.0))
                if "seq" in frame:
                    found.append(frame["seq"])
        except NothingCame:
            return found, None
        except Closed as closed:
            return found, closed

    def test_events_are_left_out_for_it_and_for_nobody_else(self) -> None:
        self.gateway = self.begin()
        speaker = self.operator(self.gateway, "operator.admin")
        fast, slow = self.reader(), self.reader(SMALL_BUFFER)
        speaker.call("system-event", {"text": "Node: first", "instanceId": "one"})
        before = self.resident()
        heard = 0
        for number in range(EVENTS):
            speaker.call("system-event", {"text": f"Node: {number} {'x' * EVENT_BYTES}", "instanceId": "one"})
            while not tells(frame := fast.event("presence"), f"Node: {number} "):
                pass
            heard = frame["seq"]
        self.assertLess(self.resident() - before, GROWTH)
        found, closed = self.numbers(slow)
        if closed:
            self.assertEqual((closed.code, closed.reason), (1008, "slow consumer"))
        else:
            # It is told no more than it was sent, in order, and sees by the next number how much it has missed.
            self.assertEqual(found, sorted(set(found)))
            self.assertLess(len(found), heard)
            speaker.call("system-event", {"text": "Node: after", "instanceId": "one"})
            after = slow.event("presence")["seq"]
            self.assertGreater(after, heard)
            self.assertLess(len(found) + 1, after)
        self.assertIsNotNone(fast.call("health", {}))

    def test_one_that_asks_and_does_not_read_costs_little(self) -> None:
        self.gateway = self.begin()
        slow, before = self.reader(SMALL_BUFFER), self.resident()
        slow.socket.socket.settimeout(0.5)
        request = json.dumps({"type": "req", "id": "1", "method": "health", "params": {}})
        try:
            for _ in range(50_000):
                slow.socket.send(request)
        except TimeoutError:
            pass
        self.assertLess(self.resident() - before, 2 * GROWTH)
        self.assertTrue(self.gateway.answers())
        self.assertIsNotNone(self.reader().call("health", {}))


def tells(frame: dict, text: str) -> bool:
    return any(entry.get("text", "").startswith(text) for entry in frame["payload"]["presence"])


if __name__ == "__main__":
    unittest.main()
