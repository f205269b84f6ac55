"""What `openclaw` makes of its command line: help, version, and clear errors that change nothing."""

import json
import unittest

from harness import RUN, BinaryTest, Finished

EXIT_CODES = (0, 1, 2, 3, 4, 75, 78)
WIDEST_LINE = 80
TALLEST_SCREEN = 24


class HelpAndVersion(BinaryTest):
    def succeeds(self, *arguments: str) -> str:
        finished = self.run_to_end(*arguments)
        self.assertEqual((finished.code, finished.error), (0, ""), arguments)
        self.assertEqual(list(self.home.iterdir()), [], f"{arguments} left something behind")
        return finished.output

    def test_version_is_one_line_however_it_is_asked_for(self) -> None:
        text = self.succeeds("--version")
        self.assertRegex(text, r"\Aopenclaw \d+\.\d+\.\d+\S*\n\Z")
        for arguments in [("-V",), ("gateway", "run", "--version"), ("--version", "gateway")]:
            self.assertEqual(self.succeeds(*arguments), text)

    def test_help_fits_a_screen(self) -> None:
        text = self.succeeds("--help")
        for word in ("gateway", "--profile", "--dev", "--help", "--version", "openclaw help topics"):
            self.assertIn(word, text)
        self.assertLessEqual(len(text.splitlines()), TALLEST_SCREEN)

    def test_every_exit_code_has_its_line(self) -> None:
        text = self.succeeds("help", "exit-codes")
        for code in EXIT_CODES:
            self.assertRegex(text, rf"(?m)^  {code} +\S")

    def test_every_topic_can_be_read(self) -> None:
        topics = self.succeeds("help", "topics")
        for name in ("profiles", "ports", "exit-codes"):
            self.assertIn(f"openclaw help {name}", topics)
            self.assertIn(name, self.succeeds("help", name).splitlines()[0])

    def test_help_is_the_same_however_it_is_asked_for(self) -> None:
        text = self.succeeds("--help")
        for arguments in [(), ("-h",), ("help",), ("--dev", "--help")]:
            self.assertEqual(self.succeeds(*arguments), text)

    def test_help_is_no_wider_than_a_window(self) -> None:
        for arguments in [("--help",), ("gateway", "--help"), ("gateway", "run", "--help"), ("help", "ports")]:
            for line in self.succeeds(*arguments).splitlines():
                self.assertLessEqual(len(line), WIDEST_LINE, line)

    def test_help_of_a_command_has_flags_and_examples(self) -> None:
        text = self.succeeds("gateway", "run", "--help")
        for word in (
            "Usage: openclaw gateway run [flags]", "--port <number>", "--verbose", "--profile <name>", "Examples",
            "  openclaw gateway run", "See also: ",
        ):
            self.assertIn(word, text)
        for arguments in [("--help", "gateway", "run"), ("gateway", "run", "-h"), ("gateway", "--help", "run")]:
            self.assertEqual(self.succeeds(*arguments), text)

    def test_help_of_a_group_lists_its_commands(self) -> None:
        text = self.succeeds("gateway", "--help")
        self.assertRegex(text, r"(?m)^  gateway run +\S")
        self.assertEqual(self.succeeds("help", "gateway"), text)

    def test_the_word_help_shows_a_commands_help_and_never_runs_it(self) -> None:
        text = self.succeeds("gateway", "run", "--help")
        self.assertEqual(self.succeeds("help", "gateway", "run", "--port=0"), text)

    def test_asking_for_help_wins_over_running(self) -> None:
        self.assertIn("--port", self.succeeds(*RUN, "--help"))


class UsageErrors(BinaryTest):
    def refuses(self, *arguments: str, says: tuple[str, ...], env: dict[str, str | None] | None = None) -> Finished:
        finished = self.run_to_end(*arguments, env=env)
        self.assertEqual(finished.code, 2, finished)
        self.assertEqual(finished.output, "")
        self.assertTrue(finished.error.startswith("openclaw: "), finished.error)
        for words in says:
            self.assertIn(words, finished.error)
        self.assertLessEqual(len(finished.error.splitlines()), 2, "an error is not the whole help")
        self.assertEqual(list(self.home.iterdir()), [], "a wrong command line made something")
        return finished

    def test_an_unknown_command_names_the_nearest(self) -> None:
        self.refuses("gatway", says=('no command "gatway"', 'did you mean "gateway"?', "openclaw --help"))
        self.refuses("gateway", "runn", says=('no gateway command "runn"', 'did you mean "run"?', "openclaw gateway"))

    def test_an_unknown_command_like_nothing_known_guesses_nothing(self) -> None:
        self.assertNotIn("did you mean", self.refuses("xylophone", says=('no command "xylophone"',)).error)

    def test_an_unknown_command_is_not_hidden_by_asking_for_help(self) -> None:
        self.refuses("gatway", "--help", says=('no command "gatway"',))

    def test_an_unknown_flag_names_the_nearest(self) -> None:
        self.refuses("gateway", "run", "--verbos", says=('no flag "--verbos"', 'did you mean "--verbose"?', "usage: "))
        self.refuses("gateway", "run", "--prot=1", says=('no flag "--prot"', 'did you mean "--port"?'))
        self.refuses("--versoin", says=('no flag "--versoin"', 'did you mean "--version"?'))

    def test_an_unknown_flag_with_its_value_behind_it_names_the_nearest(self) -> None:
        self.refuses("gateway", "run", "--prot", "19101", says=('no flag "--prot"', 'did you mean "--port"?'))

    def test_a_flag_of_one_command_is_unknown_without_it(self) -> None:
        self.refuses("--verbose", says=('no flag "--verbose"',))

    def test_a_flag_without_its_value(self) -> None:
        self.refuses("gateway", "run", "--port", says=("--port needs a value",))
        self.refuses("--profile", says=("--profile needs a value",))

    def test_a_flag_given_twice(self) -> None:
        self.refuses("gateway", "run", "--port", "1", "--port=2", says=("--port is given twice",))

    def test_a_word_too_many(self) -> None:
        self.refuses("gateway", "run", "now", says=('gateway run does not take "now"',))
        self.refuses("gateway", "run", "--", "--port", says=('gateway run does not take "--port"',))

    def test_an_error_is_json_where_json_is_asked_for(self) -> None:
        for arguments in [("gatway", "--json"), ("--json", "gateway", "runn")]:
            finished = self.run_to_end(*arguments)
            self.assertEqual((finished.code, finished.error), (2, ""))
            error = json.loads(finished.output)["error"]
            self.assertEqual((error["exitCode"], error["reason"]), (2, "usage"))
            self.assertIn("did you mean", error["message"])
            self.assertTrue(error["next"])

    def test_what_was_typed_does_not_steer_the_terminal(self) -> None:
        self.assertNotIn("\x1b", self.refuses("\x1b[2J", says=("no command",)).error)

    def test_a_switch_with_a_value(self) -> None:
        self.refuses("gateway", "run", "--dev=yes", says=("--dev takes no value",))

    def test_bad_ports(self) -> None:
        for port in ("x", "", "-1", "65536", "18789x", "1.5", " 1", "99999999999999999999"):
            self.refuses("gateway", "run", f"--port={port}", says=(f'--port: "{port}" is not a port', "65535"))

    def test_a_bad_port_in_the_environment_names_the_variable(self) -> None:
        for port in ("x", "0", "65536"):
            self.refuses(
                "gateway", "run", env={"OPENCLAW_GATEWAY_PORT": port},
                says=(f'OPENCLAW_GATEWAY_PORT: "{port}" is not a port',))

    def test_bad_profile_names(self) -> None:
        for name in ("", ".", "..", "../x", "a/b", "Rescue", "-a", "_a", "a b", "a.b", "é", "a" * 65, "x\ny"):
            finished = self.run_to_end(*RUN, f"--profile={name}")
            self.assertEqual((finished.code, finished.output), (2, ""), repr(name))
            self.assertIn("is not a profile name", finished.error)
            self.assertEqual(list(self.home.iterdir()), [], repr(name))

    def test_a_bad_profile_name_in_the_environment(self) -> None:
        self.refuses(*RUN, env={"OPENCLAW_PROFILE": "../x"}, says=('"../x" is not a profile name',))

    def test_a_relative_state_directory(self) -> None:
        for name in ("OPENCLAW_STATE_DIR", "OPENCLAW_HOME"):
            self.refuses(*RUN, env={name: "state"}, says=(f'{name}: "state" must be an absolute path',))
            self.assertFalse(self.scratch("state").exists())


class FlagPlaces(BinaryTest):
    def test_flags_stand_before_and_behind_the_command(self) -> None:
        for number, arguments in enumerate([
            ("--profile", "p0", "--port", "0", "--allow-unconfigured", "gateway", "run"),
            ("gateway", "run", "--allow-unconfigured", "--port", "0", "--profile", "p1"),
            ("--port=0", "gateway", "--profile=p2", "run", "--allow-unconfigured"),
            ("gateway", "--allow-unconfigured", "--port=0", "--profile=p3"),
        ]):
            gateway = self.start(*arguments)
            self.assertTrue(gateway.answers(), arguments)
            self.assertEqual(gateway.terminate(), 0)
            self.assertTrue((self.home / f".openclaw-p{number}").is_dir(), arguments)

    def test_a_profile_name_of_the_greatest_length_is_taken(self) -> None:
        name = "a" * 64
        gateway = self.start(*RUN, "--profile", name)
        self.assertTrue(gateway.answers())
        self.assertTrue((self.home / f".openclaw-{name}").is_dir())


if __name__ == "__main__":
    unittest.main()
