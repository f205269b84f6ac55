"""reliability.md section 2.1: the origin, rebinding and token rows."""

import socket
import unittest

from secure import GUARDED, SecurityTest, raw_status

UPGRADE = ("Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n")
EVIL = {"Origin": "https://evil.test"}
BROWSER = {"id": "openclaw-control-ui", "version": "1.0.0", "platform": "web", "mode": "webchat"}
#: Section 1 of the protocol reference: 10 in 60 s.
FAILURES_ALLOWED = 10


class Origin(SecurityTest):
    def test_clawjacked_foreign_origin_is_refused_before_any_authentication(self) -> None:
        gateway = self.begin()
        self.assertEqual(self.upgrade_status(gateway, EVIL), 403)
        for path in ("/", "/healthz", "/v1/models", GUARDED):
            status, fields, _ = self.fetch(gateway, path, {**EVIL, **self.bearer()})
            self.assertEqual(status, 403, path)
            self.assertNotIn("access-control-allow-origin", fields)

    def test_clawjacked_wrong_passwords_from_loopback_are_counted(self) -> None:
        gateway = self.begin({"gateway": {"auth": {"mode": "password", "token": None, "password": self.password}}})
        host, port = gateway.address
        own = {"Origin": f"http://{host}:{port}"}
        for number in range(FAILURES_ALLOWED):
            error = self.error(self.client(gateway, own), {"password": f"wrong-password-{number}"}, self.device(), client=BROWSER)
            self.assertEqual(self.code(error), "AUTH_PASSWORD_MISMATCH", number)
        error = self.error(self.client(gateway, own), {"password": self.password}, self.device(), client=BROWSER)
        self.assertEqual(self.code(error), "AUTH_RATE_LIMITED")
        self.assertEqual(error.details.get("recommendedNextStep"), "wait_then_retry")

    def test_clawjacked_loopback_without_an_origin_is_counted_as_well(self) -> None:
        gateway = self.begin()
        for number in range(FAILURES_ALLOWED):
            self.assertEqual(self.code(self.wrong(gateway, number)), "AUTH_TOKEN_MISMATCH", number)
        self.assertTrue(self.is_locked(gateway))

    def test_clawjacked_the_same_wrong_credential_counts_once(self) -> None:
        gateway = self.begin()
        for _ in range(FAILURES_ALLOWED * 2):
            self.assertEqual(self.code(self.wrong(gateway, 7)), "AUTH_TOKEN_MISMATCH")
        self.assertFalse(self.is_locked(gateway))

    def test_clawjacked_a_page_that_guesses_does_not_lock_out_other_programs(self) -> None:
        gateway = self.begin()
        host, port = gateway.address
        own = {"Origin": f"http://{host}:{port}"}
        for number in range(FAILURES_ALLOWED + 2):
            self.error(self.client(gateway, own), {"token": f"wrong-credential-{number}"}, self.device(), client=BROWSER)
        self.assertFalse(self.is_locked(gateway), "loopback is keyed by Origin as well")

    def test_clawjacked_a_program_that_invents_origins_has_one_budget(self) -> None:
        gateway = self.begin()
        for number in range(10):
            name = f"10.0.0.{number}:{1 + number}"
            fields = {"Host": name, "Origin": f"http://{name}"}
            self.assertEqual(self.code(self.wrong(gateway, number, fields)), "AUTH_TOKEN_MISMATCH")
        self.assertTrue(self.is_locked(gateway, {"Host": "10.9.9.9", "Origin": "http://10.9.9.9"}))
        self.assertFalse(self.is_locked(gateway))

    def test_clawjacked_the_unix_socket_is_never_locked_out(self) -> None:
        gateway = self.begin()
        for number in range(FAILURES_ALLOWED + 2):
            self.wrong(gateway, number)
        self.assertTrue(self.is_locked(gateway))
        finished = self.run_to_end("gateway", "call", "gateway.identity.get")
        self.assertEqual(finished.code, 0, finished.error)

    def test_clawjacked_pairing_of_a_browser_stays_pending(self) -> None:
        gateway = self.begin()
        host, port = gateway.address
        client = self.client(gateway, {"Origin": f"http://{host}:{port}"})
        error = self.error(client, {"token": self.token}, self.device(), client=BROWSER)
        self.assertEqual((error.code, self.code(error)), ("NOT_PAIRED", "PAIRING_REQUIRED"))

    def test_oc9358_matrix_of_origins(self) -> None:
        gateway = self.begin()
        host, port = gateway.address
        table = {
            None: 101, "null": 403, f"http://{host}:{port}": 101, f"http://localhost:{port}": 403, "https://evil.test": 403,
            f"http://{host}:{port + 1}": 403, f"https://{host}:{port}": 403, f"http://{host}": 403, "": 403,
            f"http://{host}:{port}.evil.test": 403, f"http://{host}:{port}@evil.test": 403,
        }
        for origin, status in table.items():
            fields = {} if origin is None else {"Origin": origin}
            self.assertEqual(self.upgrade_status(gateway, fields), status, f"Origin: {origin}")
        # No Origin is allowed, and the token is still required.
        error = self.error(self.client(gateway), {})
        self.assertEqual(self.code(error), "DEVICE_IDENTITY_REQUIRED")

    def test_oc9358_allowed_origins_are_the_configured_ones(self) -> None:
        gateway = self.begin({"gateway": {"controlUi": {"allowedOrigins": ["https://panel.test"]}}})
        self.assertEqual(self.upgrade_status(gateway, {"Origin": "https://panel.test"}), 101)
        self.assertEqual(self.upgrade_status(gateway, {"Origin": "https://panel.test:8443"}), 403)
        self.assertEqual(self.upgrade_status(gateway, {"Origin": "http://panel.test"}), 403)


class GatewayUrl(SecurityTest):
    """CVE-2026-25253. What a browser then does is in Tests/Browser: no connection, nothing written."""

    def test_cve_25253_the_page_may_open_one_socket_and_reads_no_address(self) -> None:
        gateway = self.begin()
        host = f"localhost:{gateway.address[1]}"
        status, fields, plain = self.fetch(gateway, "/", {"Host": host})
        self.assertEqual(status, 200)
        policy = dict(part.strip().split(" ", 1) for part in fields["content-security-policy"].split(";") if " " in part.strip())
        self.assertEqual(policy["connect-src"].split(), ["'self'", f"ws://{host}"])
        self.assertEqual(policy["default-src"], "'none'")
        asked = self.fetch(gateway, "/?gatewayUrl=ws://127.0.0.1:9/&token=x", {"Host": host})
        self.assertEqual(asked[2], plain, "the address changes nothing of the page")


class Rebinding(SecurityTest):
    def statuses(self, host_lines: str, origin: str = "") -> dict[str, int]:
        found = {path: raw_status(self.gateway, f"GET {path} HTTP/1.1\n{host_lines}{origin}\n")
                 for path in ("/", "/healthz", "/readyz", "/v1/models", "/__openclaw__/canvas/", "/__openclaw__/cap/x/y", GUARDED)}
        found["WebSocket"] = raw_status(self.gateway, f"GET / HTTP/1.1\n{host_lines}{origin}{UPGRADE}\n")
        return found

    def setUp(self) -> None:
        super().setUp()
        self.gateway = self.begin({"gateway": {"allowedHosts": ["gateway.example"]}})
        self.port = self.gateway.address[1]

    def test_oc58157_a_foreign_host_is_misdirected_on_every_route(self) -> None:
        for name in ("evil.test", "evil.test.", "localhost.evil.test", "127.0.0.1.evil.test", "xlocalhost"):
            host = f"Host: {name}:{self.port}\n"
            self.assertEqual(set(self.statuses(host).values()), {421}, name)
            # An attacker owns both, so their being equal says nothing.
            self.assertEqual(set(self.statuses(host, f"Origin: http://{name}:{self.port}\n").values()), {421}, name)

    def test_oc58157_names_of_this_machine_and_literals_are_served(self) -> None:
        machine = socket.gethostname()
        for name in ("localhost", "LOCALHOST", "127.0.0.1", "[::1]", "192.168.7.7", "[2001:db8::1]", machine, f"{machine}.local",
                     "gateway.example", "Gateway.Example"):
            found = self.statuses(f"Host: {name}:{self.port}\n")
            self.assertEqual((found["/healthz"], found["WebSocket"]), (200, 101), name)
            self.assertNotIn(421, found.values(), name)

    def test_oc58157_a_host_field_is_there_once(self) -> None:
        for host in ("", f"Host: localhost:{self.port}\nHost: localhost:{self.port}\n",
                     f"Host: localhost:{self.port}\nHost: evil.test\n", f"Host: localhost:{self.port}, evil.test\n"):
            for path, status in self.statuses(host).items():
                self.assertIn(status, (400, 421), f"{path} with {host!r}")

    def test_oc58157_a_foreign_name_in_the_request_target(self) -> None:
        for target in (f"http://evil.test:{self.port}/healthz", "http://evil.test/v1/models"):
            self.assertIn(raw_status(self.gateway, f"GET {target} HTTP/1.1\nHost: localhost:{self.port}\n\n"), (400, 421), target)


class TokenInUrlOrLogs(SecurityTest):
    """The sweep of every GatewayTest looks for the token afterwards: logs, output, argv, replies, files that others read."""

    def test_oc9435_a_token_in_the_query_is_no_credential(self) -> None:
        gateway = self.begin()
        for name in ("token", "auth", "password", "access_token"):
            self.assertEqual(self.fetch(gateway, f"{GUARDED}?{name}={self.token}")[0], 401)
        client = self.client(gateway)
        client.socket.socket.close()
        socket_with_token = self.socket(gateway, f"/?token={self.token}")
        self.assertTrue(socket_with_token)
        error = self.error(type(client)(socket_with_token), {})
        self.assertEqual(self.code(error), "DEVICE_IDENTITY_REQUIRED")

    def test_oc70029_nothing_that_a_reader_can_ask_shows_the_token(self) -> None:
        gateway = self.begin({"gateway": {"controlUi": {"enabled": True}}}, "gateway", "run", "--port", "0", "--verbose")
        self.assertEqual(self.fetch(gateway, GUARDED, self.bearer())[0], 200)
        self.fetch(gateway, GUARDED, self.bearer(f"{self.token}x"))
        admin = self.operator(gateway)
        for method in ("status", "health", "config.get", "config.schema", "system-presence", "device.pair.list", "system.info",
                       "logs.tail", "channels.status", "exec.approvals.get"):
            # Every reply passes the sweep.
            self.assertIsNotNone(admin.call(method, {}), method)
        self.assertGreater(self.sweep.samples, 0)


if __name__ == "__main__":
    unittest.main()
