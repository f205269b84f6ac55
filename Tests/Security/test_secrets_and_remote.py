"""reliability.md section 2.4: oc#2475, oc#75095 and oc#21158."""

import json
import re
import secrets
import shutil
import socket
import unittest
from pathlib import Path

from secure import GUARDED, SecurityTest

SOURCES = Path(__file__).resolve().parents[2] / "Sources"
#: A comparison of something named for a secret with the ordinary operator; digests and counts of them are no secrets.
ORDINARY = re.compile(r"\b(?!wants|is[A-Z]|has[A-Z])\w*(?:[tT]oken|[pP]assword|[sS]ecret)\b\s*[!=]=\s*(?!nil\b|\"|\.|0\b)\S+")
#: Where secrets that somebody shows are never met: the run loop's tokens, and what compares the owner's own settings.
EXEMPT = {
    "Platform": "tokens of the poller and of pointers",
    "Gateway/Configuration/GatewayRules.swift": "both sides stand in the owner's file, before anybody can ask",
    "Settings/File/RedactedSecrets.swift": "compares with the mark that stands for a secret",
}
EXIT_REFUSED, EXIT_UNREACHABLE = 1, 3


class Comparison(SecurityTest):
    def test_oc2475_lengths_and_beginnings_make_no_difference(self) -> None:
        gateway = self.begin()
        wrong = ["", "x", self.token[:-1], f"{self.token}x", self.token.swapcase(), f"x{self.token}", "é" * 40, "x" * 4096]
        answers = {self.fetch(gateway, GUARDED, {"Authorization": f"Bearer {value}".encode().decode("latin-1")})[::2]
                   for value in wrong}
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(next(iter(answers))[0], 401)

    def test_oc2475_no_source_compares_secrets_with_the_ordinary_operator(self) -> None:
        found = []
        for path in sorted(SOURCES.rglob("*.swift")):
            name = str(path.relative_to(SOURCES))
            if any(name == place or name.startswith(f"{place}/") for place in EXEMPT):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                code = line.split("//")[0]
                if ORDINARY.search(code):
                    found.append(f"{name}:{number}: {code.strip()}")
        self.assertEqual(found, [])

    def test_oc2475_the_rule_can_fail(self) -> None:
        self.assertTrue(ORDINARY.search("if given.token == configured { }"))
        self.assertTrue(ORDINARY.search("guard password != other"))
        self.assertFalse(ORDINARY.search("token == nil"))
        self.assertFalse(ORDINARY.search("if token == .identifier"))
        self.assertTrue(all((SOURCES / place).exists() for place in EXEMPT), "an exemption has outlived its place")


class Secrets(SecurityTest):
    """The sweep of every GatewayTest does the looking; these tests bring secrets to where they were found elsewhere."""

    def test_oc75095_commands_need_no_secret_in_argv_and_show_none(self) -> None:
        # `gateway status` looks for the listener where the configuration has it.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.begin({"gateway": {"port": port}}, "gateway", "run")
        url = ("--url", f"ws://127.0.0.1:{port}", "--token", "env:OPENCLAW_GATEWAY_TOKEN")
        for arguments in (("status",), ("status", "--json"), ("health",), ("gateway", "status", "--json"), ("gateway", "probe"),
                          ("gateway", "call", "config.get"), ("devices", "list"), ("nodes", "list"), ("logs", "--limit", "50"),
                          ("config", "get", "gateway"), ("gateway", "call", "health", *url), ("config", "file")):
            finished = self.run_to_end(*arguments, env={"OPENCLAW_GATEWAY_TOKEN": self.token})
            self.sweep.look(f"the output of {arguments}", (finished.output + finished.error).encode())
            self.assertEqual(finished.code, 0, f"{arguments}: {finished.error}")
        self.assertGreater(self.sweep.samples, 0)

    def test_oc75095_what_was_shown_wrongly_is_not_written_down(self) -> None:
        gateway = self.begin(None, "gateway", "run", "--port", "0", "--verbose")
        typo = self.sweep.shared("a mistyped token", f"{self.token[:-2]}{secrets.token_urlsafe(8)}")
        device_token = self.sweep.shared("a bogus device token", secrets.token_urlsafe(24))
        self.error(self.client(gateway), {"token": typo})
        self.error(self.client(gateway), {"deviceToken": device_token}, self.device(), protocol=4, sign="v3")
        self.fetch(gateway, GUARDED, self.bearer(typo))
        self.fetch(gateway, f"/?token={typo}")
        client = self.operator(gateway)
        client.request("config.patch", {"raw": json.dumps({"gateway": {"auth": {"token": typo}}}), "baseHash": "none"})
        self.assertIsNotNone(client.call("health", {}))

    def test_oc75095_a_wrong_setting_is_named_without_its_value(self) -> None:
        value = self.sweep.shared("a token that is no text", secrets.token_urlsafe(24))
        finished = self.refused_start({"gateway": {"auth": {"token": {"source": "env", "id": 7, "value": value}}}})
        self.assertEqual(finished.code, 78, finished.error)
        self.assertIn("gateway.auth.token", finished.error)
        self.sweep.look("the refusal", (finished.output + finished.error).encode())


class PlainRemote(SecurityTest):
    """In a network of its own, where nothing but loopback exists and these names and addresses are given to it."""

    NAMES = {"gateway.example": "203.0.113.9", "vpn.example": "100.64.0.9", "lan.example": "192.168.7.7",
             "127.0.0.1.evil.test": "203.0.113.9", "0x7f000001.evil.test": "203.0.113.9"}
    TABLE = {
        "ws://127.0.0.1:9": "dialled", "ws://[::1]:9": "dialled", "ws://localhost:9": "dialled",
        "ws://100.64.0.9:9": "dialled", "ws://vpn.example:9": "dialled", "ws://[fd7a:115c:a1e0::9]:9": "dialled",
        "wss://192.168.7.7:9": "dialled", "wss://203.0.113.9:9": "dialled",
        "ws://192.168.7.7:9": "refused", "ws://lan.example:9": "refused", "ws://203.0.113.9:9": "refused",
        "ws://gateway.example:9": "refused", "ws://127.0.0.1.evil.test:9": "refused", "ws://100.128.0.1:9": "refused",
        "ws://0x7f000001.evil.test:9": "refused", "ws://[fd7a:115c:a1e1::9]:9": "refused", "ws://[2001:db8::9]:9": "refused",
    }
    OUTCOMES = {EXIT_UNREACHABLE: "dialled", EXIT_REFUSED: "refused"}

    def outcome(self, url: str, config: dict | None = None) -> tuple[str, str]:
        self.configure(self.config(config))
        ip = shutil.which("ip", path="/usr/sbin:/usr/bin:/sbin:/bin")
        hosts = self.scratch("hosts")
        hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in self.NAMES.items()))
        setup = [f"mount --bind {hosts} /etc/hosts", f"{ip} link set lo up",
                 *(f"{ip} addr add {address} dev lo" for address in (
                     "100.64.0.9/32", "192.168.7.7/32", "203.0.113.9/32", "fd7a:115c:a1e0::9/128")), 'exec "$@"']
        gateway = self.launch(
            ("gateway", "call", "health", "--url", url, "--timeout", "3000"), env={"OPENCLAW_GATEWAY_TOKEN": self.token},
            wrapper=("/usr/bin/unshare", "--map-root-user", "--net", "--mount", "/bin/sh", "-c", " && ".join(setup), "sh"))
        code = gateway.wait()
        self.assertIn(code, self.OUTCOMES, f"{url}: {gateway.error}")
        return self.OUTCOMES[code], gateway.error

    def test_oc21158_table_of_hosts(self) -> None:
        found = {url: self.outcome(url)[0] for url in self.TABLE}
        self.assertEqual(found, self.TABLE)

    def test_oc21158_the_message_gives_the_way_out(self) -> None:
        text = self.outcome("ws://192.168.7.7:9")[1]
        self.assertIn("wss://", text)
        self.assertIn("gateway.remote.allowInsecure", text)
        self.assertIn("ssh", text.lower())

    def test_oc21158_a_private_host_where_the_owner_allows_it_and_no_other(self) -> None:
        allowed = {"gateway": {"remote": {"allowInsecure": True}}}
        self.assertEqual(self.outcome("ws://192.168.7.7:9", allowed)[0], "dialled")
        self.assertEqual(self.outcome("ws://203.0.113.9:9", allowed)[0], "refused")


if __name__ == "__main__":
    unittest.main()
