"""The gateway on a Rocket.Chat server: from what somebody says there to what the bot answers, through kills and losses."""

import json
import os
import unittest

from channel_test import PICTURE, TOKEN, ChannelTest
from fake_model import serving
from harness import until
from rocketchat_server import RocketChatServer


class RocketChat(ChannelTest):
    channel = "rocketchat"
    kills = int(os.environ.get("TEST_KILLS", "12"))

    def setUp(self) -> None:
        super().setUp()
        self.server = RocketChatServer()
        self.server.start()
        self.addCleanup(self.server.stop)

    def account_settings(self) -> dict[str, object]:
        return {"baseUrl": self.server.url, "userId": "bot-id", "authToken": "bot-token"}

    def answers(self, count: int) -> list[str]:
        return until(lambda: (said := self.server.said_by()) and len(said) >= count and [m["msg"] for m in said],
                     f"{count} answers")

    def test_a_direct_message_is_answered(self) -> None:
        gateway = self.gateway()
        until(lambda: self.server.connected(), "the bot listens")
        self.server.say("/whoami")
        text = self.answers(1)[0]
        self.assertIn("rocketchat", text)
        self.assertIn("ada-id", text)
        self.assertEqual(self.server.said_by()[0]["rid"], "dm-ada-bot")
        self.assertEqual(gateway.terminate(), 0)

    def test_a_room_is_answered_when_it_names_the_bot_and_in_its_thread(self) -> None:
        self.gateway(groupPolicy="open")
        until(lambda: self.server.connected(), "the bot listens")
        self.server.say("good morning all", room="GENERAL")
        self.server.say("@bot what can you do?", room="GENERAL", tmid="top")
        said = until(self.server.said_by, "an answer")
        self.assertEqual((said[0]["rid"], said[0]["tmid"]), ("GENERAL", "top"))
        self.assertEqual(len(said), 1)

    def test_a_picture_reaches_the_model(self) -> None:
        model = self.enterContext(serving())
        self.gateway(model)
        until(lambda: self.server.connected(), "the bot listens")
        self.server.show(PICTURE, "what is this?")
        self.sees_a_picture(model)
        self.assertIn("[photo my cat.png, ", self.shown(model)[0])

    def test_a_file_is_sent_from_the_command_line(self) -> None:
        gateway = self.gateway()
        until(lambda: self.server.connected(), "the bot listens")
        path = self.a_file()
        for is_old in (False, True):
            self.server.call(lambda: setattr(self.server, "is_old", is_old))
            self.send(gateway, path, "dm-ada-bot")
            message = self.server.said_by()[-1]
            self.assertEqual(message["msg"], "look at _this_")
            file = self.server.files[message["file"]["_id"]]
            self.assertEqual((file["name"], file["contents"]), (path.name, path.read_bytes()))

    def test_what_was_said_while_it_was_away_is_answered_once(self) -> None:
        gateway = self.gateway()
        until(lambda: self.server.connected(), "the bot listens")
        self.server.say("/whoami")
        self.answers(1)
        self.assertEqual(gateway.terminate(), 0)
        self.server.say("/whoami")
        self.server.say("/whoami")
        self.begin()
        self.answers(3)
        until(lambda: self.server.connected(), "the bot listens")
        self.server.say("/whoami")
        self.assertEqual(len(self.answers(4)), 4)

    def test_a_stranger_is_let_in_by_a_code_and_becomes_the_owner(self) -> None:
        gateway = self.gateway(dmPolicy="pairing", allowFrom=[])
        until(lambda: self.server.connected(), "the bot listens")
        self.server.say("hello?")
        told = self.answers(1)[0]
        code = told.split()[-1]
        url = ["--url", f"ws://127.0.0.1:{gateway.address[1]}", "--token", TOKEN]
        listed = self.run_to_end("pairing", "list", "--json", *url)
        self.assertEqual(json.loads(listed.output)["waiting"][0]["code"], code, listed.error)
        approved = self.run_to_end("pairing", "approve", "rocketchat", code, *url)
        self.assertEqual(approved.code, 0, approved.error)
        self.assertIn("commands.ownerAllowFrom", approved.output)
        until(lambda: "rocketchat:ada-id" in (self.state / "openclaw.json").read_text(), "the owner is written")
        self.server.say("/whoami")
        self.assertIn("You are an owner", self.answers(2)[1])

    def test_status_and_a_probe_tell_what_is_wrong(self) -> None:
        gateway = self.gateway()
        until(lambda: self.server.connected(), "the bot listens")
        url = ["--url", f"ws://127.0.0.1:{gateway.address[1]}", "--token", TOKEN]
        well = self.run_to_end("channels", "status", "--probe", *url)
        self.assertEqual(well.code, 0, well.error + well.output)
        self.assertIn("works: the platform knows it as bot", well.output)
        self.server.call(lambda: self.server.users["bot"].update(token="another"))
        self.server.drop_sockets()
        until(lambda: "stopped" in self.run_to_end("channels", "status", *url).output, "it stopped")
        ill = self.run_to_end("channels", "status", *url)
        self.assertEqual(ill.code, 1)
        self.assertIn("personal access token", ill.output.replace("\n", " "))
        self.assertNotIn("bot-token", ill.output + ill.error)

    def test_each_direction_is_told_by_status_and_health(self) -> None:
        gateway = self.gateway()
        until(lambda: self.server.connected(), "the bot listens")
        url = ["--url", f"ws://127.0.0.1:{gateway.address[1]}", "--token", TOKEN]
        well = self.run_to_end("health", *url)
        self.assertEqual((well.code, "Rocket.Chat connected" in well.output), (0, True), well.output + well.error)
        # Sending: the server takes nothing any more.
        self.server.call(lambda: self.server.faults.extend([(400, '{"success": false, "error": "no room for you"}')]))
        self.server.say("/whoami")
        ill = until(lambda: "cannot send" in (run := self.run_to_end("health", *url)).output and run, "it cannot send")
        self.assertIn("no room for you", ill.output.replace("\n", " "))
        self.assertEqual(ill.code, 1)
        self.server.say("/whoami")
        until(lambda: self.run_to_end("health", *url).code == 0, "it can send again")
        # Receiving: the server is gone.
        self.server.call(lambda: self.server.users["bot"].update(token="another"))
        self.server.drop_sockets()
        for command in (["health"], ["status"], ["gateway", "status"]):
            run = until(lambda c=command: "does not receive" in (r := self.run_to_end(*c, *url)).output and r, "told")
            self.assertEqual(run.code, 1, run.output)
        doctor = self.run_to_end("doctor")
        self.assertEqual(doctor.code, 1, doctor.output)
        self.assertIn("Rocket.Chat FAILS: does not receive", doctor.output.replace("\n", " "))

    def test_a_message_is_sent_from_the_command_line(self) -> None:
        gateway = self.gateway()
        until(lambda: self.server.connected(), "the bot listens")
        url = ["--url", f"ws://127.0.0.1:{gateway.address[1]}", "--token", TOKEN]
        sent = self.run_to_end("message", "send", "-t", "#general", "-m", "The *backup* is done", "--json", *url)
        self.assertEqual(sent.code, 0, sent.error)
        said = self.server.said_by()
        self.assertEqual((said[0]["rid"], json.loads(sent.output)["messageId"]), ("GENERAL", said[0]["_id"]))

    def test_an_account_is_added_when_the_server_knows_it(self) -> None:
        self.configure({"gateway": {"mode": "local"}})
        token = self.scratch("token")
        token.write_text("bot-token\n")
        common = ["channels", "add", "--channel", "rocketchat", "--set", f"baseUrl={self.server.url}",
                  "--set", "userId=bot-id"]
        added = self.run_to_end(*common, "--token-file", str(token))
        self.assertEqual(added.code, 0, added.error)
        self.assertIn("knows it as bot", added.output)
        token.write_text("wrong-token\n")
        before = (self.state / "openclaw.json").read_text()
        refused = self.run_to_end(*common, "--token-file", str(token), "--account", "two")
        self.assertEqual(refused.code, 1)
        self.assertIn("does not let the account in", refused.error)
        self.assertEqual((self.state / "openclaw.json").read_text(), before)
        removed = self.run_to_end("channels", "remove", "--channel", "rocketchat", "--yes")
        self.assertEqual(removed.code, 0, removed.error)

    def test_kill_9_loses_nothing_and_answers_nothing_twice(self) -> None:
        # A command has an answer of its own; of what else is said, what comes while another is answered joins it.
        self.survives_kills(self.gateway(), lambda: self.server.say("/verbose"), lambda: len(self.server.said_by()))
        print(f"{self.server.duplicates} repeated sends refused")


if __name__ == "__main__":
    unittest.main()
