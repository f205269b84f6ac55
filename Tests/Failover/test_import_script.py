"""The settings of a shell monitor, taken over: read, never run."""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "BinaryTests"))

from harness import BinaryTest, Finished  # noqa: E402

SCRIPT = """#!/bin/bash
# Watches the primary.
PRIMARY_IP="100.64.0.1"
export PRIMARY_PORT=18790
SECRETS_HOST=${SECRETS_HOST:-claw@vault}
FAIL_THRESHOLD=4; CHECK_INTERVAL='15'
touch "$HOME/was-run"
"""


class ImportScript(BinaryTest):
    def take(self, text: str, *words: str) -> Finished:
        path = self.scratch("monitor.sh")
        path.write_text(text)
        path.chmod(0o755)
        return self.run_to_end("failover", "import-script", str(path), *words)

    def config(self) -> dict[str, object]:
        return json.loads((self.state / "openclaw.json").read_text())

    def test_everything_is_taken_and_shown(self) -> None:
        self.configure({"gateway": {"mode": "local"}, "failover": {"check": {"failThreshold": 3}}})
        shown = self.take(SCRIPT, "--dry-run")
        self.assertEqual(shown.code, 0, shown.error)
        self.assertIn("- failover.check.failThreshold: 3\n+ failover.check.failThreshold: 4\n", shown.output)
        self.assertEqual(self.config()["failover"], {"check": {"failThreshold": 3}})

        done = self.take(SCRIPT, "--yes")
        self.assertEqual(done.code, 0, done.error)
        self.assertEqual(self.config()["failover"], {
            "enabled": True, "role": "standby", "peers": [{"url": "ws://100.64.0.1:18790"}],
            "check": {"failThreshold": 4, "intervalMs": 15000}, "promote": {"secretsHost": "claw@vault"}})
        self.assertFalse((self.home / "was-run").exists())
        self.assertEqual(self.run_to_end("config", "validate").code, 0)
        self.assertIn("says all of that already", self.take(SCRIPT, "--yes").output)
        self.assertEqual(json.loads(self.take(SCRIPT, "--json").output)["changes"], [])

    def test_an_address_of_now_is_replaced(self) -> None:
        self.configure({"failover": {"peers": [{"url": "ws://10.0.0.1:1", "token": "t" * 40}]}})
        self.assertEqual(self.take("PRIMARY_IP=fd00::1\n", "--yes").code, 0)
        self.assertEqual(self.config()["failover"]["peers"], [{"url": "ws://[fd00::1]:18789", "token": "t" * 40}])

    def test_what_is_wrong_is_named_with_its_line(self) -> None:
        for text, says in (
            ("PRIMARY_IP=$(cat /etc/primary)\n", ":1: PRIMARY_IP is computed ($(cat /etc/primary))"),
            ("\nPRIMARY_IP=a\nCHECK_INTERVAL=soon\n", ":3: CHECK_INTERVAL: \"soon\" is not allowed; a whole number from 1 to 3600"),
            ("PRIMARY_IP=a\nPRIMARY_PORT=99999\n", "a whole number from 1 to 65535"),
            ("PRIMARY_IP='a b'\n", "an IP address or the name of a host"),
            ("PRIMARY_IP=a\nSECRETS_HOST=-oProxyCommand=x\n", "a host, or user@host"),
            ("echo nothing\n", "sets no PRIMARY_IP"),
        ):
            with self.subTest(text):
                done = self.take(text, "--yes")
                self.assertEqual(done.code, 1, done.output)
                self.assertIn(says, done.error)
                self.assertFalse((self.state / "openclaw.json").exists())
        self.assertIn("missing.sh", self.run_to_end("failover", "import-script", "/missing.sh").error)


if __name__ == "__main__":
    unittest.main()
