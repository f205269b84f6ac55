"""The Telegram of the tests, used with python-telegram-bot, which others wrote for the real one."""

import asyncio
import unittest

from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, ReactionTypeEmoji
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.ext import Application, MessageHandler, filters
from telegram_server import ADA, TOKEN, TelegramServer


class TelegramProof(unittest.TestCase):
    def setUp(self) -> None:
        self.server = TelegramServer()
        self.server.start()
        self.addCleanup(self.server.stop)

    def bot(self, token: str = TOKEN) -> Bot:
        return Bot(token, base_url=f"{self.server.url}/bot")

    def test_a_bot_hears_and_answers(self) -> None:
        async def talk() -> list[str]:
            heard: list[str] = []
            done = asyncio.Event()

            async def answer(update, context) -> None:
                heard.append(f"{update.effective_user.username}: {update.message.text}")
                await update.message.reply_text(f"you said {update.message.text}")
                if len(heard) == 2:
                    done.set()

            application = Application.builder().token(TOKEN).base_url(f"{self.server.url}/bot").build()
            application.add_handler(MessageHandler(filters.TEXT, answer))
            async with application:
                await application.start()
                await application.updater.start_polling()
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(None, lambda: self.server.say("one"))
                await loop.run_in_executor(None, lambda: self.server.say("two"))
                await done.wait()
                await application.updater.stop()
                await application.stop()
            return heard

        self.assertEqual(asyncio.run(asyncio.wait_for(talk(), 30)), ["ada: one", "ada: two"])
        self.assertEqual([one["text"] for one in self.server.said()], ["you said one", "you said two"])
        self.assertEqual(self.server.unconfirmed(), 0)

    def test_what_else_a_bot_does(self) -> None:
        async def work() -> None:
            async with self.bot() as bot:
                self.assertEqual(bot.username, "molly_bot")
                sent = await bot.send_message(ADA["id"], "hello")
                edited = await bot.edit_message_text("hello again", ADA["id"], sent.message_id)
                self.assertEqual(edited.text, "hello again")
                with self.assertRaisesRegex(BadRequest, "not modified"):
                    await bot.edit_message_text("hello again", ADA["id"], sent.message_id)
                self.assertTrue(await bot.set_message_reaction(ADA["id"], sent.message_id, ReactionTypeEmoji("👍")))
                self.assertTrue(await bot.set_my_commands([BotCommand("status", "how it is")]))
                self.assertEqual(self.server.menu, [{"command": "status", "description": "how it is"}])
                with self.assertRaisesRegex(BadRequest, "too_much"):
                    await bot.set_my_commands([BotCommand(f"c{number}", "x") for number in range(101)])
                self.assertTrue(await bot.delete_my_commands())
                self.assertTrue(await bot.set_webhook("https://example.com/hook"))
                self.assertEqual((await bot.get_webhook_info()).url, "https://example.com/hook")
                self.server.moved[-5] = -1005
                with self.assertRaises(ChatMigrated):
                    await bot.send_message(-5, "hello")
                with self.assertRaisesRegex(BadRequest, "too long"):
                    await bot.send_message(ADA["id"], "x" * 4097)

        asyncio.run(asyncio.wait_for(work(), 30))

    def test_buttons_are_pressed(self) -> None:
        async def work() -> None:
            async with self.bot() as bot:
                keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y"),
                                                  InlineKeyboardButton("Why", url="https://example.com")]])
                sent = await bot.send_message(ADA["id"], "sure?", reply_markup=keyboard)
                self.assertEqual(sent.reply_markup, keyboard)
                with self.assertRaisesRegex(BadRequest, "(?i)button_data_invalid"):
                    await bot.send_message(ADA["id"], "sure?", reply_markup=InlineKeyboardMarkup(
                        [[InlineKeyboardButton("Yes", callback_data="y" * 65)]]))
                await asyncio.get_running_loop().run_in_executor(
                    None, lambda: self.server.press(self.server.said()[0], "Yes"))
                query = (await bot.get_updates())[0].callback_query
                self.assertEqual((query.data, query.from_user.id, query.message.text), ("y", ADA["id"], "sure?"))
                self.assertTrue(await query.answer())
                edited = await bot.edit_message_text("sure.", ADA["id"], sent.message_id)
                self.assertIsNone(edited.reply_markup)

        asyncio.run(asyncio.wait_for(work(), 30))

    def test_files_go_both_ways(self) -> None:
        async def work() -> None:
            async with Bot(TOKEN, base_url=f"{self.server.url}/bot", base_file_url=f"{self.server.url}/file/bot") as bot:
                sent = await bot.send_document(ADA["id"], b"one\0two", caption="look", filename="a b.bin")
                self.assertEqual((sent.caption, sent.document.file_name), ("look", "a b.bin"))
                self.assertEqual(self.server.uploads[sent.message_id], ("a b.bin", b"one\0two"))
                file = await bot.get_file(sent.document.file_id)
                self.assertEqual(await file.download_as_bytearray(), b"one\0two")
                self.assertEqual((await bot.send_photo(ADA["id"], b"picture")).photo[0].file_size, 7)
                self.assertEqual((await bot.send_voice(ADA["id"], b"sound")).voice.file_size, 5)
                with self.assertRaisesRegex(BadRequest, "Wrong file_id"):
                    await bot.get_file("nothing")
                with self.assertRaisesRegex(BadRequest, "caption is too long"):
                    await bot.send_document(ADA["id"], b"x", caption="x" * 1025)

        asyncio.run(asyncio.wait_for(work(), 30))

    def test_refusals_are_those_that_the_library_knows(self) -> None:
        faults = [(429, "Too Many Requests: retry after 3", {"retry_after": 3}, RetryAfter),
                  (400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": -1005}, ChatMigrated),
                  (403, "Forbidden: bot was blocked by the user", {}, Forbidden),
                  (409, "Conflict: terminated by other getUpdates request", {}, Conflict)]

        async def work() -> None:
            async with self.bot() as bot:
                for code, words, parameters, kind in faults:
                    self.server.faults["sendMessage"] = [(code, words, parameters)]
                    with self.assertRaises(kind):
                        await bot.send_message(ADA["id"], "hello")
            with self.assertRaises(InvalidToken):
                async with self.bot("1:wrong"):
                    pass

        asyncio.run(asyncio.wait_for(work(), 30))

    def test_two_polls_and_a_webhook_are_conflicts(self) -> None:
        async def work() -> None:
            async with self.bot() as one, self.bot() as two:
                first = asyncio.ensure_future(one.get_updates(timeout=20))
                while not self.server._poll:
                    await asyncio.sleep(0)
                second = asyncio.ensure_future(two.get_updates(timeout=20))
                with self.assertRaisesRegex(Conflict, "terminated by other"):
                    await first
                await asyncio.get_running_loop().run_in_executor(None, lambda: self.server.say("news"))
                self.assertEqual((await second)[0].message.text, "news")
                self.server.webhook = "https://example.com/hook"
                with self.assertRaisesRegex(Conflict, "webhook is active"):
                    await one.get_updates()
                self.assertTrue(await one.delete_webhook())
                self.assertEqual((await one.get_updates())[0].message.text, "news")

        asyncio.run(asyncio.wait_for(work(), 30))


if __name__ == "__main__":
    unittest.main()
