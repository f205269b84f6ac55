"""The opening handshake of the echo peer, as server and as client, with the flaws that belong there."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from . import deflate, opening
from .deflate import Params
from .echo import Echo
from .frame import Failure
from .opening import Head

HEAD_SECONDS = 5
HINTS: dict[str, str | None] = {"client_no_context_takeover": None, "client_max_window_bits": None}


@contextlib.contextmanager
def serving(flaw: str) -> Iterator[str]:
    """An echo server in this process, one thread for each connection; gives its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=accept_all, args=(listener, flaw), daemon=True).start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)


def accept_all(listener: socket.socket, flaw: str) -> None:
    with contextlib.suppress(OSError):
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=serve, args=(sock, flaw), daemon=True).start()


def serve(sock: socket.socket, flaw: str) -> None:
    with sock, contextlib.suppress(OSError):
        try:
            head = opening.read_head(sock, opening.soon(HEAD_SECONDS))
            key, offered = opening.check_request(head)
            accepted, params = choose(offered, flaw)
        except Failure as failure:
            refuse(sock, str(failure), flaw)
            return
        sock.settimeout(None)
        answer = opening.response(key + "x" if flaw == "wrong-accept" else key, accepted)
        sock.sendall(answer)
        Echo(sock, True, flaw, params).run(head.rest)


def refuse(sock: socket.socket, why: str, flaw: str) -> None:
    status = "426 Upgrade Required" if "Version" in why or "upgrade" in why else "400 Bad Request"
    version = "" if flaw == "no-version-hint" else "Sec-WebSocket-Version: 13\r\n"
    body = why.encode()
    sock.sendall(
        f"HTTP/1.1 {status}\r\n{version}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )


def choose(offered: str | None, flaw: str) -> tuple[str | None, Params | None]:
    """The first offer that is well-formed, granted as far as it asks; none means no compression."""
    for name, parameters in deflate.parse(offered) if offered else []:
        if name != deflate.NAME:
            continue
        with contextlib.suppress(Failure):
            if flaw != "takes-any-offer":
                deflate.check_parameters(parameters, offer=True)
            answer = {key: value for key, value in parameters.items() if key.startswith("server_")}
            if flaw == "forgets-server-wishes":
                answer = {}
            return deflate.render(answer), deflate.params_of(answer)
    return None, None


def connect(url: str, flaw: str) -> int:
    """Echoes until the server closes; the exit status says whether there was a connection at all."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=HEAD_SECONDS) as sock:
        key = "AQIDBAUGBwgJCgsMDQ4PEA==" if flaw == "constant-key" else opening.new_key()
        sock.sendall(opening.request(f"{parts.hostname}:{parts.port}", parts.path, key, deflate.render(HINTS)))
        try:
            head = opening.read_head(sock, opening.soon(HEAD_SECONDS))
            params = agreed(head, key, flaw)
        except (Failure, ConnectionError):
            return 0 if flaw == "hides-refusal" else 1
        sock.settimeout(None)
        Echo(sock, False, flaw, params).run(head.rest)
    return 3 if flaw == "bad-exit" else 0


def agreed(head: Head, key: str, flaw: str) -> Params | None:
    if flaw == "ignores-accept":
        head.headers = [
            (name, opening.accept_value(key) if "accept" in name else value) for name, value in head.headers
        ]
    accepted = opening.check_response(head, key)
    if flaw == "takes-any-answer":
        return deflate.params_of(deflate.parse(accepted)[0][1]) if accepted else None
    return deflate.answer_to([HINTS], accepted)
