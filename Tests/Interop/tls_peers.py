"""Drives tls-probe against Python's ssl module, openssl and fakes that misbehave.

    python3 Tests/Interop/tls_peers.py .build/debug/tls-probe

Prints each failure and, last, `N passed, M failed`. Needs Python 3.11 and the openssl program.
"""

import contextlib
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
PROBE = sys.argv[1] if len(sys.argv) > 1 else ".build/debug/tls-probe"
CASES = []


def case(function):
    CASES.append(function)
    return function


# Certificates


class Authority:
    """A certificate authority in a directory, made with openssl."""

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.key, self.cert = self.path("key"), self.path("pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-keyout", self.key, "-out", self.cert, "-subj", f"/CN={name}")

    def path(self, end, name=None):
        return os.path.join(self.directory, f"{name or self.name}.{end}".replace(" ", "-"))

    def issue(self, name, hosts, start="20250101000000Z", end="20991231000000Z", ca=False):
        """Returns the certificate's and the key's file."""
        key, request, cert, conf = (self.path(end_, name) for end_ in ("key", "csr", "pem", "cnf"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                "-out", request, "-subj", f"/CN={name}")
        for file, text in (("index", ""), ("serial", f"{abs(hash((name, time.time()))) % 10**8:08d}\n")):
            with open(self.path(file, name), "w") as out:
                out.write(text)
        names = f"subjectAltName={','.join(hosts)}" if hosts else ""
        with open(conf, "w") as out:
            out.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.path('index', name)}\n"
                      f"serial={self.path('serial', name)}\nnew_certs_dir={self.directory}\ndefault_md=sha256\n"
                      f"policy=p\nunique_subject=no\n[p]\ncommonName=supplied\n"
                      f"[x]\nbasicConstraints=critical,CA:{'TRUE' if ca else 'FALSE'}\n{names}\n")
        openssl("ca", "-batch", "-config", conf, "-in", request, "-out", cert, "-cert", self.cert, "-keyfile",
                self.key, "-startdate", start, "-enddate", end, "-extensions", "x", "-notext")
        return cert, key


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")
    return done.stdout


def fingerprint(cert):
    return openssl("x509", "-in", cert, "-noout", "-fingerprint", "-sha256").strip().split("=")[1]


class Certificates:
    def __init__(self, directory):
        self.directory = directory
        self.root = Authority(directory, "Test Root")
        self.stranger = Authority(directory, "Stranger Root")
        local = ["DNS:localhost", "IP:127.0.0.1"]
        self.good = self.root.issue("good", local)
        self.expired = self.root.issue("expired", local, "20240101000000Z", "20240201123400Z")
        self.future = self.root.issue("future", local, "20980101000000Z")
        self.elsewhere = self.root.issue("elsewhere", ["DNS:a.example", "DNS:*.b.example"])
        self.nameless = self.root.issue("localhost", [])
        self.foreign = self.stranger.issue("foreign", local)
        intermediate = self.root.issue("Middle", [], ca=True)
        middle = Authority.__new__(Authority)
        middle.directory, middle.name, (middle.cert, middle.key) = directory, "Middle", intermediate
        self.leaf = middle.issue("leaf", local)
        self.chain = os.path.join(directory, "chain.pem")
        with open(self.chain, "w") as out:
            out.write(open(self.leaf[0]).read() + open(middle.cert).read())
        self.self_signed = (os.path.join(directory, "self.pem"), os.path.join(directory, "self.key"))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout", self.self_signed[1], "-out",
                self.self_signed[0], "-subj", "/CN=self", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")


# Servers


class Server:
    """Listens on loopback and runs `serve` for each connection in a thread of its own."""

    def __init__(self, serve):
        self.serve = serve
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.notes = []
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.open.append(connection)
                threading.Thread(target=self.run, args=(connection,), daemon=True).start()

    def run(self, connection):
        try:
            self.serve(self, connection)
        except (OSError, ssl.SSLError) as error:
            self.notes.append(str(error))
        finally:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A thread in accept keeps the socket; shutdown wakes it.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.open:
            connection.close()


def server_context(files, **settings):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def farewell(secured):
    """close_notify, and the peer's if it comes."""
    with contextlib.suppress(OSError, ssl.SSLError):
        secured.unwrap()


def echo(context):
    def serve(server, connection):
        secured = context.wrap_socket(connection, server_side=True)
        try:
            while data := secured.recv(65536):
                secured.sendall(data)
            farewell(secured)
        finally:
            secured.close()
    return serve


def relay(server, connection, port, portion, pause=0.0):
    """Passes bytes on in small portions."""
    upstream = socket.create_connection(("127.0.0.1", port))
    upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.open.append(upstream)

    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(portion):
                target.sendall(data)
                time.sleep(pause)
            target.shutdown(socket.SHUT_WR)
    back = threading.Thread(target=pump, args=(upstream, connection), daemon=True)
    back.start()
    pump(connection, upstream)
    back.join()


# The probe


def connect(port, *arguments, host="localhost", environment=None, send="ping"):
    variables = {key: value for key, value in os.environ.items() if not re.search("(?i)_proxy$|^SSL_CERT", key)}
    variables.update(environment or {})
    if send is not None:
        arguments += ("--send", send)
    done = subprocess.run([PROBE, "connect", host, str(port), *arguments], capture_output=True, text=True,
                          env=variables, timeout=120)
    return done.returncode, done.stdout


def expect(result, code, *patterns, absent=()):
    returncode, output = result
    assert returncode == code, f"exit code {returncode}, not {code}:\n{output}"
    for pattern in patterns:
        assert re.search(pattern, output), f"no match for {pattern!r} in:\n{output}"
    for pattern in absent:
        assert not re.search(pattern, output), f"{pattern!r} in:\n{output}"


@contextlib.contextmanager
def probe_server(cert, key):
    process = subprocess.Popen([PROBE, "serve", "--cert", cert, "--key", key], stdout=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().split()[1]
        yield process, int(port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        process.stdout.close()


def client_context(authority, **settings):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


# Our client: what it accepts


@case
def versions_protocols_and_ends(c):
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        context = server_context(c.good, minimum_version=version, maximum_version=version)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with Server(echo(context)) as server:
            for host in ("localhost", "127.0.0.1"):
                expect(connect(server.port, "--ca", c.root.cert, host=host), 0,
                       f"secured {name} alpn=http/1.1 resumed=false",
                       "end after 4 bytes .*: ping")


@case
def keys_digests_ciphers_and_curves(c):
    """Whatever a server of today may have; the probe is linked with as few algorithms as the product."""
    keys = [("rsa:2048", "sha256"), ("rsa:3072", "sha384"), ("rsa:2048", "sha512"), ("P-256", "sha256"), ("P-384", "sha384"),
            ("P-521", "sha512"), ("ed25519", None)]
    for kind, digest in keys:
        key, cert = os.path.join(c.directory, "kind.key"), os.path.join(c.directory, "kind.pem")
        made = ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{kind}"] if kind.startswith("P-") else ["-newkey", kind]
        # A root and a leaf with it, so that a signature of the kind is checked.
        root_key, root = os.path.join(c.directory, "kind-root.key"), os.path.join(c.directory, "kind-root.pem")
        signed = [f"-{digest}"] if digest else []
        openssl("req", "-x509", *made, "-nodes", "-days", "30", *signed, "-keyout", root_key, "-out", root, "-subj", "/CN=Kind")
        openssl("req", "-x509", *made, "-nodes", "-days", "30", *signed, "-keyout", key, "-out", cert, "-subj", "/CN=leaf",
                "-CA", root, "-CAkey", root_key, "-addext", "basicConstraints=critical,CA:FALSE",
                "-addext", "subjectAltName=DNS:localhost")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = server_context((cert, key), minimum_version=version, maximum_version=version)
            with Server(echo(context)) as server:
                expect(connect(server.port, "--ca", root), 0, "end after 4 bytes .*: ping")
    for cipher in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"):
        context = server_context(c.good, maximum_version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers(cipher)
        with Server(echo(context)) as server:
            expect(connect(server.port, "--ca", c.root.cert), 0, "end after 4 bytes")
    for curve in ("X25519", "prime256v1", "secp384r1", "secp521r1"):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = server_context(c.good, minimum_version=version, maximum_version=version)
            context.set_ecdh_curve(curve)
            with Server(echo(context)) as server:
                expect(connect(server.port, "--ca", c.root.cert), 0, "end after 4 bytes")
    # One that we do not have is not offered, and the words for it are the usual ones.
    context = server_context(c.good)
    context.set_ecdh_curve("X448")
    with Server(echo(context)) as server:
        expect(connect(server.port, "--ca", c.root.cert), 1, "error: ", absent=["^secured"])


@case
def sessions_are_taken_up_again(c):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = server_context(c.good, minimum_version=version, maximum_version=version)
        with Server(echo(context)) as server:
            code, output = connect(server.port, "--ca", c.root.cert, "--repeat", "3")
            expect((code, output), 0)
            assert re.findall("resumed=(\\w+)", output) == ["false"] + ["true"] * 4, output


@case
def the_name_is_sent_but_no_address(c):
    names = []
    context = server_context(c.good)
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    with Server(echo(context)) as server:
        expect(connect(server.port, "--ca", c.root.cert), 0)
        expect(connect(server.port, "--ca", c.root.cert, host="127.0.0.1"), 0)
        expect(connect(server.port, "--ca", c.root.cert, "--name", "LOCALHOST.", host="127.0.0.1"), 0)
    assert names == ["localhost", None, "localhost"], names


@case
def a_chain_with_its_intermediate(c):
    with Server(echo(server_context((c.chain, c.leaf[1])))) as server:
        expect(connect(server.port, "--ca", c.root.cert), 0)


@case
def much_data_both_ways(c):
    with Server(echo(server_context(c.good))) as server:
        # An echo of all at once needs both sides to read while they write.
        expect(connect(server.port, "--ca", c.root.cert, "--send-bytes", "3000000", "--deadline", "60000", send=None),
               0, "end after 3000000 bytes")


@case
def a_slow_wire(c):
    with Server(echo(server_context(c.good))) as server:
        with Server(lambda s, connection: relay(s, connection, server.port, 1)) as slow:
            expect(connect(slow.port, "--ca", c.root.cert), 0, "end after 4 bytes .*: ping")


@case
def pins(c):
    pin = fingerprint(c.good[0])
    for files in (c.good, c.expired, c.elsewhere, c.self_signed):
        with Server(echo(server_context(files))) as server:
            expect(connect(server.port, "--pin", fingerprint(files[0])), 0, "end after 4 bytes")
    with Server(echo(server_context(c.good))) as server:
        expect(connect(server.port, "--pin", pin, "--ca", c.root.cert), 0)
        expect(connect(server.port, "--pin", pin, "--ca", c.stranger.cert), 1, "is not among")
        other = fingerprint(c.self_signed[0])
        expect(connect(server.port, "--pin", other), 1, f"not the pinned one: it has the fingerprint sha256:{pin}, "
               f"pinned is sha256:{other}")


@case
def authorities_from_the_environment(c):
    hashed = os.path.join(c.directory, "hashed")
    os.mkdir(hashed)
    with open(os.path.join(hashed, "root.pem"), "w") as out:
        out.write(open(c.root.cert).read())
    openssl("rehash", hashed)
    with Server(echo(server_context(c.good))) as server:
        for variables in ({"SSL_CERT_FILE": c.root.cert}, {"SSL_CERT_DIR": hashed},
                          {"SSL_CERT_DIR": f"/nowhere:{hashed}"}):
            expect(connect(server.port, environment=variables), 0)
        expect(connect(server.port), 1, 'comes from "Test Root", which is not among the certificate authorities of '
               "this system")
        expect(connect(server.port, environment={"SSL_CERT_FILE": "/nowhere.pem"}), 1,
               "can be read from SSL_CERT_FILE=/nowhere.pem: No such file or directory")
        expect(connect(server.port, environment={"SSL_CERT_FILE": c.good[1]}), 1, "SSL_CERT_FILE=")


# Our client: what it refuses. Each also shows that a failure leaves no descriptor and no task behind.


def refused(c, server, *patterns, arguments=(), **settings):
    result = connect(server.port, "--ca", c.root.cert, "--repeat", "5", *arguments, **settings)
    expect(result, 1, *patterns, absent=["^secured"])


@case
def certificates_that_are_no_good(c):
    for files, pattern in (
        (c.expired, "the certificate of localhost expired on 2024-02-01 12:34 UTC; this machine's clock says 20"),
        (c.future, "the certificate of localhost is valid only from 2098-01-01 00:00 UTC; this machine"),
        (c.elsewhere, "the certificate is for a.example, \\*.b.example, not for localhost"),
        (c.nameless, 'the certificate is for no host \\(its subject "localhost" does not count\\), not for localhost'),
        (c.foreign, 'comes from "Stranger Root", which is not among the certificate authorities in .*Test-Root.pem'),
        (c.leaf, 'comes from "Middle", which is not among .*\\(or the server leaves out an intermediate'),
        (c.self_signed, "is self-signed: compare its fingerprint sha256:" + fingerprint(c.self_signed[0])),
    ):
        with Server(echo(server_context(files))) as server:
            refused(c, server, pattern)


@case
def old_versions(c):
    context = server_context(c.good, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with Server(echo(context)) as server:
        refused(c, server, "localhost offers no version of TLS that is safe: 1.2 or later is needed")


@case
def old_ciphers(c):
    context = server_context(c.self_signed, maximum_version=ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("AES128-SHA")
    with Server(echo(context)) as server:
        refused(c, server, "no safe cipher in common")


@case
def a_server_that_wants_a_certificate(c):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = server_context(c.good, verify_mode=ssl.CERT_REQUIRED, maximum_version=version)
        context.load_verify_locations(c.root.cert)
        with Server(echo(context)) as server:
            # TLS 1.3 tells us after our side of the handshake is done.
            expect(connect(server.port, "--ca", c.root.cert, "--repeat", "5"), 1, "certificate of ours")


@case
def a_server_that_speaks_plain_http(c):
    def serve(server, connection):
        connection.recv(10)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with Server(serve) as server:
        refused(c, server, "localhost does not speak TLS on this port: it answers in plain HTTP")


@case
def a_server_that_leaves(c):
    def at_once(server, connection):
        pass

    def after_hello(server, connection):
        connection.recv(5)

    def reset(server, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    for serve in (at_once, after_hello, reset):
        with Server(serve) as server:
            refused(c, server, "localhost ended the connection during the handshake without a word|reset by peer")


@case
def a_server_that_stalls(c):
    def serve(server, connection):
        connection.recv(65536)
        time.sleep(3)
    with Server(serve) as server:
        refused(c, server, "no connection to localhost:\\d+ in time: the TLS handshake is not finished",
                arguments=("--deadline", "100"))


@case
def nobody_listens(c):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    expect(connect(port, "--repeat", "5", host="127.0.0.1"), 1,
           f"cannot connect to 127.0.0.1:{port}: 127.0.0.1:{port}: Connection refused")


@case
def a_connection_cut_short(c):
    def serve(server, connection):
        secured = server_context(c.good).wrap_socket(connection, server_side=True)
        # To the end: closing with bytes unread would reset the connection.
        while secured.recv(10):
            pass
        secured.sendall(b"half of it")
        # Closes the socket beneath: no close_notify.
        os.close(secured.detach())
    with Server(serve) as server:
        expect(connect(server.port, "--ca", c.root.cert, "--repeat", "5"), 1,
               "error: TLS: the connection ended without a close_notify: what came may be incomplete after 10 bytes",
               absent=["^end"])


@case
def a_server_of_other_protocols(c):
    # Python's servers ignore a mismatch; openssl's can be told not to.
    process = subprocess.Popen(["openssl", "s_server", "-accept", "0", "-cert", c.good[0], "-key", c.good[1], "-alpn",
                                "h2", "-rev"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = None
        while port is None:
            found = re.search("ACCEPT .*:(\\d+)", process.stdout.readline())
            port = found and found.group(1)
        expect(connect(port, "--ca", c.root.cert, host="127.0.0.1"), 1, "same application protocol \\(ALPN\\)")
        expect(connect(port, "--ca", c.root.cert, "--no-alpn", host="127.0.0.1", send="abc\n"), 0, ": cba")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


# Our server


@case
def python_clients_are_served(c):
    with probe_server(*c.good) as (process, port):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client_context(c.root.cert, minimum_version=version, maximum_version=version)
            context.set_alpn_protocols(["h2", "http/1.1"])
            with socket.create_connection(("127.0.0.1", port)) as plain:
                client = context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False)
                assert client.selected_alpn_protocol() == "http/1.1"
                sender = threading.Thread(target=lambda: client.sendall(b"x" * 3000000))
                sender.start()
                count = 0
                while count < 3000000:
                    count += len(client.recv(65536))
                sender.join()
                session = client.session
                farewell(client)
            assert process.stdout.readline() == "end\n"
            with socket.create_connection(("127.0.0.1", port)) as plain:
                client = context.wrap_socket(plain, server_hostname="localhost", session=session)
                assert client.session_reused
                farewell(client)
            assert process.stdout.readline() == "end\n"


@case
def clients_that_are_no_good_are_told_apart(c):
    def secured(context):
        with socket.create_connection(("127.0.0.1", port)) as plain:
            with contextlib.suppress(ssl.SSLError, OSError):
                context.wrap_socket(plain, server_hostname="localhost").recv(1)

    def plain(data, wait=True):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(data)
            if wait:
                with contextlib.suppress(OSError):
                    connection.recv(100)
    with probe_server(*c.good) as (process, port):
        old = client_context(c.root.cert, minimum_version=ssl.TLSVersion.TLSv1,
                             maximum_version=ssl.TLSVersion.TLSv1_1)
        old.set_ciphers("ALL:@SECLEVEL=0")
        secured(old)
        assert "the client offers no version of TLS that is safe" in (line := process.stdout.readline()), line
        secured(client_context(c.stranger.cert))
        assert "the client does not accept our certificate: " in (line := process.stdout.readline()), line
        for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0\0\0\0\0\0\0\0", b"CONNECT x:1 HTTP/1.1\r\n\r\n"):
            plain(data)
            assert "the client does not speak TLS" in (line := process.stdout.readline()), line
        plain(b"\x16\x03\x01", wait=False)
        assert "the client ended the connection during the handshake" in (line := process.stdout.readline()), line
        plain(b"\x16\x03\x01\x00\x05hello")
        assert "refused: TLS: " in (line := process.stdout.readline()), line


@case
def stalled_clients_hold_up_nobody(c):
    with probe_server(*c.good) as (process, port):
        stalled = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
        for index, connection in enumerate(stalled):
            connection.sendall(b"\x16\x03\x01\x02\x00\x01"[:index % 7])
        expect(connect(port, "--ca", c.root.cert, "--repeat", "5"), 0, "end after 4 bytes")
        for connection in stalled:
            connection.close()


@case
def key_updates_of_the_peer(c):
    with probe_server(*c.good) as (process, port):
        client = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", c.root.cert],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        # K asks for our keys to be updated as well; a command is a line of its own.
        for line in ("before", "K", "between", "k", "after", "Q"):
            time.sleep(0.2)
            client.stdin.write(line + "\n")
            client.stdin.flush()
        output = client.communicate(timeout=20)[0]
        for word in ("before", "between", "after", "KEYUPDATE"):
            assert word in output, output


@case
def certificates_are_read_anew(c):
    cert, key = os.path.join(c.directory, "live.pem"), os.path.join(c.directory, "live.key")

    def install(files):
        for source, target in zip(files, (cert, key)):
            with open(target, "w") as out:
                out.write(open(source).read())
    install(c.good)
    with probe_server(cert, key) as (process, port):
        expect(connect(port, "--pin", fingerprint(c.good[0])), 0)
        assert process.stdout.readline() == "end\n"
        install((c.good[0], c.self_signed[1]))
        process.send_signal(signal.SIGHUP)
        assert "kept: TLS: the key in" in (line := process.stdout.readline()), line
        expect(connect(port, "--pin", fingerprint(c.good[0])), 0)
        assert process.stdout.readline() == "end\n"
        install(c.self_signed)
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline().startswith("reloaded")
        expect(connect(port, "--pin", fingerprint(c.self_signed[0])), 0)


# Proxies


def proxy(answer, port=None, heads=None):
    def serve(server, connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            data = connection.recv(1)
            if not data:
                return
            head += data
        if heads is not None:
            heads.append(head.decode())
        if answer is None:
            time.sleep(3)
            return
        connection.sendall(answer)
        if port is not None:
            relay(server, connection, port, 65536)
    return serve


@case
def a_tunnel_through_a_proxy(c):
    heads = []
    with Server(echo(server_context(c.elsewhere))) as server:
        with Server(proxy(b"HTTP/1.1 200 Connection established\r\n\r\n", server.port, heads)) as middle:
            address = f"127.0.0.1:{middle.port}"
            ca = ("--ca", c.root.cert)
            for variables in ({"https_proxy": f"http://{address}"}, {"HTTPS_PROXY": address},
                              {"ALL_PROXY": f"http://me:s%3Acret@{address}/"}):
                expect(connect(443, *ca, host="a.example", environment=variables), 0, "end after 4 bytes")
            assert [head.split("\r\n")[0] for head in heads] == ["CONNECT a.example:443 HTTP/1.1"] * 3, heads
            assert "Proxy-Authorization: Basic bWU6czpjcmV0\r\n" in heads[2], heads
            before = len(heads)
            expect(connect(443, *ca, host="c.invalid", environment={"https_proxy": address, "no_proxy": ".invalid"}),
                   1, "cannot find c.invalid")
            assert len(heads) == before
            expect(connect(server.port, *ca, "--name", "a.example", environment={"https_proxy": address}), 0)
            assert len(heads) == before, "localhost went through the proxy"


@case
def a_proxy_that_is_no_help(c):
    for answer, pattern in (
        (b"HTTP/1.1 403 Not for you\r\n\r\n", "refuses the connection to a.example:443: HTTP/1.1 403 Not for you"),
        (b"HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\n\r\n", "wants a name and a password"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "HTTP/1.1 502 Bad Gateway"),
        (b"\x15\x03\x01\x00\x02\x02\x16", "does not answer like an HTTP proxy|broke off the connection"),
        (b"", "broke off the connection to a.example:443"),
        (None, "in time: the proxy 127.0.0.1:\\d+ does not answer"),
    ):
        with Server(proxy(answer)) as middle:
            expect(connect(443, "--repeat", "5", "--deadline", "300", host="a.example",
                           environment={"https_proxy": f"127.0.0.1:{middle.port}"}), 1, pattern)
    expect(connect(443, host="a.example", environment={"https_proxy": "socks5://u:secret@h:1"}), 1,
           "https_proxy names no proxy that can be used: only http:// proxies are supported", absent=["secret"])


def rss(process):
    with open(f"/proc/{process}/status") as status:
        return int(re.search("VmRSS:\\s+(\\d+)", status.read()).group(1))


def memory(c, count=1000):
    """What TLS costs: a process by stages, and a server by idle connection."""
    print(subprocess.run([PROBE, "memory"], capture_output=True, text=True).stdout, end="")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with probe_server(*c.good) as (process, port):
            def client():
                secured = context.wrap_socket(socket.create_connection(("127.0.0.1", port)),
                                              server_hostname="localhost")
                secured.sendall(b"hello")
                secured.recv(5)
                return secured
            context = client_context(c.root.cert, minimum_version=version, maximum_version=version)
            clients = [client() for _ in range(50)]
            before = rss(process.pid)
            clients += [client() for _ in range(count)]
            after = rss(process.pid)
            print(f"server, {version.name}: RSS {before} KB with 50 idle connections, {after} KB with {count} more: "
                  f"{(after - before) / count:.1f} KB each")


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        certificates = Certificates(directory)
        if "--memory" in sys.argv:
            return memory(certificates)
        for function in CASES:
            try:
                function(certificates)
            except Exception:
                failed += 1
                print(f"FAILED {function.__name__}")
                traceback.print_exc(limit=-2, file=sys.stdout)
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
