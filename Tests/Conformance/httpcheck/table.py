"""The requests. Each is sent whole and again byte by byte; `SECOND` follows each that must be refused."""

from __future__ import annotations

from dataclasses import dataclass

HOST = b"Host: 127.0.0.1\r\n"
GET = b"GET /health HTTP/1.1\r\n" + HOST
SECOND = b"GET /health?second HTTP/1.1\r\n" + HOST + b"\r\n"
CHUNKED = GET + b"Transfer-Encoding: chunked\r\n\r\n"
REFUSED, SERVED, BODY = "refused", "served", "body refused"


@dataclass(frozen=True)
class Row:
    """`kind` REFUSED: one error response, then the end. SERVED: these statuses in order, the connection stays usable
    unless `ends`. BODY: as REFUSED, but a server may have answered 200 to the head before it saw the body."""

    name: str
    data: bytes
    kind: str
    statuses: tuple[int, ...]
    ends: bool = False
    head: bool = False
    half_close: bool = False


def refused(name: str, data: bytes, *statuses: int) -> Row:
    return Row(name, data + SECOND, REFUSED, statuses or (400,))


def served(name: str, data: bytes, *statuses: int, **options: bool) -> Row:
    return Row(name, data, SERVED, statuses or (200,), **options)


def body_refused(name: str, data: bytes, *statuses: int) -> Row:
    return Row(name, data + SECOND, BODY, statuses or (400,))


def line(text: bytes) -> bytes:
    """A request with this request line."""
    return text + b"\r\n" + HOST + b"\r\n"


def get(*headers: bytes) -> bytes:
    return GET + b"".join(header + b"\r\n" for header in headers) + b"\r\n"


def good() -> list[Row]:
    plain, hello = get(), b"hello"
    return [
        served("a plain request", plain),
        served("three requests in one write", plain * 3, 200, 200, 200),
        served("HEAD, then HEAD again", line(b"HEAD /health HTTP/1.1") * 2, 200, 200, head=True),
        served("a query", line(b"GET /health?a=1&b=%20 HTTP/1.1")),
        served("an absolute target", line(b"GET http://127.0.0.1/health HTTP/1.1")),
        served("an empty line before the request", b"\r\n" + plain),
        served("no blank after the colon, tabs around the value", get(b"X-A:1", b"X-B:\t 2 \t", b"X-C:")),
        served("header names in odd case", b"GET /health HTTP/1.1\r\nhOST: 127.0.0.1\r\n\r\n"),
        served("an unknown path, then a known one", line(b"GET /nowhere HTTP/1.1") + plain, 404, 200),
        served("a method that the path does not have", line(b"DELETE /health HTTP/1.1") + plain, 405, 200),
        served("Connection: close, with a request behind it", get(b"Connection: close") + SECOND, ends=True),
        served("HTTP/1.0 without Host", b"GET /health HTTP/1.0\r\n\r\n" + SECOND, ends=True),
        served("a body with a length", get(b"Content-Length: 5") + hello + plain, 200, 200),
        served("a body that looks like a request", get(b"Content-Length: %d" % len(SECOND)) + SECOND + plain, 200, 200),
        served("an empty body with a length", get(b"Content-Length: 0") + plain, 200, 200),
        served("a chunked body", CHUNKED + b"5\r\nhello\r\n0\r\n\r\n" + plain, 200, 200),
        served(
            "chunks with sizes in odd forms",
            CHUNKED + b"00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n" + plain,
            200,
            200,
        ),
        served(
            "chunk extensions and trailers",
            CHUNKED + b'5;a=b;c="d"\r\nhello\r\n0;last\r\nX-Trailer: 1\r\n\r\n' + plain,
            200,
            200,
        ),
        served(
            "a chunked body that looks like a request",
            CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(SECOND), SECOND) + plain,
            200,
            200,
        ),
        served("the coding named in capitals", get(b"Transfer-Encoding: CHUNKED") + b"0\r\n\r\n" + plain, 200, 200),
        served("an upgrade that is not offered", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c")),
    ]


def request_lines() -> list[Row]:
    bad = [
        ("no version", b"GET /health"),
        ("an unfinished version", b"GET /health HTTP/1"),
        ("a version with a tail", b"GET /health HTTP/1.1x"),
        ("a version in small letters", b"GET /health http/1.1"),
        ("no target", b"GET HTTP/1.1"),
        ("two blanks", b"GET  /health HTTP/1.1"),
        ("a tab", b"GET\t/health\tHTTP/1.1"),
        ("a blank in the target", b"GET /hea lth HTTP/1.1"),
        ("a word behind the version", b"GET /health HTTP/1.1 x"),
        ("a blank before the method", b" GET /health HTTP/1.1"),
        ("a blank behind the version", b"GET /health HTTP/1.1 "),
        ("a target without a slash", b"GET health HTTP/1.1"),
        ("the target * for GET", b"GET * HTTP/1.1"),
        ("a control character in the target", b"GET /\x01health HTTP/1.1"),
        ("NUL in the target", b"GET /\0 HTTP/1.1"),
        ("a byte above 127 in the target", b"GET /\xff HTTP/1.1"),
        ("a bare CR in the target", b"GET /\rx HTTP/1.1"),
        ("a method with a bracket", b"GE(T /health HTTP/1.1"),
        ("only blanks", b"   "),
    ]
    rows = [refused(f"request line: {name}", line(text)) for name, text in bad]
    rows += [
        refused("request line: an unknown method", line(b"BREW /health HTTP/1.1"), 501),
        refused("request line: a method in small letters", line(b"get /health HTTP/1.1"), 501),
        refused("request line: HTTP/2.0", line(b"GET /health HTTP/2.0"), 505),
        refused("request line: HTTP/3.0", line(b"GET /health HTTP/3.0"), 505),
        refused("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, 501),
        refused("CONNECT", b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + HOST + b"\r\n", 400, 405, 501),
        refused("a TLS greeting", bytes.fromhex("16030100c8010000c40303") + b"\x5a" * 180 + b"\r\n\r\n"),
        refused("only zeros", bytes(64) + b"\r\n\r\n"),
    ]
    return rows


def headers() -> list[Row]:
    start = b"GET /health HTTP/1.1\r\n"
    bad = [
        ("no Host", start + b"\r\n"),
        ("two Hosts", get(HOST.strip())),
        ("an impossible Host", start + b"Host: a b\r\n\r\n"),
        ("a Host with a path", start + b"Host: a/b\r\n\r\n"),
        ("a line folded", get(b"X-A: 1\r\n 2")),
        ("a line folded with a tab", get(b"X-A: 1\r\n\t2")),
        ("a blank before the first name", start + b" " + HOST + b"\r\n"),
        ("a bare CR in a value", get(b"X-A: 1\r2")),
        ("a bare CR as line end", start + HOST + b"X-A: 1\rX-B: 2\r\n\r\n"),
        ("NUL in a value", get(b"X-A: 1\x002")),
        ("NUL in a name", get(b"X\0A: 1")),
        ("a blank before the colon", get(b"X-A : 1")),
        ("a tab before the colon", get(b"X-A\t: 1")),
        ("no colon", get(b"X-A")),
        ("no name", get(b": 1")),
        ("a blank in a name", get(b"X A: 1")),
        ("a bracket in a name", get(b"X[A]: 1")),
        ("a byte above 127 in a name", get(b"X-\xc3\xa4: 1")),
    ]
    return [refused(f"header: {name}", data) for name, data in bad]


def lengths() -> list[Row]:
    rows = []
    for value in (
        b"+5",
        b"-5",
        b"5,5",
        b"5, 6",
        b"0x5",
        b"",
        b"5 5",
        b"5x",
        b"5.0",
        b"1e1",
        b"five",
        b'"5"',
        b"\xef\xbc\x95",
    ):
        shown = value.decode("latin-1") or "empty"
        rows.append(refused(f"Content-Length: {shown}", get(b"Content-Length: " + value) + b"hello"))
    hello, five = b"hello", b"Content-Length: 5"
    rows += [
        refused("Content-Length beyond 64 bits", get(b"Content-Length: 18446744073709551621") + hello, 400, 413),
        refused("Content-Length beyond 63 bits", get(b"Content-Length: 9223372036854775813") + hello, 400, 413),
        refused("Content-Length with forty digits", get(b"Content-Length: " + b"9" * 40) + hello, 400, 413),
        refused("two equal lengths", get(five, five) + hello),
        refused("two different lengths", get(five, b"Content-Length: 6") + hello),
        refused("both length and chunked", get(five, b"Transfer-Encoding: chunked") + b"0\r\n\r\n"),
        refused("both chunked and length", get(b"Transfer-Encoding: chunked", five) + b"0\r\n\r\n"),
        refused("a length with a blank before the colon", get(b"Content-Length : 5") + hello),
        Row(
            "a body shorter than announced, then the end",
            get(b"Content-Length: 100") + hello,
            BODY,
            (400, 408),
            half_close=True,
        ),
        Row("a chunked body that stops, then the end", CHUNKED + b"5\r\nhel", BODY, (400, 408), half_close=True),
        Row("a request that stops, then the end", b"GET /health HTTP/1.1\r\nHos", BODY, (400, 408), half_close=True),
    ]
    return rows


def codings() -> list[Row]:
    rows, end = [], b"0\r\n\r\n"
    for value in (
        b"chunked, identity",
        b"identity",
        b"xchunked",
        b"chunked, chunked",
        b"gzip, chunked",
        b"chunked;q=1",
        b"",
        b"\x0bchunked",
        b"chunked\x0b",
        b'"chunked"',
        b"chu nked",
    ):
        shown = value.decode("latin-1").encode("unicode_escape").decode() or "empty"
        rows.append(refused(f"Transfer-Encoding: {shown}", get(b"Transfer-Encoding: " + value) + end, 400, 501))
    chunked = b"Transfer-Encoding: chunked"
    rows += [
        refused("chunked and identity in two lines", get(chunked, b"Transfer-Encoding: identity") + end, 400, 501),
        refused("chunked twice in two lines", get(chunked, chunked) + end, 400, 501),
        refused("chunked in HTTP/1.0", b"GET /health HTTP/1.0\r\n" + HOST + chunked + b"\r\n\r\n" + end, 400, 501),
        refused("chunked with a blank before the colon", get(b"Transfer-Encoding : chunked") + end),
        refused("an expectation nobody knows", get(b"Expect: a-miracle"), 417),
    ]
    return rows


def chunks() -> list[Row]:
    hello = b"hello\r\n0\r\n\r\n"
    bad = [
        ("a size beyond 64 bits", b"10000000000000005\r\n" + hello),
        ("a size of -5", b"-5\r\n" + hello),
        ("a size of +5", b"+5\r\n" + hello),
        ("a size of 0x5", b"0x5\r\n" + hello),
        ("no size", b"\r\n" + hello),
        ("a size of letters", b"zz\r\n" + hello),
        ("a blank before the size", b" 5\r\n" + hello),
        ("a blank inside the size", b"0 5\r\n" + hello),
        ("a bare LF behind the size", b"5\n" + hello),
        ("a bare CR behind the size", b"5\rx\n" + hello),
        ("NUL in an extension", b"5;a=\0\r\n" + hello),
        ("a bare LF in an extension", b"5;a=\n\r\n" + hello),
        ("data longer than its size", b"5\r\nhello!\r\n0\r\n\r\n"),
        ("other bytes than CRLF behind the data", b"5\r\nhelloXX0\r\n\r\n"),
        ("data shorter than its size", b"6\r\nhello\r\n0\r\n\r\n"),
        ("a bare LF behind the data", b"5\r\nhello\n0\r\n\r\n"),
        ("a trailer without a colon", b"5\r\nhello\r\n0\r\nX-A\r\n\r\n"),
        ("a trailer with a blank before the colon", b"5\r\nhello\r\n0\r\nX-A : 1\r\n\r\n"),
        ("a folded trailer", b"5\r\nhello\r\n0\r\nX-A: 1\r\n 2\r\n\r\n"),
    ]
    return [body_refused(f"chunk: {name}", CHUNKED + data, 400, 413) for name, data in bad]


def rows() -> list[Row]:
    from . import sizes

    return good() + request_lines() + headers() + lengths() + codings() + chunks() + sizes.rows()
