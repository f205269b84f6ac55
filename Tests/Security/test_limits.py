"""reliability.md section 2.3."""

import os
import socket
import struct
import subprocess
import threading
import time
import unittest

from secure import GUARDED, Closed, Gateway, NothingCame, SecurityTest, WebSocket, until

FAILURES_ALLOWED = 10
FLOOD = 5_000
#: Section 1 of the protocol reference and issue 3: 32 unauthenticated sockets per address, 256 in all.
PER_ADDRESS, IN_ALL = 32, 256
SPARE_DESCRIPTORS = 64
MIB = 1 << 20
#: What a gateway may grow by while it refuses a body.
BODY_GROWTH = 16 * MIB
SLOW_SECONDS = 90.0
CLIENT_RSS = 64 * MIB


def rss(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Limiter(SecurityTest):
    def test_oc57647_a_device_token_beside_it_does_not_switch_the_limiter_off(self) -> None:
        gateway = self.begin()
        codes = []
        for number in range(FAILURES_ALLOWED * 2):
            auth = {"token": f"wrong-credential-{number}", "deviceToken": f"bogus-device-token-{number}"}
            codes.append(self.code(self.error(self.client(gateway), auth, self.device(), protocol=4, sign="v3")))
        self.assertEqual(codes[-1], "AUTH_RATE_LIMITED", codes)
        self.assertTrue(self.is_locked(gateway))

    def test_oc57647_http_and_websocket_share_one_budget(self) -> None:
        gateway = self.begin()
        for number in range(FAILURES_ALLOWED):
            self.assertEqual(self.fetch(gateway, GUARDED, self.bearer(f"wrong-credential-{number}"))[0], 401)
        status, fields, _ = self.fetch(gateway, GUARDED, self.bearer())
        self.assertEqual(status, 429)
        self.assertGreater(int(fields["retry-after"]), 0)
        self.assertTrue(self.is_locked(gateway))

    def forms(self, first: str, second: str, other: str) -> None:
        gateway = self.begin({"gateway": {"trustedProxies": ["127.0.0.1"]}})
        for number in range(FAILURES_ALLOWED):
            self.wrong(gateway, number, {"X-Forwarded-For": (first, second)[number % 2]})
        self.assertTrue(self.is_locked(gateway, {"X-Forwarded-For": first}))
        self.assertTrue(self.is_locked(gateway, {"X-Forwarded-For": second}))
        self.assertFalse(self.is_locked(gateway, {"X-Forwarded-For": other}))

    def test_ghsa_5847_both_forms_of_an_address_share_one_budget(self) -> None:
        self.forms("6.6.6.6", "::ffff:6.6.6.6", "6.6.6.7")

    def test_ghsa_5847_a_v6_network_of_64_bits_shares_one_budget(self) -> None:
        self.forms("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1")


class Flood(SecurityTest):
    def test_preauth_websocket_flood_leaves_room_for_those_who_authenticate(self) -> None:
        gateway = self.begin()
        before = len(gateway.descriptors())
        idle: list[WebSocket] = []
        most = 0
        for number in range(FLOOD):
            idle.append(self.quiet(gateway))
            if number % 500 == 0:
                most = max(most, len(gateway.descriptors()))
                # Those that gave way need no descriptor here either.
                for old in idle[:-PER_ADDRESS]:
                    old.socket.close()
                del idle[:-PER_ADDRESS]
        started = time.monotonic()
        admin = self.operator(gateway)
        took = time.monotonic() - started
        self.assertIsNotNone(admin.call("health", {}))
        self.assertLess(took, 1.0)
        self.assertLess(max(most, len(gateway.descriptors())), before + PER_ADDRESS + SPARE_DESCRIPTORS)

    def quiet(self, gateway: Gateway) -> WebSocket:
        socket = WebSocket(gateway.address)
        self.addCleanup(socket.socket.close)
        return socket

    def test_preauth_websocket_flood_the_oldest_gives_way_at_the_cap(self) -> None:
        gateway = self.begin()
        admin = self.operator(gateway)
        idle = [self.quiet(gateway) for _ in range(PER_ADDRESS)]
        for socket in idle:
            self.assertIn(b"connect.challenge", socket.receive().data)
        self.quiet(gateway)
        with self.assertRaises(Closed):
            idle[0].receive()
        for socket in idle[1:]:
            with self.assertRaises(NothingCame):
                socket.receive(0.01)
        # Who has authenticated is not counted.
        self.assertIsNotNone(admin.call("health", {}))

    def test_preauth_websocket_flood_there_is_a_cap_over_all_addresses(self) -> None:
        gateway = self.begin()
        before = len(gateway.descriptors())
        for number in range(IN_ALL + PER_ADDRESS):
            socket = WebSocket(gateway.address, source=f"127.0.1.{1 + number // (PER_ADDRESS // 2)}")
            self.addCleanup(socket.socket.close)
        self.assertLessEqual(len(gateway.descriptors()), before + IN_ALL + 1)
        self.assertIsNotNone(self.operator(gateway).call("health", {}))

    def test_ghsa_mfg5_a_silent_socket_has_its_time(self) -> None:
        gateway = self.begin()
        socket = self.quiet(gateway)
        socket.receive()
        with self.assertRaises(Closed) as closed:
            socket.receive(30)
        self.assertEqual((closed.exception.code, closed.exception.reason), (1000, ""))


class Bodies(SecurityTest):
    def send(self, gateway: Gateway, head: str, body: bytes = b"", times: int = 1) -> bytes:
        """What comes back while it sends; sending ends when the gateway has had enough."""
        with socket.create_connection(gateway.address, timeout=SLOW_SECONDS) as connection:
            lines = head.replace("\n", "\r\n")
            connection.sendall(f"{lines}\r\n".encode())
            try:
                for _ in range(times):
                    connection.sendall(body)
            except (BrokenPipeError, ConnectionResetError):
                pass
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
                    if b"\r\n\r\n" in answer and answer.startswith(b"HTTP/1.1 4"):
                        break
            except ConnectionResetError:
                pass
        return answer

    def head(self, path: str, *lines: str) -> str:
        return "\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *lines, ""])

    def test_ghsa_q447_a_body_of_a_gigabyte_is_not_kept(self) -> None:
        gateway = self.begin()
        before = rss(gateway.pid)
        for path in ("/tools/invoke", "/hooks/wake", "/v1/chat/completions", "/nothing"):
            answer = self.send(gateway, self.head(path, f"Content-Length: {1 << 30}"), b"x" * MIB, 1024)
            self.assertRegex(answer, rb"^HTTP/1\.1 (401|404|413) ", path)
            self.assertLess(rss(gateway.pid) - before, BODY_GROWTH, path)
        self.assertTrue(gateway.answers())

    def test_ghsa_q447_chunks_without_an_end_are_not_kept(self) -> None:
        gateway = self.begin()
        before = rss(gateway.pid)
        chunk = b"100000\r\n" + b"x" * MIB + b"\r\n"
        answer = self.send(gateway, self.head("/tools/invoke", "Transfer-Encoding: chunked"), chunk, 1024)
        self.assertRegex(answer, rb"^HTTP/1\.1 (401|404|413) ")
        self.assertLess(rss(gateway.pid) - before, BODY_GROWTH)

    def test_ghsa_q447_tiny_chunks_without_an_end(self) -> None:
        gateway = self.begin()
        before = rss(gateway.pid)
        self.send(gateway, self.head("/tools/invoke", "Transfer-Encoding: chunked"), b"1\r\nx\r\n" * 10_000, 400)
        self.assertLess(rss(gateway.pid) - before, BODY_GROWTH)
        self.assertTrue(gateway.answers())

    def test_ghsa_q447_lengths_that_lie_are_refused(self) -> None:
        gateway = self.begin()
        for lines in (["Content-Length: 5", "Content-Length: 6"], ["Content-Length: -1"], ["Content-Length: 99999999999999999999"],
                      ["Content-Length: 5", "Transfer-Encoding: chunked"], ["Content-Length: 0x5"]):
            answer = self.send(gateway, self.head("/tools/invoke", *lines), b"hello")
            self.assertRegex(answer, rb"^HTTP/1\.1 (400|413) ", lines)

    def test_ghsa_rm59_a_slow_body_is_given_up_and_stops_nobody(self) -> None:
        gateway = self.begin()
        over = threading.Event()
        ended: list[bytes] = []

        def drip() -> None:
            with socket.create_connection(gateway.address, timeout=SLOW_SECONDS) as connection:
                connection.sendall(b"POST /tools/invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
                connection.settimeout(1.0)
                while not over.is_set():
                    try:
                        connection.sendall(b"x")
                        if not (part := connection.recv(4096)):
                            break
                        ended.append(part)
                    except TimeoutError:
                        continue
                    except OSError:
                        break
            over.set()

        slow = threading.Thread(target=drip)
        slow.start()
        self.addCleanup(slow.join)
        self.addCleanup(over.set)
        self.assertTrue(gateway.answers())
        until(over.is_set, "the slow connection is ended", SLOW_SECONDS)
        if ended:
            self.assertRegex(ended[0], rb"^HTTP/1\.1 (401|404|408|413) ")


class HostilePeer(SecurityTest):
    def test_upstream_client_side_a_frame_of_64_mib_is_not_taken(self) -> None:
        """No platform is dialled yet; the command line is the client that there is."""
        answer = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  b"Sec-WebSocket-Accept: %s\r\n\r\n")
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve() -> None:
            accepted, _ = listener.accept()
            with accepted:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += accepted.recv(4096)
                accepted.sendall(answer % accept_of(head) + b"\x81\x7f" + struct.pack("!Q", 64 * MIB))
                try:
                    for _ in range(64):
                        accepted.sendall(b" " * MIB)
                    accepted.recv(1)
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        self.configure(self.config())
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        gateway = self.launch(
            ("gateway", "call", "health", "--url", url), env={"OPENCLAW_GATEWAY_TOKEN": self.token},
            wrapper=("/usr/bin/python3", "-c", MEASURE))
        self.assertNotEqual(gateway.wait(), 0)
        peak = int(gateway.error.strip().rsplit("peak ", 1)[1]) * 1024
        self.assertLess(peak, CLIENT_RSS, gateway.error)


#: Runs its arguments and tells, last, the peak of the memory they had, in KiB.
MEASURE = ("import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
           "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(code)")


def accept_of(head: bytes) -> bytes:
    import base64
    import hashlib
    key = next(line.split(b":")[1].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    return base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())


if __name__ == "__main__":
    unittest.main()
