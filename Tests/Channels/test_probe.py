"""Six accounts on six platforms, one of which accepts connections and never says a word: what a probe makes of them."""

import json
import shutil
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

import discord_server
import telegram_server
from channel_test import TOKEN, ChannelTest
from discord_server import DiscordServer
from fake_slack import APP_TOKEN, BOT_TOKEN
from harness import end, until
from irc_servers import Ngircd
from rocketchat_server import RocketChatServer
from telegram_server import TelegramServer


@unittest.skipUnless(shutil.which("ngircd"), "ngircd is not installed")
class Probe(ChannelTest):
    def setUp(self) -> None:
        super().setUp()
        self.telegram, self.discord, self.rocketchat = TelegramServer(), DiscordServer(), RocketChatServer()
        for server in (self.telegram, self.discord, self.rocketchat, irc := Ngircd()):
            server.start()
            self.addCleanup(server.stop)
        slack = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fake_slack.py"))], stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL, text=True)
        self.addCleanup(end, slack)
        self.addCleanup(slack.stdout.close)
        port = json.loads(slack.stdout.readline())["port"]
        # The kernel takes the connections; nobody ever reads what comes over them.
        self.dead = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.addCleanup(self.dead.close)
        self.configure({
            "gateway": {"mode": "local", "auth": {"mode": "token", "token": TOKEN}},
            "channels": {
                "telegram": {"botToken": telegram_server.TOKEN, "apiRoot": self.telegram.url},
                "discord": {"token": discord_server.TOKEN, "apiRoot": self.discord.url},
                "slack": {"botToken": BOT_TOKEN, "appToken": APP_TOKEN, "apiRoot": f"http://127.0.0.1:{port}/api"},
                "rocketchat": {"baseUrl": self.rocketchat.url, "userId": "bot-id", "authToken": "bot-token"},
                "irc": {"host": "127.0.0.1", "port": irc.port, "tls": False, "nick": "molly"},
                "matrix": {"homeserver": f"http://127.0.0.1:{self.dead.getsockname()[1]}", "accessToken": "t"},
            },
        })
        self.gateway_process = self.begin()

    def probe(self, time_limit: int, *more: str):
        """What came of it, and how long it took."""
        began = time.monotonic()
        done = self.ask(self.gateway_process, "channels", "status", "--probe", "--timeout", str(time_limit), *more)
        return done, time.monotonic() - began

    def test_one_that_never_answers_costs_the_others_nothing(self) -> None:
        done, took = self.probe(4000, "--json")
        self.assertEqual(done.code, 1, done.output + done.error)
        accounts = {name: one[0] for name, one in json.loads(done.output)["channelAccounts"].items()}
        probes = {name: account["probe"] for name, account in accounts.items()}
        self.assertEqual({name for name, probe in probes.items() if probe["ok"]},
                         {"telegram", "discord", "slack", "rocketchat", "irc"}, probes)
        self.assertEqual(probes["matrix"]["error"], "no answer within 4.0 seconds")
        self.assertTrue(all(probe["bot"]["name"] for probe in probes.values() if probe["ok"]), probes)
        # Within its time; the slack is for starting two programs on a machine at work.
        self.assertGreaterEqual(took, 4)
        self.assertLess(took, 12)

    def test_people_read_who_works_and_why_one_does_not(self) -> None:
        until(lambda: "works" in self.probe(2000)[0].output, "the gateway answers")
        done, _ = self.probe(4000)
        lines = [line.strip() for line in done.output.splitlines()]
        self.assertEqual(sum(": works: the platform knows it as " in line for line in lines), 5, done.output)
        self.assertIn("matrix: probe: no answer within 4.0 seconds", lines)
        self.assertTrue(self.gateway_process.answers())
        self.assertEqual(self.gateway_process.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
