"""A gateway that ends while a model does not come to its end: in its time, with what was said kept."""

import json
import signal
import unittest

from fake_model import FakeModel, serving
from harness import Gateway, messages, until
from test_cli_agents import AgentTest

# What `gateway stop` allows; whoever waits for longer has waited for a gateway that does not end.
BUDGET = 15.0
PIECE = "Hello from "


class Drain(AgentTest):
    def begin(self, model: FakeModel) -> tuple[Gateway, Gateway]:
        """A gateway, and somebody who waits for an answer which stops after its first piece."""
        model.go.clear()
        gateway = self.gateway(model)
        asking = self.launch(("agent", "--message", "Hi"))
        until(lambda: model.requests, "the model was asked")
        return gateway, asking

    def kept(self) -> str:
        return "".join(path.read_text() for path in (self.state / "agents").rglob("*.jsonl"))

    def test_a_stuck_model_does_not_keep_it_from_ending(self) -> None:
        with serving() as model:
            gateway, asking = self.begin(model)
            gateway.signal(signal.SIGTERM)
            self.assertEqual(gateway.wait(BUDGET), 0, gateway.error)
            self.assertNotEqual(asking.wait(), 0)
        self.assertIn(PIECE, self.kept())
        self.assertIn("stopped", messages(self.state))
        again = self.start("gateway", "run").ready()
        shown = self.ask("sessions", "show", "main").output
        self.assertIn("Hi", shown)
        self.assertIn(PIECE.strip(), shown)
        self.assertEqual(again.terminate(), 0)

    def test_nor_from_starting_anew(self) -> None:
        with serving() as model:
            gateway, _ = self.begin(model)
            answer = self.json("gateway", "restart", code=0)
            self.assertTrue(answer["ok"])
            self.assertIsNone(gateway.process.poll(), "it took its own place")
            gateway.ready()
            self.assertIn(PIECE, self.kept())
            model.go.set()
            said = json.loads(self.ask("agent", "--message", "Again", "--json").output)
            self.assertEqual(said["text"], "Hello from the fake model.")
            self.assertEqual(gateway.terminate(), 0)

    def test_who_cannot_wait_ends_it_at_once(self) -> None:
        with serving() as model:
            gateway, _ = self.begin(model)
            gateway.signal(signal.SIGTERM)
            self.wait_for_message("draining")
            gateway.signal(signal.SIGTERM)
            self.assertEqual(gateway.wait(BUDGET), 1, "something was cut")
        self.assertIn("Hi", self.kept())


if __name__ == "__main__":
    unittest.main()
