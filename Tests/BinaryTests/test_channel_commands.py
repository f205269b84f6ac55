"""Channels from the command line: logging in and out, and what the log says of them."""

import json
import unittest

from fake_telegram import TOKEN, telegram
from harness import BinaryTest, until
from terminal import Terminal

OTHER = "123456:AAF-another_token"


class Channels(BinaryTest):
    def begin(self, fake, **account: object) -> None:
        self.configure({"gateway": {"mode": "local", "auth": {"token": "for-this-test"}},
                        "channels": {"telegram": {"apiRoot": fake.url, **account}}})

    def account(self) -> dict[str, object]:
        return json.loads((self.state / "openclaw.json").read_text())["channels"]["telegram"]

    def token_file(self, text: str = TOKEN) -> str:
        path = self.scratch("token")
        path.write_text(text + "\n")
        return str(path)

    def json(self, *words: str, code: int = 0) -> dict[str, object]:
        done = self.run_to_end(*words, "--json")
        self.assertEqual(done.code, code, done.output + done.error)
        self.assertNotIn(TOKEN, done.output + done.error)
        return json.loads(done.output)

    def test_a_script_logs_in_with_a_file(self) -> None:
        with telegram() as fake:
            self.begin(fake, tokenFile="~/gone")
            words = ("channels", "login", "--channel", "telegram", "--token-file")
            wrong = self.json(*words, self.token_file("999:AAF-a_wrong_one"), code=1)
            self.assertEqual(wrong["error"]["reason"], "not-working")
            self.assertEqual(self.account()["tokenFile"], "~/gone")
            done = self.json(*words, self.token_file())
            self.assertEqual(done["bot"], {"id": "123456", "name": "molly_bot"})
            self.assertEqual(self.account(), {"apiRoot": fake.url, "botToken": TOKEN})
            fake.token = OTHER
            self.json(*words, self.token_file(OTHER))
            self.assertEqual(self.account()["botToken"], OTHER)
        usage = self.run_to_end("channels", "login", "--channel", "telegram")
        self.assertEqual(usage.code, 2, usage.error)
        self.assertIn("--token-file", usage.error)

    def test_a_person_is_asked_for_the_token_and_before_it_is_replaced(self) -> None:
        with telegram() as fake:
            self.begin(fake)
            terminal = Terminal(self, "channels", "login", "--channel", "telegram")
            terminal.shows("Telegram: botToken (@BotFather)")
            terminal.type(TOKEN + "\r")
            self.assertEqual(terminal.wait(), 0, terminal.text)
            self.assertIn("the platform knows it as molly_bot", terminal.text)
            self.assertNotIn(TOKEN, terminal.text)
            self.assertTrue(terminal.is_as_before)
            fake.token = OTHER
            for answer, code, kept in (("n\r", 1, TOKEN), ("\x03", 1, TOKEN), ("y\r", 0, OTHER)):
                with self.subTest(answer):
                    terminal = Terminal(self, "channels", "login", "--channel", "telegram")
                    terminal.shows("has a token already")
                    terminal.type(answer)
                    if not code:
                        terminal.shows("Telegram: botToken")
                        terminal.type(OTHER + "\r")
                    self.assertEqual(terminal.wait(), code, terminal.text)
                    self.assertEqual(self.account()["botToken"], kept)

    def test_logging_out_takes_the_secret_and_says_where_another_is(self) -> None:
        with telegram() as fake:
            self.begin(fake, botToken=TOKEN, dmPolicy="open", allowFrom=["*"])
            # No gateway runs.
            done = self.json("channels", "logout")
            self.assertEqual((done["cleared"], done["loggedOut"], done["remaining"]), (True, True, []))
            self.assertEqual(self.account(), {"apiRoot": fake.url, "dmPolicy": "open", "allowFrom": ["*"]})
            again = self.run_to_end("channels", "logout", "--channel", "telegram")
            self.assertEqual(again.code, 0, again.error)
            self.assertIn("it had no secret in the configuration", again.output)
            shell = {"TELEGRAM_BOT_TOKEN": TOKEN}
            left = self.run_to_end("channels", "logout", "--channel", "telegram", env=shell)
            self.assertEqual(left.code, 1)
            self.assertIn("channels.telegram.botToken is still in the variable TELEGRAM_BOT_TOKEN", left.output)

    def test_a_gateway_stops_the_account_and_takes_a_new_token_up(self) -> None:
        with telegram() as fake:
            self.begin(fake, botToken=TOKEN)
            self.start("gateway", "run", "--port", "0").ready()

            def state() -> dict[str, object]:
                status = self.run_to_end("channels", "status", "--json")
                return json.loads(status.output)["channelAccounts"]["telegram"][0]

            until(lambda: state().get("bot"), "it is connected")
            self.assertTrue(self.json("channels", "logout", "--channel", "telegram")["loggedOut"])
            until(lambda: state()["running"] is False, "it is stopped")
            self.assertNotIn("botToken", self.account())
            asked = len(fake.calls)
            self.json("channels", "login", "--channel", "telegram", "--token-file", self.token_file())
            # Once by the command, then by the gateway.
            until(lambda: len(fake.calls) >= asked + 2 and state().get("bot"), "it is connected again")

    def test_the_log_of_channels_is_that_of_channels(self) -> None:
        with telegram() as fake:
            self.begin(fake, botToken="999:AAF-a_wrong_one")
            config = json.loads((self.state / "openclaw.json").read_text())
            config["channels"]["irc"] = {"nick": "molly"}
            self.configure(config)
            gateway = self.start("gateway", "run", "--port", "0").ready()
            lines = until(lambda: self.log("--channel", "telegram"), "a line about telegram")
            self.assertTrue(all(line["subsystem"].endswith(".channels.telegram") for line in lines), lines)
            self.assertIn("telegram stopped", lines[-1]["message"])
            self.assertTrue(any("irc" in line["message"] for line in self.log("--channel", "irc")))
            both = self.log()
            self.assertGreater(len(both), len(lines))
            self.assertTrue(all(".channels" in line["subsystem"] for line in both), both)
            self.assertEqual(self.log("--lines", "1"), both[-1:])
            self.assertIn("the log has nothing about discord",
                          self.run_to_end("channels", "logs", "--channel", "discord").output)
            # Without a gateway the file tells it.
            self.assertEqual(gateway.terminate(), 0)
            self.assertEqual(self.log("--channel", "telegram")[: len(lines)], lines)

    def log(self, *words: str) -> list[dict[str, object]]:
        done = self.run_to_end("channels", "logs", "--json", *words)
        self.assertEqual(done.code, 0, done.error)
        return [json.loads(line) for line in done.output.splitlines()]


if __name__ == "__main__":
    unittest.main()
