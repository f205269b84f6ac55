"""A standby proves now and then that it could answer, and says it before the night on which it is needed."""

import json
import unittest

from pair_test import PairTest, until


class Proof(PairTest):
    def prove(self, more: dict[str, object] | None = None, **standby: object) -> None:
        self.configure_primary(alert={"channel": "telegram", "to": "7"})
        self.configure_standby(proof={"intervalMs": 300}, **standby)
        if more:
            path = self.standby.state / "openclaw.json"
            config = json.loads(path.read_text())
            del config["models"]["providers"]["fake"]["apiKey"]
            path.write_text(json.dumps({**config, **more}))
        self.primary.start().is_role("primary")
        self.standby.start().is_role("standby")
        until(lambda: self.status(self.standby).get("primary", {}).get("successes", 0) > 0, "the primary was seen")

    def proof(self) -> dict[str, object]:
        return self.status(self.standby).get("proof", {})

    def test_the_age_of_the_last_one_is_known(self) -> None:
        self.prove()
        until(lambda: "ageMs" in self.proof(), "it was proven")
        self.assertTrue(self.proof()["ok"])
        told = self.standby.ask("failover", "status")
        self.assertEqual(told.code, 0, told.error)
        self.assertRegex(told.output, r"Proven: .* ago: model and bots answer")
        # Nothing was taken from the bot, and nobody heard of it.
        self.assertEqual((self.standby.telegram.polls, self.standby.sent(), self.primary.sent()), (0, [], []))
        self.assertGreater(len(self.model.requests), 0)
        self.assertEqual(self.model.requests[0]["max_tokens"], 64)

    def test_what_fails_is_said_by_the_primary_whose_channel_is_open(self) -> None:
        self.model.status = 401
        self.prove()
        until(lambda: any("could not answer if it had to" in text for text in self.primary.sent()), "the owner is told")
        text = next(text for text in self.primary.sent() if "could not answer" in text)
        self.assertIn("fake/fake", text)
        self.assertIn("openclaw failover check", text)
        self.assertFalse(self.proof()["ok"])
        told = self.standby.ask("failover", "status")
        self.assertIn("fake/fake", told.output)
        self.assertIn("openclaw failover check", told.output)
        self.model.status = 200
        until(lambda: any("could answer again" in text for text in self.primary.sent()), "and that it is well again")
        self.assertEqual(self.standby.sent(), [])
        self.assertEqual(len(self.primary.sent()), 2)

    def test_a_token_that_was_taken_back(self) -> None:
        self.standby.telegram.revoked = True
        self.prove()
        until(lambda: any("channels.telegram" in text for text in self.primary.sent()), "the owner is told")
        checked = self.standby.ask("failover", "check", "--json")
        found = [one for one in json.loads(checked.output)["checks"] if one["id"] == "channels"][0]
        self.assertFalse(found["ok"])

    def test_another_key_that_works_is_enough(self) -> None:
        self.model.good = "Bearer the-second-key"
        profiles = {"fake:first": {"provider": "fake", "mode": "api_key", "key": "the-first-key"},
                    "fake:second": {"provider": "fake", "mode": "api_key", "key": "the-second-key"}}
        self.prove(more={"auth": {"profiles": profiles, "order": {"fake": ["fake:first", "fake:second"]}}})
        until(lambda: "ageMs" in self.proof(), f"it was proven: {self.proof()}")
        self.assertTrue(self.proof()["ok"])

    def test_a_standby_nobody_could_write_to(self) -> None:
        self.prove(channels=["discord"])
        until(lambda: any("has no channel of its own" in text for text in self.primary.sent()), "the owner is told")
        self.primary.gateway.kill()
        until(lambda: self.status(self.standby)["state"] == "blocked", "it does not say that it acts")
        self.assertIn("no channel", self.status(self.standby)["blocked"])
        # Nobody could hear of that while the primary was down.
        self.primary.start()
        until(lambda: any("cannot take over" in text for text in self.primary.sent()), "the owner is told afterwards", 90)

    def test_it_can_be_turned_off(self) -> None:
        self.configure_primary()
        self.configure_standby(proof={"intervalMs": 0})
        self.primary.start()
        self.standby.start().is_role("standby")
        self.assertNotIn("proof", self.status(self.standby))


if __name__ == "__main__":
    unittest.main()
