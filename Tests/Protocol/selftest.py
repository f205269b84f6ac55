#!/usr/bin/env python3
"""Proves that the transcripts can fail: a flawless small gateway passes a set of them, and each flaw is caught by one.

  selftest.py [--flaw NAME]
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from peer.admission import Settings
from peer.server import Server
from wire.player import Player, TranscriptFailure
from wire.script import Scenario, filled, read
from wire.websocket import WebSocket

DIRECTORY = Path(__file__).resolve().parent / "transcripts"
#: What the small gateway can do: these files, without the scenarios named (by the beginning of their titles).
WITHIN = {
    "handshake": (), "signatures": (), "deviceless": (),
    "refusals": ("a local node of another version", "no word at all"),
    "frames": ("three writes", "calls that the role forbids"),
    "pairing": ("pending, listed", "rejected", "a known device that asks for another role"),
    "events": ("a tick", "health is refreshed", "presence when a client goes"),
}
#: A flaw, and a scenario that has to fail because of it.
FLAWS = {
    "no-challenge": "the first frame is the challenge",
    "challenge-with-seq": "the first frame is the challenge",
    "null-error": "the first frame is the challenge",
    "extra-key": "the first frame is the challenge",
    "odd-hello": "hello-ok of generation 4",
    "no-hello-auth": "the first frame is the challenge",
    "fixed-protocol": "a range that holds both",
    "sends-binary": "binary frames are read",
    "wrong-close-code": "a protocol of the future",
    "no-close-reason": "the first request has to be connect",
    "no-details-code": "neither device nor shared secret",
    "null-payload": "params that do not fit",
    "no-scopes": "what was asked, and no more",
    "tells-everyone": "requests are told to those who may decide",
    "approves-all": "never for a browser",
    "seq-gap": "by direct loopback with the shared secret",
    "half-version": "presence after a system event",
    "silent-shutdown": "the gateway says that it stops",
}


def scenarios() -> list[Scenario]:
    return [scenario for stem, beyond in WITHIN.items() for scenario in read(DIRECTORY / f"{stem}.transcript")
            if not scenario.title.startswith(beyond or ("\0",))]


def played(scenario: Scenario, generation: int, flaws: set[str]) -> str:
    """Empty when it passed."""
    names: dict[str, object] = {"token": secrets.token_urlsafe(16), "password": secrets.token_urlsafe(16)}
    config = next((filled(json.loads(step.rest), {}, names)["gateway"] for step in scenario.steps if step.verb == "gateway"), {})
    auth = config.get("auth", {})
    server = Server(Settings(str(names["token"]), auth.get("password"), auth.get("mode", "token"),
                             config.get("controlUi", {}).get("allowInsecureAuth", False)), flaws)
    names["origin"] = f"http://127.0.0.1:{server.port}"
    try:
        Player(scenario, generation, lambda path, fields: WebSocket(("127.0.0.1", server.port), path, fields, patience=5),
               server.stop, names).play()
    except TranscriptFailure as failure:
        return str(failure)
    finally:
        server.stop()
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flaw", choices=sorted(FLAWS), help="only this one")
    given = parser.parse_args()
    known = scenarios()
    wrong: list[str] = []
    with ThreadPoolExecutor(8) as pool:
        if not given.flaw:
            runs = [(scenario, generation) for scenario in known for generation in scenario.generations]
            for text in pool.map(lambda run: played(*run, set()), runs):
                wrong += [text] if text else []
            print(f"without a flaw: {len(runs) - len(wrong)} of {len(runs)} passed")
        for flaw, title in FLAWS.items():
            if given.flaw not in (None, flaw):
                continue
            chosen = [scenario for scenario in known if scenario.title.startswith(title)]
            caught = [text for scenario in chosen if (text := played(scenario, scenario.generations[-1], {flaw}))]
            if len(caught) != len(chosen) or not chosen:
                wrong.append(f"the flaw {flaw} was not caught by \"{title}\"")
            elif given.flaw:
                print(caught[0])
    print(*wrong, f"{len(FLAWS)} flaws, {len(wrong)} failures", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
