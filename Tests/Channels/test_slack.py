"""The gateway on a Slack: over Socket Mode, from what somebody says to what the bot answers."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from channel_test import PICTURE, ChannelTest
from fake_model import serving
from fake_slack import APP_TOKEN, BOT_TOKEN, BOT_USER
from harness import end, until


class Slack(ChannelTest):
    channel = "slack"
    kills = int(os.environ.get("TEST_KILLS", "8"))

    def setUp(self) -> None:
        super().setUp()
        fake = Path(__file__).with_name("fake_slack.py")
        self.slack = subprocess.Popen(
            [sys.executable, str(fake)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.addCleanup(end, self.slack)
        self.addCleanup(self.slack.stdout.close)
        self.port = json.loads(self.slack.stdout.readline())["port"]

    def do(self, op: str, **values: object) -> dict[str, object]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/control", json.dumps({"op": op, **values}).encode(),
            {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def said(self, channel: str = "D0ANN") -> list[dict[str, object]]:
        messages = self.do("state")["messages"].get(channel, [])
        return [message for message in messages if message["user"] == BOT_USER]

    def account_settings(self) -> dict[str, object]:
        return {"botToken": BOT_TOKEN, "appToken": APP_TOKEN, "apiRoot": f"http://127.0.0.1:{self.port}/api"}

    def opened(self) -> int:
        return sum(call["method"] == "apps.connections.open" for call in self.do("state")["calls"])

    def test_direct_messages_threads_and_mentions(self) -> None:
        gateway = self.gateway(groupPolicy="open")
        self.connected(gateway)
        self.do("say", text="/whoami", channel="D0ANN")
        told = until(self.said, "an answer")[0]["text"]
        self.assertIn("Channel: slack", told)
        self.assertIn("Sender: U0ANN", told)
        first = self.do("say", text="good morning", channel="C0GEN")
        self.do("say", text=f"<@{BOT_USER}> hello?", channel="C0GEN", thread_ts=first.get("ts"))
        answers = until(lambda: self.said("C0GEN"), "an answer in the channel")
        self.assertEqual(answers[0].get("thread_ts"), first.get("ts"))
        # The mention came twice, as a message and as a mention.
        self.connected(gateway)
        self.assertEqual(len(self.said("C0GEN")), 1)
        self.assertEqual(gateway.terminate(), 0)

    def test_a_picture_reaches_the_model(self) -> None:
        model = self.enterContext(serving())
        gateway = self.gateway(model)
        self.connected(gateway)
        picture = base64.b64encode(PICTURE).decode()
        self.do("file", name="cat.png", mimetype="image/png", text="what is this?", base64=picture)
        self.sees_a_picture(model)
        # Without the right to it there is a page in its place, and the agent is told.
        self.do("set", scopes="chat:write")
        self.do("file", name="dog.png", mimetype="image/png", text="and this?", base64=picture)
        until(lambda: len(model.requests) == 2, "the model is asked")
        words, pictures = self.shown(model)
        self.assertIn("files:read", words)
        self.assertEqual(pictures, [])

    def test_a_file_is_sent_from_the_command_line(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        path = self.a_file()
        sent = self.send(gateway, path, "D0ANN")
        upload = self.do("state")["uploads"][sent["messageId"]]
        self.assertEqual((upload["name"], upload["channel"], upload["comment"]), (path.name, "D0ANN", "look at _this_"))
        self.assertEqual(upload["bytes"].encode("latin-1"), path.read_bytes())

    def test_a_button_says_what_it_stands_for(self) -> None:
        gateway = self.gateway(groupPolicy="open")
        self.connected(gateway)
        parts = {"blocks": [{"type": "buttons", "buttons": [{"label": "Who", "value": "/whoami"}]}]}
        sent = self.ask(gateway, "message", "send", "-t", "C0GEN", "-m", "Sure?", "--presentation", json.dumps(parts))
        self.assertEqual(sent.code, 0, sent.error)
        message = self.said("C0GEN")[0]
        self.assertEqual(message["blocks"][0]["text"]["text"], "Sure?")
        value = message["blocks"][1]["elements"][0]["value"]
        self.do("press", value=value, channel="C0GEN", ts=message["ts"])
        answers = until(lambda: len(said := self.said("C0GEN")) == 2 and said, "an answer")
        self.assertIn("Sender: U0ANN", answers[1]["text"])

    def test_buttons_come_over_http_too(self) -> None:
        gateway = self.gateway(mode="http", signingSecret="secret-of-the-test")
        self.connected(gateway)
        press = {"type": "block_actions", "user": {"id": "U0ANN"}, "channel": {"id": "D0ANN"},
                 "actions": [{"type": "button", "action_id": "say:0:0", "value": "/whoami", "action_ts": "1790000000.000100"}]}
        body = urllib.parse.urlencode({"payload": json.dumps(press)}).encode()
        self.assertEqual(self.bring(gateway, body, type="application/x-www-form-urlencoded"), 200)
        self.assertIn("Sender: U0ANN", until(self.said, "an answer")[0]["text"])

    def test_an_answer_in_a_thread_is_written_before_peoples_eyes(self) -> None:
        model = self.enterContext(serving())
        model.answer = ["These are **words** enough for a first look, ", "and these are the rest."]
        model.go.clear()
        gateway = self.gateway(model, groupPolicy="open", streaming={"mode": "partial"})
        self.connected(gateway)
        first = self.do("say", text="good morning", channel="C0GEN")
        self.do("say", text=f"<@{BOT_USER}> hello?", channel="C0GEN", thread_ts=first.get("ts"))
        draft = until(lambda: self.said("C0GEN"), "the first words")[0]
        self.assertEqual((draft["text"].strip(), draft["is_written"]), (model.answer[0].strip(), True))
        model.go.set()
        until(lambda: not self.said("C0GEN")[0]["is_written"], "the end")
        self.connected(gateway)
        said = self.said("C0GEN")
        self.assertEqual([one["text"] for one in said], ["".join(model.answer)])

    def test_a_stream_that_a_killed_gateway_began_becomes_the_answer(self) -> None:
        model = self.enterContext(serving())
        model.answer = ["These are **words** enough for a first look, ", "and these are the rest."]
        model.go.clear()
        gateway = self.gateway(model, groupPolicy="open", streaming={"mode": "partial"})
        self.connected(gateway)
        first = self.do("say", text="good morning", channel="C0GEN")
        self.do("say", text=f"<@{BOT_USER}> hello?", channel="C0GEN", thread_ts=first.get("ts"))
        until(lambda: self.said("C0GEN"), "the first words")
        until(lambda: self.stored("SELECT count(*) FROM outbox WHERE state < 2") == [(0,)], "that is noted")
        gateway.kill()
        model.go.set()
        gateway = self.begin()
        wanted = "These are *words* enough for a first look, and these are the rest."
        until(lambda: wanted in [one["text"] for one in self.said("C0GEN")], "the answer")
        self.assertEqual(len(self.said("C0GEN")), 1)

    def test_a_socket_that_goes_is_replaced_before(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        self.do("disconnect", reason="refresh_requested")
        self.do("say", text="/whoami", channel="D0ANN")
        until(self.said, "an answer")
        self.do("cut")
        self.do("say", text="/whoami", channel="D0ANN")
        until(lambda: len(self.said()) == 2, "an answer after the cut")
        self.assertTrue(gateway.answers())

    def test_sockets_that_fall_silent_are_found_out_by_pings(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        self.do("mute")
        before = self.opened()
        until(lambda: self.opened() > before, "another socket is asked for")
        self.do("say", text="/whoami", channel="D0ANN")
        self.do("retry")
        until(self.said, "an answer")
        self.assertTrue(gateway.answers())

    def test_a_revoked_token_stops_it_and_says_what_to_do(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        self.do("revoke", token=BOT_TOKEN)
        self.do("cut")
        account = until(lambda: (a := self.account(gateway))["state"] == "stopped" and a, "it stops")
        self.assertTrue(account["cure"])
        self.assertNotIn(BOT_TOKEN, json.dumps(account))

    def test_events_come_over_http_where_that_is_set(self) -> None:
        gateway = self.gateway(mode="http", signingSecret="secret-of-the-test")
        self.connected(gateway)
        said = {"type": "message", "channel": "D0ANN", "channel_type": "im", "user": "U0ANN", "text": "/whoami",
                "ts": f"{int(time.time())}.000100"}
        body = json.dumps({"type": "event_callback", "event_id": "Ev1", "team_id": "T0TEST", "event": said}).encode()
        # As a proxy with a name of its own brings it.
        self.assertEqual(self.bring(gateway, body), 200)
        told = until(self.said, "an answer")[0]["text"]
        self.assertIn("Channel: slack", told)
        self.assertEqual(self.bring(gateway, body), 200)
        self.assertEqual(self.bring(gateway, body, signature="v0=00"), 401)
        self.assertEqual(self.bring(gateway, b"x" * (1 << 20 | 1)), 413)
        self.assertEqual(self.bring(gateway, body, path="/slack/other"), 421)
        self.connected(gateway)
        self.assertEqual(len(self.said()), 1)

    def bring(self, gateway, body: bytes, *, signature: str | None = None, path: str = "/slack/events",
              type: str = "application/json") -> int:
        stamp = str(int(time.time()))
        mac = hmac.new(b"secret-of-the-test", b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            f"http://127.0.0.1:{gateway.address[1]}{path}", body,
            {"Host": "claw.example", "Content-Type": type, "X-Slack-Request-Timestamp": stamp,
             "X-Slack-Signature": signature or f"v0={mac}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    def test_kill_9_loses_nothing(self) -> None:
        # Slack brings again what was not acknowledged.
        self.survives_kills(self.gateway(), lambda: self.do("say", text="/verbose", channel="D0ANN"),
                            lambda: len(self.said()), before_the_end=lambda: self.do("retry"))


if __name__ == "__main__":
    unittest.main()
