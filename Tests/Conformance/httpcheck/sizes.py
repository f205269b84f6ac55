"""Requests beyond any sensible limit, and some well within."""

from __future__ import annotations

from .table import CHUNKED, GET, Row, body_refused, get, line, refused, served

KIB, MIB = 1 << 10, 1 << 20


def rows() -> list[Row]:
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(20_000))
    return [
        served("size: a path of 1 KiB", line(b"GET /health?" + b"a" * KIB + b" HTTP/1.1")),
        served("size: 40 headers", get(*(b"X-%d: 1" % number for number in range(40)))),
        served("size: a header of 2 KiB", get(b"X-A: " + b"a" * 2 * KIB)),
        refused("size: a request line of 128 KiB", line(b"GET /" + b"a" * 128 * KIB + b" HTTP/1.1"), 414),
        refused("size: a request line of 2 MiB without end", b"GET /" + b"a" * 2 * MIB, 414),
        refused("size: a header of 1 MiB", get(b"X-A: " + b"a" * MIB), 431),
        refused("size: a header name of 1 MiB", get(b"X" * MIB + b": 1"), 431, 400),
        refused("size: 20000 headers", GET + many + b"\r\n", 431),
        refused("size: a body announced with 1 TiB", get(b"Content-Length: %d" % (1 << 40)), 413),
        body_refused("size: a chunk announced with 1 TiB", CHUNKED + b"10000000000\r\nhello", 413, 400),
        body_refused(
            "size: a chunk extension of 1 MiB",
            CHUNKED + b"5;a=" + b"b" * MIB + b"\r\nhello\r\n0\r\n\r\n",
            400,
            413,
            431,
        ),
        body_refused("size: trailers of 1 MiB", CHUNKED + b"0\r\n" + many * 4 + b"\r\n", 400, 413, 431),
        body_refused(
            "size: a chunk size with 1 MiB of zeros", CHUNKED + b"0" * MIB + b"5\r\nhello\r\n0\r\n\r\n", 400, 413
        ),
        refused("size: empty lines without end before a request", b"\r\n" * (64 * KIB), 400, 414, 431),
    ]
