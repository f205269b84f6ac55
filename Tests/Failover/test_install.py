"""`failover install`: what would be written, and what is refused. A real systemd is the part `systemd`'s."""

from __future__ import annotations

import json
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "BinaryTests"))

from harness import BinaryTest  # noqa: E402

MONITOR = "openclaw-health-monitor.service"


class Install(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.config: dict[str, object] = {
            "gateway": {"mode": "local", "auth": {"token": "t" * 40}},
            "failover": {
                "enabled": True, "role": "standby", "peers": [{"url": "ws://100.64.0.1:18789", "token": "s" * 64}],
                "promote": {"warm": False}},
        }

    def preview(self, *words: str) -> dict[str, str]:
        """The files by their names."""
        self.configure(self.config)
        done = self.run_to_end("failover", "install", "--dry-run", "--json", *words)
        self.assertEqual(done.code, 0, done.output + done.error)
        self.answer = json.loads(done.output)
        return {file["path"].rsplit("/", 1)[-1]: file["text"] for file in self.answer["files"]}

    def test_a_cold_standby_has_two_units(self) -> None:
        files = self.preview()
        self.assertEqual(set(files), {MONITOR, "openclaw.service"})
        self.assertRegex(files[MONITOR], r'(?m)^ExecStart="[^"]*/openclaw" "failover" "run"$')
        for line in ("Restart=always", "StartLimitIntervalSec=0", "NoNewPrivileges=yes", "WantedBy=default.target"):
            self.assertIn(f"\n{line}\n", files[MONITOR])
        self.assertRegex(files["openclaw.service"], r'(?m)^ExecStart="[^"]*/openclaw" "gateway" "run" "--port" "18789"$')
        commands = [" ".join(command) for command in self.answer["commands"]]
        self.assertEqual(commands, ["systemctl --user daemon-reload", f"systemctl --user enable --now {MONITOR}"])
        self.assertNotIn("s" * 64, json.dumps(self.answer))

    def test_the_system_s_monitor_may_start_that_one_unit(self) -> None:
        user = "nobody"
        files = self.preview("--system", "--user", user)
        rule = files["50-openclaw-failover.rules"]
        self.assertIn('action.lookup("unit") == "openclaw.service"', rule)
        self.assertIn(f'subject.user == "{user}"', rule)
        self.assertIn('action.id == "org.freedesktop.systemd1.manage-units"', rule)
        self.assertIn(f"\nUser={user}\n", files[MONITOR])
        self.assertIn("\nWantedBy=multi-user.target\n", files[MONITOR])

    def test_a_warm_standby_and_a_primary_have_one(self) -> None:
        del self.config["failover"]["promote"]
        self.assertEqual(set(self.preview()), {"openclaw-gateway.service"})
        self.config["failover"] = {"enabled": True, "role": "primary"}
        self.assertEqual(set(self.preview()), {"openclaw-gateway.service"})

    def test_profiles_have_units_of_their_own(self) -> None:
        directory = self.home / ".openclaw-two"
        directory.mkdir(mode=0o700)
        (directory / "openclaw.json").write_text(json.dumps(self.config))
        done = self.run_to_end("--profile", "two", "failover", "install", "--dry-run", "--json")
        names = [file["path"].rsplit("/", 1)[-1] for file in json.loads(done.output)["files"]]
        self.assertEqual(names, ["openclaw-health-monitor-two.service", "openclaw.service"])

    def test_without_failover_there_is_nothing_to_install(self) -> None:
        self.configure({"gateway": {"mode": "local"}})
        done = self.run_to_end("failover", "install")
        self.assertEqual(done.code, 1)
        self.assertIn("failover is not enabled", done.error)

    def test_a_dry_run_writes_nothing(self) -> None:
        self.preview()
        self.assertEqual([path.name for path in self.home.rglob("*.service")], [])
        self.assertFalse((self.home / ".config").exists())

    def test_a_second_owner_is_refused(self) -> None:
        units = self.home / ".config/systemd/user"
        units.mkdir(parents=True)
        (units / MONITOR).write_text("[Service]\n")
        del self.config["failover"]["promote"]
        self.configure(self.config)
        done = self.run_to_end("failover", "install")
        self.assertEqual(done.code, 1)
        self.assertIn("failover install --remove", done.error)

    def test_a_unit_that_somebody_wrote_stays(self) -> None:
        units = self.home / ".config/systemd/user"
        units.mkdir(parents=True)
        (units / "openclaw.service").write_text("[Service]\nExecStart=/usr/bin/openclaw gateway\n")
        self.configure(self.config)
        done = self.run_to_end("failover", "install", "--yes")
        self.assertEqual(done.code, 1)
        self.assertIn("was not written by this program", done.error)
        self.assertTrue(re.search(r"it starts: /usr/bin/openclaw gateway", done.error), done.error)

    def test_the_unit_of_another_profile_stays(self) -> None:
        units = self.home / ".config/systemd/user"
        units.mkdir(parents=True)
        (units / "openclaw.service").write_text(
            "[Service]\nExecStart=/usr/bin/openclaw gateway run\n"
            "Environment=OPENCLAW_SERVICE_MARKER=openclaw OPENCLAW_STATE_DIR=/home/x/.openclaw-two\n")
        self.configure(self.config)
        done = self.run_to_end("failover", "install", "--yes")
        self.assertEqual(done.code, 1)
        self.assertIn("config set failover.promote.unit openclaw-standby.service", done.error)


if __name__ == "__main__":
    unittest.main()
