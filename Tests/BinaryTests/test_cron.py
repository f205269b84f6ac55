"""Jobs at set times through kills: every second has its run once, or stands in the log with the reason why not."""

import json
import unittest
from time import monotonic

from fake_model import FakeModel, serving
from harness import BinaryTest, Gateway, until
from test_cli_queries import free_port

KILLS = 4


class Cron(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()

    def gateway(self, model: FakeModel) -> Gateway:
        self.configure({
            "gateway": {"mode": "local", "port": self.port, "auth": {"mode": "token", "token": "a-token-of-this-test"}},
            "models": {"providers": {"p": {"baseUrl": model.base, "api": "openai-completions", "apiKey": "k", "models": [{"id": "fake"}]}}},
            "agents": {"defaults": {"model": "p/fake"}}})
        return self.start("gateway", "run").ready()

    def cron(self, *arguments: str) -> dict[str, object]:
        finished = self.run_to_end("cron", *arguments, "--json")
        self.assertEqual(finished.code, 0, finished.output + finished.error)
        return json.loads(finished.output)

    def runs(self, job: str) -> list[dict[str, object]]:
        return self.cron("runs", job, "--limit", "500")["entries"]

    def test_over_kills_no_second_runs_twice_and_none_is_forgotten(self) -> None:
        with serving() as model:
            gateway = self.gateway(model)
            job = str(self.cron("add", "--every", "1s", "--message", "tick", "--no-deliver")["id"])
            for kill in range(KILLS):
                # Now between runs, now in the middle of one.
                if kill % 2:
                    model.go.clear()
                before = len(model.requests)
                until(lambda: len(model.requests) > before + 1 - kill % 2, "jobs run")
                gateway.kill()
                model.go.set()
                gateway = self.gateway(model)
            seen = len(self.runs(job))
            until(lambda: len(self.runs(job)) > seen + 1, "jobs go on")
            self.cron("disable", job)
            until(lambda: "runningAtMs" not in self.cron("list", "--all")["jobs"][0]["state"], "the last run ends")
            self.check(self.runs(job))
            self.assertEqual(gateway.terminate(), 0)

    def check(self, entries: list[dict[str, object]]) -> None:
        """Each second between the first and the last is there once."""
        seconds: dict[int, str] = {}
        for entry in entries:
            outcome = str(entry["outcome"])
            first, last = (int(entry.get(name, entry.get("dueAtMs"))) for name in ("firstAtMs", "lastAtMs"))
            for moment in range(first, last + 1, 1000):
                self.assertNotIn(moment, seconds, f"{outcome} and {seconds.get(moment)}")
                seconds[moment] = outcome
        self.assertEqual(sorted(seconds), list(range(min(seconds), max(seconds) + 1, 1000)))
        found = set(seconds.values())
        self.assertLessEqual({"ok", "interrupted"}, found)
        self.assertLessEqual(found, {"ok", "interrupted", "missed", "skipped"})

    def test_a_reminder_that_was_due_while_the_gateway_was_down_comes_once(self) -> None:
        with serving() as model:
            gateway = self.gateway(model)
            self.cron("add", "--at", "4s", "--system-event", "look at the oven")
            self.assertEqual(gateway.terminate(), 0)
            due = monotonic() + 4
            until(lambda: monotonic() > due, "its time passes")
            gateway = self.gateway(model)
            until(lambda: len(model.requests) == 1, "the agent is told")
            self.assertIn("System event: look at the oven", json.dumps(model.requests[0]))
            until(lambda: self.cron("list", "--all")["jobs"] == [], "the job is done")
            self.assertEqual([entry["outcome"] for entry in self.cron("runs")["entries"]], ["ok"])
            gateway.kill()
            gateway = self.gateway(model)
            self.assertEqual(self.cron("status")["jobs"], 0)
            self.assertEqual(gateway.terminate(), 0)
            self.assertEqual(len(model.requests), 1)


if __name__ == "__main__":
    unittest.main()
