"""Throw-away certificates, made with openssl."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Files:
    """A self-signed certificate with its key; it is its own authority."""

    cert: str
    key: str
    directory: Path

    @property
    def ca(self) -> str:
        return self.cert

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context

    def for_name(self, name: str) -> Files:
        return make(self.directory, name)


def make(directory: Path, name: str) -> Files:
    cert, key = directory / f"{name}.cert.pem", directory / f"{name}.key.pem"
    names = f"subjectAltName=DNS:{name}" + (",IP:127.0.0.1" if name == "localhost" else "")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            key,
            "-out",
            cert,
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
            "-addext",
            names,
        ],
        check=True,
        capture_output=True,
    )
    return Files(str(cert), str(key), directory)
