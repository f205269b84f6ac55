"""`openclaw gateway diagnostics export`: what a report needs, and no secret and nothing that was said."""

import json
import unittest
import zipfile

import fake_model
from harness import RUN, BinaryTest

SECRETS = ("gateway-token-in-tests", "model-key-in-tests-1", "secret-of-a-variable", "hook-token-in-tests")
SAID = ("my dentist is on Tuesday", "You should call the dentist")


class Diagnostics(BinaryTest):
    def test_neither_secrets_nor_messages_are_in_it(self) -> None:
        with fake_model.serving() as model:
            model.answer = [SAID[1]]
            (self.state).mkdir(mode=0o700)
            (self.state / ".env").write_text(f"GIVEN={SECRETS[2]}\n")
            (self.state / ".env").chmod(0o600)
            self.configure({
                "gateway": {"mode": "local", "auth": {"mode": "token", "token": SECRETS[0]}},
                "hooks": {"token": SECRETS[3]},
                "channels": {"telegram": {"apiRoot": "http://127.0.0.1:1", "botToken": {"source": "env", "id": "GIVEN"}}},
                "logging": {"level": "trace"},
                "agents": {"defaults": {"model": "fake/fake"}},
                "models": {"providers": {"fake": {
                    "baseUrl": model.base, "api": "openai-completions", "apiKey": SECRETS[1],
                    "models": [{"id": "fake", "name": "Fake"}]}}},
            })
            gateway = self.start(*RUN).ready()
            said = self.run_to_end("agent", "--message", SAID[0])
            self.assertEqual(said.code, 0, said)
            self.assertIn(SAID[1], said.output)
            path = self.scratch("trouble.zip")
            finished = self.run_to_end("gateway", "diagnostics", "export", "--output", str(path), "--json")
            self.assertEqual(finished.code, 0, finished)
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            raw = path.read_bytes()
            for text in (*SECRETS, *SAID, str(self.home)):
                self.assertNotIn(text.encode(), raw)
            with zipfile.ZipFile(path) as archive:
                self.assertIsNone(archive.testzip())
                self.assertEqual(
                    sorted(archive.namelist()), ["about.json", "config.json", "gateway.json", "log.jsonl", "state.json"])
                files = {name: archive.read(name).decode() for name in archive.namelist()}
            for text in (*SECRETS, *SAID):
                self.assertFalse([name for name, content in files.items() if text in content], text)
            self.assertTrue(json.loads(files["gateway.json"])["answers"]["health"]["ok"])
            self.assertEqual(json.loads(files["config.json"])["config"]["gateway"]["mode"], "local")
            self.assertIn("ready", files["log.jsonl"])
            again = self.run_to_end("gateway", "diagnostics", "export", "--output", str(path))
            self.assertEqual(again.code, 1)
            self.assertEqual(path.read_bytes(), raw)
            self.assertEqual(gateway.terminate(), 0)

    def test_it_is_made_without_a_gateway_and_of_a_broken_configuration(self) -> None:
        self.configure({}).write_text('{ gateway: { auth: { token: "gateway-token-in-tests" ')
        path = self.scratch("trouble.zip")
        self.assertEqual(self.run_to_end("gateway", "diagnostics", "export", "--output", str(path)).code, 0)
        self.assertNotIn(b"gateway-token-in-tests", path.read_bytes())
        with zipfile.ZipFile(path) as archive:
            self.assertFalse(json.loads(archive.read("config.json"))["valid"])
            self.assertFalse(json.loads(archive.read("gateway.json"))["answers"]["reachable"])


if __name__ == "__main__":
    unittest.main()
