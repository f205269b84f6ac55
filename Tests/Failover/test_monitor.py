"""The monitor that runs alone, beside a gateway that it starts and stops, answers the same commands as one in a gateway."""

import json
import socket
import time
import unittest

from pair_test import PairTest, until


class Monitor(PairTest):
    def begin(self) -> None:
        self.configure_primary(alert={"channel": "telegram", "to": "7"})
        self.configure_standby(promote={"gitPull": False, "warm": False, "unit": "openclaw-of-no-one.service"},
                               proof={"intervalMs": 400}, alert={"channel": "telegram", "to": "7"})
        self.primary.start().is_role("primary")
        self.run_monitor()
        until(lambda: self.view().get("primary", {}).get("successes", 0) > 0, "the primary was seen")

    def run_monitor(self) -> None:
        self.monitor = self.launch(("failover", "run"), env={"HOME": str(self.standby.home)})
        until(lambda: self.view().get("state"), "the monitor answers")

    def view(self) -> dict[str, object]:
        done = self.standby.ask("failover", "status", "--json")
        return json.loads(done.output) if done.code in (0, 1) and done.output else {}

    def reaches(self, state: str) -> None:
        until(lambda: self.view().get("state") == state, f"it is {state}")

    def obeys(self, *words: str) -> None:
        done = self.standby.ask("failover", *words)
        self.assertEqual(done.code, 0, done.error + done.output)

    def test_it_says_where_it_stands_and_obeys(self) -> None:
        self.begin()
        told = self.standby.ask("failover", "status")
        self.assertEqual(told.code, 0, told.error)
        self.assertIn("standby, watching", told.output)
        self.assertIn(f"127.0.0.1:{self.primary.port}: well", told.output)
        self.assertEqual(self.view()["role"], "standby")
        self.obeys("pause", "--for", "1h")
        self.reaches("paused")
        self.assertIn("untilMs", self.view()["paused"])
        self.obeys("resume")
        self.reaches("watching")
        self.obeys("drill")
        until(lambda: any(one["reason"] == "all steps done" for one in self.entries()), "the drill is over")
        refused = self.standby.ask("failover", "demote", "--yes")
        self.assertEqual(refused.code, 1)
        self.assertIn("this node is not active", refused.error)

    def entries(self) -> list[dict[str, object]]:
        done = self.standby.ask("failover", "history", "--json")
        self.assertEqual(done.code, 0, done.error)
        return json.loads(done.output)["entries"]

    def test_what_keeps_it_from_acting_is_said_by_the_primary(self) -> None:
        self.begin()
        # There is no such unit, so it cannot act.
        self.obeys("promote", "--yes")
        until(lambda: any("cannot take over" in text for text in self.primary.sent()), "the owner is told")
        self.assertIn("there is no unit openclaw-of-no-one.service", next(text for text in self.primary.sent() if "cannot" in text))

    def test_without_it_the_commands_say_that_nobody_watches(self) -> None:
        self.begin()
        self.obeys("pause")
        self.monitor.kill()
        # Its socket is left over.
        self.assertTrue((self.standby.state / "failover.sock").exists())
        for command in ("status", "history", "resume"):
            done = self.standby.ask("failover", command)
            self.assertEqual(done.code, 3, done.output)
            self.assertIn("no monitor runs here: nobody watches", done.error)
            self.assertIn("paused since", done.error)
            self.assertIn("openclaw failover run", done.error)
        self.run_monitor()
        self.reaches("paused")

    def test_other_commands_do_not_say_to_run_the_gateway_beside_it(self) -> None:
        self.begin()
        told = self.standby.ask("gateway", "status")
        self.assertEqual(told.code, 0, told.output)
        self.assertIn("standing by", told.output)
        self.assertIn("its monitor starts this gateway when it is needed", told.output)
        told = self.standby.ask("health")
        self.assertEqual(told.code, 3)
        self.assertIn("its failover monitor starts it when it is needed", told.error)
        for words in (("status",), ("health",), ("gateway", "status")):
            told = self.standby.ask(*words)
            self.assertNotIn("openclaw gateway run", told.output + told.error)

    def test_what_it_is_asked_must_make_sense(self) -> None:
        self.begin()
        for method, params in (("failover.history", {"limit": -1}), ("failover.pause", {"forMs": 1 << 62}),
                               ("failover.pause", {"forMs": "long"}), ("secrets.reload", {}), (7, {})):
            self.assertFalse(self.asked(json.dumps({"method": method, "params": params}))["ok"])
        self.assertFalse(self.asked("{ half")["ok"])
        self.assertEqual(self.view()["state"], "watching")

    def asked(self, body: str) -> dict[str, object]:
        """What the monitor answers to whoever comes through its door."""
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(10)
            door.connect(str(self.standby.state / "failover.sock"))
            door.sendall(f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
            answer = b""
            while piece := door.recv(4096):
                answer += piece
        return json.loads(answer.partition(b"\r\n\r\n")[2])

    def test_a_gateway_that_somebody_starts_is_held_until_the_monitor_has_it_act(self) -> None:
        self.begin()
        self.standby.start().is_role("standby")
        told = self.standby.call("failover.status")
        self.assertEqual((told["role"], told["state"]), ("standby", "held"))
        account = self.standby.call("channels.status")["channelAccounts"]["telegram"][0]
        self.assertEqual(account["state"], "held")
        self.assertIn("its monitor", account["held"])
        self.assertEqual(self.standby.telegram.polls, 0)
        # A service manager to whom that gateway is the unit, and on whom starting it is lost.
        self.monitor.terminate()
        self.writes_down({"is": "active", "stays": False}, "suspect", "promoting", "the primary is down")
        self.standby.is_role("active")
        self.standby.telegram.say("are you there?")
        self.answered(self.standby, 1)
        self.writes_down({"is": "draining", "pauses": False}, "active", "draining", "the primary is well")
        self.standby.is_role("standby")
        until(lambda: any("steps back: the primary is well" in text for text in self.standby.sent()), "it says good-bye")
        self.assertEqual(sum("took over: the primary is down" in text for text in self.standby.sent()), 1)
        # Stopped now, it does not say it again.
        self.assertEqual(self.standby.gateway.terminate(), 0)
        self.assertEqual(sum("steps back" in text for text in self.standby.sent()), 1)

    def writes_down(self, state: dict[str, object], before: str, after: str, reason: str) -> None:
        """As the monitor would, in one step."""
        memory = self.standby.state / "failover-monitor.json"
        kept = json.loads(memory.read_text())
        entry = {"at": int(time.time() * 1000), "from": before, "to": after, "epoch": 1, "reason": reason}
        new = memory.with_suffix(".new")
        new.write_text(json.dumps({**kept, "state": state, "history": [*kept["history"], entry]}))
        new.rename(memory)

    def test_a_configuration_that_cannot_be_read_is_no_proof(self) -> None:
        self.begin()
        (self.standby.state / "openclaw.json").write_text("{ this is not")
        until(lambda: any("the configuration cannot be read" in text for text in self.primary.sent()), "the owner is told")
        self.assertFalse(self.view()["proof"]["ok"])

    def test_only_its_own_user_is_heard(self) -> None:
        self.begin()
        self.assertEqual(self.standby.state.stat().st_mode & 0o777, 0o700)


if __name__ == "__main__":
    unittest.main()
