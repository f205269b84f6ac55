"""A standby takes over when its primary is gone, steps back when it is well again, and never otherwise."""

import json
import signal
import time
import unittest

from pair_test import PairTest, until

# Long enough for a standby with the short times of these tests to have taken over three times.
LONG = 4.0


class Takeover(PairTest):
    def stays(self, node, role: str, seconds: float = LONG) -> None:
        """Nothing else is seen for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.assertIn(node.role, (role, None), node.words())

    def test_a_killed_primary_is_relieved_until_it_is_back(self) -> None:
        primary, standby = self.pair()
        status, facts = standby.probe("/readyz")
        self.assertEqual((status, facts["ready"], facts["role"]), (200, True, "standby"))
        primary.telegram.say("are you there?")
        self.answered(primary, 1)
        standby.telegram.say("is the standby there?")
        primary.gateway.kill()
        standby.is_role("active")
        self.answered(standby, 1)
        primary.start()
        standby.is_role("standby")
        primary.is_role("primary")
        standby.telegram.say("nobody answers this")
        primary.telegram.say("and this?")
        self.answered(primary, 2)
        self.assertEqual((primary.answers(), standby.answers()), (2, 1))

    def test_a_primary_that_is_stopped_for_good_is_relieved(self) -> None:
        primary, standby = self.pair()
        self.assertEqual(primary.gateway.terminate(), 0)
        standby.is_role("active")
        entries = standby.call("failover.history")["entries"]
        self.assertEqual([entry["to"] for entry in entries[:1]], ["active"])

    def test_a_primary_that_restarts_is_waited_for(self) -> None:
        primary, standby = self.pair()
        # Its own words: it comes back.
        primary.gateway.signal(signal.SIGUSR1)
        self.stays(standby, "standby")
        primary.is_role("primary")

    def test_a_primary_that_is_held_up_for_a_moment_is_waited_for(self) -> None:
        self.configure_primary()
        self.configure_standby(check={"intervalMs": 500, "suspectIntervalMs": 400, "timeoutMs": 1500, "failThreshold": 3,
                                      "minSuspectMs": 3000, "recoverThreshold": 3})
        primary, standby = self.primary.start(), self.standby.start()
        until(lambda: self.status(standby).get("primary", {}).get("successes", 0) > 0, "the primary was seen")
        primary.gateway.signal(signal.SIGSTOP)
        self.stays(standby, "standby", 2.0)
        primary.gateway.signal(signal.SIGCONT)
        self.stays(standby, "standby", 2.0)

    def test_a_standby_without_a_witness_does_nothing(self) -> None:
        primary, standby = self.pair()
        # A name that leads nowhere.
        self.assertEqual(standby.gateway.terminate(), 0)
        self.configure_standby(witnesses=["tcp:nobody.invalid:9"])
        standby.start().is_role("standby")
        until(lambda: self.status(standby).get("primary", {}).get("successes", 0) > 0, "the primary was seen")
        primary.gateway.kill()
        until(lambda: standby.probe("/readyz")[0] == 503, "it says that it could not help")
        self.assertEqual(self.status(standby)["state"], "isolated")
        primary.start()
        until(lambda: standby.probe("/readyz")[0] == 200, "all is well again")

    def test_a_promoted_standby_goes_on_after_a_restart(self) -> None:
        primary, standby = self.pair()
        primary.gateway.kill()
        standby.is_role("active")
        epoch = self.status(standby)["epoch"]
        self.assertEqual(standby.gateway.terminate(), 0)
        standby.telegram.say("are you there?")
        standby.start().is_role("active")
        self.answered(standby, 1)
        self.assertEqual(self.status(standby)["epoch"], epoch)
        standby.gateway.kill()
        standby.telegram.say("and now?")
        standby.start().is_role("active")
        self.answered(standby, 2)
        primary.start()
        standby.is_role("standby")
        self.assertEqual(standby.answers(), 2)

    def test_somebody_else_on_the_port_is_not_the_primary(self) -> None:
        primary, standby = self.pair()
        primary.gateway.kill()
        self.configure_primary(peers=[{**self.peers(standby, "the-secret-of-another-pair")[0], "priority": 1}])
        primary.start()
        # It lives, and it is not the one; the standby goes on in its place.
        standby.is_role("active")
        self.assertIn(self.status(standby)["primary"]["problem"], ("belongs to another pair", "is not the one who answers there"))

    def test_messages_are_held_on_a_standby_and_flow_when_it_acts(self) -> None:
        primary, standby = self.pair()
        account = standby.call("channels.status")["channelAccounts"]["telegram"][0]
        self.assertEqual((account["state"], account["connected"]), ("held", False))
        self.assertIn("stands by", account["held"])
        refused = standby.ask("message", "send", "-t", "7", "-m", "hello", "--json")
        self.assertNotEqual(refused.code, 0)
        self.assertIn("stands by", refused.output + refused.error)
        refused = standby.ask("channels", "start", "--channel", "telegram", "--json")
        self.assertNotEqual(refused.code, 0)
        primary.gateway.kill()
        standby.is_role("active")
        sent = standby.ask("message", "send", "-t", "7", "-m", "hello", "--json")
        self.assertEqual(sent.code, 0, sent.error)
        self.assertIn("hello", standby.sent())


class Secrets(PairTest):
    def test_secrets_that_are_fetched_are_used_at_once(self) -> None:
        self.standby.state.mkdir(mode=0o700)
        secrets = self.standby.state / "secrets"
        secrets.mkdir(mode=0o700)
        key = secrets / "key"
        key.touch(mode=0o600)
        key.write_text("the-old-key")
        # In rsync's place one that brings another key, wherever it is told to put it.
        tools = self.scratch("tools")
        tools.mkdir()
        rsync = tools / "rsync"
        rsync.write_text('#!/bin/sh\nfor last; do :; done\nprintf %s the-new-key > "$last/key"\n')
        rsync.chmod(0o755)
        self.standby.env["PATH"] = f"{tools}:/usr/bin:/bin"
        self.configure_primary()
        self.configure_standby(promote={"gitPull": False, "secretsHost": "claw@elsewhere"})
        path = self.standby.state / "openclaw.json"
        config = json.loads(path.read_text())
        config["secrets"] = {"providers": {"fetched": {"source": "file", "path": str(key), "mode": "singleValue"}}}
        config["models"]["providers"]["fake"]["apiKey"] = {"source": "file", "provider": "fetched", "id": "value"}
        path.write_text(json.dumps(config))
        self.primary.start().is_role("primary")
        self.standby.start().is_role("standby")
        until(lambda: self.status(self.standby).get("primary", {}).get("successes", 0) > 0, "the primary was seen")
        self.primary.gateway.kill()
        self.standby.is_role("active")
        self.standby.telegram.say("are you there?")
        self.answered(self.standby, 1)
        self.assertEqual(set(self.model.keys), {"Bearer the-new-key"})


class Orders(PairTest):
    def test_places_are_changed_and_changed_back(self) -> None:
        primary, standby = self.pair()
        done = standby.ask("failover", "switchover", "--yes", "--json")
        self.assertEqual(done.code, 0, done.error)
        standby.is_role("active")
        until(lambda: self.status(primary)["state"] == "paused", "the primary made way")
        primary.telegram.say("nobody answers")
        standby.telegram.say("but here")
        self.answered(standby, 1)
        self.assertEqual(primary.ask("failover", "resume").code, 0)
        self.answered(primary, 1)
        standby.is_role("standby")
        self.assertEqual((primary.answers(), standby.answers()), (1, 1))

    def test_a_paused_standby_stays_where_it_is(self) -> None:
        primary, standby = self.pair()
        self.assertEqual(standby.ask("failover", "pause", "--for", "1h").code, 0)
        primary.gateway.kill()
        end = time.monotonic() + 3
        while time.monotonic() < end:
            self.assertEqual(standby.role, "standby")
        self.assertEqual(standby.ask("failover", "resume").code, 0)
        standby.is_role("active")

    def test_a_drill_connects_nothing(self) -> None:
        _, standby = self.pair()
        self.assertEqual(standby.ask("failover", "drill").code, 0)
        until(lambda: self.status(standby)["state"] == "watching", "it watches again")
        self.assertEqual(standby.sent(), [])
        said = standby.ask("failover", "drill", "--simulate", "--json")
        self.assertEqual(json.loads(said.output)["steps"], ["ownership", "bringUp"])

    def test_a_bot_that_both_have_is_refused_by_name(self) -> None:
        self.standby.bot = self.primary.bot
        primary, standby = self.pair()
        primary.gateway.kill()
        until(lambda: self.status(standby)["state"] == "blocked", "it refuses")
        self.assertIn("credential", self.status(standby)["blocked"])
        self.assertEqual(standby.probe("/readyz")[0], 503)

    def test_the_secret_is_told_to_nobody(self) -> None:
        primary, standby = self.pair()
        primary.gateway.kill()
        standby.is_role("active")
        for node in (primary, standby):
            for path in node.home.rglob("*"):
                if path.is_file() and path.name != "openclaw.json" and "last-good" not in path.name:
                    self.assertNotIn(b"a-secret-of-this-pair", path.read_bytes(), path)

    def test_strangers_learn_nothing(self) -> None:
        primary, _ = self.pair()
        status, answer = primary.probe("/__openclaw__/failover")
        self.assertEqual((status, list(answer)), (200, ["challenge"]))


if __name__ == "__main__":
    unittest.main()
