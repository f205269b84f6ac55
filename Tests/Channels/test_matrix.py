"""The gateway on a real Synapse: from what somebody says to what the bot answers, through kills and restarts."""

import json
import os
import signal
import unittest

from channel_test import PICTURE, ChannelTest
from fake_model import serving
from harness import Gateway, until
from matrix_server import Person, Synapse


class Matrix(ChannelTest):
    channel = "matrix"
    kills = int(os.environ.get("TEST_KILLS", "6"))
    server: Synapse

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = Synapse()
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.count = 0

    def setUp(self) -> None:
        super().setUp()
        # Each test has people of its own: what was said in another is none of their business.
        Matrix.count += 1
        self.molly = self.server.register(f"molly{self.count}")
        self.ada = self.server.register(f"ada{self.count}")

    def account_settings(self) -> dict[str, object]:
        return {"homeserver": self.server.url, "userId": self.molly.id, "password": "pw", "autoJoin": "always"}

    def direct(self, gateway: Gateway) -> str:
        """A room of two, in which the bot is and listens."""
        self.connected(gateway)
        room = self.ada.room(self.molly.id, direct=True)
        until(lambda: self.molly.id in self.ada.members(room), "the bot accepts the invitation")
        return room

    def answers(self, room: str, count: int = 1, person: Person | None = None) -> list[dict]:
        return until(lambda: len(heard := (person or self.ada).heard(room, self.molly.id)) >= count and heard,
                     f"{count} answers")

    def test_people_are_answered_in_private_in_rooms_and_in_threads(self) -> None:
        gateway = self.gateway(groupPolicy="open")
        room = self.direct(gateway)
        self.ada.say(room, "/whoami")
        body = self.answers(room)[0]["content"]["body"]
        self.assertIn("matrix", body)
        self.assertIn(self.ada.id, body)
        group = self.ada.room(self.molly.id, name="Ops")
        until(lambda: self.molly.id in self.ada.members(group), "the bot is in the group")
        self.ada.say(group, "good morning")
        root = self.ada.say(group, "a thread")
        self.ada.say(group, "are you there?", **{
            "m.mentions": {"user_ids": [self.molly.id]}, "m.relates_to": {"rel_type": "m.thread", "event_id": root}})
        answer = self.answers(group)[0]["content"]
        self.assertEqual(answer["m.relates_to"]["event_id"], root)
        self.assertEqual(len(self.ada.heard(group, self.molly.id)), 1)
        self.assertEqual(gateway.terminate(), 0)

    def test_a_picture_reaches_the_model(self) -> None:
        model = self.enterContext(serving())
        gateway = self.gateway(model)
        room = self.direct(gateway)
        address = self.ada.upload("cat.png", "image/png", PICTURE)
        self.ada.say(room, "what is this?", msgtype="m.image", url=address, filename="cat.png",
                     info={"mimetype": "image/png", "size": len(PICTURE)})
        self.sees_a_picture(model)
        self.assertIn("what is this?", self.shown(model)[0])

    def test_a_file_is_sent_from_the_command_line(self) -> None:
        gateway = self.gateway()
        room = self.direct(gateway)
        path = self.a_file()
        self.send(gateway, path, room)
        content = self.answers(room)[0]["content"]
        self.assertEqual((content["msgtype"], content["filename"], content["body"]), ("m.file", path.name, "look at this"))
        self.assertEqual(content["info"]["size"], len(path.read_bytes()))
        self.assertEqual(self.ada.download(content["url"]), path.read_bytes())

    def test_what_was_said_while_it_was_away_is_answered_once(self) -> None:
        gateway = self.gateway()
        room = self.direct(gateway)
        self.ada.say(room, "/whoami")
        self.answers(room)
        self.assertEqual(gateway.terminate(), 0)
        # More than one sync tells.
        for _ in range(52):
            self.ada.say(room, "/verbose")
        gateway = self.begin()
        self.answers(room, 53)
        self.ada.say(room, "/whoami")
        self.assertEqual(len(self.answers(room, 54)), 54)
        devices = self.molly.ask("GET", "devices")["devices"]
        self.assertEqual(sum(one["device_id"].startswith("openclaw") for one in devices), 1)

    def test_a_homeserver_that_dies_is_found_again(self) -> None:
        gateway = self.gateway()
        room = self.direct(gateway)
        self.server.end(signal.SIGKILL)
        until(lambda: self.account(gateway)["state"] == "waiting", "it is told that it does not receive")
        self.server.start()
        self.ada.say(room, "/whoami")
        self.answers(room)
        self.assertTrue(gateway.answers())

    def test_an_encrypted_room_is_left_alone(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        room = self.ada.room(self.molly.id, initial_state=[
            {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}])
        until(lambda: self.molly.id in self.ada.members(room), "the bot accepts the invitation")
        sent = self.ask(gateway, "message", "send", "-t", room, "-m", "a secret")
        self.assertEqual(sent.code, 1)
        self.assertIn("encrypted", sent.error)
        self.assertEqual(self.ada.heard(room, self.molly.id), [])

    def test_a_message_is_sent_from_the_command_line(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        sent = self.ask(gateway, "message", "send", "-t", self.ada.id, "-m", "The *backup* is done", "--json")
        self.assertEqual(sent.code, 0, sent.error)
        room = json.loads(sent.output)["messageId"] and self.ada.ask("GET", "sync?timeout=0")["rooms"]["invite"]
        self.assertEqual(len(room), 1)
        room = next(iter(room))
        self.ada.ask("POST", f"join/{room}", {})
        self.assertEqual(self.answers(room)[0]["content"]["formatted_body"], "<p>The <em>backup</em> is done</p>")

    def test_a_password_that_is_wrong_and_one_that_was_changed(self) -> None:
        gateway = self.gateway(password="not-this-one")
        account = until(lambda: (a := self.account(gateway))["state"] == "stopped" and a, "it stops")
        self.assertIn("channels.matrix", account["cure"])
        self.assertNotIn("not-this-one", json.dumps(account))
        gateway.terminate()
        gateway = self.gateway()
        room = self.direct(gateway)
        # Somebody ends all sessions: with the password the bot comes back.
        for device in self.molly.ask("GET", "devices")["devices"]:
            if device["device_id"].startswith("openclaw"):
                self.molly.ask("POST", "delete_devices", {"devices": [device["device_id"]], "auth": {
                    "type": "m.login.password", "identifier": {"type": "m.id.user", "user": self.molly.id},
                    "password": "pw"}})
        self.ada.say(room, "/whoami")
        self.answers(room)

    def test_names_are_found_and_logging_out_ends_the_session(self) -> None:
        gateway = self.gateway()
        self.connected(gateway)
        name = f"Ops {self.count}"
        room = self.ada.room(self.molly.id, name=name)
        until(lambda: self.molly.id in self.ada.members(room), "the bot accepts the invitation")
        found = self.ask(gateway, "channels", "resolve", name, self.ada.id, "Nobody Of That Name", "--json")
        self.assertEqual(found.code, 1, found.error)
        results = json.loads(found.output)["results"]
        self.assertEqual([one.get("id") for one in results], [room, self.ada.id, None])
        groups = json.loads(self.ask(gateway, "directory", "groups", "list", "--query", "ops", "--json").output)
        self.assertIn(room, [entry["id"] for entry in groups["entries"]])
        people = json.loads(
            self.ask(gateway, "directory", "groups", "members", "--group-id", room, "--json").output)
        self.assertEqual({entry["id"] for entry in people["entries"]}, {self.ada.id, self.molly.id})
        own = self.ask(gateway, "directory", "self")
        self.assertIn(self.molly.id, own.output)

        def sessions() -> int:
            devices = self.molly.ask("GET", "devices")["devices"]
            return sum(one["device_id"].startswith("openclaw") for one in devices)

        self.assertEqual(sessions(), 1)
        out = self.ask(gateway, "channels", "logout", "--channel", "matrix", "--json")
        self.assertEqual(out.code, 0, out.output + out.error)
        self.assertTrue(json.loads(out.output)["session"]["ended"])
        self.assertEqual(sessions(), 0)
        self.assertNotIn("pw", json.loads((self.state / "openclaw.json").read_text())["channels"]["matrix"].values())

    def test_kill_9_loses_nothing_and_answers_nothing_twice(self) -> None:
        gateway = self.gateway()
        room = self.direct(gateway)
        self.survives_kills(gateway, lambda: self.ada.say(room, "/verbose"),
                            lambda: len(self.ada.heard(room, self.molly.id)))


if __name__ == "__main__":
    unittest.main()
