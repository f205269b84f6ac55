"""`openclaw secrets`: found where they lie open, moved away, taken from variables, files and programs, fetched anew."""

import json
import os
import unittest

from harness import RUN, BinaryTest, Finished
from terminal import Terminal

TEXT = """{
  // mine
  gateway: { mode: "local", auth: { mode: "token", token: "written-out-token-1" } },
  channels: { telegram: { enabled: false, botToken: "written-out-token-2" } },
}
"""
SECRETS = ("written-out-token-1", "written-out-token-2", "token-of-a-file", "token-of-a-program", "token-of-a-variable")


class Secrets(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.configure({})
        self.file.write_text(TEXT)

    def secrets(self, *arguments: str, code: int = 0, **options: object) -> Finished:
        finished = self.run_to_end("secrets", *arguments, **options)
        self.assertEqual(finished.code, code, finished)
        for secret in SECRETS:
            self.assertNotIn(secret, finished.output + finished.error)
        return finished

    def audit(self, code: int) -> dict[str, object]:
        return json.loads(self.secrets("audit", "--json", code=code).output)

    def test_the_audit_finds_and_apply_moves(self) -> None:
        report = self.audit(1)
        self.assertEqual(report["status"], "findings")
        self.assertEqual([one["path"] for one in report["findings"]], ["gateway.auth.token", "channels.telegram.botToken"])
        self.secrets("apply", "--all", "--dry-run")
        self.assertEqual(self.file.read_text(), TEXT)
        output = self.secrets("apply", "--all", "--yes").output
        undo = output.split("Undo: ")[1].splitlines()[0]
        self.assertIn("// mine", self.file.read_text())
        for secret in SECRETS:
            self.assertNotIn(secret, self.file.read_text())
        kept = self.state / "secrets.json"
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        self.assertEqual(json.loads(kept.read_text())["channels.telegram.botToken"], "written-out-token-2")
        self.assertEqual(self.audit(0)["status"], "clean")
        self.assertEqual(self.run_to_end("config", "validate").code, 0)
        self.assertEqual(os.system(undo), 0)
        self.assertEqual(self.file.read_text(), TEXT)

    def test_what_an_included_file_says_is_named_and_left_there(self) -> None:
        included = self.state / "channels.json5"
        included.write_text("{ telegram: { enabled: false, botToken: 'written-out-token-2' } }\n")
        included.chmod(0o600)
        text = TEXT.replace('{ telegram: { enabled: false, botToken: "written-out-token-2" } }', '{ $include: "./channels.json5" }')
        self.file.write_text(text)
        before = included.read_text()
        shown = self.secrets("apply", "--all", "--dry-run").output
        self.assertIn("channels.telegram.botToken is set in ~/.openclaw/channels.json5", shown)
        done = json.loads(self.secrets("apply", "--all", "--yes", "--json").output)
        self.assertEqual([one["path"] for one in done["moved"]], ["gateway.auth.token"])
        self.assertEqual(
            done["left"], [{"path": "channels.telegram.botToken", "file": "~/.openclaw/channels.json5"}])
        self.assertEqual(included.read_text(), before)
        for words in (("--all",), ("channels.telegram.botToken",)):
            refused = self.secrets("apply", *words, "--yes", code=1)
            self.assertIn("channels.telegram.botToken is set in ~/.openclaw/channels.json5", refused.error)
        self.assertEqual(self.run_to_end("config", "validate").code, 0)

    def test_the_audit_looks_at_modes_and_at_what_older_installs_left(self) -> None:
        self.secrets("apply", "--all", "--yes")
        (self.state / ".env").write_text("A=b\n")
        (self.state / ".env").chmod(0o644)
        place = self.state / "agents" / "main" / "agent"
        place.mkdir(parents=True)
        profiles = place / "auth-profiles.json"
        profiles.write_text(json.dumps({"profiles": {"openai:default": {"type": "api_key", "key": "written-out-token-1"}}}))
        profiles.chmod(0o600)
        codes = sorted(one["code"] for one in self.audit(1)["findings"])
        self.assertEqual(codes, ["FILE_OPEN_TO_OTHERS", "LEGACY_RESIDUE"])

    def test_a_setting_is_taken_from_each_source(self) -> None:
        token = self.scratch("token")
        token.write_text("token-of-a-file\n")
        token.chmod(0o600)
        self.secrets("configure", "gateway.auth.token", "--source", "file", "--file", str(token))
        program = self.scratch("give")
        program.write_text("#!/bin/sh\necho token-of-a-program\n")
        program.chmod(0o700)
        self.secrets("configure", "gateway.auth.token", "--command", str(program), "--arg", "now")
        self.secrets("configure", "gateway.auth.token", "--env", "GIVEN", env={"GIVEN": "token-of-a-variable"})
        self.secrets("configure", "gateway.auth.token", "--env", "GIVEN", code=1)
        self.assertIn('"GIVEN"', self.file.read_text())
        program.chmod(0o777)
        text = self.file.read_text()
        self.secrets("configure", "gateway.auth.token", "--command", str(program), code=1)
        token.chmod(0o644)
        self.secrets("configure", "gateway.auth.token", "--file", str(token), code=1)
        self.assertEqual(self.file.read_text(), text)

    def test_what_cannot_be_had_anew_leaves_the_gateway_as_it_was(self) -> None:
        self.secrets("apply", "gateway.auth.token", "--yes")
        gateway = self.start(*RUN).ready()
        self.secrets("reload")
        kept = self.state / "secrets.json"
        text = kept.read_text()
        kept.unlink()
        refusal = json.loads(self.secrets("reload", "--json", code=1).output)["error"]
        self.assertIn("gateway.auth.token", json.dumps(refusal))
        self.assertEqual(self.run_to_end("health").code, 0)
        kept.write_text(text)
        kept.chmod(0o600)
        self.secrets("reload")
        self.assertEqual(gateway.terminate(), 0)

    def test_a_part_that_works_is_not_switched_off_by_a_reload(self) -> None:
        variables = self.state / ".env"
        variables.write_text("GIVEN=token-of-a-variable\n")
        variables.chmod(0o600)
        text = TEXT.replace('"written-out-token-2"', '{ source: "env", id: "GIVEN" }')
        # Switched on, so that its secret is missed; nobody is asked for messages.
        self.file.write_text(text.replace("enabled: false", 'apiRoot: "http://127.0.0.1:1"'))
        gateway = self.start(*RUN).ready()
        self.secrets("reload")
        variables.write_text("")
        refusal = json.loads(self.secrets("reload", "--json", code=1).output)["error"]
        self.assertIn("channels.telegram.botToken", json.dumps(refusal))
        self.assertEqual(self.audit(1)["summary"]["unresolvedRefCount"], 1)
        self.assertEqual(gateway.terminate(), 0)

    def test_on_a_terminal_what_is_not_given_is_asked_for(self) -> None:
        screen = Terminal(self, "secrets", "configure", GIVEN="token-of-a-variable")
        for question, answer in (
            ("Setting", "gateway.auth.token"), ("From env", "env"), ("Variable", "GIVEN"), ("Go on?", "y"),
        ):
            screen.shows(question)
            screen.type(answer + "\n")
        screen.shows("gateway.auth.token comes from env")
        self.assertEqual(screen.process.wait(30), 0)
        self.assertNotIn("token-of-a-variable", screen.text)
        self.assertIn('"GIVEN"', self.file.read_text())

    def test_who_says_no_changes_nothing(self) -> None:
        screen = Terminal(self, "secrets", "apply", "--all")
        screen.shows("Go on?")
        self.assertNotIn("written-out-token", screen.text)
        screen.type("n\n")
        self.assertEqual(screen.process.wait(30), 1)
        self.assertEqual(self.file.read_text(), TEXT)
        self.assertFalse((self.state / "secrets.json").exists())


if __name__ == "__main__":
    unittest.main()
