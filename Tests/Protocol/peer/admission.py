"""Section 3.3 in its order: whether a connect is let in, and with what."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

CLIENT_IDS = {
    "webchat-ui", "openclaw-control-ui", "webchat", "cli", "gateway-client", "openclaw-macos", "openclaw-ios",
    "openclaw-android", "node-host", "test", "fingerprint", "openclaw-probe", "openclaw-tui",
}
CLIENT_MODES = {"webchat", "cli", "ui", "backend", "node", "probe", "test"}
KEYS = {
    "minProtocol", "maxProtocol", "client", "role", "scopes", "caps", "commands", "permissions", "pathEnv", "device", "auth",
    "locale", "userAgent",
}
CLIENT_KEYS = {"id", "version", "platform", "mode", "displayName", "deviceFamily", "modelIdentifier", "instanceId"}
FULL = ["operator.admin", "operator.approvals", "operator.pairing", "operator.read", "operator.write"]
SKEW_MS = {3: 600_000, 4: 120_000}
# RFC 8410: what stands before a raw Ed25519 key.
KEY_PREFIX = bytes.fromhex("302a300506032b6570032100")


@dataclass(eq=False)
class Refusal(Exception):
    code: str
    message: str
    details: dict | None = None
    close: int = 1008
    reason: str = ""


@dataclass
class Settings:
    token: str | None
    password: str | None = None
    mode: str = "token"
    allow_insecure: bool = False


@dataclass
class Admitted:
    protocol: int
    role: str
    scopes: list[str]
    device: str | None = None
    key: str = ""
    by_secret: bool = False
    params: dict = field(default_factory=dict)


def admit(params: object, nonce: str, fields: dict[str, str], settings: Settings, tokens: dict[str, str]) -> Admitted:
    schema(params)
    low, high = params["minProtocol"], params["maxProtocol"]
    protocol = min(high, 4)
    if low > 4 or high < 3:
        raise Refusal("INVALID_REQUEST", "protocol mismatch", {
            "code": "PROTOCOL_MISMATCH", "expectedProtocol": 4, "clientMinProtocol": low, "clientMaxProtocol": high,
            "minimumProbeProtocol": 3}, 1002)
    role = params.get("role", "operator")
    if role not in ("operator", "node"):
        raise Refusal("INVALID_REQUEST", "invalid role")
    is_local = "x-forwarded-for" not in fields and "origin" not in fields
    auth, device = params.get("auth", {}), params.get("device")
    if device:
        verify(device, params, nonce, protocol, is_local)
    elif params["client"]["id"] == "openclaw-control-ui" and not settings.allow_insecure:
        raise Refusal("INVALID_REQUEST", "control ui requires device identity (use HTTPS or localhost secure context)",
                      {"code": "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"})
    elif not auth or role == "node":
        raise Refusal("NOT_PAIRED", "device identity required", {"code": "DEVICE_IDENTITY_REQUIRED"})
    by_secret = authenticate(auth, params["client"]["id"], device, settings, tokens)
    wanted = params.get("scopes") or (FULL if protocol == 3 and role == "operator" else [])
    if device is None and protocol == 4 and not (
            is_local and (params["client"]["id"], params["client"]["mode"]) == ("gateway-client", "backend")
            or settings.allow_insecure):
        wanted = []
    key = device["id"] if device else None
    return Admitted(protocol, role, wanted, key, device["publicKey"] if device else "", by_secret and is_local, params)


def schema(params: object) -> None:
    def wrong(text: str) -> None:
        raise Refusal("INVALID_REQUEST", f"invalid connect params: {text}")
    if not isinstance(params, dict):
        wrong("at root: must be object")
    for key in ("minProtocol", "maxProtocol", "client"):
        if key not in params:
            wrong(f"at root: must have required property '{key}'")
    client = params["client"]
    if unknown := [*(set(params) - KEYS), *(set(client) - CLIENT_KEYS)]:
        wrong(f"must NOT have additional property '{unknown[0]}'")
    if client["id"] not in CLIENT_IDS:
        wrong("at /client/id: must be one of the allowed values")
    if client["mode"] not in CLIENT_MODES:
        wrong("at /client/mode: must be one of the allowed values")
    for key in ("version", "platform"):
        if not client.get(key):
            wrong(f"at /client/{key}: must NOT have fewer than 1 characters")


def verify(device: dict, params: dict, nonce: str, protocol: int, is_local: bool) -> None:
    def wrong(text: str, code: str) -> None:
        raise Refusal("INVALID_REQUEST", f"device {text}", {"code": f"DEVICE_AUTH_{code}"})
    text = device["publicKey"]
    body = "".join(text.strip().splitlines()[1:-1]) if "BEGIN" in text else text
    raw = decoded(body)[-32:]
    if len(raw) != 32:
        wrong("public key invalid", "PUBLIC_KEY_INVALID")
    if hashlib.sha256(raw).hexdigest() != device["id"]:
        wrong("identity mismatch", "DEVICE_ID_MISMATCH")
    if abs(time.time() * 1000 - device["signedAt"]) > SKEW_MS[protocol]:
        wrong("signature expired", "SIGNATURE_EXPIRED")
    versions = ["v2", "v3"]
    if "nonce" not in device:
        if protocol == 4 or not is_local:
            wrong("nonce required", "NONCE_REQUIRED")
        versions = ["v1"]
    elif device["nonce"] != nonce:
        wrong("nonce mismatch", "NONCE_MISMATCH")
    if not any(signed(raw, decoded(device["signature"]), payload(version, device, params)) for version in versions):
        wrong("signature invalid", "SIGNATURE_INVALID")


def payload(version: str, device: dict, params: dict) -> str:
    client, auth = params["client"], params.get("auth", {})
    token = auth.get("token") or auth.get("deviceToken") or auth.get("bootstrapToken") or ""
    text = f"{version}|{device['id']}|{client['id']}|{client['mode']}|{params.get('role', 'operator')}|"
    text += f"{','.join(params.get('scopes', []))}|{device['signedAt']}|{token}"
    if version != "v1":
        text += f"|{device['nonce']}"
    if version == "v3":
        for name in ("platform", "deviceFamily"):
            text += "|" + re.sub("[A-Z]", lambda letter: letter[0].lower(), client.get(name, "").strip())
    return text


def signed(raw: bytes, signature: bytes, text: str) -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        parts = {"key": KEY_PREFIX + raw, "signature": signature, "text": text.encode()}
        for name, data in parts.items():
            with open(f"{scratch}/{name}", "wb") as file:
                file.write(data)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", f"{scratch}/key",
             "-sigfile", f"{scratch}/signature", "-in", f"{scratch}/text"], capture_output=True, check=False).returncode == 0


def decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def authenticate(auth: dict, client: str, device: dict | None, settings: Settings, tokens: dict[str, str]) -> bool:
    """Whether the shared secret was shown; False for a device's token."""
    kind = settings.mode
    secret = settings.password if kind == "password" else settings.token
    given = auth.get(kind)
    if given == secret:
        return True
    for name in ("token", "deviceToken"):
        if device and auth.get(name) and tokens.get(auth[name]) == device["id"]:
            return False
    hint = {
        "cli": f"set gateway.remote.{kind} to match gateway.auth.{kind}",
        "openclaw-control-ui": f"open a tokenized dashboard URL or paste {kind} in Control UI settings",
    }.get(client, f"provide gateway auth {kind}")
    code, message = f"AUTH_{kind.upper()}_MISMATCH", f"unauthorized: gateway {kind} mismatch ({hint})"
    if "deviceToken" in auth:
        code, message = "AUTH_DEVICE_TOKEN_MISMATCH", "unauthorized: device token mismatch"
    elif "bootstrapToken" in auth:
        code, message = "AUTH_BOOTSTRAP_TOKEN_INVALID", "unauthorized: bootstrap token invalid"
    elif given is None:
        code, message = f"AUTH_{kind.upper()}_MISSING", f"unauthorized: gateway {kind} missing ({hint})"
    raise Refusal("INVALID_REQUEST", message, {
        "code": code, "authReason": code.lower(), "canRetryWithDeviceToken": False,
        "recommendedNextStep": "update_auth_credentials"})
