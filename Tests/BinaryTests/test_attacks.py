"""What strangers send to use up memory: refused at its limit, with the server's memory flat meanwhile."""

import base64
import os
import re
import select
import socket
import sys
import time
import unittest
import zlib
from pathlib import Path

from harness import DEADLINE, BinaryTest, Connection, Gateway, until

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
# One connection's read buffer, its outbox and what the allocator keeps; far below any of the attacks.
ALLOWED = 4 * MIB
ATTACKERS = 50
# HTTPLimits.bodyTime, and time enough beyond it for a busy machine.
BODY_SECONDS = 30


def resident(pid: int, what: str) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{what}:\s+(\d+) kB", text, re.MULTILINE)[1]) * KIB


class Watched:
    """A process whose highest resident memory is taken from here on."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        Path(f"/proc/{pid}/clear_refs").write_text("5")
        self.before = resident(pid, "VmRSS")

    def grown(self, attack: str) -> int:
        peak, after = resident(self.pid, "VmHWM"), resident(self.pid, "VmRSS")
        print(f"  {attack}: RSS {self.before // KIB} KiB before, {peak // KIB} at most, {after // KIB} after",
              file=sys.stderr)
        return peak - self.before


def push(connection: Connection, part: bytes, limit: int) -> int:
    """Sends `part` again and again, up to `limit` bytes or until the server has had enough. Returns what was taken."""
    taken = 0
    try:
        while taken < limit:
            taken += connection.socket.send(part)
    except OSError:
        pass
    return taken


def answer_of(connection: Connection) -> bytes:
    """All that comes, be the end clean or not."""
    received = b""
    try:
        while part := connection.socket.recv(65536):
            received += part
    except OSError:
        pass
    return received


def frame_length(count: int) -> bytes:
    """The length of a masked frame in its shortest form (RFC 6455 section 5.2)."""
    if count < 126:
        return bytes([0x80 | count])
    return b"\xfe" + count.to_bytes(2, "big") if count < 65536 else b"\xff" + count.to_bytes(8, "big")


class Attacks(BinaryTest):
    def watched(self) -> tuple[Gateway, Watched]:
        gateway = self.start().ready()
        # What a first time of each kind of answer takes is no attack's doing.
        for _ in range(3):
            self.assertTrue(gateway.answers())
            with gateway.connect() as connection:
                connection.send("nonsense\r\n\r\n")
                self.assertIn(b" 400 ", connection.rest())
        return gateway, Watched(gateway.pid)

    def still_well(self, gateway: Gateway, watched: Watched, attack: str) -> None:
        self.assertTrue(gateway.answers())
        self.assertLess(watched.grown(attack), ALLOWED)

    def test_a_body_of_a_gigabyte(self) -> None:
        gateway, watched = self.watched()
        with gateway.connect() as connection:
            connection.send(f"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: {GIB}\r\n\r\n")
            taken = push(connection, bytes(64 * KIB), GIB)
            self.assertLess(taken, GIB)
        with gateway.connect() as connection:
            connection.send(f"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: {GIB}\r\n\r\n")
            self.assertEqual(connection.response().status, 413)
        self.still_well(gateway, watched, "a body of 1 GiB that is announced")

    def test_a_chunked_body_of_a_gigabyte(self) -> None:
        gateway, watched = self.watched()
        with gateway.connect() as connection:
            connection.send("POST /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            taken = push(connection, b"10000\r\n" + bytes(64 * KIB) + b"\r\n", GIB)
            self.assertLess(taken, GIB)
        self.still_well(gateway, watched, "a body of 1 GiB in chunks")

    def test_a_body_of_one_byte_a_second(self) -> None:
        gateway, watched = self.watched()
        attackers = [gateway.connect() for _ in range(ATTACKERS)]
        for attacker in attackers:
            self.addCleanup(attacker.socket.close)
            attacker.send("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n")
        started = time.monotonic()
        answered: list[socket.socket] = []
        # Each round is a byte from everybody and then a second in which an answer may come.
        while not answered and time.monotonic() - started < BODY_SECONDS + DEADLINE:
            for attacker in attackers:
                attacker.send("x")
            answered = select.select([attacker.socket for attacker in attackers], [], [], 1)[0]
            self.assertTrue(gateway.answers())
        self.assertGreater(time.monotonic() - started, BODY_SECONDS - 1)
        for attacker in attackers:
            self.assertEqual(attacker.response().status, 408)
        self.still_well(gateway, watched, f"{ATTACKERS} bodies of 1 byte/s for {BODY_SECONDS} s")

    def test_a_length_that_lies(self) -> None:
        gateway, watched = self.watched()
        head = "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        for length, status in ((1 << 60, 413), ("99999999999999999999", 400), ("-1", 400), ("1e9", 400)):
            with gateway.connect() as connection:
                connection.send(f"{head}{length}\r\n\r\n")
                self.assertEqual(connection.response().status, status, length)
        # More was announced than comes: nothing is answered as if it were whole.
        with gateway.connect() as connection:
            connection.send(f"{head}1000\r\n\r\nabc")
            connection.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(answer_of(connection), b"")
        # Less was announced: the rest is no request.
        with gateway.connect() as connection:
            connection.send(f"{head}3\r\n\r\nabcdefgh\r\n\r\n")
            self.assertIn(b" 400 ", connection.rest())
        # Announced alone, nothing is set aside.
        waiting = [gateway.connect() for _ in range(ATTACKERS)]
        for connection in waiting:
            self.addCleanup(connection.socket.close)
            connection.send(f"{head}{MIB}\r\n\r\n")
        self.still_well(gateway, watched, f"lying lengths, {ATTACKERS} of them of 1 MiB that never comes")

    def test_a_header_of_a_mebibyte(self) -> None:
        gateway, watched = self.watched()
        heads = (
            (b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: ", b"x", b" 431 "),
            (b"GET /", b"x", b" 414 "),
            (b"GET /health HTTP/1.1\r\nHost: localhost\r\n", b"A: b\r\n", b" 431 "),
        )
        for front, part, status in heads:
            for _ in range(ATTACKERS // len(heads)):
                with gateway.connect() as connection:
                    connection.socket.sendall(front)
                    push(connection, part * (MIB // len(part)), MIB)
                    answer = answer_of(connection)
                    # A reset may take the answer with it when much was still on its way.
                    self.assertTrue(not answer or status in answer, answer[:80])
            with gateway.connect() as connection:
                connection.socket.sendall(front + part * (40 * KIB // len(part)))
                self.assertIn(status, answer_of(connection))
        self.still_well(gateway, watched, "heads of 1 MiB")


class Bomb(BinaryTest):
    LIMIT = MIB
    # A message up to the limit, in an array that doubles while it grows, beside what the allocator keeps.
    ALLOWED = 8 * LIMIT
    EXPANDED = 256 * MIB

    def test_a_deflate_bomb(self) -> None:
        tools = os.environ.get("OPENCLAW_TOOLS")
        self.assertTrue(tools, "OPENCLAW_TOOLS must name the directory of echo-server")
        server = self.launch(
            ("--port", "0", "--deflate", "--message-limit", str(self.LIMIT)),
            program=os.path.abspath(Path(tools or "") / "echo-server"))
        port = int(until(lambda: re.search(r"^READY (\d+)$", server.output, re.MULTILINE), "echo-server is ready")[1])
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = b"".join(packer.compress(bytes(MIB)) for _ in range(self.EXPANDED // MIB)) + packer.flush()
        # Twice before, so that what a compressed message takes at all is there.
        for _ in range(2):
            self.assertEqual(self.sent(port, self.compressed(b"hello")), b"\x81\x05hello")
        watched = Watched(server.pid)
        for _ in range(10):
            answer = self.sent(port, bomb)
            # RFC 6455 section 7.4.1: 1009, too big.
            self.assertEqual((answer[0], answer[2:4]), (0x88, (1009).to_bytes(2, "big")))
        self.assertLess(watched.grown(f"10 deflate bombs of {len(bomb) // KIB} KiB for {self.EXPANDED // MIB} MiB"),
                        self.ALLOWED)
        self.assertEqual(self.sent(port, self.compressed(b"hello")), b"\x81\x05hello")

    @staticmethod
    def compressed(message: bytes) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return (packer.compress(message) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]

    def sent(self, port: int, payload: bytes) -> bytes:
        """The first frame that answers a compressed message."""
        with Connection(("127.0.0.1", port)) as connection:
            key = base64.b64encode(os.urandom(16)).decode()
            connection.send(
                "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
            answer = connection.response()
            self.assertEqual(answer.status, 101)
            self.assertIn("permessage-deflate", answer.fields["sec-websocket-extensions"])
            # FIN, RSV1, text; masked with zeros, which leaves the payload as it is.
            connection.socket.sendall(b"\xc1" + frame_length(len(payload)) + bytes(4) + payload)
            return connection.rest() if len(payload) > KIB else connection.socket.recv(64)


if __name__ == "__main__":
    unittest.main()
