"""`openclaw config`: reads, changes and checks the file, and keeps what a person wrote into it."""

import json
import subprocess
import unittest

from harness import BinaryTest, Finished, binary

TEXT = """{
  // how clients reach it
  gateway: {
    mode: "local", // this machine
    bind: "loopback",
    auth: { token: "a-token-for-tests" },
  },
}
"""


class ConfigTest(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.state.mkdir(mode=0o700)
        self.file = self.state / "openclaw.json"
        self.file.write_text(TEXT)
        self.file.chmod(0o600)

    def config(self, *arguments: str, code: int = 0, **options: object) -> Finished:
        finished = self.run_to_end("config", *arguments, **options)
        self.assertEqual(finished.code, code, finished)
        self.assertNotIn("a-token-for-tests", finished.output + finished.error)
        return finished


class Reading(ConfigTest):
    def test_a_value_is_printed_bare_and_as_json(self) -> None:
        self.assertEqual(self.config("get", "gateway.bind").output, "loopback\n")
        self.assertEqual(self.config("get", "gateway.bind", "--json").output, '"loopback"\n')

    def test_a_default_is_printed_where_nothing_is_set(self) -> None:
        self.assertEqual(self.config("get", "gateway.tls.enabled").output, "false\n")

    def test_a_secret_is_not_printed(self) -> None:
        self.config("get", "gateway.auth.token")
        self.config("get", "gateway", "--json")

    def test_an_unknown_setting_names_the_nearest(self) -> None:
        self.assertIn('did you mean "gateway.bind"?', self.config("get", "gateway.bnid", code=1).error)

    def test_a_slip_of_the_pen_is_told_where_others_settings_are_kept(self) -> None:
        self.assertIn("did you mean agents.defaults.model?", self.config("set", "agents.defaults.modl", "x").output)
        self.assertNotIn("did you mean", self.config("set", "plugins.own.thing", "x").output)

    def test_file_and_schema(self) -> None:
        self.assertEqual(self.config("file").output, f"{self.file}\n")
        schema = json.loads(self.config("schema").output)["schema"]
        self.assertIn("gateway", schema["properties"])
        bind = json.loads(self.config("schema", "gateway.bind").output)
        self.assertIn("tailnet", bind["schema"]["enum"])


class Changing(ConfigTest):
    def test_a_value_changes_and_comments_stay(self) -> None:
        output = self.config("set", "gateway.bind", "lan").output
        self.assertIn("gateway.bind is lan", output)
        self.assertIn("Undo: openclaw config set gateway.bind 'loopback'", output)
        self.assertEqual(self.file.read_text(), TEXT.replace('"loopback"', '"lan"'))

    def test_the_way_back_can_be_pasted_into_a_shell(self) -> None:
        for path, before, after in (
            ("ui.x", "it's `date` $HOME \\", "b"), ('ui["a b"]', "1", "2"),
            ("agents.list[0].name", "a", "b"), ("ui.list", "[1, 2]", "[3]"),
        ):
            if path.startswith("agents"):
                self.config("set", "agents.list", '[{id: "main"}]')
            self.config("set", path, before)
            text = self.file.read_text()
            way = self.config("set", path, after).output.split("Undo: ")[1].splitlines()[0]
            self.assertNotEqual(self.file.read_text(), text)
            subprocess.run(
                ["sh", "-c", way.replace("openclaw", f"'{binary()}'", 1)], env=self.environment(), check=True,
                stdout=subprocess.DEVNULL)
            self.assertEqual(self.file.read_text(), text, way)

    def test_secrets_within_a_value_are_not_repeated(self) -> None:
        self.config("set", "gateway.auth", '{token: "a-token-for-tests"}')
        self.assertIn("gateway.auth is set", self.config("set", "gateway.auth", '{token: "a-token-for-tests", mode: "token"}').output)
        before = self.file.read_text()
        way = self.config("unset", "gateway.auth", "--allow-loss").output.split("Undo: ")[1].splitlines()[0]
        self.assertNotIn("a-token-for-tests", way)
        self.assertNotEqual(self.file.read_text(), before)
        subprocess.run(["sh", "-c", way], env=self.environment(), check=True)
        self.assertEqual(self.file.read_text(), before, way)

    def test_what_steers_a_terminal_is_not_repeated(self) -> None:
        self.config("set", "ui.x", "a\x1b[2Jb")
        finished = self.config("set", "ui.x", "c")
        self.assertNotIn("\x1b", finished.output)
        self.assertIn("Undo: cp ", finished.output)

    def test_what_is_undone_is_as_before(self) -> None:
        self.config("set", "gateway.port", "18790")
        self.config("unset", "gateway.port")
        self.assertEqual(self.config("get", "gateway.bind").output, "loopback\n")
        self.assertNotIn("port", self.file.read_text())

    def test_a_wrong_value_changes_nothing_and_says_what_is_allowed(self) -> None:
        error = self.config("set", "gateway.bind", "lann", code=1).error
        self.assertIn('"lann" is not allowed', error)
        self.assertIn("tailnet", error)
        self.assertEqual(self.file.read_text(), TEXT)

    def test_a_number_is_a_number_and_a_text_a_text(self) -> None:
        self.config("set", "gateway.port", "18790")
        self.assertEqual(self.config("get", "gateway.port", "--json").output, "18790\n")
        self.config("set", "gateway.auth.password", "-", stdin=self.input("1234567890\n"))
        self.assertIn('"1234567890"', self.file.read_text())

    def test_a_secret_comes_from_standard_input_without_a_trace(self) -> None:
        finished = self.config("set", "gateway.auth.token", "-", stdin=self.input("another-token-for-tests\n"))
        self.assertNotIn("another-token", finished.output + finished.error)
        self.assertIn("another-token-for-tests", self.file.read_text())

    def test_losing_the_mode_has_to_be_meant(self) -> None:
        error = self.config("unset", "gateway.mode", code=1).error
        self.assertIn("gateway.mode would be lost", error)
        self.assertEqual(self.file.read_text(), TEXT)
        self.config("unset", "gateway.mode", "--allow-loss")
        self.assertNotIn("mode", self.file.read_text())

    def test_unsetting_what_is_not_set_says_so(self) -> None:
        self.assertIn("is not in the file", self.config("unset", "gateway.port", code=1).error)

    def test_the_answer_for_programs(self) -> None:
        answer = json.loads(self.config("set", "gateway.bind", "lan", "--json").output)
        self.assertEqual((answer["ok"], answer["path"], answer["isSet"]), (True, "gateway.bind", True))
        self.assertIn(answer["reload"], ("hot", "restart"))

    def input(self, text: str) -> object:
        path = self.scratch("input")
        path.write_text(text)
        stream = path.open("rb")
        self.addCleanup(stream.close)
        return stream


class Checking(ConfigTest):
    def test_a_good_file_is_valid(self) -> None:
        self.assertIn("valid", self.config("validate").output)
        self.assertTrue(json.loads(self.config("validate", "--json").output)["ok"])

    def test_every_problem_has_its_place_and_what_is_allowed(self) -> None:
        self.file.write_text(TEXT.replace('"loopback"', '"lann"').replace('mode: "local"', 'mode: "locl"'))
        output = self.config("validate", code=1).output
        self.assertIn("2 problems", output)
        self.assertRegex(output, r'(?m)^  5:11 +gateway\.bind: "lann" is not allowed; .*tailnet')
        problems = json.loads(self.config("validate", "--json", code=1).output)["problems"]
        self.assertEqual({problem["path"] for problem in problems}, {"gateway.bind", "gateway.mode"})
        self.assertEqual({problem["line"] for problem in problems}, {4, 5})

    def test_a_file_that_is_no_json5_is_named(self) -> None:
        self.file.write_text("{ gateway: ")
        self.assertIn("openclaw.json", self.config("validate", code=1).output)


if __name__ == "__main__":
    unittest.main()
