"""Runs one row of the table against a server and says what was wrong, if anything."""

from __future__ import annotations

import socket
import time

from .exchange import Bad, Exchange
from .table import BODY, SECOND, SERVED, Row

SECONDS = 5
QUIET_SECONDS = 0.15


def check(address: tuple[str, int], row: Row, drip: bool) -> str | None:
    """None if all is well."""
    try:
        with socket.create_connection(address, timeout=SECONDS) as sock:
            exchange = Exchange(sock, SECONDS, head=row.head)
            exchange.send(row.data, drip)
            if row.half_close:
                exchange.finish()
            return served(exchange, row) if row.kind == SERVED else refused(exchange, row)
    except Bad as bad:
        return str(bad)
    except OSError as error:
        return f"the server cannot be reached: {error}"


def served(exchange: Exchange, row: Row) -> str | None:
    for number, wanted in enumerate(row.statuses, 1):
        response = exchange.next()
        if response is None:
            return (
                f"response {number} of {len(row.statuses)} did not come; the connection is {exchange.ended or 'open'}"
            )
        if response.status != wanted:
            return f"response {number} has status {response.status} and not {wanted}: {response.body[:80]!r}"
    return ends(exchange, row) if row.ends else goes_on(exchange)


def goes_on(exchange: Exchange) -> str | None:
    """The connection must still serve, and nothing may come that was not asked for."""
    if exchange.next(QUIET_SECONDS) is not None:
        return f"a response too many, with status {exchange.responses[-1].status}"
    if exchange.ended:
        return f"the connection was {exchange.ended} although it should be kept"
    exchange.head = False
    exchange.send(SECOND, drip=False)
    response = exchange.next()
    if response is None or response.status != 200:
        return "the connection did not serve another request"
    return None


def ends(exchange: Exchange, row: Row) -> str | None:
    if not exchange.responses[-1].closes:
        return "the last response lacks Connection: close"
    if exchange.next() is not None:
        return f"something behind it was answered, with status {exchange.responses[-1].status}"
    return None if exchange.ended else "the connection was not closed"


def refused(exchange: Exchange, row: Row) -> str | None:
    response = exchange.next()
    if row.kind == BODY and response is not None and response.status == 200:
        # The head was fine and has been answered; the body then ends the connection, with or without a word.
        response = exchange.next()
        if response is None:
            return None if exchange.ended else "the connection was not closed after a body that makes no sense"
    if response is None:
        if row.half_close and exchange.ended:
            return None
        return f"no answer; the connection is {exchange.ended or 'open'}"
    if response.status not in row.statuses:
        return f"status {response.status} and not {' or '.join(map(str, row.statuses))}: {response.body[:80]!r}"
    if problem := response.problem():
        return problem
    return ends(exchange, row)


def expectation(address: tuple[str, int], drip: bool) -> str | None:
    """Expect: 100-continue: the body is sent only when asked for (RFC 9110, section 10.1.1)."""
    head = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    try:
        with socket.create_connection(address, timeout=SECONDS) as sock:
            exchange = Exchange(sock, SECONDS)
            exchange.send(head, drip)
            response = exchange.next()
            if response is None:
                return "neither 100 nor a final answer came"
            if response.status == 100:
                exchange.send(b"hello", drip)
                response = exchange.next()
                if response is None or response.status != 200:
                    return "no 200 followed the 100"
                return goes_on(exchange)
            if response.status != 200 and response.status < 400:
                return f"status {response.status}"
            return (
                None
                if response.closes and exchange.next() is None and exchange.ended
                else ("a final answer came before the body, and the connection was not closed")
            )
    except Bad as bad:
        return str(bad)


def stalled(address: tuple[str, int], count: int) -> str | None:
    """The server must go on while many connections have sent half a request."""
    half = [socket.create_connection(address, timeout=SECONDS) for _ in range(count)]
    try:
        for index, sock in enumerate(half):
            sock.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "[: 1 + index % 40])
        started = time.monotonic()
        row = Row("among stalled connections", SECOND, SERVED, (200,))
        problem = check(address, row, drip=False)
        return problem and f"{problem} (after {time.monotonic() - started:.2f} s)"
    finally:
        for sock in half:
            sock.close()
