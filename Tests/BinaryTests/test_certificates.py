"""The certificate that the port shows, while its files are renewed under the running gateway."""

import hashlib
import os
import socket
import ssl
import subprocess
import unittest
from pathlib import Path

from harness import BinaryTest, Gateway, until

RENEWED = "the certificate was renewed"
REFUSED = "the changed certificate is not used; the one before is still shown"


class Renewal(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.live = self.home / "live"
        self.live.mkdir()
        self.made = 0
        self.put(*self.make())
        self.configure({"gateway": {"mode": "local", "auth": {"token": "for-this-test"}, "tls": {
            "enabled": True, "certPath": "~/live/cert.pem", "keyPath": "~/live/key.pem"}}})
        self.gateway = self.begin()

    def begin(self) -> Gateway:
        # Its line says https, so that it is not waited for by the harness.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        gateway = self.start("gateway", "run", "--port", str(self.port))
        self.wait_for_message("ready")
        return gateway

    def make(self) -> tuple[Path, Path]:
        """A new pair, beside the files in use."""
        self.made += 1
        certificate, key = self.scratch(f"cert-{self.made}.pem"), self.scratch(f"key-{self.made}.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-subj", f"/CN=localhost-{self.made}", "-days", "30", "-out", certificate, "-keyout", key],
            check=True, capture_output=True)
        return certificate, key

    def put(self, certificate: Path, key: Path) -> None:
        """In the place of those in use, as a renewal does it: one after the other, each by rename."""
        os.replace(key, self.live / "key.pem")
        os.replace(certificate, self.live / "cert.pem")

    def shown(self) -> str:
        """The fingerprint of what a new connection is shown."""
        return fingerprint(ssl.get_server_certificate(("127.0.0.1", self.port), timeout=10))

    def in_file(self) -> str:
        return fingerprint((self.live / "cert.pem").read_text())

    def test_a_new_pair_is_shown_and_old_connections_go_on(self) -> None:
        first = self.in_file()
        self.assertEqual(self.shown(), first)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.port), 10) as plain, context.wrap_socket(plain) as old:
            for _ in range(2):
                self.put(*self.make())
                until(lambda: self.shown() == self.in_file(), "the new certificate is shown")
            self.assertNotEqual(self.shown(), first)
            old.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(b"200 OK", old.recv(65536))
        self.assertIn(RENEWED, self.gateway.error)
        self.assertEqual(self.gateway.terminate(), 0)

    def test_links_that_are_turned_as_certbot_does(self) -> None:
        archive = self.home / "archive"
        archive.mkdir()
        for number in (1, 2):
            certificate, key = self.make()
            certificate.rename(archive / f"cert{number}.pem")
            key.rename(archive / f"key{number}.pem")
            for name in ("key", "cert"):
                (self.live / f"{name}.pem").unlink()
                (self.live / f"{name}.pem").symlink_to(f"../archive/{name}{number}.pem")
            until(lambda: self.shown() == self.in_file(), "the new certificate is shown")

    def test_what_cannot_be_used_changes_nothing(self) -> None:
        first = self.shown()
        other, _ = self.make()
        for text in (other.read_text(), "", "no certificate\n", other.read_text()[:200]):
            said = self.gateway.error.count(REFUSED)
            (self.live / "cert.pem").write_text(text)
            until(lambda: self.gateway.error.count(REFUSED) > said, "it says so")
            self.assertEqual(self.shown(), first)
        said = self.gateway.error.count(REFUSED)
        (self.live / "cert.pem").unlink()
        until(lambda: self.gateway.error.count(REFUSED) > said, "it says so")
        self.assertEqual(self.shown(), first)
        self.put(*self.make())
        until(lambda: self.shown() == self.in_file(), "the new certificate is shown")
        self.assertNotIn("PRIVATE KEY", self.gateway.error)

    def test_a_pipe_in_the_place_of_a_certificate_does_not_hold_up_a_start(self) -> None:
        self.assertEqual(self.gateway.terminate(), 0)
        (self.live / "cert.pem").unlink()
        os.mkfifo(self.live / "cert.pem")
        finished = self.run_to_end("gateway", "run", "--port", "0")
        self.assertEqual(finished.code, 78)
        self.assertIn("gateway.tls", finished.error)


def fingerprint(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


if __name__ == "__main__":
    unittest.main()
