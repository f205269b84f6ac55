"""openclaw-sdk from PyPI against the gateway. SDK_PYTHON names the interpreter of an environment that has it."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

from wire.gateway import GatewayTest

sys.path.append(str(Path(__file__).resolve().parents[1] / "Models"))
from fakes.service import TEXT  # noqa: E402
from fakes.threaded import Fakes  # noqa: E402

PROGRAMS = Path(__file__).resolve().parent / "sdk"
SCOPES = ("operator.read", "operator.write", "operator.admin")


class Sdk(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.python = os.environ.get("SDK_PYTHON")
        if not self.python:
            self.fail("SDK_PYTHON must name a Python that has openclaw-sdk")
        fakes = Fakes()
        self.addCleanup(fakes.stop)
        self.gateway = self.begin({
            "models": {"providers": fakes.providers()}, "agents": {"defaults": {"model": "chat/plain"}}})
        self.client_home = self.scratch("sdk-home")
        identity = self.client_home / ".openclaw/identity"
        identity.mkdir(parents=True)
        self.identity = identity

    def paired_files(self) -> None:
        """What that program would have kept from an earlier pairing."""
        device = self.device()
        token = self.paired(self.gateway, device, *SCOPES)
        files = {
            "device.json": {"deviceId": device.id, "publicKeyPem": device.public_pem, "privateKeyPem": device.private_pem},
            "device-auth.json": {"tokens": {"operator": {"token": token, "role": "operator", "scopes": list(SCOPES)}}},
        }
        for name, content in files.items():
            path = self.identity / name
            path.touch(mode=0o600)
            path.write_text(json.dumps(content))

    def read(self, program: str = "read_gateway.py") -> subprocess.CompletedProcess[str]:
        host, port = self.gateway.address
        return subprocess.run(
            [self.python, str(PROGRAMS / program), f"ws://{host}:{port}/gateway"], env=self.environment({"HOME": str(self.client_home)}),
            capture_output=True, text=True, timeout=60, check=False)

    def test_it_connects_and_reads_presence_health_and_status(self) -> None:
        self.paired_files()
        done = self.read()
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertTrue(found["healthy"])
        self.assertTrue(any(entry.get("mode") == "gateway" for entry in found["presence"]["data"]))
        self.assertTrue(found["health"]["ok"])
        self.assertIn("heartbeat", found["status"])
        # What it sends: the reference takes its word from here (section 3.1, "What real clients send").
        first = found["sent"][0]
        self.assertEqual((first["method"], first["params"]["minProtocol"], first["params"]["maxProtocol"]), ("connect", 3, 3))
        self.assertEqual(first["params"]["client"]["id"], "cli")
        self.assertEqual([frame["method"] for frame in found["sent"]],
                         ["connect", "system-presence", "system-presence", "health", "status"])

    def test_it_sends_a_message_and_gets_the_answer(self) -> None:
        self.paired_files()
        done = self.read("send_chat.py")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual((found["success"], found["content"]), (True, TEXT))
        self.assertIn("agent", found["kinds"])

    def test_with_a_token_of_nobody_it_is_told(self) -> None:
        self.paired_files()
        path = self.identity / "device-auth.json"
        content = json.loads(path.read_text())
        content["tokens"]["operator"]["token"] = "nobody's"
        path.write_text(json.dumps(content))
        done = self.read()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("unauthorized", done.stderr)


if __name__ == "__main__":
    unittest.main()
