#!/usr/bin/env python3
"""Runs http-probe, our HTTP client as a program, against Python's own HTTP server, TLS and proxies.

usage: http_client_peers.py [path of http-probe]

Prints one line per failed check and `N passed, M failed` at the end.
"""

import gzip
import hashlib
import http.server
import json
import os
import pathlib
import select
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBE = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HTTP_PROBE", str(ROOT / ".build/debug/http-probe"))
MEBIBYTE = 1024 * 1024


def pattern(size):
    """Bytes that no shift or repetition of a piece would leave the same."""
    block = bytes((i * 31 + (i >> 8) * 7) & 255 for i in range(65536))
    return (block * (size // len(block) + 1))[:size]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *arguments):
        pass

    def answer(self, body=b"", status=200, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                piece = self.rfile.read(size)
                assert self.rfile.readline() == b"\r\n"
                if size == 0:
                    return data
                data += piece
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def handle_any(self):
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        name, _, rest = self.path.lstrip("/").partition("/")
        getattr(self, "do_" + name, self.missing)(rest)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = handle_any

    def missing(self, _):
        self.answer(b"no such path", 404)

    def do_size(self, rest):
        self.answer(pattern(int(rest)))

    def do_echo(self, _):
        data = self.body()
        self.answer(json.dumps({"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}).encode())

    def do_headers(self, _):
        self.answer(json.dumps(dict(self.headers)).encode())

    def do_chunked(self, rest):
        data, step = pattern(int(rest)), 7919
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(data), step):
            piece = data[start : start + step]
            self.wfile.write(b"%x;ext=1\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\nX-Trailer: yes\r\n\r\n")

    def do_close(self, rest):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(pattern(int(rest)))
        self.close_connection = True

    def do_last(self, rest):
        self.answer(pattern(int(rest)), Connection="close")
        self.close_connection = True

    def do_hangup(self, rest):
        """Answers well, then closes without having said so."""
        self.answer(pattern(int(rest)))
        self.close_connection = True

    def do_gzip(self, rest):
        self.answer(gzip.compress(pattern(int(rest))), Content_Encoding="gzip")

    def do_members(self, rest):
        data = pattern(int(rest))
        half = len(data) // 2
        self.answer(gzip.compress(data[:half]) + gzip.compress(data[half:]), Content_Encoding="gzip")

    def do_deflate(self, rest):
        self.answer(zlib.compress(pattern(int(rest))), Content_Encoding="deflate")

    def do_rawdeflate(self, rest):
        squeeze = zlib.compressobj(wbits=-15)
        self.answer(squeeze.compress(pattern(int(rest))) + squeeze.flush(), Content_Encoding="deflate")

    def do_torngzip(self, rest):
        self.answer(gzip.compress(pattern(int(rest)))[:-9], Content_Encoding="gzip")

    def do_badgzip(self, rest):
        data = bytearray(gzip.compress(pattern(int(rest))))
        data[len(data) // 2] ^= 0xFF
        self.answer(bytes(data), Content_Encoding="gzip")

    def do_brotli(self, _):
        self.answer(b"\x0b\x02\x80hello\x03", Content_Encoding="br")

    def do_bomb(self, rest):
        """`rest` MiB of zeros in a thousandth of that."""
        squeeze = zlib.compressobj(9, wbits=31)
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(int(rest)):
                self.wfile.write(squeeze.compress(bytes(MEBIBYTE)))
            self.wfile.write(squeeze.flush())
        except OSError:
            self.server.broken += 1

    def do_endless(self, _):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        piece = b"%x\r\n%s\r\n" % (65536, bytes(65536))
        try:
            while True:
                self.wfile.write(piece)
        except OSError:
            self.server.broken += 1
            self.close_connection = True

    def do_short(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    def do_status(self, rest):
        self.send_response(int(rest))
        if int(rest) not in (204, 304):
            self.send_header("Content-Length", "0")
        self.end_headers()

    def do_redirect(self, rest):
        left = int(rest)
        target = f"/redirect/{left - 1}" if left > 0 else "/size/10"
        self.answer(b"elsewhere", 302, Location=target)

    def do_away(self, rest):
        self.answer(b"", 307, Location=f"http://127.0.0.1:{rest}/headers")

    def do_sleep(self, rest):
        time.sleep(float(rest))
        self.answer(b"at last")

    def do_drip(self, rest):
        self.send_response(200)
        self.send_header("Content-Length", rest)
        self.end_headers()
        try:
            for _ in range(int(rest)):
                self.wfile.write(b"a")
                time.sleep(0.05)
        except OSError:
            self.server.broken += 1

    def do_interim(self, _):
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")
        self.answer(b"final")

    def do_refuse(self, _):
        """Answers without reading the body and closes: what a limit looks like."""
        self.answer(b"too large", 413, Connection="close")
        self.close_connection = True

    def do_events(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        text = "\ufeff: hello\n\ndata: one\n\nevent: named\r\ndata: two\r\ndata: lines\r\nid: 7\r\n\r\nretry: 1500\rdata: \u00e9\r\r"
        for byte in text.encode():
            self.wfile.write(b"1\r\n%c\r\n" % byte)
        self.wfile.write(b"0\r\n\r\n")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, context=None, says_goodbye=True):
        super().__init__(("127.0.0.1", 0), Handler)
        self.connections = 0
        self.requests = []
        self.broken = 0
        self.context = context
        self.says_goodbye = says_goodbye
        self.port = self.server_address[1]
        scheme = "https" if context else "http"
        self.url = f"{scheme}://localhost:{self.port}" if context else f"{scheme}://127.0.0.1:{self.port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        self.connections += 1
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.context:
            return super().finish_request(request, client_address)
        try:
            secured = self.context.wrap_socket(request, server_side=True)
        except OSError:
            self.broken += 1
            return
        try:
            super().finish_request(secured, client_address)
            if self.says_goodbye:
                secured.unwrap()
        except OSError:
            pass
        finally:
            secured.close()

    def handle_error(self, request, client_address):
        self.broken += 1


class Proxy(socketserver.ThreadingTCPServer):
    """Passes on absolute-form requests and opens tunnels."""

    daemon_threads = True
    allow_reuse_address = True

    class Connection(socketserver.StreamRequestHandler):
        def handle(self):
            while line := self.rfile.readline():
                fields = []
                while (field := self.rfile.readline()) not in (b"\r\n", b""):
                    fields.append(field)
                self.server.lines.append(line.decode().strip())
                self.server.fields.append(b"".join(fields).decode())
                method, target, _ = line.split(b" ")
                if self.server.credentials and self.server.credentials not in self.server.fields[-1]:
                    self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                    continue
                if method == b"CONNECT":
                    return self.tunnel(self.connect(target.decode()))
                self.forward(method, target.decode(), fields)

        @staticmethod
        def connect(authority):
            """Hosts under .test exist for clients of this proxy only."""
            host, _, port = authority.partition(":")
            return socket.create_connection(("127.0.0.1" if host.endswith(".test") else host, int(port or 80)))

        def tunnel(self, upstream):
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ends = [self.connection, upstream]
            while True:
                for end in select.select(ends, [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return upstream.close()
                    (upstream if end is self.connection else self.connection).sendall(data)

        def forward(self, method, target, fields):
            host, _, path = target.removeprefix("http://").partition("/")
            with self.connect(host) as upstream:
                kept = [f for f in fields if not f.lower().startswith((b"proxy-", b"connection"))]
                upstream.sendall(b"%s /%s HTTP/1.1\r\n" % (method, path.encode()) + b"".join(kept) + b"Connection: close\r\n\r\n")
                answer = b""
                while data := upstream.recv(65536):
                    answer += data
            self.wfile.write(answer.replace(b"Connection: close\r\n", b""))

    def __init__(self, credentials=None):
        super().__init__(("127.0.0.1", 0), self.Connection)
        self.lines = []
        self.fields = []
        self.credentials = credentials
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def __call__(self, name, condition, detail=""):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {name}: {detail}", flush=True)


check = Checks()


def probe(*arguments, **environment):
    """The results, one for each request, and the summary of the run."""
    clean = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    run = subprocess.run(
        [PROBE, *map(str, arguments)], capture_output=True, text=True, timeout=120, env={**clean, **environment}
    )
    if run.returncode != 0:
        raise RuntimeError(f"http-probe {arguments}: exit {run.returncode}: {run.stderr}")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    results, summary = lines[:-1], lines[-1]
    check("nothing is left behind", summary["leaked"] == 0 and summary["tasks"] == 0, f"{arguments}: {summary}")
    return results, summary


def expect_body(name, result, size, status=200):
    good = result.get("status") == status and result.get("length") == size
    check(name, good and result.get("sha256") == hashlib.sha256(pattern(size)).hexdigest(), str(result)[:300])


def expect_error(name, result, *words):
    error = result.get("error", "")
    check(name, error and all(word in error for word in words), str(result)[:300])


def plain(server, other):
    url = server.url
    sizes = [0, 1, 1000, 16384, 65536, 65537, MEBIBYTE, 12 * MEBIBYTE]
    for kind in ["size", "chunked", "close", "gzip", "members", "deflate", "rawdeflate", "last", "hangup"]:
        results, _ = probe(*[f"{url}/{kind}/{size}" for size in sizes])
        for size, result in zip(sizes, results):
            expect_body(f"GET /{kind}/{size}", result, size)

    for framing in ["bytes", "stream", "chunked"]:
        for size in sizes:
            results, _ = probe("--method", "POST", "--" + framing, size, f"{url}/echo/")
            want = json.dumps({"length": size, "sha256": hashlib.sha256(pattern(size)).hexdigest()})
            check(f"POST {framing} {size}", results[0].get("text") == want, str(results)[:300])

    before = server.connections
    results, _ = probe("--repeat", 50, f"{url}/size/100")
    check("50 requests use one connection", server.connections - before == 1, server.connections - before)
    check("all 50 are answered", all(r.get("length") == 100 for r in results), str(results)[:300])

    before = server.connections
    results, _ = probe("--repeat", 20, f"{url}/last/100")
    check("Connection: close costs a connection each", server.connections - before == 20, server.connections - before)

    before = server.connections
    results, _ = probe("--repeat", 20, "--pause", 20, f"{url}/hangup/100")
    check("a connection closed while idle is not used", all(r.get("length") == 100 for r in results), str(results)[:300])
    check("and each is replaced once", server.connections - before == 20, server.connections - before)

    before = server.connections
    results, _ = probe("--repeat", 100, "--parallel", 100, f"{url}/size/5000")
    check("100 at a time are answered", [r.get("length") for r in results] == [5000] * 100, str(results)[:300])
    check("by at most 64 connections", server.connections - before <= 64, server.connections - before)

    results, _ = probe("--method", "HEAD", f"{url}/size/1000", f"{url}/size/1000")
    check("HEAD has no body", [r.get("length") for r in results] == [0, 0], results)
    for status in [204, 304, 404, 500]:
        results, _ = probe(f"{url}/status/{status}", f"{url}/size/10")
        check(f"status {status}", results[0].get("status") == status and results[1].get("length") == 10, results)

    results, _ = probe("--follow", 5, f"{url}/redirect/4")
    check("redirects are followed", results[0].get("length") == 10 and results[0]["path"] == "/size/10", results)
    results, _ = probe("--follow", 5, f"{url}/redirect/5")
    expect_error("up to their limit", results[0], "more than 5")
    results, _ = probe(f"{url}/redirect/1")
    check("or returned", results[0].get("status") == 302, results)
    results, _ = probe("--follow", 1, "--header", "Authorization: Bearer secret", f"{url}/away/{other.port}")
    check("credentials stay with their origin", "secret" not in results[0].get("text", "secret"), results)

    results, _ = probe(f"{url}/interim/")
    check("interim responses are passed over", results[0].get("text") == "final", results)
    results, _ = probe("--events", f"{url}/events/")
    events = [["message", "one", ""], ["named", "two\nlines", "7"], ["message", "\u00e9", "7"]]
    check("events are read", results[0].get("events") == events, results)


def failures(server):
    url = server.url
    results, _ = probe(f"{url}/short/")
    expect_error("a short body is an error", results[0], "91 bytes", "missing")
    results, _ = probe(f"{url}/torngzip/100000")
    expect_error("a torn gzip body is an error", results[0], "ends too early")
    results, _ = probe(f"{url}/badgzip/100000")
    expect_error("a damaged gzip body is an error", results[0], "damaged")
    results, _ = probe(f"{url}/brotli/")
    expect_error("a coding not asked for is an error", results[0], "Content-Encoding")

    before = server.broken
    results, summary = probe("--limit", 10 * MEBIBYTE, f"{url}/bomb/1000")
    expect_error("a bomb is stopped", results[0], "larger than", str(10 * MEBIBYTE))
    check("within little memory", 1000 < summary["peak"] < 60 * 1024, summary)
    results, summary = probe("--limit", 10 * MEBIBYTE, f"{url}/endless/")
    expect_error("an endless body is stopped", results[0], "larger than")
    check("within little memory too", summary["peak"] < 60 * 1024, summary)
    results, summary = probe("--limit", 100 * MEBIBYTE, "--discard", f"{url}/size/{64 * MEBIBYTE}")
    check("a large body streams", results[0].get("length") == 64 * MEBIBYTE, results)
    check("through little memory", summary["peak"] < 40 * 1024, summary)
    results, _ = probe("--limit", 100, f"{url}/size/101", f"{url}/size/100")
    expect_error("a length over the limit is an error", results[0], "larger than the 100 bytes")
    check("one at the limit is none", results[1].get("length") == 100, results)

    started = time.monotonic()
    results, _ = probe("--first-byte", 200, f"{url}/sleep/5")
    expect_error("the first byte has a deadline", results[0], "no response within 200 ms")
    results, _ = probe("--total", 300, f"{url}/drip/1000")
    expect_error("the whole has a deadline", results[0], "not complete within 300 ms")
    check("both hold", time.monotonic() - started < 4, time.monotonic() - started)
    deadline = time.monotonic() + 5
    while server.broken < before + 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    check("the server sees the connections go", server.broken >= before + 3, server.broken - before)

    results, _ = probe("--method", "POST", "--bytes", 8 * MEBIBYTE, f"{url}/refuse/")
    first = results[0]
    check("an early refusal is an answer or a reset", first.get("status") == 413 or "lost" in first.get("error", ""), results)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        results, _ = probe(f"http://127.0.0.1:{unused.getsockname()[1]}/")
    expect_error("a closed port is an error", results[0], "cannot connect to 127.0.0.1", "refused")
    results, _ = probe("http://no-such-host.invalid/")
    expect_error("an unknown host is an error", results[0], "no-such-host.invalid")


def secured(server, abrupt, wrong, ca):
    for size in [0, 1, 16384, 16385, 3 * MEBIBYTE]:
        results, _ = probe("--ca", ca, f"{server.url}/size/{size}", f"{server.url}/chunked/{size}", f"{server.url}/close/{size}")
        for result in results:
            expect_body(f"TLS {size}", result, size)
    results, _ = probe("--ca", ca, "--method", "POST", "--bytes", 3 * MEBIBYTE, f"{server.url}/echo/")
    check("TLS POST", hashlib.sha256(pattern(3 * MEBIBYTE)).hexdigest() in results[0].get("text", ""), str(results)[:300])
    before = server.connections
    results, _ = probe("--ca", ca, "--repeat", 20, f"{server.url}/size/10")
    check("TLS connections are kept", server.connections - before == 1, server.connections - before)
    results, _ = probe("--ca", ca, "--repeat", 10, "--pause", 20, f"{server.url}/hangup/10")
    check("TLS connections closed while idle are replaced", all(r.get("length") == 10 for r in results), results)
    results, _ = probe(f"{server.url}/size/1")
    expect_error("an unknown authority is refused", results[0], "no secure connection to localhost")
    results, _ = probe("--ca", ca, f"{wrong.url}/size/1")
    expect_error("a certificate for another host is refused", results[0], "no secure connection to localhost")
    results, _ = probe("--ca", ca, server.url.replace("https", "http") + "/size/1")
    check("plain HTTP to a TLS port is an error", "error" in results[0], results)
    results, _ = probe("--ca", ca, f"{abrupt.url}/size/100", f"{abrupt.url}/close/100")
    expect_body("a length makes up for a missing goodbye", results[0], 100)
    expect_error("nothing else does", results[1], "lost")


def proxies(server, tls, ca):
    proxy = Proxy()
    plain, safe = f"http://plain.test:{server.port}", f"https://safe.test:{tls.port}"
    variables = {"http_proxy": proxy.url, "https_proxy": proxy.url}
    results, _ = probe("--proxy", f"{plain}/size/10", f"{plain}/size/11", **variables)
    check("plain requests go through the proxy", [r.get("length") for r in results] == [10, 11], results)
    check("in absolute form", proxy.lines == [f"GET {plain}/size/{n} HTTP/1.1" for n in (10, 11)], proxy.lines)
    proxy.lines.clear()
    results, _ = probe("--proxy", "--ca", ca, "--repeat", 3, f"{safe}/size/10", **variables)
    check("secured ones through a tunnel", [r.get("length") for r in results] == [10, 10, 10], results)
    check("one for all", proxy.lines == [f"CONNECT safe.test:{tls.port} HTTP/1.1"], proxy.lines)
    proxy.lines.clear()
    results, _ = probe("--proxy", f"{plain}/size/10", no_proxy="plain.test", **variables)
    expect_error("NO_PROXY is obeyed", results[0], "plain.test")
    check("for all of a host", proxy.lines == [], proxy.lines)

    guarded = Proxy(credentials="Proxy-Authorization: Basic dTpw")
    named = {"http_proxy": guarded.url.replace("//", "//u:p@"), "https_proxy": guarded.url.replace("//", "//u:p@")}
    results, _ = probe("--proxy", "--ca", ca, f"{plain}/size/10", f"{safe}/size/10", **named)
    check("credentials open the proxy", [r.get("length") for r in results] == [10, 10], results)
    check("and stay with it", all("Proxy-Authorization" not in r[2] for r in server.requests), server.requests[-1])
    results, _ = probe("--proxy", "--ca", ca, f"{safe}/size/10", https_proxy=guarded.url)
    expect_error("a proxy's refusal is an error", results[0], "407")


def certificates(folder):
    """A CA, and certificates of it for localhost and for another host."""

    def run(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA")
    for name, host, hosts in [("good", "localhost", "localhost,DNS:safe.test"), ("other", "other.example", "other.example")]:
        run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={host}")
        pathlib.Path(folder, f"{name}.ext").write_text(f"subjectAltName=DNS:{hosts}\n")
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", f"{name}.ext", "-out", f"{name}.pem")
    return os.path.join(folder, "ca.pem")


def context(folder, name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key"))
    return made


def main():
    with tempfile.TemporaryDirectory() as folder:
        ca = certificates(folder)
        server, other = Server(), Server()
        tls = Server(context(folder, "good"))
        abrupt = Server(context(folder, "good"), says_goodbye=False)
        wrong = Server(context(folder, "other"))
        for part in [lambda: plain(server, other), lambda: failures(server), lambda: secured(tls, abrupt, wrong, ca),
                     lambda: proxies(server, tls, ca)]:
            try:
                part()
            except (RuntimeError, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
                check("http-probe works", False, error)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
