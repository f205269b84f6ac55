"""A device: an Ed25519 key made and used by the openssl program, and the payloads of section 3.2."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tempfile
from pathlib import Path

# RFC 8410: the raw key is the end of SubjectPublicKeyInfo, whatever stands before it.
RAW_KEY_BYTES = 32


class Device:
    """Keys live in a scratch directory, readable by the owner only, and go when it goes."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="openclaw-device-")
        self.key_file = Path(self._directory.name) / "key.pem"
        openssl("genpkey", "-algorithm", "ed25519", "-out", str(self.key_file))
        self.public_pem = openssl("pkey", "-in", str(self.key_file), "-pubout").decode()
        self.private_pem = self.key_file.read_text()
        raw = openssl("pkey", "-in", str(self.key_file), "-pubout", "-outform", "DER")[-RAW_KEY_BYTES:]
        self.public_key = url64(raw)
        # 3.2 device.id: lower-case hex SHA-256 of the raw public key.
        self.id = hashlib.sha256(raw).hexdigest()

    def signed(self, payload: str) -> bytes:
        with tempfile.NamedTemporaryFile(dir=self._directory.name) as text:
            text.write(payload.encode())
            text.flush()
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(self.key_file), "-in", text.name)


def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


def url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signing_payload(version: str, device_id: str, connect: dict, signed_at: int, nonce: str) -> str:
    """Section 3.2: v1, v2 and v3. Scopes as requested, in the order sent; the token that the client authenticates with,
    the first present of auth.token, auth.deviceToken and auth.bootstrapToken, never the password."""
    auth = connect.get("auth", {})
    token = next((auth[name] for name in ("token", "deviceToken", "bootstrapToken") if name in auth), "")
    client = connect["client"]
    fields = [
        version, device_id, client["id"], client["mode"], connect.get("role", "operator"),
        ",".join(connect.get("scopes", [])), str(signed_at), token,
    ]
    if version != "v1":
        fields.append(nonce)
    if version == "v3":
        fields += [lowered(client.get("platform", "")), lowered(client.get("deviceFamily", ""))]
    return "|".join(fields)


def lowered(text: str) -> str:
    """Trimmed and ASCII-lower-cased: a letter outside ASCII stays as it is."""
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text.strip())
