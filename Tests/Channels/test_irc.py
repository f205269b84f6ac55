"""The gateway on real IRC servers: ngircd, and InspIRCd with atheme's services."""

import json
import os
import random
import shutil
import unittest

from channel_test import AMBIGUOUS, DELIVERED, FINISHED, SEED, ChannelTest
from harness import Gateway, until
from irc_servers import Inspircd, Ngircd, Person, Server


class IRCTest(ChannelTest):
    channel = "irc"
    kills = int(os.environ.get("TEST_KILLS", "6"))

    def serve(self, server: Server) -> Server:
        server.start()
        self.addCleanup(server.stop)
        return server

    def person(self, server: Server, nick: str = "ada", *channels: str) -> Person:
        person = Person(server.port, nick, channels)
        self.addCleanup(person.leave)
        return person

    def gateway(self, server: Server, **more: object) -> Gateway:
        return super().gateway(**{"host": "127.0.0.1", "port": server.port, "tls": False, **more})

    def account_settings(self) -> dict[str, object]:
        return {"nick": "molly", "channels": ["#ops"], "groupPolicy": "open"}


@unittest.skipUnless(shutil.which("ngircd"), "ngircd is not installed")
class OnNgircd(IRCTest):
    def test_people_are_answered_in_private_and_by_name(self) -> None:
        server = self.serve(Ngircd())
        ada = self.person(server, "ada", "#ops")
        gateway = self.gateway(server)
        until(lambda: ada.joined("molly", "#ops"), "the bot joins")
        ada.say("molly", "/whoami")
        told = until(lambda: len(ada.heard()) >= 3 and ada.heard(), "an answer")
        self.assertIn("Channel: irc (default)", told)
        self.assertTrue(any(line.startswith("Sender: ada!~ada@") for line in told), told)
        ada.say("#ops", "good morning")
        ada.say("#ops", "molly: are you there?")
        until(lambda: ada.heard(target="#ops"), "an answer in the channel")
        self.assertEqual(gateway.terminate(), 0)
        until(lambda: any(line.startswith(":molly!") and " QUIT" in line for line in ada.lines), "the bot is gone")

    def test_a_long_text_arrives_whole_and_no_text_is_a_command(self) -> None:
        # With the penalties that real servers have: who floods is thrown out.
        server = self.serve(Ngircd(penalty=True))
        ada = self.person(server, "ada", "#ops")
        gateway = self.gateway(server)
        until(lambda: ada.joined("molly", "#ops"), "the bot joins")
        text = "".join(random.Random(1).choice(["é", "漢", "x", "👩‍👩‍👧", " "]) for _ in range(900)).strip()
        text = " ".join(text.split())
        sent = self.ask(gateway, "message", "send", "-t", "#ops", "-m", text)
        self.assertEqual(sent.code, 0, sent.error)
        heard = until(lambda: "".join(ada.heard(target="#ops")) == text and ada.heard(target="#ops"), "the whole text")
        self.assertGreater(len(heard), 3)
        hostile = self.ask(gateway, "message", "send", "-t", "#ops", "-m", "one\rQUIT :gone\r\nKICK #ops ada")
        self.assertEqual(hostile.code, 0, hostile.error)
        until(lambda: any("QUIT :gone" in line for line in ada.heard(target="#ops")), "it is said as a text")
        self.assertFalse(any(" KICK " in line or line.startswith(":molly!") and " QUIT " in line for line in ada.lines))

    def test_a_taken_nick_gives_way_to_another_and_is_had_back(self) -> None:
        server = self.serve(Ngircd())
        owner = self.person(server, "molly", "#ops")
        ada = self.person(server, "ada", "#ops")
        self.gateway(server)
        until(lambda: ada.joined("molly_", "#ops"), "the bot joins under another nick")
        owner.leave()
        until(lambda: any(line.startswith(":molly_!") and line.endswith(" NICK :molly") for line in ada.lines),
              "it takes its nick as soon as it is free")

    def test_the_servers_own_password(self) -> None:
        server = self.serve(Ngircd(password="open sesame"))
        gateway = self.gateway(server, password="wrong one")
        account = until(lambda: (a := self.account(gateway))["state"] == "stopped" and a, "it stops")
        self.assertIn("refuses the password", account["lastError"])
        self.assertNotIn("wrong one", json.dumps(account))
        gateway.terminate()
        gateway = self.gateway(server, password="open sesame")
        until(lambda: self.account(gateway)["connected"], "it is let in")

    def test_a_certificate_that_nobody_signed_is_known_by_its_fingerprint(self) -> None:
        server = self.serve(Ngircd())
        gateway = self.gateway(server, port=server.secure_port, tls=True)
        account = until(lambda: (a := self.account(gateway))["state"] == "waiting" and a, "it does not connect")
        self.assertIn("certificate", account["lastError"])
        gateway.terminate()
        ada = self.person(server, "ada", "#ops")
        self.gateway(server, port=server.secure_port, tls=True, tlsFingerprint=server.fingerprint())
        until(lambda: ada.joined("molly", "#ops"), "the bot joins over TLS")

    def test_a_server_that_dies_is_found_again_and_the_gap_is_told(self) -> None:
        server = self.serve(Ngircd())
        ada = self.person(server, "ada", "#ops")
        gateway = self.gateway(server)
        until(lambda: ada.joined("molly", "#ops"), "the bot joins")
        server.kill()
        until(lambda: self.account(gateway)["state"] == "waiting", "it is told that it does not receive")
        server.start()
        bob = self.person(server, "bob", "#ops")
        until(lambda: bob.joined("molly", "#ops"), "the bot is back")
        account = until(lambda: (a := self.account(gateway))["connected"] and a, "it receives")
        self.assertLess(account["gap"]["from"], account["gap"]["to"])
        bob.say("molly", "/whoami")
        until(bob.heard, "an answer")
        self.assertTrue(gateway.answers())

    def test_kill_9_loses_nothing_that_was_stored(self) -> None:
        server = self.serve(Ngircd())
        ada = self.person(server, "ada", "#ops")
        asked = 0
        for chance, _ in self.lives(self.gateway(server), self.connected):
            for _ in range(chance.randint(1, 3)):
                asked += 1
                # An answer of one line: what a server lets through is one line in two seconds.
                ada.say("molly", "/verbose")
        until(lambda: self.is_idle(self.survivor), "all is done")
        said = len(ada.heard())
        ada.say("molly", "/verbose")
        until(lambda: len(ada.heard()) > said, "the last answer")
        until(lambda: self.account(self.survivor)["waitingOut"] == 0, "its end is noted")
        # What the kill took before it was stored nobody gives back; what was being sent is not sent again.
        stored = self.stored("SELECT state, count(*) FROM inbox WHERE bot_id = 'molly' GROUP BY state")
        replies = dict(self.stored("SELECT state, count(*) FROM outbox WHERE key LIKE 'a:irc:%' GROUP BY state"))
        self.assertEqual([state for state, _ in stored], [FINISHED], stored)
        self.assertEqual(sum(replies.values()), stored[0][1], "each stored message has its answer")
        self.assertLessEqual(set(replies), {DELIVERED, AMBIGUOUS}, replies)
        answers = len(ada.heard())
        print(f"seed {SEED}: {asked} questions over {self.kills} kills, {stored[0][1] - 1} stored, {answers - 1} answers, "
              f"{replies.get(AMBIGUOUS, 0)} ambiguous")
        self.assertLessEqual(replies[DELIVERED], answers)
        self.assertLessEqual(answers, replies[DELIVERED] + replies.get(AMBIGUOUS, 0), "nothing is answered twice")
        self.assertEqual(json.loads(self.ask(self.survivor, "channels", "dead-letters", "--json").output)["letters"], [])


@unittest.skipUnless(shutil.which("inspircd") and shutil.which("atheme-services"), "InspIRCd is not installed")
class OnInspircd(IRCTest):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.serve(Inspircd())
        owner = self.person(self.server, "molly")
        owner.say("NickServ", "REGISTER pw12345 molly@irc.test")
        until(lambda: any(" 900 " in line for line in owner.lines), "the account is there")
        owner.leave()

    def test_sasl_lets_it_in_and_a_wrong_password_stops_it(self) -> None:
        ada = self.person(self.server, "ada", "#ops")
        gateway = self.gateway(self.server, sasl={"user": "molly", "password": "pw12345"})
        until(lambda: ada.joined("molly", "#ops"), "the bot joins")
        ada.send("WHOIS molly")
        until(lambda: any(" 330 " in line and "molly" in line for line in ada.lines), "it is logged in")
        gateway.terminate()
        gateway = self.gateway(self.server, sasl={"user": "molly", "password": "wrong-one"})
        account = until(lambda: (a := self.account(gateway))["state"] == "stopped" and a, "it stops")
        self.assertIn("SASL", account["lastError"])
        self.assertIn("sasl.password", account["cure"])
        self.assertNotIn("wrong-one", json.dumps(account))

    def test_nickserv_is_told_the_password(self) -> None:
        ada = self.person(self.server, "ada", "#ops")
        self.gateway(self.server, nickserv={"password": "pw12345"})
        until(lambda: ada.joined("molly", "#ops"), "the bot joins")

        def logged_in() -> bool:
            ada.send("WHOIS molly")
            return any(" 330 " in line and "molly" in line for line in list(ada.lines))

        until(logged_in, "it is logged in")

    def test_a_nick_of_ours_is_taken_from_who_has_it(self) -> None:
        self.person(self.server, "molly")
        ada = self.person(self.server, "ada", "#ops")
        self.gateway(self.server, nickserv={"password": "pw12345"})
        until(lambda: any(line.startswith(":molly_!") and line.endswith(" NICK :molly") for line in ada.lines)
              or ada.joined("molly", "#ops"), "the bot has its nick")

    def test_what_nickserv_has_against_the_password_is_told(self) -> None:
        ada = self.person(self.server, "ada", "#ops")
        gateway = self.gateway(self.server, nickserv={"password": "wrong-one"})
        until(lambda: ada.joined("molly", "#ops"), "the bot joins all the same")
        account = self.account(gateway)
        self.assertIn("nickserv.password", json.dumps(account["findings"]))
        self.assertNotIn("wrong-one", json.dumps(account))


if __name__ == "__main__":
    unittest.main()
