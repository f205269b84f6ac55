"""The unix socket of the state directory (issue 3): for its owner, without a token."""

import stat
import unittest

from wire.client import ADMIN, Client
from wire.gateway import SOCKET, GatewayTest
from wire.websocket import WebSocket


class UnixSocket(GatewayTest):
    def near(self) -> Client:
        socket = WebSocket(str(self.state / SOCKET))
        socket.taps.append(self.sweep.reply)
        self.addCleanup(socket.socket.close)
        return Client(socket)

    def test_it_is_there_for_its_owner_alone(self) -> None:
        self.begin()
        found = (self.state / SOCKET).lstat()
        self.assertTrue(stat.S_ISSOCK(found.st_mode))
        self.assertEqual(stat.S_IMODE(found.st_mode), 0o600)

    def test_it_needs_no_token(self) -> None:
        self.begin()
        for protocol in (3, 4):
            client = self.near()
            hello = client.connect(None, scopes=("operator.admin",), protocol=protocol)
            self.assertIn("operator.admin", hello["auth"]["scopes"])
            self.assertIsNotNone(client.call("health", {}))

    def test_a_new_device_is_approved_silently(self) -> None:
        self.begin()
        hello = self.near().connect(None, self.device(), ("operator.read",))
        self.assertEqual(hello["auth"]["scopes"], ["operator.read"])
        self.sweep.told("a device's token", hello["auth"]["deviceToken"])

    def test_it_goes_with_the_gateway_and_comes_again(self) -> None:
        gateway = self.begin()
        self.assertEqual(gateway.terminate(), 0)
        self.begin()
        self.assertEqual(self.near().connect(None, scopes=ADMIN)["type"], "hello-ok")

    def test_one_that_a_killed_gateway_left_is_replaced(self) -> None:
        self.begin().kill()
        self.begin()
        self.assertEqual(self.near().connect(None, scopes=ADMIN)["type"], "hello-ok")


if __name__ == "__main__":
    unittest.main()
