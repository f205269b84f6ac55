"""The Rocket.Chat server of the tests, used with clients that others wrote for the real one: rocketchat_API over REST,
rocketchat_async over the realtime API."""

import asyncio
import io
import unittest
import urllib.request

from rocketchat_API.APIExceptions.RocketExceptions import RocketAuthenticationException
from rocketchat_API.rocketchat import RocketChat
from rocketchat_async import RocketChat as Realtime
from rocketchat_server import RocketChatServer


class RocketChatProof(unittest.TestCase):
    def setUp(self) -> None:
        self.server = RocketChatServer()
        self.server.start()
        self.addCleanup(self.server.stop)

    def client(self, user: str = "ada") -> RocketChat:
        return RocketChat(user, f"{user}-pass", server_url=self.server.url)

    def test_rest(self) -> None:
        ada = self.client()
        self.assertEqual(ada.me()["username"], "ada")
        sent = ada.chat_post_message("hello @bot", channel="#general")
        self.assertEqual(sent["message"]["msg"], "hello @bot")
        name = sent["message"]["_id"]
        self.assertEqual(ada.chat_update("GENERAL", name, "hello again")["message"]["msg"], "hello again")
        self.assertTrue(ada.chat_react(name, emoji=":+1:")["success"])
        self.assertEqual(ada.chat_get_message(name)["message"]["reactions"], {":+1:": {"usernames": ["ada"]}})
        self.assertEqual(ada.rooms_info(room_name="general")["room"]["_id"], "GENERAL")
        self.assertIn("dm-ada-bot", [one["rid"] for one in ada.subscriptions_get()["update"]])
        self.assertEqual(ada.dm_create("bot")["room"]["t"], "d")
        again = {"_id": "same", "rid": "GENERAL", "msg": "once"}
        self.assertTrue(ada.chat_send_message(again)["success"])
        self.assertEqual(len([m for m in self.server.said_by("ada") if m["_id"] == "same"]), 1)

    def test_files_go_both_ways(self) -> None:
        ada = self.client()
        file = ada.rooms_media("GENERAL", ("a b.bin", io.BytesIO(b"one\0two"), "application/octet-stream"))["file"]
        done = ada.rooms_media_confirm("GENERAL", file["_id"], msg="look")
        self.assertEqual(done["message"]["msg"], "look")
        link = done["message"]["attachments"][0]["title_link"]
        self.assertEqual(link, f"/file-upload/{file['_id']}/a%20b.bin")
        request = urllib.request.Request(
            self.server.url + link, headers={"X-Auth-Token": "ada-token", "X-User-Id": "ada-id"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertEqual(answer.read(), b"one\0two")
        self.server.is_old = True
        with self.assertRaisesRegex(Exception, "404"):
            ada.rooms_media("GENERAL", ("a", io.BytesIO(b"x"), "text/plain"))

    def test_a_wrong_password_is_refused(self) -> None:
        with self.assertRaises(RocketAuthenticationException):
            RocketChat("ada", "wrong", server_url=self.server.url)

    def test_realtime(self) -> None:
        async def talk() -> list[str]:
            heard: list[str] = []
            bot = Realtime()
            await bot.start(self.server.url.replace("http", "ws") + "/websocket", "bot", "bot-pass")
            rooms = dict(await bot.get_channels())
            self.assertEqual(rooms["GENERAL"], "c")
            await bot.subscribe_to_channel_messages(
                "GENERAL", lambda room, sender, name, thread, text, *_: heard.append(f"{room} {sender} {text}"))
            # The subscription is answered before the next method is.
            await bot.send_message("I am here", "GENERAL")
            await asyncio.get_running_loop().run_in_executor(
                None, lambda: self.server.say("good morning", room="GENERAL"))
            while len(heard) < 2:
                await asyncio.sleep(0.005)
            return heard

        heard = asyncio.run(asyncio.wait_for(talk(), 30))
        self.assertEqual(heard, ["GENERAL bot-id I am here", "GENERAL ada-id good morning"])


if __name__ == "__main__":
    unittest.main()
