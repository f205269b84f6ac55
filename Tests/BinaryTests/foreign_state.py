"""State directories as OpenClaw writes them, of 2025 and of 2026.

The shapes are those of the public sources' own types (github.com/openclaw/openclaw unless another is named):

- sessions.json: src/config/sessions/types.ts at 005a43162652 (SessionEntry)
- transcripts: badlogic/pi-mono packages/coding-agent/src/core/session-manager.ts at 0507789f7e12 (versions 1 to 3)
- devices/paired.json, devices/pending.json: src/infra/device-pairing.ts at 03a498a296f0
- nodes/paired.json: src/infra/node-pairing.ts at 06c53d08bf22
- exec-approvals.json: src/infra/exec-approvals.ts at 0020a1ad6857
- auth-profiles.json: src/agents/auth-profiles/types.ts at 013c24e74a26
- cron/jobs.json: src/cron/types.ts at 001978f70029
- credentials/*-allowFrom.json: clawdbot/clawdbot src/pairing/pairing-store.ts at b220ee5a1f0e
- identity/device.json: src/infra/device-identity.ts at 013c24e74a26
- the gateway's lock: src/infra/gateway-lock.ts at 013c24e74a26
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

KEY = "sk-of-this-test-alone"
DEVICE_TOKEN = "a-device-token-of-this-test"
CREATED = 1_767_000_000_000


def write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2) + "\n")


def lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def user(text: str) -> dict[str, object]:
    return {"role": "user", "content": [{"type": "text", "text": text}], "timestamp": CREATED}


def assistant(text: str) -> dict[str, object]:
    return {
        "role": "assistant", "content": [{"type": "text", "text": text}], "api": "openai-completions",
        "provider": "local", "model": "fake", "stopReason": "stop", "timestamp": CREATED,
        "usage": {"input": 3, "output": 2, "cacheRead": 0, "cacheWrite": 0, "totalTokens": 5, "cost": {"total": 0}},
    }


def row(kind: str, id: str, parent: str | None, **members: object) -> dict[str, object]:
    return {"type": kind, "id": id, "parentId": parent, "timestamp": "2026-01-15T09:30:00.123Z", **members}


def paired(device: object) -> dict[str, object]:
    return {device.id: {
        "deviceId": device.id, "publicKey": device.public_key, "displayName": "phone", "platform": "linux",
        "clientId": "gateway-client", "clientMode": "backend", "role": "operator", "roles": ["operator"],
        "scopes": ["operator.admin"], "createdAtMs": CREATED, "approvedAtMs": CREATED,
        "tokens": {"operator": {
            "token": DEVICE_TOKEN, "role": "operator", "scopes": ["operator.admin"], "createdAtMs": CREATED}},
    }}


def common(state: Path, device: object, port: int, config: str) -> None:
    write(state / config, {"gateway": {"port": port}})
    write(state / "devices" / "paired.json", paired(device))
    write(state / "devices" / "pending.json", {})
    write(state / "nodes" / "paired.json", {"node-1": {
        "nodeId": "node-1", "token": "a-node-token-of-this-test", "displayName": "Mac", "platform": "darwin",
        "caps": ["canvas"], "commands": ["system.run"], "createdAtMs": CREATED, "approvedAtMs": CREATED}})
    write(state / "identity" / "device.json", {
        "version": 1, "deviceId": device.id, "publicKeyPem": device.public_pem, "privateKeyPem": device.private_pem,
        "createdAtMs": CREATED})
    write(state / "agents" / "main" / "agent" / "auth-profiles.json", {"version": 1, "profiles": {
        "openai:default": {"type": "api_key", "provider": "openai", "key": KEY},
        "anthropic:me": {"type": "oauth", "provider": "anthropic", "access": "a", "refresh": "r", "expires": CREATED}}})
    write(state / "cron" / "jobs.json", {"version": 1, "jobs": [{
        "id": "job-1", "name": "morning", "enabled": True, "createdAtMs": CREATED, "updatedAtMs": CREATED,
        "schedule": {"kind": "cron", "expr": "0 7 * * *"}, "sessionTarget": "main", "wakeMode": "now",
        "payload": {"kind": "systemEvent", "text": "good morning"}, "state": {}}]})
    write(state / "credentials" / "telegram-allowFrom.json", {"version": 1, "allowFrom": ["42"]})


def of_2025(state: Path, device: object, port: int) -> None:
    """Short keys, transcripts without a tree, entries of an allow-list as texts."""
    common(state, device, port, "clawdbot.json")
    sessions = state / "agents" / "main" / "sessions"
    write(sessions / "sessions.json", {"main": {
        "sessionId": "11111111-2222-4333-8444-555555555555", "updatedAt": CREATED, "lastProvider": "telegram",
        "lastTo": "42", "thinkingLevel": "high"}})
    write(sessions / "11111111-2222-4333-8444-555555555555.jsonl", lines(
        {"type": "session", "id": "11111111-2222-4333-8444-555555555555", "timestamp": "2025-12-29T09:20:00.000Z",
         "cwd": "/home/me"},
        {"type": "message", "timestamp": "2025-12-29T09:20:01.000Z", "message": user("my cat is called Nyx")},
        {"type": "message", "timestamp": "2025-12-29T09:20:02.000Z", "message": assistant("Noted, Nyx.")},
    ) + '{"type":"message","timest')
    write(state / "exec-approvals.json", {"version": 1, "agents": {"default": {"allowlist": ["/usr/bin/uptime"]}}})


def of_2026(state: Path, device: object, port: int) -> None:
    """Whole keys, transcripts with branches and a compaction, approvals with their defaults."""
    common(state, device, port, "openclaw.json")
    sessions = state / "agents" / "main" / "sessions"
    write(sessions / "sessions.json", {
        "agent:main:main": {
            "sessionId": "aaaaaaaa-2222-4333-8444-555555555555", "updatedAt": CREATED, "sessionStartedAt": CREATED,
            "label": "home", "deliveryContext": {"channel": "telegram", "to": "42"}},
        "agent:main:../../etc": {"sessionId": "bbbbbbbb-2222-4333-8444-555555555555", "updatedAt": CREATED},
        "agent:main:climbs": {"sessionId": "../../../etc/passwd", "updatedAt": CREATED},
        "agent:main:linked": {"sessionId": "linked", "updatedAt": CREATED},
        "agent:main:newer": {"sessionId": "newer", "updatedAt": CREATED},
        "agent:main:gone": {"sessionId": "gone", "updatedAt": CREATED},
    })
    write(sessions / "aaaaaaaa-2222-4333-8444-555555555555.jsonl", lines(
        {"type": "session", "version": 3, "id": "aaaaaaaa-2222-4333-8444-555555555555",
         "timestamp": "2026-01-15T09:20:00.000Z", "cwd": "/home/me"},
        row("message", "a1", None, message=user("forgotten by the summary")),
        row("model_change", "a2", "a1", provider="local", modelId="fake"),
        row("message", "a3", "a2", message=user("my cat is called Nyx")),
        row("message", "a4", "a3", message=assistant("a branch that was given up")),
        row("message", "a5", "a3", message=assistant("Noted, Nyx.")),
        row("compaction", "a6", "a5", summary="We spoke of pets.", firstKeptEntryId="a3", tokensBefore=9),
    ))
    write(sessions / "newer.jsonl", lines({"type": "session", "version": 99, "id": "newer"}))
    (sessions / "linked.jsonl").symlink_to("/etc/passwd")
    write(state / "exec-approvals.json", {
        "version": 1, "socket": {"path": "/x", "token": "a-socket-token-of-this-test"},
        "defaults": {"security": "allowlist", "ask": "on-miss"},
        "agents": {"main": {"allowlist": [{"id": "1", "pattern": "/usr/bin/uptime"}]}}})


def hashed(directory: Path) -> dict[str, str]:
    """Every file and link beneath the directory, with what is in it."""
    return {
        str(path.relative_to(directory)): str(path.readlink()) if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*")) if path.is_symlink() or path.is_file()}
