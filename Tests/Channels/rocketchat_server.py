"""A Rocket.Chat server, as far as bots use it: REST under /api/v1 and the realtime API under /websocket."""

from __future__ import annotations

import hashlib
import itertools
import json
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

from aiohttp import WSMsgType, web

from service import Service

Message = dict[str, Any]


def now() -> int:
    return int(datetime.now(timezone.utc).timestamp() * 1000)


def iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def from_iso(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


class RocketChatServer(Service):
    def __init__(self) -> None:
        super().__init__()
        self.users = {
            "bot": {"_id": "bot-id", "username": "bot", "name": "Bot", "roles": ["user", "bot"], "password": "bot-pass",
                    "token": "bot-token"},
            "ada": {"_id": "ada-id", "username": "ada", "name": "Ada", "roles": ["user"], "password": "ada-pass",
                    "token": "ada-token"},
        }
        self.rooms: dict[str, dict[str, Any]] = {
            "GENERAL": {"_id": "GENERAL", "t": "c", "name": "general"},
            "dm-ada-bot": {"_id": "dm-ada-bot", "t": "d", "usernames": ["ada", "bot"]},
        }
        self.messages: list[Message] = []
        self.duplicates = 0
        # A request that fails: (method, status, body), taken in turn.
        self.faults: list[tuple[int, str]] = []
        self._numbers = itertools.count(1)
        self._sockets: dict[web.WebSocketResponse, dict[str, str]] = {}
        # Files by their ids: name, type, contents, and whether they stand in a message.
        self.files: dict[str, dict[str, Any]] = {}
        # Servers before 6.9 take a file and its message in one step only.
        self.is_old = False
        self.app.router.add_get("/websocket", self.websocket)
        self.app.router.add_get("/file-upload/{id}/{name}", self.file)
        self.app.router.add_route("*", "/api/v1/{method:.*}", self.rest)
        self.app.router.add_get("/api/info", self.info)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # What the test does

    def say(self, text: str, user: str = "ada", room: str = "dm-ada-bot", **more: Any) -> str:
        async def run() -> str:
            return (await self.post(self.users[user], room, text, **more))["_id"]

        return self.do(run())

    def show(self, picture: bytes, text: str) -> None:
        """Somebody sends a picture."""
        async def run() -> None:
            await self.post_file(self.users["ada"], "dm-ada-bot", self.keep("my cat.png", "image/png", picture), text)

        self.do(run())

    def said_by(self, user: str = "bot") -> list[Message]:
        return self.call(lambda: [m for m in self.messages if m["u"]["username"] == user])

    def connected(self) -> int:
        return self.call(lambda: sum(1 for subs in self._sockets.values() if subs))

    def drop_sockets(self) -> None:
        async def run() -> None:
            for socket in list(self._sockets):
                await socket.close(code=1012)

        self.do(run())

    # Messages

    async def post(self, user: dict[str, Any], room: str, text: str, id: str | None = None, **more: Any) -> Message:
        name = id or f"m{next(self._numbers)}"
        if any(m["_id"] == name for m in self.messages):
            self.duplicates += 1
            raise KeyError(name)
        message: Message = {
            "_id": name, "rid": room, "msg": text, "ts": now(), "_updatedAt": now(), "mentions": [], "channels": [],
            "u": {key: user[key] for key in ("_id", "username", "name")}, **more,
        }
        for other in self.users.values():
            if f"@{other['username']}" in text:
                message["mentions"].append({key: other[key] for key in ("_id", "username", "name")})
        self.messages.append(message)
        await self.show_message(message)
        return message

    def keep(self, name: str, type: str, contents: bytes) -> str:
        id = f"f{next(self._numbers)}"
        self.files[id] = {"name": name, "type": type, "contents": contents}
        return id

    async def post_file(self, user: dict[str, Any], room: str, id: str, text: str, **more: Any) -> Message:
        file = self.files[id]
        link = f"/file-upload/{id}/{quote(file['name'])}"
        attachment = {"title": file["name"], "type": "file", "title_link": link, "title_link_download": True}
        if file["type"].startswith("image/"):
            attachment |= {"image_url": link, "image_type": file["type"], "image_size": len(file["contents"])}
        return await self.post(user, room, text, attachments=[attachment],
                               file={"_id": id, "name": file["name"], "type": file["type"]}, **more)

    async def file(self, request: web.Request) -> web.Response:
        file = self.files.get(request.match_info["id"])
        if self.user(request) is None or file is None:
            return web.Response(status=403 if file else 404)
        return web.Response(body=file["contents"], content_type=file["type"])

    async def take(self, request: web.Request, method: str, user: dict[str, Any]) -> web.Response:
        """A file, and with the old method the message around it."""
        name, _, room = method.partition("/")
        form = await request.post()
        upload = form.get("file")
        if (name == "rooms.media") == self.is_old:
            return web.json_response({"status": "error", "message": "API endpoint does not exist"}, status=404)
        if room not in self.rooms or not isinstance(upload, web.FileField):
            return web.json_response({"success": False, "error": "no room or no file"}, status=400)
        id = self.keep(upload.filename, upload.content_type, upload.file.read())
        if name == "rooms.media":
            return web.json_response({"file": {"_id": id, "url": f"/file-upload/{id}/x"}, "success": True})
        more = {"tmid": str(form["tmid"])} if "tmid" in form else {}
        message = await self.post_file(user, room, id, str(form.get("msg", "")), **more)
        return web.json_response({"message": self.over_rest(message), "success": True})

    async def show_message(self, message: Message) -> None:
        room = self.rooms[message["rid"]]
        shown = {**message, "ts": {"$date": message["ts"]}, "_updatedAt": {"$date": message["_updatedAt"]}}
        for socket, subs in list(self._sockets.items()):
            for event in subs.values():
                if event not in ("__my_messages__", message["rid"]):
                    continue
                facts = {"roomParticipant": True, "roomType": room["t"], "roomName": room.get("name", "")}
                await socket.send_str(json.dumps({
                    "msg": "changed", "collection": "stream-room-messages", "id": "id",
                    "fields": {"eventName": event, "args": [shown] + ([facts] if event == "__my_messages__" else [])},
                }))

    def over_rest(self, message: Message) -> Message:
        return {**message, "ts": iso(message["ts"]), "_updatedAt": iso(message["_updatedAt"])}

    # REST

    async def info(self, _: web.Request) -> web.Response:
        return web.json_response({"version": "7.0.0", "success": True})

    async def rest(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if self.faults:
            status, text = self.faults.pop(0)
            return web.Response(status=status, text=text)
        try:
            is_json = request.can_read_body and request.content_type != "multipart/form-data"
            body = await request.json() if is_json else {}
        except json.JSONDecodeError:
            body = {}
        if method == "login":
            user = self.users.get(body.get("user") or body.get("username"))
            if user is None or body.get("password") != user["password"]:
                return web.json_response({"status": "error", "error": "Unauthorized", "message": "Unauthorized"}, status=401)
            return web.json_response({
                "status": "success", "data": {"userId": user["_id"], "authToken": user["token"], "me": self.me(user)}})
        user = self.user(request)
        if user is None:
            return web.json_response(
                {"status": "error", "message": "You must be logged in to do this."}, status=401)
        if method.startswith(("rooms.media/", "rooms.upload/")):
            return await self.take(request, method, user)
        answer = await self.answer(method, user, {**request.query, **body})
        status = 200 if answer.get("success") else 400
        return web.json_response(answer, status=status)

    def user(self, request: web.Request) -> dict[str, Any] | None:
        return next((u for u in self.users.values() if u["_id"] == request.headers.get("X-User-Id")
                     and u["token"] == request.headers.get("X-Auth-Token")), None)

    def me(self, user: dict[str, Any]) -> dict[str, Any]:
        return {key: user[key] for key in ("_id", "username", "name", "roles")} | {"status": "online"}

    async def answer(self, method: str, user: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        good = {"success": True}
        if method == "me":
            return {**self.me(user), **good}
        if method == "subscriptions.get":
            return {"update": [{"_id": f"sub-{r['_id']}", "rid": r["_id"], "t": r["t"], "name": r.get("name", "ada")}
                               for r in self.rooms.values()], "remove": [], **good}
        if method == "rooms.info":
            found = self.rooms.get(body.get("roomId", "")) or next(
                (r for r in self.rooms.values() if r.get("name") == body.get("roomName")), None)
            return {"room": found, **good} if found else {
                "success": False, "error": "The required \"roomId\" or \"roomName\" param provided does not match",
                "errorType": "error-room-not-found"}
        if method in ("im.create", "dm.create"):
            name = f"dm-{body['username']}-bot"
            self.rooms.setdefault(name, {"_id": name, "t": "d", "usernames": [body["username"], user["username"]]})
            return {"room": self.rooms[name], **good}
        if method == "chat.syncMessages":
            since = from_iso(body["lastUpdate"])
            return {"result": {"updated": [self.over_rest(m) for m in self.messages
                                           if m["rid"] == body["roomId"] and m["_updatedAt"] > since],
                               "deleted": []}, **good}
        if method == "chat.sendMessage":
            wish = body["message"]
            try:
                more = {"tmid": wish["tmid"]} if "tmid" in wish else {}
                message = await self.post(user, wish["rid"], wish["msg"], wish.get("_id"), **more)
            except KeyError:
                return {"success": False, "error": "E11000 duplicate key error collection", "errorType": ""}
            return {"message": self.over_rest(message), **good}
        if method.startswith("rooms.mediaConfirm/"):
            _, room, id = method.split("/")
            if id not in self.files:
                return {"success": False, "error": "invalid-file", "errorType": "invalid-file"}
            more = {"tmid": body["tmid"]} if "tmid" in body else {}
            return {"message": self.over_rest(await self.post_file(user, room, id, body.get("msg", ""), **more)), **good}
        if method == "chat.postMessage":
            room = body.get("roomId") or body.get("channel") or ""
            found = self.rooms.get(room) or next(
                (r for r in self.rooms.values() if r.get("name") == room.lstrip("#")), None)
            if found is None:
                return {"success": False, "error": "[invalid-channel]", "errorType": "invalid-channel"}
            return {"message": self.over_rest(await self.post(user, found["_id"], body.get("text", ""))), **good}
        target = next((m for m in self.messages if m["_id"] in (body.get("msgId"), body.get("messageId"))), None)
        if target is None:
            return {"success": False, "error": "The required \"messageId\" param is invalid", "errorType": "error-invalid"}
        target["_updatedAt"] = now()
        if method == "chat.update":
            target.update(msg=body["text"], editedAt=iso(now()))
        elif method == "chat.react":
            emoji, names = body["emoji"], target.setdefault("reactions", {})
            if str(body.get("shouldReact", True)).lower() == "false":
                names.pop(emoji, None)
            else:
                names[emoji] = {"usernames": [user["username"]]}
        elif method != "chat.getMessage":
            return {"success": False, "error": f"no method {method}", "errorType": "error-unknown"}
        await self.show_message(target)
        return {"message": self.over_rest(target), **good}

    # The realtime API

    async def websocket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets[socket] = {}
        user: dict[str, Any] | None = None
        try:
            await socket.send_str(json.dumps({"server_id": "0"}))
            async for frame in socket:
                if frame.type != WSMsgType.TEXT:
                    continue
                message = json.loads(frame.data)
                kind, number = message.get("msg"), message.get("id")
                if kind == "connect":
                    await socket.send_str(json.dumps({"msg": "connected", "session": "s"}))
                elif kind == "ping":
                    await socket.send_str(json.dumps({"msg": "pong"}))
                elif kind == "method":
                    user, answer = await self.method(user, message)
                    await socket.send_str(json.dumps({"msg": "result", "id": number, **answer}))
                elif kind == "sub":
                    if user is None:
                        await socket.send_str(json.dumps({
                            "msg": "nosub", "id": number, "error": {"error": "not-allowed", "reason": "not allowed"}}))
                        continue
                    self._sockets[socket][number] = message["params"][0]
                    await socket.send_str(json.dumps({"msg": "ready", "subs": [number]}))
                elif kind == "unsub":
                    self._sockets[socket].pop(number, None)
                    await socket.send_str(json.dumps({"msg": "nosub", "id": number}))
        finally:
            self._sockets.pop(socket, None)
        return socket

    async def method(
        self, user: dict[str, Any] | None, message: dict[str, Any],
    ) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        name, params = message["method"], message["params"]
        refused = {"error": {"error": 403, "reason": "User not found or incorrect password"}}
        if name == "login":
            wish = params[0]
            for one in self.users.values():
                digest = hashlib.sha256(one["password"].encode()).hexdigest()
                if wish.get("resume") == one["token"] or (
                        wish.get("user", {}).get("username") == one["username"]
                        and wish.get("password", {}).get("digest") == digest):
                    return one, {"result": {"id": one["_id"], "token": one["token"]}}
            return None, refused
        if user is None:
            return user, refused
        if name == "rooms/get":
            return user, {"result": list(self.rooms.values())}
        if name == "sendMessage":
            await self.post(user, params[0]["rid"], params[0]["msg"], params[0].get("_id"))
            return user, {"result": {}}
        return user, {"error": {"error": 404, "reason": f"Method '{name}' not found"}}
