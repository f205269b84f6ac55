"""The address for a browser: who gets a code, and where the code is seen."""

import json
import unittest
from pathlib import Path

from harness import until
from test_cli_queries import QueryTest

REFUSED, UNREACHABLE, UNAUTHORIZED = 1, 3, 4
DESK = {"DISPLAY": ":7"}


class Dashboard(QueryTest):
    def opener(self) -> tuple[dict[str, str], Path]:
        """A desktop whose opener only notes what it was given."""
        programs = self.scratch("programs")
        programs.mkdir()
        seen = self.scratch("seen")
        program = programs / "xdg-open"
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{seen}.new" && mv "{seen}.new" "{seen}"\n')
        program.chmod(0o755)
        return {**DESK, "PATH": f"{programs}:/usr/bin:/bin"}, seen

    def test_without_a_desktop_the_address_is_printed_with_its_code(self) -> None:
        self.gateway()
        first, ssh = self.ask("dashboard"), self.ask("dashboard", env={**self.opener()[0], "SSH_TTY": "/dev/pts/9"})
        codes = set()
        for answer in (first, ssh):
            address, _, code = answer.output.splitlines()[0].partition("#bootstrapToken=")
            self.assertEqual(address, f"http://127.0.0.1:{self.port}/")
            self.assertEqual(len(code), 43)
            codes.add(code)
        self.assertEqual(len(codes), 2)
        self.assertFalse(self.scratch("seen").exists())

    def test_on_a_desktop_the_browser_gets_the_code_and_the_terminal_does_not(self) -> None:
        self.gateway()
        env, seen = self.opener()
        output = self.ask("dashboard", env=env).output
        until(seen.exists, "the opener ran")
        address = seen.read_text().strip()
        self.assertRegex(address, rf"^http://127\.0\.0\.1:{self.port}/#bootstrapToken=[\w-]{{43}}$")
        self.assertNotIn(address.partition("=")[2], output)
        self.assertIn(f"http://127.0.0.1:{self.port}/", output)

    def test_without_an_opener_the_address_is_printed_all_the_same(self) -> None:
        self.gateway()
        answer = self.ask("dashboard", env={**DESK, "PATH": str(self.scratch("nothing"))})
        self.assertIn("no browser could be opened", answer.error)
        self.assertIn("#bootstrapToken=", answer.output)

    def test_programs_get_an_object_and_no_browser(self) -> None:
        self.gateway()
        env, seen = self.opener()
        answer = self.json("dashboard", env=env)
        self.assertEqual(set(answer), {"ok", "url", "browserUrl", "expiresAtMs"})
        self.assertEqual(answer["browserUrl"].partition("#")[0], answer["url"])
        self.assertFalse(seen.exists())

    def test_the_address_leads_somewhere(self) -> None:
        gateway = self.gateway()
        page = gateway.get("/")
        self.assertEqual((page.status, page.fields["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn(b"openclaw tui", page.body)

    def test_nobody_without_the_right_gets_a_code(self) -> None:
        self.gateway()
        url = f"ws://127.0.0.1:{self.port}"
        wrong = self.ask("dashboard", "--url", url, "--token", "env:WRONG", code=UNAUTHORIZED, env={"WRONG": "guessed"})
        self.assertNotIn("bootstrapToken", wrong.output + wrong.error)

    def test_without_a_gateway_it_says_so(self) -> None:
        self.assertIn("no gateway answers", self.ask("dashboard", code=UNREACHABLE).error)

    def test_without_a_page_there_is_no_code(self) -> None:
        self.configure(
            f'{{ gateway: {{ mode: "local", port: {self.port}, auth: {{ token: "secret" }}, '
            'controlUi: { enabled: false } } }')
        gateway = self.gateway()
        self.assertIn("gateway.controlUi.enabled", self.ask("dashboard", code=REFUSED).error)
        self.assertEqual(gateway.get("/").status, 404)

    def test_the_code_is_in_no_log(self) -> None:
        gateway = self.start("gateway", "run", "--port", str(self.port), "--ws-log", "full", "--verbose").ready()
        code = self.json("dashboard")["browserUrl"].partition("=")[2]
        self.wait_for_message("sent")
        self.assertEqual(gateway.terminate(), 0)
        logs = "".join(path.read_text() for path in (self.state / "logs").glob("*.log"))
        self.assertIn("device.pair.dashboardCode", logs + gateway.error)
        self.assertNotIn(code, logs + gateway.error)


if __name__ == "__main__":
    unittest.main()
