"""The gateway on a Discord: from what somebody says to what the bot answers, through kills and losses."""

import json
import os
import random
import unittest

from channel_test import PICTURE, SEED, ChannelTest, pause
from discord_server import ADA, BOT, CHANNEL, DIRECT, THREAD, TOKEN, DiscordServer
from fake_model import serving
from harness import until


class Discord(ChannelTest):
    channel = "discord"
    kills = int(os.environ.get("TEST_KILLS", "8"))

    def setUp(self) -> None:
        super().setUp()
        self.server = DiscordServer()
        self.server.start()
        self.addCleanup(self.server.stop)

    def account_settings(self) -> dict[str, object]:
        return {"token": TOKEN, "apiRoot": self.server.url}

    def answers(self, count: int = 1, chat: str = DIRECT) -> list[dict]:
        return until(lambda: len(said := self.server.said(chat)) >= count and said, f"{count} answers")

    def test_people_are_answered_in_private_and_by_name(self) -> None:
        gateway = self.gateway(groupPolicy="open")
        self.connected(gateway)
        self.server.say("/whoami")
        text = self.answers()[0]["content"]
        self.assertIn("discord", text)
        self.assertIn(ADA["id"], text)
        self.server.say("good morning", CHANNEL)
        self.server.say(f"<@{BOT['id']}> are you there?", CHANNEL, mentions=[BOT])
        self.server.say(f"<@{BOT['id']}> and here?", THREAD, mentions=[BOT])
        self.answers(1, CHANNEL)
        self.answers(1, THREAD)
        self.assertEqual(len(self.server.said(CHANNEL)), 1)
        self.assertEqual(gateway.terminate(), 0)

    def test_a_picture_reaches_the_model(self) -> None:
        model = self.enterContext(serving())
        gateway = self.gateway(model)
        self.connected(gateway)
        self.server.show(PICTURE, "what is this?")
        self.sees_a_picture(model)
        self.assertIn("[photo cat.png, ", self.shown(model)[0])

    def test_a_file_is_sent_from_the_command_line(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        path = self.a_file()
        self.send(gateway, path, f"user:{ADA['id']}")
        message = self.answers()[0]
        self.assertEqual(message["content"], "look at *this*")
        file = message["attachments"][0]
        self.assertEqual(file["filename"], path.name)
        self.assertEqual(self.server.files[file["id"]], path.read_bytes())

    def test_a_button_says_what_it_stands_for(self) -> None:
        gateway = self.gateway(groupPolicy="open")
        self.connected(gateway)
        parts = {"blocks": [{"type": "buttons", "buttons": [{"label": "Who", "value": "/whoami"}]}]}
        sent = self.ask(gateway, "message", "send", "-t", CHANNEL, "-m", "Sure?", "--presentation", json.dumps(parts))
        self.assertEqual(sent.code, 0, sent.error)
        self.server.press(self.answers(1, CHANNEL)[0], "Who")
        answer = self.answers(2, CHANNEL)[1]
        self.assertIn(f"Sender: {ADA['id']}", answer["content"])
        until(lambda: list(self.server.pressed.values()) == [6], "it was told that it was seen")

    def test_what_was_said_while_it_was_away_is_answered_once(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        self.server.say("/whoami")
        self.answers()
        self.assertEqual(gateway.terminate(), 0)
        self.server.say("/whoami")
        gateway = self.begin()
        self.answers(2)
        self.assertEqual((self.server.identifies, self.server.resumes), (1, 1))
        self.assertEqual(gateway.terminate(), 0)
        # Now the session is gone, and what was said has to be asked for.
        self.server.forget_sessions()
        self.server.say("/whoami")
        gateway = self.begin()
        self.answers(3)
        self.connected(gateway)
        self.server.say("/whoami")
        self.assertEqual(len(self.answers(4)), 4)

    def test_a_connection_that_is_closed_comes_back_and_one_that_is_not_wanted_stops(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        self.server.close_sockets(4000)
        self.server.say("/whoami")
        self.answers()
        self.server.close_sockets(4014)
        account = until(lambda: (a := self.account(gateway))["state"] == "stopped" and a, "it stops")
        self.assertIn("intents.messageContent", account["cure"])
        self.assertNotIn(TOKEN, json.dumps(account))

    def test_a_message_is_sent_from_the_command_line(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        sent = self.ask(gateway, "message", "send", "-t", f"user:{ADA['id']}", "-m", "The *backup* is done", "--json")
        self.assertEqual(sent.code, 0, sent.error)
        self.assertEqual(json.loads(sent.output)["messageId"], self.server.said()[0]["id"])

    def test_kill_9_loses_nothing_and_answers_nothing_twice(self) -> None:
        self.survives_kills(self.gateway(), lambda: self.server.say("/verbose"), lambda: len(self.server.said()))
        print(f"{self.server.repeated} repeated sends known again")

    def test_kill_9_while_the_past_is_read_loses_nothing(self) -> None:
        gateway = self.gateway(groupPolicy="open")
        self.connected(gateway)
        self.server.say("/verbose")
        self.answers()
        gateway.kill()
        chance, asked = random.Random(SEED), 1
        for _ in range(max(2, self.kills // 2)):
            # In every other life the session is gone once more, before the last one's past was read.
            if chance.random() < 0.5 or asked == 1:
                self.server.forget_sessions()
            for _ in range(chance.randint(1, 3)):
                self.server.say("/verbose")
                self.server.say(f"<@{BOT['id']}> /verbose", chance.choice([CHANNEL, THREAD]), mentions=[BOT])
                asked += 2
            before = self.server.reads()
            gateway = self.begin()
            until(lambda: self.server.reads() > before or self.account(gateway)["connected"], "it reads the past")
            pause(chance.random() * 0.03)
            gateway.kill()
        self.survivor = self.begin()

        def answers() -> int:
            return sum(len(self.server.said(chat)) for chat in (DIRECT, CHANNEL, THREAD))

        until(lambda: self.is_idle(self.survivor) and answers() + self.ambiguous() >= asked, f"{asked} answers")
        print(f"seed {SEED}: {asked} questions, {answers()} answers, {self.ambiguous()} ambiguous")
        self.assertLessEqual(answers(), asked, "nothing is answered twice")


if __name__ == "__main__":
    unittest.main()
