"""The Discord of the tests, used with discord.py, which others wrote for the real one."""

import asyncio
import io
import unittest

import discord
import discord.gateway
import discord.http
import yarl
from discord_server import ADA, CHANNEL, DIRECT, TOKEN, DiscordServer


class DiscordProof(unittest.TestCase):
    def setUp(self) -> None:
        self.server = DiscordServer()
        self.server.start()
        self.addCleanup(self.server.stop)
        places = (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)
        discord.http.Route.BASE = self.server.url
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self.server.socket_url)

        def restore() -> None:
            discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = places

        self.addCleanup(restore)

    def run_client(self, work, **handlers) -> None:
        """Runs `work(client)` when the client is ready."""
        async def run() -> None:
            intents = discord.Intents.default()
            intents.message_content = True
            client = discord.Client(intents=intents)
            for handler in handlers.values():
                client.event(handler)
            task = asyncio.create_task(client.start(TOKEN))
            try:
                while not client.is_ready():
                    if task.done():
                        await task
                    await asyncio.sleep(0.005)
                await work(client)
            finally:
                await client.close()
                await task

        asyncio.run(asyncio.wait_for(run(), 50))

    def test_files_go_both_ways(self) -> None:
        async def work(client) -> None:
            channel = await client.fetch_channel(int(CHANNEL))
            sent = await channel.send("look", file=discord.File(io.BytesIO(b"one\0two"), "a.bin"))
            self.assertEqual((sent.content, sent.attachments[0].filename), ("look", "a.bin"))
            self.assertEqual(await sent.attachments[0].read(), b"one\0two")
            with self.assertRaisesRegex(discord.HTTPException, "40005"):
                await channel.send(file=discord.File(io.BytesIO(b"x" * (10 * 2**20 + 1)), "a.bin"))

        self.run_client(work)

    def test_buttons_are_pressed(self) -> None:
        heard: list[str] = []
        done = asyncio.Event()

        async def work(client) -> None:
            class Sure(discord.ui.View):
                @discord.ui.button(label="Yes", custom_id="y")
                async def yes(self, interaction, button) -> None:
                    heard.append(f"{interaction.user} {interaction.message.content}")
                    await interaction.response.defer()
                    done.set()

            channel = await client.fetch_channel(int(CHANNEL))
            await channel.send("sure?", view=Sure())
            await asyncio.get_running_loop().run_in_executor(
                None, lambda: self.server.press(self.server.said(CHANNEL)[0], "Yes"))
            await done.wait()

        self.run_client(work)
        self.assertEqual(heard, ["ada sure?"])
        self.assertEqual(list(self.server.pressed.values()), [6])

    def test_a_bot_hears_answers_and_edits(self) -> None:
        heard: list[str] = []
        done = asyncio.Event()

        async def on_message(message) -> None:
            if message.author.id == int(ADA["id"]):
                heard.append(f"{message.channel} {message.content}")
                sent = await message.reply("you said so")
                await sent.edit(content="you said it")
                done.set()

        async def work(client) -> None:
            await asyncio.get_running_loop().run_in_executor(None, lambda: self.server.say("hello", CHANNEL))
            await done.wait()

        self.run_client(work, on_message=on_message)
        self.assertEqual(heard, ["ops hello"])
        self.assertEqual([m["content"] for m in self.server.said(CHANNEL)], ["you said it"])

    def test_a_nonce_is_known_again_and_refusals_are_those_that_the_library_knows(self) -> None:
        async def work(client) -> None:
            channel = client.get_channel(int(CHANNEL))
            self.server.faults = [(403, {"message": "Missing Access", "code": 50001}),
                                  (429, {"message": "You are being rate limited.", "retry_after": 0.05, "global": False})]
            with self.assertRaises(discord.Forbidden):
                await channel.send("hello")
            # The library waits as long as it is told, and sends again.
            await channel.send("hello")
            one = await channel.send("once", nonce="n1")
            again = await client.http.request(
                discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=CHANNEL),
                json={"content": "once", "nonce": "n1", "enforce_nonce": True})
            self.assertEqual(int(again["id"]), one.id)
            history = [m.content async for m in channel.history(limit=10, oldest_first=True)]
            self.assertEqual(history, ["hello", "once"])

        self.run_client(work)

    def test_a_session_is_taken_up_again(self) -> None:
        heard: list[str] = []
        done = asyncio.Event()

        async def on_message(message) -> None:
            heard.append(message.content)
            if len(heard) == 2:
                done.set()

        async def work(client) -> None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, lambda: self.server.close_sockets(4000))
            await loop.run_in_executor(None, lambda: self.server.say("meanwhile", DIRECT))
            await loop.run_in_executor(None, lambda: self.server.say("and", CHANNEL))
            await done.wait()

        self.run_client(work, on_message=on_message)
        self.assertEqual(heard, ["meanwhile", "and"])
        self.assertEqual((self.server.identifies, self.server.resumes), (1, 1))


if __name__ == "__main__":
    unittest.main()
