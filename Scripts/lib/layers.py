"""The layers of Sources: for each target what it is, and what it may import. An arrow never points upwards, and
siblings never import each other. Scripts/check holds the sources to it; Docs/architecture.md shows it."""

from dataclasses import dataclass

# Modules of the system that any target may import. Foundation is none of them: it would add 52 MB to the binary.
SYSTEM = {"Glibc", "Darwin", "Synchronization"}


@dataclass(frozen=True)
class Layer:
    purpose: str
    imports: frozenset[str] = frozenset()


def _layers() -> dict[str, Layer]:
    ground = ["Platform"]
    middle = ["Platform", "Wire", "Settings", "Store", "Contract"]
    siblings = ["Channels", "Models", "Failover", "Supervision"]
    table = [
        ("CLinux", "headers of the kernel's and the C library's calls that Swift does not see", []),
        ("COpenSSL", "headers of OpenSSL: TLS and all cryptography", []),
        ("CSQLite", "headers of SQLite: durable state", []),
        ("CZlib", "headers of zlib: permessage-deflate", []),
        ("CAssets", "web files, embedded", []),
        ("Platform", "loop, sockets, TLS, bytes, JSON, crypto, files, clock, log, services, processes",
         ["CLinux", "COpenSSL"]),
        ("Wire", "HTTP/1.1, WebSocket, SSE: listener, server connection, clients. Never hears of OpenClaw",
         [*ground, "CZlib"]),
        ("Settings", "profile, paths, port plan, configuration, secrets: where and how this instance lives", ground),
        ("Store", "durable state: migrations, one writer thread, group commit", [*ground, "CSQLite"]),
        ("Contract", "the gateway protocol as data: frames, methods, scopes, errors", ground),
        ("Channels", "connectors, their supervisor, access policy; one folder per platform", middle),
        ("Models", "providers, catalog, fallback; one folder per provider family", middle),
        ("Failover", "the failover state machine and the monitor service", middle),
        ("Supervision", "systemd, launchd, scheduled tasks: render, install, inspect", middle),
        ("Agents", "sessions, turns, tools, routing", [*middle, *siblings]),
        ("Gateway", "server composition: authentication, router, methods, events, HTTP routes",
         [*middle, *siblings, "Agents", "CAssets"]),
        ("CLI", "commands; speaks Contract to a running gateway, composes Gateway for `gateway run`",
         [*middle, *siblings, "Agents", "Gateway"]),
        ("openclaw", "main.swift: reads the arguments, runs CLI, exits with its code", ["CLI", "Platform"]),
    ]
    return {name: Layer(purpose, frozenset(imports)) for name, purpose, imports in table}


LAYERS = _layers()
