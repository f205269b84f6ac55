#!/usr/bin/env python3
"""Proves the fake Slack with Slack's own client libraries: what they read of it has the meaning that it has at the
real service, and its signatures are those that they check. Needs slack_bolt, slack_sdk and aiohttp."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable
from typing import Any

import aiohttp
from aiohttp import web
from fake_slack import APP_TOKEN, BOT_TOKEN, BOT_USER, SIGNING_SECRET, FakeSlack
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, SectionBlock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

SECONDS = 20.0


def equal(found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{found!r}, not {wanted!r}")


class Bot:
    """An app of bolt's that keeps what it hears, over Socket Mode."""

    def __init__(self, slack: FakeSlack) -> None:
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.app = AsyncApp(client=AsyncWebClient(token=BOT_TOKEN, base_url=slack.root + "/"))
        for kind in ("app_mention", "message", "reaction_added"):
            self.app.event(kind)(self.listener(kind))
        self.app.command("/claw")(self.command)
        self.app.action("b")(self.action)
        self.handler = AsyncSocketModeHandler(self.app, APP_TOKEN)
        # bolt's handler makes a client of its own for the app token: it is to ask the fake too.
        self.handler.client.web_client = AsyncWebClient(token=APP_TOKEN, base_url=slack.root + "/")

    def listener(self, kind: str) -> Any:
        async def hear(event: dict[str, Any]) -> None:
            await self.heard.put((kind, event))

        return hear

    async def command(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await self.heard.put(("command", body))

    async def action(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await self.heard.put(("action", body))

    async def hear(self, count: int) -> dict[str, Any]:
        found = [await asyncio.wait_for(self.heard.get(), SECONDS) for _ in range(count)]
        return dict(found)


async def web_api(slack: FakeSlack, client: AsyncWebClient) -> None:
    who = await client.auth_test()
    equal((who["user_id"], who["team_id"]), (BOT_USER, "T0FAKE"))
    equal("chat:write" in who.headers["x-oauth-scopes"], True)
    said = await client.chat_postMessage(channel="C0GEN", text="*one* &lt;")
    equal(slack.messages["C0GEN"][-1]["text"], "*one* &lt;")
    answer = await client.chat_postMessage(channel="C0GEN", text="two", thread_ts=said["ts"])
    equal(answer["message"]["thread_ts"], said["ts"])
    await client.chat_update(channel="C0GEN", ts=said["ts"], text="three")
    button = ButtonElement(text="Yes", action_id="a", value="y")
    asked = await client.chat_postMessage(channel="C0OPS", text="sure?", blocks=[
        SectionBlock(text="sure?"), ActionsBlock(elements=[button])])
    equal(asked["message"]["blocks"][1]["elements"][0]["value"], "y")
    await refused("invalid_blocks", client.chat_update(
        channel="C0OPS", ts=asked["ts"], text="a", blocks=[ActionsBlock(elements=[button, button])]))
    await client.reactions_add(channel="C0GEN", timestamp=said["ts"], name="eyes")
    history = await client.conversations_history(channel="C0GEN")
    equal([(m["text"], m["reactions"]) for m in history["messages"]], [("three", ["eyes"])])
    replies = await client.conversations_replies(channel="C0GEN", ts=said["ts"])
    equal([m["text"] for m in replies["messages"]], ["three", "two"])
    for wanted, call in [
        ("already_reacted", client.reactions_add(channel="C0GEN", timestamp=said["ts"], name="eyes")),
        ("no_reaction", client.reactions_remove(channel="C0GEN", timestamp=said["ts"], name="x")),
        ("msg_too_long", client.chat_update(channel="C0GEN", ts=said["ts"], text="x" * 4001)),
        ("channel_not_found", client.chat_postMessage(channel="general", text="a")),
        ("invalid_auth", AsyncWebClient(token="xoxb-no", base_url=slack.root + "/").auth_test()),
        ("not_allowed_token_type", AsyncWebClient(token=BOT_TOKEN, base_url=slack.root + "/").apps_connections_open(
            app_token=BOT_TOKEN)),
    ]:
        await refused(wanted, call)


async def streams(slack: FakeSlack, client: AsyncWebClient) -> None:
    ts = slack.op_say("a question")["ts"]
    stream = await client.chat_stream(
        channel="C0GEN", thread_ts=ts, recipient_team_id="T0FAKE", recipient_user_id="U0ANN", buffer_size=1)
    await stream.append(markdown_text="**one**")
    await stream.append(markdown_text=" two")
    message = slack.messages["C0GEN"][-1]
    equal((message["text"], message["is_written"], message["thread_ts"]), ("**one** two", True, ts))
    await refused("streaming_state_conflict", client.chat_update(channel="C0GEN", ts=message["ts"], text="a"))
    done = await stream.stop(markdown_text=" three")
    equal((done["message"]["text"], message["is_written"]), ("**one** two three", False))
    for call in (client.chat_appendStream, client.chat_stopStream):
        await refused("message_not_in_streaming_state", call(channel="C0GEN", ts=message["ts"], markdown_text="a"))
    await refused("missing_recipient_user_id", client.chat_startStream(channel="C0GEN", thread_ts=ts, markdown_text="a"))


async def refused(wanted: str, call: Awaitable[Any]) -> None:
    try:
        await call
    except SlackApiError as error:
        equal(error.response["error"], wanted)
    else:
        raise AssertionError(f"not refused: {wanted}")


async def haste(slack: FakeSlack, client: AsyncWebClient) -> None:
    slack.op_fault(how="answer", method="chat.postMessage", status=429, body='{"ok":false,"error":"ratelimited"}',
                   headers={"Retry-After": "7"})
    try:
        await client.chat_postMessage(channel="C0GEN", text="a")
    except SlackApiError as error:
        equal((error.response.status_code, error.response.headers["Retry-After"]), (429, "7"))
    else:
        raise AssertionError("not slowed down")


async def upload(slack: FakeSlack, client: AsyncWebClient) -> None:
    done = await client.files_upload_v2(
        channel="C0GEN", content="hello", filename="a.txt", initial_comment="look")
    file = slack.uploads[done["files"][0]["id"]]
    equal((file["bytes"], file["channel"], file["comment"]), (b"hello", "C0GEN", "look"))
    slack.op_file("a.png", "image/png", base64="aGVsbG8=")
    known = (await client.files_info(file=list(slack.files)[-1]))["file"]
    for token, wanted in ((BOT_TOKEN, b"hello"), ("xoxb-other", b"<html>Sign in</html>")):
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            async with session.get(known["url_private_download"]) as answer:
                equal((answer.status, await answer.read()), (200, wanted))


async def socket_mode(slack: FakeSlack, bot: Bot) -> None:
    slack.op_say(f"<@{BOT_USER}> hi")
    heard = await bot.hear(2)
    equal(sorted(heard), ["app_mention", "message"])
    equal(heard["app_mention"]["ts"], heard["message"]["ts"])
    ts = slack.op_say("in private", channel="D0ANN")["ts"]
    heard = await bot.hear(1)
    equal((heard["message"]["text"], heard["message"]["channel_type"]), ("in private", "im"))
    slack.op_react("D0ANN", ts, "eyes")
    equal((await bot.hear(1))["reaction_added"]["item"]["ts"], ts)
    slack.op_command("/claw", "status")
    equal((await bot.hear(1))["command"]["text"], "status")
    slack.op_press("yes", "D0ANN", ts)
    equal((await bot.hear(1))["action"]["actions"][0]["value"], "yes")
    await until(lambda: not slack.waiting)
    equal(len(slack.acknowledged), 6)


async def renewal(slack: FakeSlack, bot: Bot) -> None:
    """The library opens another socket when it is told to leave, and hears what was not acknowledged again."""
    slack.op_disconnect("refresh_requested")
    slack.op_say("meanwhile", channel="D0ANN")
    equal((await bot.hear(1))["message"]["text"], "meanwhile")


async def redelivery(slack: FakeSlack) -> None:
    """What a socket did not acknowledge comes on the next one, with the same event id and a count."""
    client = AsyncWebClient(token=APP_TOKEN, base_url=slack.root + "/")
    async with aiohttp.ClientSession() as session:
        async def connect() -> aiohttp.ClientWebSocketResponse:
            place = await client.apps_connections_open(app_token=APP_TOKEN)
            socket = await session.ws_connect(place["url"])
            equal((await socket.receive_json())["type"], "hello")
            return socket

        first = await connect()
        slack.op_say("once", channel="D0ANN")
        before = await first.receive_json()
        second = await connect()
        await first.close()
        after = await asyncio.wait_for(second.receive_json(), SECONDS)
        equal((before["retry_attempt"], after["retry_attempt"]), (0, 1))
        equal(before["payload"]["event_id"], after["payload"]["event_id"])
        await second.send_json({"envelope_id": after["envelope_id"]})
        await until(lambda: not slack.waiting)
        await second.close()


async def requests(slack: FakeSlack) -> None:
    """Events by requests bear signatures that the library's verifier takes, and no others."""
    verifier = SignatureVerifier(SIGNING_SECRET)
    found: asyncio.Queue[tuple[bool, bool, Any]] = asyncio.Queue()

    async def route(request: web.Request) -> web.Response:
        body = await request.read()
        headers = dict(request.headers)
        await found.put((
            verifier.is_valid_request(body, headers), verifier.is_valid_request(body + b" ", headers), json.loads(body)
        ))
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", route)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.op_set(events_url=f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    slack.op_say("by request", channel="D0ANN")
    good, forged, body = await asyncio.wait_for(found.get(), SECONDS)
    equal((good, forged, body["event"]["text"]), (True, False, "by request"))
    await until(lambda: [post["status"] for post in slack.posts] == [200])
    equal(verifier.is_valid_request(b"{}", slack.signed(b"{}", "1531420618")), False)
    await runner.cleanup()


async def until(condition: Any) -> None:
    async def look() -> None:
        while not condition():
            await asyncio.sleep(0)

    await asyncio.wait_for(look(), SECONDS)


async def main() -> int:
    failed = 0
    for step in (web_api, haste, upload, streams, socket_mode, renewal, redelivery, requests):
        slack = FakeSlack()
        await slack.start()
        bot = None
        try:
            if step in (socket_mode, renewal):
                bot = Bot(slack)
                await bot.handler.connect_async()
                await until(lambda slack=slack: slack.sockets)
                await asyncio.wait_for(step(slack, bot), SECONDS * 2)
            elif step in (web_api, haste, upload, streams):
                client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.root + "/")
                await asyncio.wait_for(step(slack, client), SECONDS * 2)
            else:
                await asyncio.wait_for(step(slack), SECONDS * 2)
            print(f"proved: {step.__name__}")
        except Exception as error:  # the library has errors of its own
            failed += 1
            print(f"FAILED {step.__name__}: {type(error).__name__}: {error}")
        finally:
            if bot:
                await bot.handler.close_async()
            await slack.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
