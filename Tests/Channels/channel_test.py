"""What the tests of all platforms share: a gateway with one account, and what it says of it."""

from __future__ import annotations

import base64
import json
import os
import random
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "BinaryTests"))

from fake_model import FakeModel  # noqa: E402
from harness import BinaryTest, Gateway, until  # noqa: E402

TOKEN = "a-token-of-this-test"
# The smallest picture that is one.
PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
SEED = int(os.environ.get("TEST_SEED", "1"))
# As the store has them.
FINISHED, DELIVERED, AMBIGUOUS = 1, 2, 3


def pause(seconds: float) -> None:
    """Lets so much time pass, to the microsecond."""
    finish = os.times().elapsed + seconds
    while os.times().elapsed < finish:
        pass


class ChannelTest(BinaryTest):
    # The platform's name in the configuration, and what each account has unless a test says otherwise.
    channel = ""
    kills = 8

    def account_settings(self) -> dict[str, object]:
        raise NotImplementedError

    def gateway(self, model: FakeModel | None = None, **more: object) -> Gateway:
        account = {"dmPolicy": "open", "allowFrom": ["*"], **self.account_settings(), **more}
        config: dict[str, object] = {"gateway": {"mode": "local", "auth": {"mode": "token", "token": TOKEN}},
                                     "channels": {self.channel: account}}
        if model:
            config["models"] = {"providers": {"fake": {"api": "openai-completions", "baseUrl": model.base, "apiKey": "k",
                                                       "models": [{"id": "fake"}]}}}
            config["agents"] = {"defaults": {"model": "fake/fake"}}
        self.configure(config)
        return self.begin()

    def shown(self, model: FakeModel) -> tuple[str, list[bytes]]:
        """The words and the pictures of the last message that the model was asked about."""
        content = model.requests[-1]["messages"][-1]["content"]
        if isinstance(content, str):
            return content, []
        words = [one["text"] for one in content if one["type"] == "text"]
        links = [one["image_url"]["url"] for one in content if one["type"] == "image_url"]
        return "\n".join(words), [base64.b64decode(link.partition(",")[2]) for link in links]

    def sees_a_picture(self, model: FakeModel) -> None:
        """The last message had the test's picture, which also lies where the agent's tools find it."""
        until(lambda: model.requests, "the model is asked")
        words, pictures = self.shown(model)
        self.assertEqual(pictures, [PICTURE])
        place = words.rpartition(": ")[2].rstrip("]")
        self.assertRegex(place, r"^media/inbound/[0-9a-f]{32}\.png$")
        found = list(self.state.rglob(place.rpartition("/")[2]))
        self.assertEqual([one.read_bytes() for one in found], [PICTURE], words)
        self.assertEqual(found[0].stat().st_mode & 0o777, 0o600)

    def a_file(self) -> Path:
        """One with every byte, and more than one piece of it."""
        path = self.scratch("all bytes.bin")
        path.write_bytes(random.Random(SEED).randbytes(700_001) + bytes(range(256)))
        return path

    def send(self, gateway: Gateway, path: Path, target: str, text: str = "look at *this*"):
        sent = self.ask(gateway, "message", "send", "-t", target, "-m", text, "--media", str(path), "--json")
        self.assertEqual(sent.code, 0, sent.error)
        return json.loads(sent.output)

    def begin(self) -> Gateway:
        gateway = self.start("gateway", "run", "--port", "0")
        gateway.ready()
        return gateway

    def ask(self, gateway: Gateway, *words: str):
        """A command that asks the gateway, and what came of it."""
        return self.run_to_end(*words, "--url", f"ws://127.0.0.1:{gateway.address[1]}", "--token", TOKEN)

    def account(self, gateway: Gateway) -> dict[str, object]:
        status = json.loads(self.ask(gateway, "channels", "status", "--json").output)
        return status["channelAccounts"][self.channel][0]

    def connected(self, gateway: Gateway) -> None:
        until(lambda: self.account(gateway)["connected"], "it receives")

    def is_idle(self, gateway: Gateway) -> bool:
        account = self.account(gateway)
        return bool(account["connected"]) and account["underWay"] == 0 and account["waitingOut"] == 0

    def stored(self, query: str) -> list[tuple]:
        with sqlite3.connect(f"file:{self.state / 'openclaw.sqlite'}?mode=ro", uri=True) as store:
            return store.execute(query).fetchall()

    def ambiguous(self) -> int:
        return self.stored(f"SELECT count(*) FROM outbox WHERE state = {AMBIGUOUS}")[0][0]

    def lives(self, gateway: Gateway, ready: Callable[[Gateway], object]) -> Iterator[tuple[random.Random, int]]:
        """Yields so many times, each time when the gateway is `ready`; it is killed within 50 ms of what the caller does."""
        chance = random.Random(SEED)
        for life in range(self.kills):
            ready(gateway)
            yield chance, life
            pause(chance.random() * 0.05)
            gateway.kill()
            gateway = self.begin()
        ready(gateway)
        self.survivor = gateway

    def survives_kills(self, gateway: Gateway, say: Callable[[], object], answers: Callable[[], int], *,
                       before_the_end: Callable[[], object] = lambda: None) -> None:
        """Asks through a series of kills: each question has its answer, once, or one whose fate nobody knows."""
        asked = 0
        for chance, _ in self.lives(gateway, self.connected):
            for _ in range(chance.randint(1, 3)):
                say()
                asked += 1
        before_the_end()
        # No platform takes as many at once: what waits at the end goes out at its pace.
        until(lambda: self.is_idle(self.survivor) and answers() + self.ambiguous() >= asked, f"{asked} answers",
              within=60 + asked)
        print(f"seed {SEED}: {asked} questions over {self.kills} kills, {answers()} answers, {self.ambiguous()} ambiguous")
        self.assertLessEqual(answers(), asked, "nothing is answered twice")
        self.assertEqual(self.stored(f"SELECT count(*) FROM inbox WHERE state != {FINISHED}"), [(0,)])
