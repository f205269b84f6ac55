#!/usr/bin/env python3
"""Drives our providers, through model-probe, against the fake services: good answers, every fault with the decision
that follows it, and what is sent and closed upstream.

  probe_check.py PATH-TO-model-probe
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import Any

from fakes.anthropic import Anthropic
from fakes.gemini import Gemini
from fakes.openai import OpenAI
from fakes.service import GOOD_KEY, OTHER_KEY, TEXT, THOUGHT, USAGE, Service
from tally import Tally, equal, true

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(60)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "n": {"type": "integer"}}}
TOOL = {"name": "get_weather", "description": "The weather of a city", "parameters": SCHEMA}
CALLS = [
    {"name": "get_weather", "arguments": {"city": "Zürich", "n": 0}},
    {"name": "get_weather", "arguments": {"city": "Bern", "n": 1}},
]
# Short enough for a test, long enough for a busy machine.
SHORT = {"firstByte": 600, "progress": 700, "betweenBytes": 5000, "total": 20000}
JOB_MILLISECONDS = 9000
PROBE_SECONDS = 240
# How soon the service notices that an answer was given up.
CLOSE_SECONDS = 1.0
BACKUP = "backup/plain"

# Each fault: its kind, the decisions up to the other model's answer, whether half an answer was delivered before.
RETRY_THEN_NEXT = ["retrySame", "nextModel"]
OTHER_KEY_THEN_NEXT = ["nextKey", "nextModel"]
FAULTS: dict[str, tuple[str, list[str], bool]] = {
    "429-after-2": ("rateLimited", OTHER_KEY_THEN_NEXT, False),
    "429": ("rateLimited", OTHER_KEY_THEN_NEXT, False),
    "500": ("server", RETRY_THEN_NEXT, False),
    "529": ("overloaded", ["nextModel"], False),
    "stall-before": ("timeout", ["nextModel"], False),
    "stall-mid": ("stall", ["giveUp"], True),
    "pings": ("stall", ["giveUp"], True),
    "loris": ("stall", ["nextModel"], False),
    "cut": ("cutStream", ["giveUp"], True),
    "cut-early": ("cutStream", RETRY_THEN_NEXT, False),
    "json": ("brokenAnswer", ["giveUp"], True),
    "key": ("badKey", OTHER_KEY_THEN_NEXT, False),
    "billing": ("billing", OTHER_KEY_THEN_NEXT, False),
    "overflow": ("contextOverflow", ["nextModel"], False),
    "missing": ("unknownModel", ["nextModel"], False),
    "refusal": ("refusal", ["giveUp"], False),
    "bad": ("badRequest", ["giveUp"], False),
}

PROVIDERS = ["anthropic-old", "anthropic-new", "chat", "responses", "gemini"]
EMBEDDERS = ["chat", "responses", "gemini"]


def good_jobs(provider: str) -> list[dict[str, Any]]:
    image = {"mediaType": "image/png", "base64": base64.b64encode(PNG).decode()}
    thinking = {"thinking": "low", "maxTokens": 4096}
    tools = {"tools": [TOOL], "toolResults": {"get_weather": "sunny"}}
    return [
        {"name": "plain", "chain": [f"{provider}/plain"], "system": "Be kind.", "temperature": 0.5},
        {"name": "tools", "chain": [f"{provider}/tools"], **tools},
        {"name": "images", "chain": [f"{provider}/images"], "image": image},
        {"name": "thinking", "chain": [f"{provider}/thinking"], **thinking},
    ]


def fault_jobs(provider: str) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = [
        {"name": f"fault-{fault}", "chain": [f"{provider}/fault-{fault}", BACKUP], "deadlines": SHORT}
        for fault in FAULTS
    ]
    stalled = [f"{provider}/fault-stall-mid", BACKUP]
    deaf = [f"{provider}/fault-stall-before", BACKUP]
    return [
        *jobs,
        {"name": "alone-429", "chain": [f"{provider}/fault-429-after-1"]},
        {"name": "alone-long", "chain": [f"{provider}/fault-429-after-600"]},
        {"name": "once-500", "chain": [f"{provider}/once-500"]},
        {"name": "once-429", "chain": [f"{provider}/once-429-after-1"]},
        {"name": "other-key", "chain": [f"{provider}/only-other-key", BACKUP]},
        {"name": "compact", "chain": [f"{provider}/too-long", BACKUP], "compact": True},
        {"name": "cancel-mid", "chain": stalled, "cancelAfter": 1},
        {"name": "cancel-before", "chain": deaf, "cancelAt": 300},
        {"name": "wrong-key", "chain": [f"{provider}-wrong/plain", BACKUP]},
        {"name": "unreachable", "chain": ["nobody/plain", BACKUP]},
    ]


class Bench:
    def __init__(self, probe: str, tally: Tally) -> None:
        self.probe = probe
        self.tally = tally
        self.anthropic, self.openai, self.gemini = Anthropic(), OpenAI(), Gemini()
        self.backup = OpenAI()

    @property
    def fakes(self) -> list[Service]:
        return [self.anthropic, self.openai, self.gemini, self.backup]

    def config(self, dead: int) -> dict[str, Any]:
        models = [{"id": "thinking", "reasoning": True}, {"id": "plain", "cost": {"input": 2, "output": 10}}]
        providers = {
            "anthropic-old": (self.anthropic.url, "anthropic-messages", {}),
            "anthropic-new": (self.anthropic.url, "anthropic-messages", {"anthropic-version": "2026-10-21"}),
            "chat": (f"{self.openai.url}/v1", "openai-completions", {}),
            "responses": (f"{self.openai.url}/v1/", "openai-responses", {"x-tenant": "one"}),
            "gemini": (f"{self.gemini.url}/v1beta", "google-generative-ai", {}),
            "backup": (f"{self.backup.url}/v1", "openai-completions", {}),
            "nobody": (f"http://127.0.0.1:{dead}/v1", "openai-completions", {}),
        }
        config: dict[str, Any] = {}
        for name, (url, api, headers) in providers.items():
            common = {"baseUrl": url, "api": api, "headers": headers, "models": models}
            config[name] = {**common, "apiKey": "PROBE_KEY"}
            config[f"{name}-wrong"] = {**common, "apiKey": "sk-fake-wrong-0123456789"}
        profiles = {
            f"{name}:{label}": {"provider": name, "mode": "api_key", "key": key}
            for name in PROVIDERS
            for label, key in (("first", GOOD_KEY), ("second", OTHER_KEY))
        }
        return {"models": {"providers": config}, "auth": {"profiles": profiles}}

    async def run(self, jobs: list[dict[str, Any]], dead: int) -> tuple[dict[str, Any], dict[str, Any], str]:
        document = {"config": self.config(dead), "environment": {"PROBE_KEY": GOOD_KEY}, "jobs": jobs}
        process = await asyncio.create_subprocess_exec(
            self.probe, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=16 << 20
        )
        output, _ = await asyncio.wait_for(process.communicate(json.dumps(document).encode()), PROBE_SECONDS)
        equal(process.returncode, 0, "exit code")
        lines = [json.loads(line) for line in output.decode().splitlines()]
        return {line["name"]: line for line in lines[:-1]}, lines[-1], output.decode()

    async def provider(self, name: str, dead: int) -> None:
        for fake in self.fakes:
            fake.forget()
        jobs = good_jobs(name) + fault_jobs(name)
        if name in EMBEDDERS:
            jobs.append({"name": "embed", "chain": [f"{name}/plain"], "texts": ["a", "bcd"] * 60 + ["é"]})
        results, rest, output = await self.run(jobs, dead)
        equal(sorted(results), sorted(job["name"] for job in jobs), "results")
        checks = {
            "plain": self.plain, "tools": self.tools, "images": self.images, "thinking": self.thinking,
            "embed": self.embed, "alone-429": self.alone_limited, "alone-long": self.alone_long,
            "once-500": self.once, "once-429": self.once, "other-key": self.other_key, "compact": self.compact,
            "cancel-mid": self.cancelled, "cancel-before": self.cancelled, "wrong-key": self.wrong_key,
            "unreachable": self.unreachable,
        }
        for job, result in results.items():
            check = checks.get(job, self.fault)
            await self.tally.count(f"{name} {job}", self.one(check, name, result))
        await self.tally.count(f"{name} as a whole", self.whole(results, rest, output))

    async def one(self, check: Any, provider: str, result: dict[str, Any]) -> None:
        try:
            true(result["milliseconds"] < JOB_MILLISECONDS, f"took {result['milliseconds']} ms")
            check(provider, result)
        except (AssertionError, KeyError) as error:
            raise AssertionError(f"{error!r} in {json.dumps(result, ensure_ascii=False)}") from error

    async def whole(self, results: dict[str, Any], rest: dict[str, Any], output: str) -> None:
        equal(rest, {"leaked": 0, "tasks": 0}, "left behind")
        true("sk-fake" not in output, "a key was printed")
        asked = sum(len(fake.records) for fake in self.fakes)
        attempts = [attempt for result in results.values() for attempt in result.get("attempts", [])]
        unheard = [attempt for attempt in attempts if attempt["model"].startswith("nobody/")]
        embedded = 2 if "embed" in results else 0
        # An attempt that was cancelled is not in the list of those that ended.
        cancelled = sum(name.startswith("cancel") for name in results)
        equal(asked, len(attempts) - len(unheard) + embedded + cancelled, "requests that arrived")
        for record in (record for fake in self.fakes for record in fake.records):
            if record.model in ("fault-stall-before", "fault-stall-mid", "fault-pings", "fault-loris"):
                true(record.closed_after is not None, f"{record.model}: its connection stayed open")
                true(record.closed_after < 3, f"{record.model}: closed after {record.closed_after} s")

    # Good answers

    def answered(self, result: dict[str, Any], text: str, by: str, finish: str = "stop") -> None:
        equal(result.get("error"), None, "error")
        equal(result["text"], text, "text")
        equal(result["answeredBy"], by, "answered by")
        equal(result["finish"], finish, "finish")

    def plain(self, provider: str, result: dict[str, Any]) -> None:
        self.answered(result, TEXT, f"{provider}/plain")
        write = USAGE["write"] if provider.startswith("anthropic") else 0
        equal(result["usage"], {**USAGE, "write": write}, "usage")
        dollars = (2 * (USAGE["input"] + USAGE["read"] + write) + 10 * USAGE["output"]) / 1e6
        true(abs(result["cost"] - dollars) < 1e-12, f"cost: {result['cost']}, not {dollars}")

    def tools(self, provider: str, result: dict[str, Any]) -> None:
        self.answered(result, "I look.It is sunny, sunny.", f"{provider}/tools")
        equal(result["toolCalls"], CALLS, "calls")

    def images(self, provider: str, result: dict[str, Any]) -> None:
        self.answered(result, f"image/png, {len(PNG)} bytes", f"{provider}/images")

    def thinking(self, provider: str, result: dict[str, Any]) -> None:
        self.answered(result, TEXT, f"{provider}/thinking")
        equal(result["thinking"], THOUGHT, "thinking")
        equal(result["seals"], 0 if provider == "chat" else 1, "seals")

    def embed(self, provider: str, result: dict[str, Any]) -> None:
        equal(result["vectors"], [[1.0, 0.5, -0.25], [3.0, 0.5, -0.25]] * 60 + [[1.0, 0.5, -0.25]], "vectors")
        equal(result.get("tokens"), None if provider == "gemini" else 121, "tokens")

    # Faults

    def decisions(self, result: dict[str, Any]) -> list[str]:
        return [attempt["decision"] for attempt in result["attempts"] if "decision" in attempt]

    def fault(self, provider: str, result: dict[str, Any]) -> None:
        fault = result["name"].removeprefix("fault-")
        kind, decisions, is_half = FAULTS[fault]
        kinds = {attempt["error"] for attempt in result["attempts"] if "error" in attempt}
        equal(kinds, {kind}, "kinds")
        equal(self.decisions(result), decisions, "decisions")
        if decisions[-1] == "nextModel":
            self.answered(result, TEXT, BACKUP)
            return
        equal(result["error"]["kind"], kind, "kind")
        equal(result["text"], "Half an" if is_half else "", "text")
        equal(result["visible"], 1 if is_half else 0, "visible events")

    def alone_limited(self, provider: str, result: dict[str, Any]) -> None:
        equal(result["error"]["kind"], "rateLimited", "kind")
        equal(result["error"]["retryAfter"], 1000, "Retry-After")
        # The second key is tried at once, then the vendor's second is waited for, three times.
        equal(self.decisions(result), ["nextKey", "retrySame", "retrySame", "retrySame", "giveUp"], "decisions")
        true(result["milliseconds"] >= 3000, "it did not wait")

    def alone_long(self, provider: str, result: dict[str, Any]) -> None:
        equal(result["error"]["retryAfter"], 600_000, "Retry-After")
        equal(self.decisions(result), ["nextKey", "giveUp"], "decisions")
        true(result["milliseconds"] < 2000, "it waited")

    def once(self, provider: str, result: dict[str, Any]) -> None:
        self.answered(result, TEXT, f"{provider}/{result['name']}{'-after-1' if '429' in result['name'] else ''}")
        equal(len(result["attempts"]), 2, "attempts")

    def other_key(self, provider: str, result: dict[str, Any]) -> None:
        self.answered(result, TEXT, f"{provider}/only-other-key")
        equal(self.decisions(result), ["nextKey"], "decisions")
        profiles = [attempt["profile"] for attempt in result["attempts"]]
        equal(profiles, [f"{provider}:first", f"{provider}:second"], "profiles")

    def compact(self, provider: str, result: dict[str, Any]) -> None:
        self.answered(result, TEXT, f"{provider}/too-long")
        equal(self.decisions(result), ["compactThenRetry"], "decisions")

    def cancelled(self, provider: str, result: dict[str, Any]) -> None:
        equal(result["error"]["kind"], "cancelled", "kind")
        true(result["milliseconds"] < CLOSE_SECONDS * 2000, f"took {result['milliseconds']} ms")

    def wrong_key(self, provider: str, result: dict[str, Any]) -> None:
        self.answered(result, TEXT, BACKUP)
        equal(self.decisions(result), ["nextModel"], "decisions")

    def unreachable(self, provider: str, result: dict[str, Any]) -> None:
        self.answered(result, TEXT, BACKUP)
        equal(self.decisions(result), RETRY_THEN_NEXT, "decisions")


async def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    tally = Tally(seconds=PROBE_SECONDS)
    bench = Bench(sys.argv[1], tally)
    for fake in bench.fakes:
        await fake.start()
    # A port that was free a moment ago and that nobody listens on.
    spare = OpenAI()
    await spare.start()
    dead = spare.port
    await spare.stop()
    for name in PROVIDERS:
        await tally.count(f"{name}: the probe", bench.provider(name, dead))
    for fake in bench.fakes:
        await fake.stop()
    return tally.report("our providers, against the fakes")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
