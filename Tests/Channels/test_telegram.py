"""The gateway on a Telegram: from what somebody says to what the bot answers, through kills and losses."""

import json
import os
import unittest

import channel_test
from channel_test import PICTURE, ChannelTest
from channel_test import TOKEN as GATEWAY_TOKEN
from fake_model import serving
from harness import until
from telegram_server import TOKEN, TelegramServer


class Telegram(ChannelTest):
    channel = "telegram"
    kills = int(os.environ.get("TEST_KILLS", "8"))

    def setUp(self) -> None:
        super().setUp()
        self.server = TelegramServer()
        self.server.start()
        self.addCleanup(self.server.stop)

    def account_settings(self) -> dict[str, object]:
        return {"botToken": TOKEN, "apiRoot": self.server.url}

    def said(self, count: int = 1, chat: int = 7) -> list[dict]:
        return until(lambda: len(said := self.server.said(chat)) >= count and said, f"{count} answers")

    def test_people_are_answered_in_private_and_by_name(self) -> None:
        gateway = self.gateway(groupPolicy="open")
        self.connected(gateway)
        self.server.say("/whoami")
        text = self.said()[0]["text"]
        self.assertIn("telegram", text)
        self.assertIn("7", text)
        group = {"id": -1007, "type": "supergroup", "title": "Ops", "is_forum": True}
        self.server.say("good morning", group, message_thread_id=12, is_topic_message=True)
        self.server.say("@molly_bot are you there?", group, message_thread_id=12, is_topic_message=True,
                        entities=[{"type": "mention", "offset": 0, "length": 10}])
        self.server.say("/status@molly_bot", group, entities=[{"type": "bot_command", "offset": 0, "length": 17}])
        # The general topic has no number where something is sent.
        self.assertEqual({one.get("message_thread_id") for one in self.said(2, -1007)}, {12, None})
        self.assertEqual(len(self.said(2, -1007)), 2)
        self.assertEqual(gateway.terminate(), 0)

    def test_what_was_said_while_it_was_away_is_answered_once(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        self.server.say("/whoami")
        self.said()
        self.assertEqual(gateway.terminate(), 0)
        self.server.say("/whoami")
        self.server.say("/whoami")
        gateway = self.begin()
        self.said(3)
        until(lambda: self.server.unconfirmed() == 0, "all of it is confirmed")
        self.server.say("/whoami")
        self.assertEqual(len(self.said(4)), 4)

    def test_a_message_is_sent_from_the_command_line(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        sent = self.ask(gateway, "message", "send", "-t", "7", "-m", "The *backup* is <done>", "--json")
        self.assertEqual(sent.code, 0, sent.error)
        self.assertEqual(json.loads(sent.output)["messageId"], str(self.said()[0]["message_id"]))
        self.assertEqual(self.said()[0]["text"], "The <i>backup</i> is &lt;done&gt;")
        poll = self.ask(gateway, "message", "poll", "-t", "7", "--question", "Tea?", "--option", "yes", "--option", "no")
        self.assertEqual(poll.code, 0, poll.error)
        self.assertEqual(self.said(2)[1]["poll"]["question"], "Tea?")

    def test_a_picture_reaches_the_model(self) -> None:
        model = self.enterContext(serving())
        gateway = self.gateway(model)
        self.connected(gateway)
        self.server.show(PICTURE, "what is this?")
        self.sees_a_picture(model)
        self.assertIn("what is this?", self.shown(model)[0])
        self.assertIn("fake model", self.said()[0]["text"])

    def test_a_file_is_sent_from_the_command_line(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        path = self.a_file()
        sent = self.send(gateway, path, "7")
        message = self.said()[0]
        self.assertEqual((sent["messageId"], message["caption"]), (str(message["message_id"]), "look at <i>this</i>"))
        name, contents = self.server.uploads[message["message_id"]]
        self.assertEqual(name, path.name)
        self.assertEqual(contents, path.read_bytes())
        # What is too long for a caption comes after the file.
        self.send(gateway, path, "7", "word " * 300)
        self.assertEqual([one.get("caption", one.get("text"))[:4] for one in self.said(3)[1:]], ["", "word"])

    def test_a_file_waits_through_a_kill(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        path = self.a_file()
        wanted = path.read_bytes()
        self.server.faults["sendDocument"] = [(429, "Too Many Requests: retry after 2", {"retry_after": 2})]
        self.launch(("message", "send", "-t", "7", "--media", str(path), "--url",
                     f"ws://127.0.0.1:{gateway.address[1]}", "--token", GATEWAY_TOKEN))
        until(lambda: not self.server.faults["sendDocument"], "it was tried once")
        until(lambda: self.stored("SELECT count(*) FROM outbox WHERE state = 0") == [(1,)], "it waits")
        gateway.kill()
        path.unlink()
        self.begin()
        message = self.said()[0]
        self.assertEqual(self.server.uploads[message["message_id"]], (path.name, wanted))

    def test_an_account_is_added_when_telegram_knows_it(self) -> None:
        self.configure({"gateway": {"mode": "local"}})
        token = self.scratch("token")
        token.write_text(f"{TOKEN}\n")
        common = ["channels", "add", "--channel", "telegram", "--set", f"apiRoot={self.server.url}"]
        added = self.run_to_end(*common, "--token-file", str(token))
        self.assertEqual(added.code, 0, added.error)
        self.assertIn("molly_bot", added.output)
        token.write_text("123456:another-one\n")
        refused = self.run_to_end(*common, "--token-file", str(token), "--account", "two")
        self.assertEqual(refused.code, 1)
        self.assertIn("does not know the token", refused.error)
        self.assertIn("@BotFather", refused.error)
        self.assertNotIn("another-one", refused.error)

    def test_a_token_of_another_profile_is_refused_by_its_name(self) -> None:
        self.configure({"gateway": {"mode": "local"}})
        other = self.home / ".openclaw-b"
        other.mkdir(mode=0o700)
        (other / "openclaw.json").write_text(json.dumps({"channels": {"telegram": {"botToken": TOKEN}}}))
        (other / "openclaw.json").chmod(0o600)
        token = self.scratch("token")
        token.write_text(f"{TOKEN}\n")
        added = self.run_to_end("channels", "add", "--channel", "telegram", "--set", f"apiRoot={self.server.url}",
                                "--token-file", str(token))
        self.assertEqual(added.code, 1, added.error)
        self.assertIn("is used by profile b already (channels.telegram.botToken)", added.error)
        self.assertNotIn(TOKEN, added.output + added.error)
        self.assertEqual(self.server.calls, [], "it was not even asked for")
        self.assertNotIn("channels", json.loads((self.state / "openclaw.json").read_text()))

    def test_a_token_in_a_file_of_its_own_and_one_that_is_taken_away(self) -> None:
        token = self.scratch("token")
        token.write_text(f"{TOKEN}\n")
        gateway = self.gateway(tokenFile=str(token), botToken="123456:not-this-one")
        self.connected(gateway)
        self.server.call(lambda: setattr(self.server, "token", "123456:a-new-one"))
        self.server.call(lambda: self.server.bring({"message": {}}))
        account = until(lambda: (a := self.account(gateway))["state"] == "stopped" and a, "it stops")
        self.assertIn("@BotFather", account["cure"])
        self.assertNotIn("AAF-a_token", json.dumps(account))

    def test_a_group_that_became_another_is_followed_by_another_process(self) -> None:
        gateway = self.gateway(groupPolicy="open")
        self.connected(gateway)
        old, new = ({"id": -5, "type": "group", "title": "Ops"}, {"id": -1005, "type": "supergroup", "title": "Ops"})
        self.server.moved[old["id"]] = new["id"]
        self.server.call(lambda: self.server.bring(
            {"message": {"message_id": 1, "date": 1, "chat": old, "migrate_to_chat_id": new["id"]}}))
        until(lambda: self.server.unconfirmed() == 0, "it is confirmed")
        self.assertEqual(gateway.terminate(), 0)
        gateway = self.begin()
        self.connected(gateway)
        sent = self.ask(gateway, "message", "send", "-t", str(old["id"]), "-m", "still here", "--json")
        self.assertEqual(sent.code, 0, sent.error)
        self.assertEqual(len(self.said(1, new["id"])), 1)
        self.assertEqual([one["chat_id"] for name, one in self.server.calls if name == "sendMessage"], [new["id"]])

    def test_two_accounts_whose_files_hold_one_token(self) -> None:
        one, two = self.scratch("one"), self.scratch("two")
        for path in (one, two):
            path.write_text(f"{TOKEN}\n")
        accounts = {"a": {"tokenFile": str(one)}, "b": {"tokenFile": str(two)}}
        self.configure({"gateway": {"mode": "local", "auth": {"mode": "token", "token": channel_test.TOKEN}},
                        "channels": {"telegram": {"apiRoot": self.server.url, "dmPolicy": "open", "allowFrom": ["*"],
                                                  "accounts": accounts}}})
        gateway = self.begin()
        self.connected(gateway)

        def accounts_now() -> dict[str, dict[str, object]]:
            status = json.loads(self.ask(gateway, "channels", "status", "--json").output)
            return {account["accountId"]: account for account in status["channelAccounts"]["telegram"]}

        accounts = until(lambda: (now := accounts_now())["b"]["state"] == "stopped" and now, "the second stops")
        self.assertIn("telegram/a has this bot already", accounts["b"]["lastError"])
        self.server.say("/whoami")
        self.said()
        self.assertTrue(accounts["a"]["connected"])
        self.assertEqual(len(self.said()), 1)

    def test_commands_of_the_configuration_stand_in_the_menu(self) -> None:
        gateway = self.gateway(customCommands=[{"command": "/Backup", "description": "Git backup"}])
        self.connected(gateway)
        menu = until(lambda: self.server.menu, "there is a menu")
        self.assertEqual(menu[0], {"command": "backup", "description": "Git backup"})

    def test_a_button_says_what_it_stands_for_by_whoever_may_write(self) -> None:
        gateway = self.gateway(groupPolicy="allowlist", dmPolicy="allowlist", allowFrom=["7"], groups={"-5": {}})
        self.connected(gateway)
        parts = {"blocks": [{"type": "buttons", "buttons": [{"label": "Who", "value": "/whoami"}, {"label": "No"}]}]}
        sent = self.ask(gateway, "message", "send", "-t", "-5", "-m", "**Sure?**", "--presentation", json.dumps(parts))
        self.assertEqual(sent.code, 0, sent.error)
        message = self.said(1, -5)[0]
        self.assertEqual(message["text"], "<b>Sure?</b>")
        self.server.press(message, "Who", {"id": 8, "is_bot": False, "first_name": "Bob"})
        self.server.press(message, "Who")
        self.assertIn("Sender: 7", self.said(2, -5)[1]["text"])
        until(lambda: self.server.unconfirmed() == 0 and self.is_idle(gateway), "both are taken")
        self.assertEqual(len(self.said(2, -5)), 2)
        answered = lambda: [one for name, one in self.server.calls if name == "answerCallbackQuery"]  # noqa: E731
        until(lambda: len(answered()) == 2, "both presses are answered")
        long = {"blocks": [{"type": "buttons", "buttons": [{"label": "Long", "value": "x" * 65}]}]}
        refused = self.ask(gateway, "message", "send", "-t", "7", "-m", "?", "--presentation", json.dumps(long))
        self.assertIn("stands for 65 bytes, and Telegram allows 64", refused.error)

    def test_blocks_go_out_while_more_is_made_and_once_through_a_kill(self) -> None:
        model = self.enterContext(serving())
        passages = ["The first passage of three.", "The second one, which is longer.", "The third."]
        model.answer = ["\n\n".join(passages)[:45], "\n\n".join(passages)[45:]]
        model.go.clear()
        gateway = self.gateway(model, streaming={"block": {"enabled": True, "coalesce": {"minChars": 20}}})
        self.connected(gateway)
        self.server.say("tell me")
        self.assertEqual([one["text"] for one in self.said()], passages[:1])
        until(lambda: self.stored("SELECT count(*) FROM outbox WHERE state < 2") == [(0,)], "that is noted")
        gateway.kill()
        model.go.set()
        gateway = self.begin()
        until(lambda: len(self.said()) >= 3 and self.is_idle(gateway), "the rest")
        self.assertEqual([one["text"] for one in self.said()], passages)

    def test_kill_9_loses_nothing(self) -> None:
        self.survives_kills(self.gateway(), lambda: self.server.say("/verbose"), lambda: len(self.server.said()))


if __name__ == "__main__":
    unittest.main()
