"""Telegram's Bot API, as far as bots use it: updates by long polling, messages, edits, reactions, polls."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import Any

from aiohttp import web

from service import Service

TOKEN = "123456:AAF-a_token_of_the_tests"
BOT = {"id": 123456, "is_bot": True, "first_name": "Molly", "username": "molly_bot"}
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "username": "ada"}


class TelegramServer(Service):
    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        # Of other bots, whom it knows as well.
        self.others: set[str] = set()
        self.updates: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        # Answers that are not good, taken in turn by the next calls of a method: (code, description, parameters).
        self.faults: dict[str, list[tuple[int, str, dict[str, Any]]]] = {}
        self.webhook = ""
        self.menu: list[dict[str, str]] = []
        # Groups that became others.
        self.moved: dict[int, int] = {}
        self._update_ids = itertools.count(500_001)
        self._message_ids = itertools.count(1)
        # The poll that waits: what ends it is news (True) or another poll (False).
        self._poll: asyncio.Future[bool] | None = None
        # What was sent, by the ids of the messages, and what can be fetched, by the ids of the files.
        self.uploads: dict[int, tuple[str, bytes]] = {}
        self.files: dict[str, bytes] = {}
        self.app.router.add_route("*", "/bot{token}/{method}", self.method)
        self.app.router.add_get("/file/bot{token}/documents/{name}", self.file)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    # What the test does

    def say(self, text: str, chat: dict[str, Any] | None = None, sender: dict[str, Any] = ADA, **more: Any) -> int:
        def run() -> int:
            message = self.message(chat or {"id": sender["id"], "type": "private", "first_name": sender["first_name"]},
                                   sender, text=text, **more)
            self.bring({"message": message})
            return message["message_id"]

        return self.call(run)

    def show(self, picture: bytes, caption: str, file: str = "AgAC-1") -> None:
        """Somebody sends a picture, which comes in two sizes."""
        def run() -> None:
            self.files[file] = picture
            sizes = [{"file_id": f"{file}-small", "file_unique_id": "s", "width": 1, "height": 1, "file_size": 1},
                     {"file_id": file, "file_unique_id": "l", "width": 1, "height": 1, "file_size": len(picture)}]
            chat = {"id": ADA["id"], "type": "private", "first_name": "Ada"}
            self.bring({"message": self.message(chat, ADA, photo=sizes, caption=caption)})

        self.call(run)

    def press(self, message: dict[str, Any], text: str, sender: dict[str, Any] = ADA) -> None:
        """Somebody presses the button of one of our messages that says `text`."""
        def run() -> None:
            buttons = [one for row in message["reply_markup"]["inline_keyboard"] for one in row]
            data = next(one["callback_data"] for one in buttons if one["text"] == text)
            self.bring({"callback_query": {"id": f"press{next(self._message_ids)}", "from": sender, "chat_instance": "1",
                                           "message": message, "data": data}})

        self.call(run)

    def bring(self, update: dict[str, Any]) -> None:
        self.updates.append({"update_id": next(self._update_ids), **update})
        self.end_poll(True)

    def end_poll(self, has_news: bool) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(has_news)

    def stop(self) -> None:
        self.call(lambda: self.end_poll(True))
        super().stop()

    def said(self, chat: int = ADA["id"]) -> list[dict[str, Any]]:
        return self.call(lambda: [one for one in self.sent if one["chat"]["id"] == chat])

    def unconfirmed(self) -> int:
        return self.call(lambda: len(self.updates))

    # Methods

    def message(self, chat: dict[str, Any], sender: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"message_id": next(self._message_ids), "date": int(time.time()), "chat": chat, "from": sender, **more}

    async def method(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        arguments = await self.arguments(request)
        if request.match_info["token"] not in {self.token, *self.others}:
            return self.refuse(401, "Unauthorized")
        self.calls.append((name, arguments))
        if self.faults.get(name):
            code, words, parameters = self.faults[name].pop(0)
            return self.refuse(code, words, parameters)
        part = name.removeprefix("send").lower()
        if part in ("photo", "document", "audio", "voice", "video", "animation"):
            return self.take(part, arguments)
        work = getattr(self, f"do_{name}", None)
        if work is None:
            return self.refuse(404, "Not Found")
        return await work(arguments)

    @staticmethod
    async def arguments(request: web.Request) -> dict[str, Any]:
        if request.content_type == "application/json":
            return await request.json()
        given = {**request.query, **(await request.post() if request.can_read_body else {})}
        return {key: int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value
                for key, value in given.items()}

    @staticmethod
    def structure(value: Any) -> Any:
        """The library sends a form, in which it is JSON."""
        return json.loads(value) if isinstance(value, str) else value

    @staticmethod
    def good(result: Any) -> web.Response:
        return web.json_response({"ok": True, "result": result})

    @staticmethod
    def refuse(code: int, words: str, parameters: dict[str, Any] | None = None) -> web.Response:
        body: dict[str, Any] = {"ok": False, "error_code": code, "description": words}
        if parameters:
            body["parameters"] = parameters
        return web.json_response(body, status=code)

    async def do_getMe(self, _: dict[str, Any]) -> web.Response:
        return self.good({**BOT, "can_join_groups": True, "can_read_all_group_messages": True,
                          "supports_inline_queries": False})

    async def do_getUpdates(self, arguments: dict[str, Any]) -> web.Response:
        if self.webhook:
            return self.refuse(409, "Conflict: can't use getUpdates method while webhook is active; "
                                    "use deleteWebhook to delete the webhook first")
        self.end_poll(False)
        offset = int(arguments.get("offset") or 0)
        if self.updates and self.updates[0]["update_id"] <= offset <= self.updates[-1]["update_id"] + 1:
            self.updates = [one for one in self.updates if one["update_id"] >= offset]
        if not self.updates and int(arguments.get("timeout") or 0):
            self._poll = asyncio.get_running_loop().create_future()
            done, _ = await asyncio.wait([self._poll], timeout=int(arguments["timeout"]))
            if done and not done.pop().result():
                return self.refuse(409, "Conflict: terminated by other getUpdates request; make sure that only one bot "
                                        "instance is running")
        return self.good(self.updates[:int(arguments.get("limit") or 100)])

    async def do_setWebhook(self, arguments: dict[str, Any]) -> web.Response:
        self.webhook = arguments.get("url") or ""
        return self.good(True)

    async def do_deleteWebhook(self, _: dict[str, Any]) -> web.Response:
        self.webhook = ""
        return self.good(True)

    async def do_getWebhookInfo(self, _: dict[str, Any]) -> web.Response:
        return self.good({"url": self.webhook, "has_custom_certificate": False, "pending_update_count": len(self.updates)})

    async def do_setMyCommands(self, arguments: dict[str, Any]) -> web.Response:
        self.menu = self.structure(arguments["commands"])
        if len(self.menu) > 100:
            return self.refuse(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        return self.good(True)

    async def do_deleteMyCommands(self, _: dict[str, Any]) -> web.Response:
        self.menu = []
        return self.good(True)

    def chat(self, id: Any) -> dict[str, Any]:
        if isinstance(id, int) and id > 0:
            return {"id": id, "type": "private", "first_name": "Ada"}
        return {"id": id, "type": "supergroup", "title": "Ops"}

    async def do_sendMessage(self, arguments: dict[str, Any]) -> web.Response:
        if arguments["chat_id"] in self.moved:
            return self.refuse(400, "Bad Request: group chat was upgraded to a supergroup chat",
                               {"migrate_to_chat_id": self.moved[arguments["chat_id"]]})
        text = arguments.get("text") or ""
        if not text:
            return self.refuse(400, "Bad Request: message text is empty")
        if len(text) > 4096:
            return self.refuse(400, "Bad Request: message is too long")
        message = self.message(self.chat(arguments["chat_id"]), BOT, text=text)
        if keyboard := self.structure(arguments.get("reply_markup")):
            long = [one["text"] for row in keyboard["inline_keyboard"] for one in row
                    if len(one.get("callback_data", "").encode()) > 64]
            if long:
                return self.refuse(400, "Bad Request: BUTTON_DATA_INVALID")
            message["reply_markup"] = keyboard
        if "message_thread_id" in arguments:
            message["message_thread_id"] = arguments["message_thread_id"]
        self.sent.append(message)
        return self.good(message)

    def take(self, kind: str, arguments: dict[str, Any]) -> web.Response:
        """A file with a caption."""
        upload = arguments.get(kind)
        if isinstance(upload, str) and upload.startswith("attach://"):
            upload = arguments.get(upload.removeprefix("attach://"))
        if not isinstance(upload, web.FileField):
            return self.refuse(400, f"Bad Request: there is no {kind} in the request")
        contents = upload.file.read()
        if not contents:
            return self.refuse(400, "Bad Request: file must be non-empty")
        if len(contents) > 50 * 2**20:
            return self.refuse(413, "Request Entity Too Large")
        if len(arguments.get("caption") or "") > 1024:
            return self.refuse(400, "Bad Request: message caption is too long")
        message = self.message(self.chat(arguments["chat_id"]), BOT, caption=arguments.get("caption") or "")
        name = f"file-{message['message_id']}"
        facts = {"file_id": name, "file_unique_id": name, "file_name": upload.filename, "mime_type": upload.content_type,
                 "file_size": len(contents)}
        shape = {"width": 1, "height": 1}
        times = {"duration": 1}
        message[kind] = [{**facts, **shape}] if kind == "photo" else {**facts, **shape, **times}
        self.uploads[message["message_id"]] = (upload.filename, contents)
        self.files[name] = contents
        self.sent.append(message)
        return self.good(message)

    async def do_getFile(self, arguments: dict[str, Any]) -> web.Response:
        name = str(arguments["file_id"])
        if name not in self.files:
            return self.refuse(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self.files[name]) > 20 * 2**20:
            return self.refuse(400, "Bad Request: file is too big")
        return self.good({"file_id": name, "file_unique_id": name, "file_size": len(self.files[name]),
                          "file_path": f"documents/{name}"})

    async def file(self, request: web.Request) -> web.Response:
        contents = self.files.get(request.match_info["name"])
        if request.match_info["token"] != self.token or contents is None:
            return web.Response(status=404)
        return web.Response(body=contents, content_type="application/octet-stream")

    async def do_editMessageText(self, arguments: dict[str, Any]) -> web.Response:
        for message in self.sent:
            if message["message_id"] == arguments["message_id"]:
                if message["text"] == arguments["text"]:
                    return self.refuse(400, "Bad Request: message is not modified: specified new message content and reply "
                                            "markup are exactly the same as a current content and reply markup")
                message.pop("reply_markup", None)
                message.update(text=arguments["text"], edit_date=int(time.time()))
                if keyboard := self.structure(arguments.get("reply_markup")):
                    message["reply_markup"] = keyboard
                return self.good(message)
        return self.refuse(400, "Bad Request: message to edit not found")

    async def do_setMessageReaction(self, _: dict[str, Any]) -> web.Response:
        return self.good(True)

    async def do_answerCallbackQuery(self, _: dict[str, Any]) -> web.Response:
        return self.good(True)

    async def do_sendPoll(self, arguments: dict[str, Any]) -> web.Response:
        options = [{"text": one["text"], "voter_count": 0} for one in arguments["options"]]
        poll = {"id": "1", "question": arguments["question"], "options": options, "total_voter_count": 0, "is_closed": False,
                "is_anonymous": False, "type": "regular", "allows_multiple_answers": False}
        message = self.message(self.chat(arguments["chat_id"]), BOT, poll=poll)
        self.sent.append(message)
        return self.good(message)
