"""What the running gateway answers over HTTP."""

import json
import unittest

from harness import BinaryTest

FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
LIVE = b'{"ok":true,"status":"live"}'


class Probes(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.gateway = self.start().ready()

    def test_health_says_that_it_lives_and_nothing_else(self) -> None:
        for path in ("/health", "/healthz", "/health?from=monitor"):
            answer = self.gateway.get(path)
            self.assertEqual((answer.status, answer.body), (200, LIVE), path)
            self.assertRegex(answer.fields["content-type"], r"\Aapplication/json\b")

    def test_startupz_tells_a_local_caller_the_details(self) -> None:
        for path in ("/startupz", "/startup"):
            answer = self.gateway.get(path)
            self.assertEqual(answer.status, 200)
            self.assertEqual(set(answer.json), {"ok", "status", "version", "uptimeMs"})
            self.assertEqual((answer.json["ok"], answer.json["status"]), (True, "started"))
            self.assertRegex(self.gateway.output, rf"openclaw {answer.json['version']} ")
            self.assertGreaterEqual(answer.json["uptimeMs"], 0)

    def test_readyz_tells_a_local_caller_the_details(self) -> None:
        for path in ("/readyz", "/ready"):
            answer = self.gateway.get(path)
            self.assertEqual(answer.status, 200)
            self.assertEqual(set(answer.json), {"ready", "failing", "uptimeMs"})
            self.assertEqual((answer.json["ready"], answer.json["failing"]), (True, []))

    def test_nobody_behind_a_proxy_is_told_details(self) -> None:
        for name in FORWARDING:
            fields = {name: "203.0.113.7"}
            self.assertEqual(self.gateway.get("/startupz", fields).body, b'{"ok":true,"status":"started"}', name)
            self.assertEqual(self.gateway.get("/readyz", fields).body, b'{"ready":true}', name)

    def test_head_is_get_without_the_body(self) -> None:
        with self.gateway.connect() as connection:
            for path, length in (("/health", len(LIVE)), ("/nothing", len(b"Not Found"))):
                head = connection.request("HEAD", path)
                self.assertEqual(int(head.fields["content-length"]), length)
                # Were there a body after all, the next answer would begin with it.
                self.assertEqual(connection.request("GET", path).status, head.status)

    def test_other_methods_are_refused_with_those_that_are_allowed(self) -> None:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            for path in ("/health", "/healthz", "/startupz", "/readyz"):
                answer = self.gateway.get(path, method=method)
                self.assertEqual((answer.status, answer.fields.get("allow")), (405, "GET, HEAD"), (method, path))

    def test_unknown_paths_are_not_found(self) -> None:
        for path in ("/healthzz", "/health/", "/Health", "/%68ealthz/..", "//health"):
            self.assertEqual(self.gateway.get(path).status, 404, path)

    def test_every_answer_carries_the_security_headers(self) -> None:
        for method, path in (("GET", "/health"), ("GET", "/readyz"), ("GET", "/nothing"), ("POST", "/health")):
            fields = self.gateway.get(path, method=method).fields
            self.assertEqual(fields.get("x-content-type-options"), "nosniff", path)
            self.assertEqual(fields.get("referrer-policy"), "no-referrer", path)
            self.assertIn("camera=()", fields.get("permissions-policy", ""), path)

    def test_a_refused_request_carries_the_security_headers(self) -> None:
        with self.gateway.connect() as connection:
            connection.send("GET /health HTTP/1.1\r\nHost : x\r\n\r\n")
            answer = connection.response()
        self.assertEqual(answer.status, 400)
        self.assertIn("error", json.loads(answer.body))
        self.assertEqual(answer.fields.get("x-content-type-options"), "nosniff")

    def test_probes_are_never_cached(self) -> None:
        for path in ("/health", "/healthz", "/startupz", "/readyz"):
            self.assertEqual(self.gateway.get(path).fields.get("cache-control"), "no-store", path)

    def test_one_connection_serves_many_requests(self) -> None:
        with self.gateway.connect() as connection:
            for _ in range(50):
                self.assertEqual(connection.request("GET", "/health").body, LIVE)


if __name__ == "__main__":
    unittest.main()
