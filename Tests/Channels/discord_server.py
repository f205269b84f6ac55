"""Discord, as far as bots use it: REST under /api/v10, and a gateway whose sessions can be taken up again."""

from __future__ import annotations

import itertools
import json
import time
import zlib
from datetime import datetime, timezone
from typing import Any

from aiohttp import WSMsgType, web

from service import Service

TOKEN = "MTIz.abc.a-token_of_the_tests"
BOT = {"id": "1000", "username": "molly", "discriminator": "0", "global_name": "Molly", "avatar": None, "bot": True}
ADA = {"id": "1007", "username": "ada", "discriminator": "0", "global_name": "Ada", "avatar": None}
GUILD, CHANNEL, THREAD, DIRECT = "2000", "2005", "2007", "3007"


def answer(data: Any, status: int = 200) -> web.Response:
    """Discord names no charset, and its library looks at the very words."""
    # Without Via the library takes a refusal for one of something before Discord.
    return web.Response(body=json.dumps(data).encode(), status=status, content_type="application/json",
                        headers={"Via": "1.1 google"})


class Session:
    def __init__(self, name: str) -> None:
        self.name = name
        self.events: list[dict[str, Any]] = []
        self.connection: Connection | None = None


class Connection:
    def __init__(self, socket: web.WebSocketResponse, is_packed: bool) -> None:
        self.socket = socket
        self.packer = zlib.compressobj() if is_packed else None

    async def send(self, frame: dict[str, Any]) -> None:
        text = json.dumps(frame)
        if self.socket.closed:
            return
        try:
            if self.packer:
                await self.socket.send_bytes(
                    self.packer.compress(text.encode()) + self.packer.flush(zlib.Z_SYNC_FLUSH))
            else:
                await self.socket.send_str(text)
        except ConnectionError:
            pass


class DiscordServer(Service):
    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        # Of other bots, whom REST knows as well.
        self.others: set[str] = set()
        self.messages: list[dict[str, Any]] = []
        self.calls: list[str] = []
        # Answers that are not good, taken in turn by the next requests that post a message: (status, body).
        self.faults: list[tuple[int, dict[str, Any]]] = []
        self.sessions: dict[str, Session] = {}
        self.identifies = self.resumes = self.repeated = 0
        self.interval = 41_250
        self._ids = itertools.count((int(time.time() * 1000) - 1_420_070_400_000) << 22, 1 << 22)
        self._names = itertools.count(1)
        self.files: dict[str, bytes] = {}
        # How presses were answered, by the ids of the interactions.
        self.pressed: dict[str, int] = {}
        self.app.router.add_get("/gateway/", self.gateway)
        self.app.router.add_get("/attachments/{id}/{name}", self.file)
        self.app.router.add_route("*", "/api/v10/{path:.*}", self.rest)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/api/v10"

    @property
    def socket_url(self) -> str:
        return f"ws://{self.host}:{self.port}/gateway/"

    # What the test does

    def say(self, text: str, chat: str = DIRECT, user: dict[str, Any] = ADA, **more: Any) -> str:
        async def run() -> str:
            return (await self.add(text, chat, user, **more))["id"]

        return self.do(run())

    def press(self, message: dict[str, Any], label: str, user: dict[str, Any] = ADA) -> None:
        """Somebody presses a button of one of our messages."""
        parts = [one for row in message["components"] for one in row["components"]]
        name = next(one["custom_id"] for one in parts if one["label"] == label)

        async def run() -> None:
            id = str(next(self._ids))
            chat = message["channel_id"]
            where = {"user": user} if chat == DIRECT else {
                "guild_id": GUILD, "member": {"user": user, "roles": [], "joined_at": message["timestamp"], "deaf": False,
                                              "mute": False, "flags": 0, "permissions": "0"}}
            await self.dispatch("INTERACTION_CREATE", {
                "id": id, "application_id": BOT["id"], "type": 3, "token": f"token-{id}", "version": 1, "channel_id": chat,
                "message": message, "data": {"custom_id": name, "component_type": 2}, "entitlements": [],
                "channel": {"id": chat, "type": 1 if chat == DIRECT else 0}, "authorizing_integration_owners": {},
                "attachment_size_limit": 1, **where})

        self.do(run())

    def show(self, picture: bytes, text: str) -> None:
        """Somebody sends a picture."""
        self.say(text, attachments=[self.call(lambda: self.keep("cat.png", "image/png", picture))])

    def said(self, chat: str = DIRECT) -> list[dict[str, Any]]:
        return self.call(lambda: [m for m in self.messages if m["author"]["id"] == BOT["id"] and m["channel_id"] == chat])

    def listening(self) -> bool:
        return self.call(lambda: any(s.connection and not s.connection.socket.closed for s in self.sessions.values()))

    def forget_sessions(self) -> None:
        self.call(self.sessions.clear)

    def reads(self) -> int:
        """How often somebody asked what was said in a chat."""
        return self.call(lambda: sum(call.startswith("GET channels/") and call.endswith("/messages") for call in self.calls))

    def close_sockets(self, code: int) -> None:
        async def run() -> None:
            for session in self.sessions.values():
                if session.connection:
                    await session.connection.socket.close(code=code)

        self.do(run())

    # Messages

    async def add(self, text: str, chat: str, author: dict[str, Any], **more: Any) -> dict[str, Any]:
        message: dict[str, Any] = {
            "id": str(next(self._ids)), "channel_id": chat, "author": author, "content": text, "type": 0, "tts": False,
            "timestamp": datetime.now(timezone.utc).isoformat(), "edited_timestamp": None, "mention_everyone": False,
            "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": False, "flags": 0, **more}
        self.messages.append(message)
        where = {} if chat == DIRECT else {"guild_id": GUILD, "member": {"roles": [], "joined_at": message["timestamp"],
                                                                         "deaf": False, "mute": False, "flags": 0}}
        await self.dispatch("MESSAGE_CREATE", {**message, **where})
        return message

    def keep(self, name: str, type: str, contents: bytes) -> dict[str, Any]:
        id = str(next(self._ids))
        self.files[id] = contents
        link = f"http://{self.host}:{self.port}/attachments/{id}/{name}"
        return {"id": id, "filename": name, "content_type": type, "size": len(contents), "url": link, "proxy_url": link}

    async def file(self, request: web.Request) -> web.Response:
        contents = self.files.get(request.match_info["id"])
        if contents is None or "Authorization" in request.headers:
            return web.Response(status=404 if contents is None else 400)
        return web.Response(body=contents, content_type="application/octet-stream")

    def last(self, chat: str) -> str | None:
        return next((m["id"] for m in reversed(self.messages) if m["channel_id"] == chat), None)

    # REST

    async def rest(self, request: web.Request) -> web.Response:
        way = request.match_info["path"].split("/")
        # The token in the address is all that is needed.
        if way[0] == "interactions" and way[2] == f"token-{way[1]}" and way[3:] == ["callback"]:
            self.pressed[way[1]] = (await request.json())["type"]
            if "with_response" not in request.query:
                return web.Response(status=204)
            return answer({"interaction": {"id": way[1], "type": 3}})
        if request.headers.get("Authorization") not in {f"Bot {token}" for token in (self.token, *self.others)}:
            return answer({"message": "401: Unauthorized", "code": 0}, status=401)
        path, verb = request.match_info["path"], request.method
        self.calls.append(f"{verb} {path}")
        parts = path.split("/")
        if path == "users/@me":
            return answer(BOT)
        if path in ("applications/@me", "oauth2/applications/@me"):
            return answer({"id": BOT["id"], "name": "molly", "flags": 1 << 19, "description": "", "icon": None,
                                      "bot_public": True, "bot_require_code_grant": False, "verify_key": "00", "owner": ADA,
                                      "team": None, "summary": ""})
        if path == "gateway/bot":
            return answer({"url": self.socket_url, "shards": 1, "session_start_limit": {
                "total": 1000, "remaining": 999, "reset_after": 1000, "max_concurrency": 1}})
        if path == f"guilds/{GUILD}/channels":
            return answer([self.channel(CHANNEL)])
        if path == f"guilds/{GUILD}/threads/active":
            return answer({"threads": [self.channel(THREAD)], "members": []})
        if path == f"guilds/{GUILD}/roles":
            return answer(self.guild()["roles"])
        if path == f"guilds/{GUILD}/members/{ADA['id']}":
            return answer({"user": ADA, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False,
                           "flags": 0})
        if path == "users/@me/channels":
            return answer({"id": DIRECT, "type": 1, "recipients": [ADA]})
        if len(parts) == 2 and parts[0] == "channels":
            return answer(self.channel(parts[1]))
        if len(parts) == 3 and parts[2] == "messages":
            return await (self.post(request, parts[1]) if verb == "POST" else self.history(request, parts[1]))
        if len(parts) == 4 and verb == "PATCH":
            return await self.edit(request, parts[3])
        if "reactions" in parts:
            return web.Response(status=204)
        return answer({"message": "404: Not Found", "code": 0}, status=404)

    async def post(self, request: web.Request, chat: str) -> web.Response:
        if self.faults:
            status, body = self.faults.pop(0)
            return answer(body, status=status)
        attachments = []
        if request.content_type == "multipart/form-data":
            form = await request.post()
            body = json.loads(form["payload_json"])
            for one in body.get("attachments", []):
                upload = form[f"files[{one['id']}]"]
                attachments.append(self.keep(one.get("filename") or upload.filename, upload.content_type, upload.file.read()))
        else:
            body = await request.json()
        if any(one["size"] > 10 * 2**20 for one in attachments):
            return answer({"message": "Request entity too large", "code": 40005}, status=413)
        if not body.get("content") and not body.get("poll") and not attachments:
            return answer({"message": "Cannot send an empty message", "code": 50006}, status=400)
        if len(body.get("content") or "") > 2000:
            return answer({"message": "Invalid Form Body", "code": 50035}, status=400)
        nonce = body.get("nonce")
        if nonce and body.get("enforce_nonce"):
            for message in self.messages:
                if message.get("nonce") == nonce:
                    self.repeated += 1
                    return answer(message)
        more: dict[str, Any] = {"nonce": nonce} if nonce else {}
        if body.get("components"):
            names = [one.get("custom_id") for row in body["components"] for one in row["components"]]
            if len(set(names)) < len(names) or any(len(name or "") > 100 for name in names):
                return answer({"message": "Invalid Form Body", "code": 50035}, status=400)
            # As Discord gives them back, each with a number of its own.
            more["components"] = [
                {**row, "id": 1, "components": [{**one, "id": 2 + at} for at, one in enumerate(row["components"])]}
                for row in body["components"]]
        if attachments:
            more["attachments"] = attachments
        return answer(await self.add(body.get("content") or "", chat, BOT, **more))

    async def history(self, request: web.Request, chat: str) -> web.Response:
        after = int(request.query.get("after", 0))
        found = [m for m in self.messages if m["channel_id"] == chat and int(m["id"]) > after]
        return answer(found[:int(request.query.get("limit", 50))][::-1])

    async def edit(self, request: web.Request, name: str) -> web.Response:
        body = await request.json()
        for message in self.messages:
            if message["id"] == name:
                message.update(content=body["content"], edited_timestamp=datetime.now(timezone.utc).isoformat())
                return answer(message)
        return answer({"message": "Unknown Message", "code": 10008}, status=404)

    # The gateway

    def channel(self, name: str) -> dict[str, Any]:
        common = {"id": name, "guild_id": GUILD, "last_message_id": self.last(name), "flags": 0}
        if name == THREAD:
            return {**common, "type": 11, "name": "thread", "parent_id": CHANNEL, "owner_id": ADA["id"], "message_count": 1,
                    "member_count": 1, "thread_metadata": {"archived": False, "auto_archive_duration": 60, "locked": False,
                                                           "archive_timestamp": "2026-01-01T00:00:00+00:00"}}
        return {**common, "type": 0, "name": "ops", "position": 0, "parent_id": None, "nsfw": False,
                "permission_overwrites": [], "topic": None, "rate_limit_per_user": 0}

    def guild(self) -> dict[str, Any]:
        everyone = {"id": GUILD, "name": "@everyone", "color": 0, "hoist": False, "position": 0, "permissions": "0",
                    "managed": False, "mentionable": False, "flags": 0}
        return {"id": GUILD, "name": "Test", "icon": None, "owner_id": ADA["id"], "region": "", "afk_timeout": 60,
                "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0, "roles": [everyone],
                "emojis": [], "features": [], "mfa_level": 0, "system_channel_flags": 0, "premium_tier": 0, "nsfw_level": 0,
                "preferred_locale": "en-US", "member_count": 2, "large": False, "unavailable": False, "stickers": [],
                "members": [], "channels": [self.channel(CHANNEL)], "threads": [self.channel(THREAD)], "presences": [],
                "voice_states": [], "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
                "premium_progress_bar_enabled": False, "joined_at": "2026-01-01T00:00:00+00:00"}

    async def dispatch(self, name: str, data: dict[str, Any], session: Session | None = None) -> None:
        for one in [session] if session else list(self.sessions.values()):
            event = {"op": 0, "t": name, "s": len(one.events) + 1, "d": data}
            one.events.append(event)
            if one.connection:
                await one.connection.send(event)

    async def gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=4096)
        await socket.prepare(request)
        connection = Connection(socket, request.query.get("compress") == "zlib-stream")
        await connection.send({"op": 10, "d": {"heartbeat_interval": self.interval}, "s": None, "t": None})
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            if frame["op"] == 1:
                await connection.send({"op": 11, "d": None, "s": None, "t": None})
            elif frame["op"] == 2:
                if frame["d"]["token"] != self.token:
                    await socket.close(code=4004, message=b"Authentication failed.")
                    break
                await self.identify(connection)
            elif frame["op"] == 6:
                await self.resume(connection, frame["d"])
        return socket

    async def identify(self, connection: Connection) -> None:
        self.identifies += 1
        session = Session(f"session{next(self._names)}")
        self.sessions = {session.name: session}
        session.connection = connection
        await self.dispatch("READY", {
            "v": 10, "user": BOT, "guilds": [{"id": GUILD, "unavailable": True}], "session_id": session.name,
            "resume_gateway_url": self.socket_url, "application": {"id": BOT["id"], "flags": 1 << 19}, "private_channels": []}, session)
        await self.dispatch("GUILD_CREATE", self.guild(), session)

    async def resume(self, connection: Connection, data: dict[str, Any]) -> None:
        session = self.sessions.get(data["session_id"])
        if not session or data["token"] != self.token:
            await connection.send({"op": 9, "d": False, "s": None, "t": None})
            return
        self.resumes += 1
        session.connection = connection
        for event in session.events[data["seq"]:]:
            await connection.send(event)
        await self.dispatch("RESUMED", {}, session)
