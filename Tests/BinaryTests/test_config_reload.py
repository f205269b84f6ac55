"""A configuration that changes under a running gateway: what is taken over, what waits, what is refused, and the way back."""

import json
import threading
import unittest
from collections.abc import Callable
from pathlib import Path

from harness import BinaryTest, Gateway, messages, until
from test_cli_queries import free_port

REFUSED = "the changed configuration is not used"
RUN = ("gateway", "run", "--port", "0")


class Load:
    """Asks without a pause and counts what is not answered."""

    def __init__(self, gateway: Gateway) -> None:
        self.asked = 0
        self.failed: list[str] = []
        self._gateway = gateway
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ends.is_set():
            self.asked += 1
            try:
                if not self._gateway.answers():
                    self.failed.append("not well")
            except (OSError, AssertionError) as error:
                self.failed.append(repr(error))


class ConfigReload(BinaryTest):
    def text(self, **gateway: object) -> str:
        reload = {"mode": "hybrid", "debounceMs": 10}
        return json.dumps({"gateway": {"mode": "local", "reload": reload, **gateway}}, indent=2) + "\n"

    def setUp(self) -> None:
        super().setUp()
        self.state.mkdir(mode=0o700)
        self.file = self.state / "openclaw.json"
        self.file.write_text(self.text())

    def config(self) -> dict[str, object]:
        """What the gateway itself says of its configuration."""
        return json.loads(self.run_to_end("health", "--verbose", "--json").output)["config"]

    def put(self, text: str) -> None:
        """As careful editors do."""
        fresh = self.state / ".fresh"
        fresh.write_text(text)
        fresh.replace(self.file)

    def test_the_gateway_goes_on_whatever_becomes_of_the_file(self) -> None:
        whole = self.text(allowedHosts=["a.example"])
        faults: dict[str, Callable[[Path], object]] = {
            "half-written": lambda path: path.write_text(whole[: len(whole) // 2]),
            "invalid JSON5": lambda path: path.write_text("{gateway: {mode: local}}"),
            "an invalid value": lambda path: path.write_text(self.text(bind="lann")),
            "deleted": lambda path: path.unlink(),
            "renamed over": lambda path: self.put("[]"),
            "unreadable": lambda path: (path.unlink(), path.mkdir()),
        }
        gateway = self.start(*RUN).ready()
        with Load(gateway) as load:
            for name, spoil in faults.items():
                with self.subTest(name):
                    said = gateway.error.count(REFUSED)
                    spoil(self.file)
                    until(lambda: gateway.error.count(REFUSED) > said, "it says so")
                    config = self.config()
                    self.assertFalse(config["valid"])
                    self.assertTrue(config["problem"])
                    status = self.run_to_end("status")
                    self.assertEqual(status.code, 1, status)
                    self.assertIn("NOT USED", status.output)
                    self.assertIn("config restore", status.output)
                    if self.file.is_dir():
                        self.file.rmdir()
                    self.put(self.text())
                    until(lambda: self.config()["valid"], "well again")
                    self.assertEqual(self.run_to_end("status").code, 0)
        self.assertEqual(load.failed, [])
        self.assertGreater(load.asked, len(faults))
        self.assertEqual(gateway.terminate(), 0)

    def test_an_included_file_counts_as_the_file_does(self) -> None:
        part = self.state / "hosts.json5"
        part.write_text("['a.example']")
        self.put(self.text(allowedHosts={"$include": "./hosts.json5"}))
        gateway = self.start(*RUN).ready()
        part.write_text("['a.example', 'b.example'")
        until(lambda: REFUSED in gateway.error, "the half of it is refused")
        part.write_text("['a.example', 'b.example']")
        until(lambda: "gateway.allowedHosts" in gateway.error, "in use")
        until(lambda: self.config()["valid"], "well again")

    def test_what_waits_for_a_restart_is_shown(self) -> None:
        self.start(*RUN).ready()
        self.put(self.text(metrics={"enabled": True}, reload={"mode": "hot"}))
        until(lambda: self.config()["pendingRestart"] == ["gateway.metrics.enabled"], "it waits")
        self.assertIn("after a restart: gateway.metrics.enabled", self.run_to_end("status").output)

    def test_what_needs_a_restart_gets_one(self) -> None:
        gateway = self.start(*RUN).ready()
        with Load(gateway) as load:
            self.put(self.text(metrics={"enabled": True, "port": free_port()}))
            until(lambda: messages(self.state).count("handing over") == 1, "a restart")
            until(lambda: messages(self.state).count("ready") == 2, "the next start")
        self.assertEqual(load.failed, [])
        self.assertEqual(self.config()["pendingRestart"], [])
        self.assertTrue(any("figures for Prometheus" in line for line in messages(self.state)))

    def test_the_last_good_one_is_shown_and_put_back_when_asked_for(self) -> None:
        good = self.text(auth={"token": "the-old-secret"})
        self.put(good)
        gateway = self.start(*RUN).ready()
        kept = self.state / "config-last-good.json"
        until(kept.exists, "kept")
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        spoiled = self.text(bind="lann", auth={"token": "the-new-secret"})
        self.put(spoiled)
        until(lambda: REFUSED in gateway.error, "refused")
        self.assertEqual(self.file.read_text(), spoiled)
        diff = self.run_to_end("config", "diff")
        self.assertEqual(diff.code, 1, diff)
        for words in ("gateway.bind", "lann", "gateway.auth.token"):
            self.assertIn(words, diff.output)
        self.assertNotIn("-secret", diff.output + diff.error)
        restored = self.run_to_end("config", "restore", "--yes")
        self.assertEqual(restored.code, 0, restored)
        self.assertIn("Undo:", restored.output)
        self.assertNotIn("-secret", restored.output + restored.error)
        self.assertEqual(self.file.read_text(), good)
        self.assertIn(spoiled, [path.read_text() for path in self.state.glob("openclaw.json.before-restore.*")])
        until(lambda: self.config()["valid"], "well again")
        self.assertEqual(self.run_to_end("config", "diff").code, 0)

    # Probation

    def change_that_takes_a_restart(self) -> str:
        """Leaves it waiting, with the gateway ended."""
        gateway = self.start(*RUN).ready()
        changed = self.text(metrics={"enabled": True, "port": 1})
        until((self.state / "config-last-good.json").exists, "kept")
        self.put(changed)
        until((self.state / "config-probation.json").exists, "it waits")
        self.assertEqual(gateway.terminate(), 0)
        return changed

    def stage(self) -> str:
        return json.loads((self.state / "config-probation.json").read_text())["stage"]

    def test_a_change_that_fails_its_trial_gives_way_to_the_last_good_one_once(self) -> None:
        changed = self.change_that_takes_a_restart()
        trial = self.start(*RUN).ready()
        self.assertEqual(self.stage(), "trial")
        trial.kill()
        fallback = self.start(*RUN).ready()
        self.assertIn("failed readiness", fallback.error)
        status = self.run_to_end("status")
        self.assertEqual(status.code, 1, status)
        words = " ".join(status.output.split())
        self.assertIn("running on the configuration of", words)
        self.assertIn("gateway.metrics.enabled", words)
        self.assertEqual(self.file.read_text(), changed)
        self.assertEqual(fallback.terminate(), 0)
        again = self.start(*RUN).ready()
        self.assertEqual(self.stage(), "trial")
        self.assertNotIn("failed readiness", again.error)
        self.assertEqual(again.terminate(), 0)
        self.assertEqual(self.stage(), "waiting")

    def test_a_change_that_cannot_start_at_all_gives_way_at_once(self) -> None:
        gateway = self.start(*RUN).ready()
        until((self.state / "config-last-good.json").exists, "kept")
        self.put(self.text(tls={"enabled": True, "certPath": "/nowhere.pem", "keyPath": "/nowhere.pem"}))
        until((self.state / "config-probation.json").exists, "it waits")
        self.assertEqual(gateway.terminate(), 0)
        fallback = self.start(*RUN).ready()
        self.assertIn("failed readiness", fallback.error)
        self.assertIn("/nowhere.pem", self.file.read_text())

    def test_a_file_spoiled_while_a_change_waits_does_not_keep_it_down(self) -> None:
        self.change_that_takes_a_restart()
        self.put("{gateway")
        fallback = self.start(*RUN).ready()
        self.assertIn("failed readiness", fallback.error)
        self.assertEqual(self.file.read_text(), "{gateway")

    def test_without_a_change_that_waits_a_spoiled_file_is_refused(self) -> None:
        gateway = self.start(*RUN).ready()
        until((self.state / "config-last-good.json").exists, "kept")
        self.assertEqual(gateway.terminate(), 0)
        self.put("{gateway")
        self.assertEqual(self.run_to_end(*RUN).code, 78)


if __name__ == "__main__":
    unittest.main()
