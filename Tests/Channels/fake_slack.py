#!/usr/bin/env python3
"""A Slack of one workspace on the loopback: the Web API, Socket Mode, and events by signed requests. What people do and
what goes wrong is told to it by POST /control with {"op": ...}; see the methods `op_*`. Needs aiohttp.

  fake_slack.py [PORT]      prints {"port": ...} when it listens
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import sys
import time
from base64 import b64decode
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web

BOT_TOKEN = "xoxb-1-fake-bot"
APP_TOKEN = "xapp-1-A0FAKE-1-fake-app"
SIGNING_SECRET = "fake-signing-secret"
APP, TEAM, BOT_USER, BOT = "A0FAKE", "T0FAKE", "U0BOT", "B0BOT"
SCOPES = (
    "app_mentions:read,channels:history,groups:history,im:history,mpim:history,chat:write,reactions:read,"
    "reactions:write,files:read,files:write,im:write,users:read"
)
# As in Slack.
ACK_SECONDS = 3.0
MOST_SOCKETS = 10
LONGEST_EDIT = 4000
LONGEST_TEXT = 40_000
KINDS = {"D": "im", "G": "mpim", "C": "channel"}

Json = dict[str, Any]


class Refusal(Exception):
    """What is answered in the place of `ok`."""


class Socket:
    """One connection of Socket Mode."""

    def __init__(self, response: web.WebSocketResponse) -> None:
        self.response = response
        self.is_mute = False
        self.is_leaving = False


class Envelope:
    """An event on its way, until it is acknowledged."""

    def __init__(self, kind: str, payload: Json) -> None:
        self.kind = kind
        self.payload = payload
        self.attempt = 0
        self.socket: Socket | None = None
        self.timer: asyncio.TimerHandle | None = None


class FakeSlack:
    def __init__(self) -> None:
        self.port = 0
        self.numbers = itertools.count(1)
        self.bot_token, self.app_token, self.app_of_bot = BOT_TOKEN, APP_TOKEN, APP
        self.scopes = SCOPES
        self.dead: dict[str, str] = {}
        self.tickets: set[str] = set()
        self.sockets: list[Socket] = []
        self.turn = 0
        self.waiting: dict[str, Envelope] = {}
        self.acknowledged: list[str] = []
        self.messages: dict[str, list[Json]] = {}
        self.uploads: dict[str, Json] = {}
        # What people attached, by id: name, type, bytes.
        self.files: dict[str, Json] = {}
        self.calls: list[Json] = []
        self.faults: list[Json] = []
        self.ack_seconds = ACK_SECONDS
        self.archived: set[str] = set()
        self.events_url: str | None = None
        self.posts: list[Json] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.runner: web.AppRunner | None = None

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=256 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_post("/upload/{id}", self.upload)
        app.router.add_get("/files-pri/{id}/download", self.file)
        app.router.add_get("/link", self.link)
        app.router.add_post("/control", self.control)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port)
        await site.start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        for envelope in self.waiting.values():
            if envelope.timer:
                envelope.timer.cancel()
        self.cut()
        if self.runner:
            await self.runner.cleanup()

    # The Web API

    async def api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fault = self.take_fault(method)
        if fault and fault.get("how") == "reset_before":
            return self.reset(request)
        arguments = await self.arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.pop("token", "")
        self.calls.append({"method": method, "arguments": arguments, "at": time.time()})
        if fault and fault.get("how") == "hang":
            await asyncio.Event().wait()
        if fault and fault.get("how") == "answer":
            return web.Response(
                status=fault.get("status", 200), text=fault.get("body", ""), headers=fault.get("headers", {}),
                content_type=fault.get("type", "application/json"),
            )
        try:
            self.check(method, token)
            answer = getattr(self, "api_" + method.replace(".", "_"), self.unknown)(arguments)
        except Refusal as refusal:
            answer = {"ok": False, "error": str(refusal)}
        if fault and fault.get("how") == "reset_after":
            return self.reset(request)
        if "application/json" in request.content_type and "charset" not in request.headers.get("Content-Type", ""):
            answer["warning"] = "missing_charset"
        return web.json_response({"ok": True, **answer}, headers={"x-oauth-scopes": self.scopes})

    def take_fault(self, method: str) -> Json | None:
        for fault in self.faults:
            if fault.get("method") in (method, "*"):
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    @staticmethod
    def reset(request: web.Request) -> web.StreamResponse:
        if request.transport:
            request.transport.abort()
        return web.Response()

    @staticmethod
    async def arguments(request: web.Request) -> Json:
        arguments: Json = dict(request.query)
        if request.content_type == "application/json":
            arguments.update(await request.json())
        elif request.can_read_body:
            arguments.update(await request.post())
        for key, value in arguments.items():
            if key in ("files", "blocks") and isinstance(value, str):
                arguments[key] = json.loads(value)
        return arguments

    def check(self, method: str, token: str) -> None:
        if not token:
            raise Refusal("not_authed")
        if token in self.dead:
            raise Refusal(self.dead[token])
        if token not in (self.bot_token, self.app_token):
            raise Refusal("invalid_auth")
        if (token == self.app_token) != (method == "apps.connections.open"):
            raise Refusal("not_allowed_token_type")

    @staticmethod
    def unknown(arguments: Json) -> Json:
        raise Refusal("unknown_method")

    def conversation(self, arguments: Json, name: str = "channel") -> str:
        chat = str(arguments.get(name, ""))
        if chat.startswith("U"):
            return "D" + chat[1:]
        if not chat or chat[0] not in KINDS:
            raise Refusal("channel_not_found")
        if chat in self.archived:
            raise Refusal("is_archived")
        return chat

    def find(self, chat: str, ts: str) -> Json:
        for message in self.messages.get(chat, []):
            if message["ts"] == ts:
                return message
        raise Refusal("message_not_found")

    def stamp(self) -> str:
        return f"{int(time.time())}.{next(self.numbers):06d}"

    def api_auth_test(self, arguments: Json) -> Json:
        return {
            "url": "https://fake.slack.test/", "team": "Fake", "user": "claw", "team_id": TEAM, "user_id": BOT_USER,
            "bot_id": BOT, "is_enterprise_install": False,
        }

    def api_bots_info(self, arguments: Json) -> Json:
        return {"bot": {"id": BOT, "app_id": self.app_of_bot, "user_id": BOT_USER, "name": "claw", "deleted": False}}

    def api_apps_connections_open(self, arguments: Json) -> Json:
        if len(self.sockets) >= MOST_SOCKETS:
            raise Refusal("too_many_websockets")
        ticket = f"ticket{next(self.numbers)}"
        self.tickets.add(ticket)
        return {"url": f"ws://127.0.0.1:{self.port}/link?ticket={ticket}&app_id={APP}"}

    def api_chat_postMessage(self, arguments: Json) -> Json:
        chat = self.conversation(arguments)
        text = str(arguments.get("text", ""))
        if not text and not arguments.get("blocks"):
            raise Refusal("no_text")
        message = {
            "type": "message", "user": BOT_USER, "bot_id": BOT, "text": text[:LONGEST_TEXT], "ts": self.stamp(),
            "reactions": [],
        }
        if blocks := arguments.get("blocks"):
            message["blocks"] = self.blocks(blocks)
        if thread := arguments.get("thread_ts"):
            self.find(chat, thread)
            message["thread_ts"] = thread
        self.messages.setdefault(chat, []).append(message)
        self.bring_event({**message, "channel": chat, "channel_type": KINDS[chat[0]], "event_ts": message["ts"]})
        return {"channel": chat, "ts": message["ts"], "message": message}

    def api_chat_startStream(self, arguments: Json) -> Json:
        chat = self.conversation(arguments)
        if not chat.startswith("D") and not (arguments.get("recipient_user_id") and arguments.get("recipient_team_id")):
            raise Refusal("missing_recipient_user_id")
        thread = arguments.get("thread_ts", "")
        self.find(chat, thread)
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT, "text": self.written(arguments), "ts": self.stamp(),
                   "reactions": [], "thread_ts": thread, "is_written": True, "writes": 1}
        self.messages[chat].append(message)
        return {"channel": chat, "ts": message["ts"]}

    def api_chat_appendStream(self, arguments: Json) -> Json:
        message = self.find(self.conversation(arguments), arguments.get("ts", ""))
        if not message.get("is_written"):
            raise Refusal("message_not_in_streaming_state")
        message["text"] += self.written(arguments)
        message["writes"] += 1
        return {"channel": arguments["channel"], "ts": message["ts"]}

    def api_chat_stopStream(self, arguments: Json) -> Json:
        answer = self.api_chat_appendStream(arguments)
        message = self.find(arguments["channel"], arguments["ts"])
        message["is_written"] = False
        return {**answer, "message": message}

    @staticmethod
    def written(arguments: Json) -> str:
        text = arguments.get("markdown_text") or ""
        # The library's own streams bring it in pieces of several kinds.
        chunks = arguments.get("chunks") or []
        for chunk in json.loads(chunks) if isinstance(chunks, str) else chunks:
            text += chunk.get("text", "") if chunk.get("type") == "markdown_text" else ""
        if len(text) > 12_000:
            raise Refusal("msg_too_long")
        return text

    @staticmethod
    def blocks(given: Any) -> list[Json]:
        """As Slack takes them: with texts that are not too long, and names that no two have."""
        blocks = json.loads(given) if isinstance(given, str) else given
        for block in blocks:
            if len(block.get("text", {}).get("text", "")) > 3000:
                raise Refusal("invalid_blocks")
            names = [one["action_id"] for one in block.get("elements", [])]
            texts = [one["text"]["text"] for one in block.get("elements", []) if "text" in one]
            if len(set(names)) < len(names) or len(names) > 25 or any(len(text) > 75 for text in texts):
                raise Refusal("invalid_blocks")
        return blocks

    def api_chat_update(self, arguments: Json) -> Json:
        chat = self.conversation(arguments)
        message = self.find(chat, arguments.get("ts", ""))
        if message["user"] != BOT_USER:
            raise Refusal("cant_update_message")
        if message.get("is_written"):
            raise Refusal("streaming_state_conflict")
        text = str(arguments.get("text", ""))
        if len(text.encode()) > LONGEST_EDIT:
            raise Refusal("msg_too_long")
        message["text"] = text
        if (blocks := arguments.get("blocks")) is not None:
            message["blocks"] = self.blocks(blocks)
        return {"channel": chat, "ts": message["ts"], "text": text, "message": message}

    def api_reactions_add(self, arguments: Json) -> Json:
        message = self.find(self.conversation(arguments), arguments.get("timestamp", ""))
        if arguments.get("name") in message["reactions"]:
            raise Refusal("already_reacted")
        message["reactions"].append(arguments.get("name"))
        return {}

    def api_reactions_remove(self, arguments: Json) -> Json:
        message = self.find(self.conversation(arguments), arguments.get("timestamp", ""))
        if arguments.get("name") not in message["reactions"]:
            raise Refusal("no_reaction")
        message["reactions"].remove(arguments.get("name"))
        return {}

    def api_conversations_open(self, arguments: Json) -> Json:
        return {"channel": {"id": "D" + str(arguments.get("users", "U0"))[1:]}}

    def api_conversations_history(self, arguments: Json) -> Json:
        chat = self.conversation(arguments)
        found = [m for m in self.messages.get(chat, []) if m.get("thread_ts", m["ts"]) == m["ts"]]
        return self.page(found[::-1], arguments)

    def api_conversations_replies(self, arguments: Json) -> Json:
        chat = self.conversation(arguments)
        found = [m for m in self.messages.get(chat, []) if arguments.get("ts") in (m["ts"], m.get("thread_ts"))]
        return self.page(found, arguments)

    @staticmethod
    def page(found: list[Json], arguments: Json) -> Json:
        oldest = float(arguments.get("oldest") or 0)
        found = [m for m in found if float(m["ts"]) > oldest]
        start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
        more = start + limit < len(found)
        return {
            "messages": found[start : start + limit], "has_more": more,
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    def api_files_getUploadURLExternal(self, arguments: Json) -> Json:
        if int(arguments.get("length") or 0) <= 0:
            raise Refusal("invalid_arguments")
        file = f"F{next(self.numbers)}"
        self.uploads[file] = {"name": arguments.get("filename"), "length": int(arguments["length"]), "bytes": None}
        return {"upload_url": f"http://127.0.0.1:{self.port}/upload/{file}", "file_id": file}

    def api_files_info(self, arguments: Json) -> Json:
        file = self.files.get(str(arguments.get("file")))
        if file is None:
            raise Refusal("file_not_found")
        link = f"http://127.0.0.1:{self.port}/files-pri/{arguments['file']}"
        return {"file": {"id": arguments["file"], "name": file["name"], "mimetype": file["type"], "url_private": link,
                         "url_private_download": f"{link}/download", "size": len(file["bytes"])}}

    async def file(self, request: web.Request) -> web.Response:
        """Who has no right to files is shown a page, with a good status."""
        file = self.files[request.match_info["id"]]
        if request.headers.get("Authorization") != f"Bearer {self.bot_token}" or "files:read" not in self.scopes:
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        return web.Response(body=file["bytes"], content_type=file["type"])

    def api_files_completeUploadExternal(self, arguments: Json) -> Json:
        files = arguments.get("files") or []
        for file in files:
            upload = self.uploads.get(file["id"])
            if upload is None or upload["bytes"] is None:
                raise Refusal("file_not_found")
            if chat := arguments.get("channel_id") or arguments.get("channels"):
                upload["channel"] = self.conversation({"channel": chat})
                upload["comment"] = arguments.get("initial_comment")
                upload["thread_ts"] = arguments.get("thread_ts")
        return {"files": [{"id": file["id"], "title": file.get("title")} for file in files]}

    async def upload(self, request: web.Request) -> web.Response:
        upload = self.uploads.get(request.match_info["id"])
        if upload is None:
            return web.Response(status=404)
        content = await request.read()
        if request.content_type.startswith("multipart/"):
            return web.Response(status=400)
        if len(content) != upload["length"]:
            return web.Response(status=400, text="length")
        upload["bytes"] = content
        return web.Response(text=f"OK - {len(content)}")

    # Socket Mode

    async def link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.Response(status=403)
        self.tickets.remove(ticket)
        response = web.WebSocketResponse(autoping=False, timeout=1)
        await response.prepare(request)
        socket = Socket(response)
        self.sockets.append(socket)
        await response.send_json({
            "type": "hello", "num_connections": len(self.sockets), "connection_info": {"app_id": APP},
            "debug_info": {"host": "fake", "approximate_connection_time": 18060},
        })
        for name in [name for name, one in self.waiting.items() if one.socket is None]:
            self.deliver(name)
        try:
            async for message in response:
                if socket.is_mute:
                    continue
                if message.type == WSMsgType.PING:
                    await response.pong(message.data)
                elif message.type == WSMsgType.TEXT:
                    self.acknowledge(message.data)
        finally:
            self.sockets.remove(socket)
            for name in [name for name, one in self.waiting.items() if one.socket is socket]:
                self.again(name, "socket closed")
        return response

    def acknowledge(self, text: str) -> None:
        try:
            name = json.loads(text).get("envelope_id")
        except ValueError:
            return
        envelope = self.waiting.pop(name, None)
        if envelope is None:
            return
        self.acknowledged.append(envelope.payload.get("event_id") or envelope.kind)
        if envelope.timer:
            envelope.timer.cancel()

    def bring(self, kind: str, payload: Json) -> None:
        name = f"envelope{next(self.numbers)}"
        self.waiting[name] = Envelope(kind, payload)
        if self.events_url:
            self.spawn(self.post(name))
        else:
            self.deliver(name)

    def bring_event(self, event: Json) -> None:
        self.bring("events_api", {
            "token": "verification", "team_id": TEAM, "api_app_id": APP, "event": event, "type": "event_callback",
            "event_id": f"Ev{next(self.numbers)}", "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        })

    def deliver(self, name: str) -> None:
        """Gives an envelope to the next socket, or keeps it until there is one."""
        envelope = self.waiting[name]
        open_sockets = [one for one in self.sockets if not one.response.closed and not one.is_leaving]
        if not open_sockets:
            envelope.socket = None
            return
        self.turn += 1
        envelope.socket = open_sockets[self.turn % len(open_sockets)]
        frame: Json = {
            "envelope_id": name, "type": envelope.kind, "payload": envelope.payload,
            "accepts_response_payload": envelope.kind != "events_api",
        }
        if envelope.kind == "events_api":
            frame["retry_attempt"] = envelope.attempt
            frame["retry_reason"] = "timeout" if envelope.attempt else ""
        self.spawn(self.send(envelope.socket, frame))
        loop = asyncio.get_running_loop()
        envelope.timer = loop.call_later(self.ack_seconds, self.again, name, "timeout")

    def again(self, name: str, reason: str) -> None:
        """Brings what was not acknowledged once more. What people wait for is not brought again."""
        envelope = self.waiting.get(name)
        if envelope is None:
            return
        if envelope.timer:
            envelope.timer.cancel()
        if envelope.kind != "events_api":
            del self.waiting[name]
            return
        envelope.attempt += 1
        self.deliver(name)

    @staticmethod
    async def send(socket: Socket, frame: Json) -> None:
        try:
            await socket.response.send_json(frame)
        except (ConnectionError, RuntimeError):
            pass  # It closed meanwhile: what waits on it is brought again then.

    def spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def cut(self) -> None:
        for socket in self.sockets:
            transport = socket.response._req.transport if socket.response._req else None
            if transport:
                transport.abort()

    # Events by requests

    @staticmethod
    def signature(body: bytes, stamp: str, secret: str = SIGNING_SECRET) -> str:
        return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()

    def signed(self, body: bytes, stamp: str | None = None) -> dict[str, str]:
        stamp = stamp or str(int(time.time()))
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": self.signature(body, stamp)}

    async def post(self, name: str) -> None:
        envelope = self.waiting[name]
        body = json.dumps(envelope.payload).encode()
        headers = {"Content-Type": "application/json", **self.signed(body)}
        if envelope.attempt:
            headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": "http_error"}
        status = 0
        try:
            timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
            async with aiohttp.ClientSession(timeout=timeout) as session:
                async with session.post(self.events_url or "", data=body, headers=headers) as answer:
                    status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            pass
        self.posts.append({"status": status, "attempt": envelope.attempt})
        if 200 <= status < 300:
            self.waiting.pop(name, None)
            self.acknowledged.append(envelope.payload.get("event_id", ""))
        elif envelope.attempt < 3:
            envelope.attempt += 1
            self.spawn(self.post(name))

    # What people do and what goes wrong

    async def control(self, request: web.Request) -> web.Response:
        order = await request.json()
        answer = getattr(self, "op_" + order.pop("op"))(**order)
        return web.json_response(answer if answer is not None else {})

    def op_say(self, text: str, channel: str = "C0GEN", user: str = "U0ANN", thread_ts: str | None = None,
               kind: str | None = None, is_told: bool = True) -> Json:
        """Somebody says something; a mention in a channel comes twice. `is_told` false: no event comes of it."""
        ts = self.stamp()
        message: Json = {"type": "message", "user": user, "text": text, "ts": ts, "team": TEAM, "reactions": []}
        if thread_ts:
            message["thread_ts"] = thread_ts
            message["parent_user_id"] = self.find(channel, thread_ts)["user"]
        self.messages.setdefault(channel, []).append(message)
        if is_told:
            event = {k: v for k, v in message.items() if k != "reactions"} | {"channel": channel, "event_ts": ts}
            if f"<@{BOT_USER}>" in text and channel[0] != "D":
                self.bring_event(event | {"type": "app_mention"})
            self.bring_event(event | {"channel_type": kind or KINDS[channel[0]]})
        return {"ts": ts}

    def op_edit(self, channel: str, ts: str, text: str) -> None:
        message = self.find(channel, ts)
        old = {k: v for k, v in message.items() if k != "reactions"}
        stamp = self.stamp()
        message |= {"text": text, "edited": {"user": message["user"], "ts": stamp}}
        new = {k: v for k, v in message.items() if k != "reactions"}
        self.bring_event({
            "type": "message", "subtype": "message_changed", "channel": channel, "channel_type": KINDS[channel[0]],
            "ts": stamp, "event_ts": stamp, "message": new, "previous_message": old,
        })

    def op_react(self, channel: str, ts: str, emoji: str, user: str = "U0ANN", removed: bool = False) -> None:
        self.bring_event({
            "type": "reaction_removed" if removed else "reaction_added", "user": user, "reaction": emoji,
            "item_user": self.find(channel, ts)["user"], "item": {"type": "message", "channel": channel, "ts": ts},
            "event_ts": self.stamp(),
        })

    def op_file(self, name: str, mimetype: str, channel: str = "D0ANN", user: str = "U0ANN", text: str = "",
                base64: str = "YWJj") -> None:
        ts = self.stamp()
        file = f"F{next(self.numbers)}"
        contents = b64decode(base64)
        self.files[file] = {"name": name, "type": mimetype, "bytes": contents}
        self.bring_event({
            "type": "message", "subtype": "file_share", "user": user, "text": text, "ts": ts, "event_ts": ts,
            "channel": channel, "channel_type": KINDS[channel[0]],
            "files": [{"id": file, "name": name, "mimetype": mimetype, "size": len(contents)}],
        })

    def op_command(self, command: str, text: str = "", channel: str = "D0ANN", user: str = "U0ANN") -> None:
        self.bring("slash_commands", {
            "command": command, "text": text, "channel_id": channel, "channel_name": "directmessage",
            "user_id": user, "user_name": "ann", "team_id": TEAM, "api_app_id": APP,
            "trigger_id": f"{next(self.numbers)}.1.a", "response_url": f"{self.root}/none",
        })

    def op_press(self, value: str, channel: str, ts: str, user: str = "U0ANN") -> None:
        self.bring("interactive", {
            "type": "block_actions", "user": {"id": user, "username": "ann"}, "team": {"id": TEAM},
            "channel": {"id": channel}, "container": {"message_ts": ts, "channel_id": channel},
            "message": {"ts": ts}, "trigger_id": f"{next(self.numbers)}.1.a",
            "actions": [{"type": "button", "action_id": "b", "value": value, "action_ts": self.stamp()}],
        })

    def op_frame(self, text: str) -> None:
        """This, as it is, on every socket."""
        for socket in self.sockets:
            self.spawn(socket.response.send_str(text))

    def op_disconnect(self, reason: str = "warning", sockets: int = 1) -> None:
        """Slack is about to close the first so many sockets."""
        for socket in self.sockets[:sockets]:
            socket.is_leaving = reason != "warning"
            frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}}
            self.spawn(self.send(socket, frame))

    def op_cut(self) -> None:
        self.cut()

    def op_mute(self, is_mute: bool = True) -> None:
        """The open sockets take nothing any more, not even pings."""
        for socket in self.sockets:
            socket.is_mute = is_mute

    def op_retry(self) -> None:
        for name in list(self.waiting):
            self.again(name, "timeout")

    def op_fault(self, **fault: Any) -> None:
        """`how`: answer (status, body, headers, type), reset_before, reset_after, hang; `method` or *; `times`."""
        self.faults.append(fault)

    def op_revoke(self, token: str = BOT_TOKEN, error: str = "token_revoked") -> None:
        self.dead[token] = error

    def op_set(self, **values: Any) -> None:
        """scopes, app_of_bot, ack_seconds, events_url."""
        for name, value in values.items():
            if name not in ("scopes", "app_of_bot", "ack_seconds", "events_url"):
                raise KeyError(name)
            setattr(self, name, value)

    def op_archive(self, channel: str) -> None:
        self.archived.add(channel)

    def op_state(self) -> Json:
        uploads = {k: v | {"bytes": v["bytes"].decode("latin-1") if v["bytes"] else None}
                   for k, v in self.uploads.items()}
        return {
            "sockets": len(self.sockets), "calls": self.calls, "messages": self.messages, "uploads": uploads,
            "acknowledged": self.acknowledged, "waiting": len(self.waiting), "faults": len(self.faults),
            "posts": self.posts,
        }


async def main() -> None:
    slack = FakeSlack()
    await slack.start(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(json.dumps({"port": slack.port}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
