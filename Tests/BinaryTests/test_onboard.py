"""The first setup: asked at a terminal in three languages, and by flags alone."""

import json
import signal
import socket
import stat
import unittest
from pathlib import Path

from fake_model import serving
from fake_telegram import TOKEN, telegram
from harness import BinaryTest, Finished, until
from terminal import Terminal

ALONE = ("onboard", "--non-interactive", "--accept-risk")
UP = "\x1b[A"
ESCAPE = "\x1b"


def contents(directory: Path) -> dict[str, object]:
    """Everything beneath `directory`, byte for byte."""
    found: dict[str, object] = {}
    for path in sorted(directory.rglob("*")):
        mode = path.lstat().st_mode
        found[str(path.relative_to(directory))] = (mode, path.read_bytes() if stat.S_ISREG(mode) else None)
    return found


class OnboardTest(BinaryTest):
    def config(self, profile: str = "") -> dict[str, object]:
        return json.loads((self.home / f".openclaw{profile}" / "openclaw.json").read_text())

    def secret(self, text: str, name: str = "secret") -> str:
        path = self.scratch(name)
        path.write_text(text + "\n")
        return f"file:{path}"

    def json(self, *words: str, code: int = 0) -> dict[str, object]:
        done = self.run_to_end(*words, "--json")
        self.assertEqual(done.code, code, done.output + done.error)
        return json.loads(done.output)

    def refused(self, *words: str, code: int, says: str) -> Finished:
        """It fails, and nothing at all was written."""
        before = contents(self.home)
        done = self.run_to_end(*words)
        self.assertEqual(done.code, code, done.output + done.error)
        self.assertIn(says, done.output + done.error)
        self.assertEqual(contents(self.home), before)
        return done


class Alone(OnboardTest):
    def test_without_a_terminal_it_says_what_to_do(self) -> None:
        self.refused("onboard", code=1, says="openclaw onboard --non-interactive --accept-risk")
        self.refused("--profile", "ops", "onboard", code=1, says="openclaw --profile ops onboard --non-interactive")
        self.refused("onboard", "--non-interactive", code=2, says="--accept-risk")
        self.refused("configure", "model", code=1, says="openclaw models set")

    def test_done_again_it_changes_nothing(self) -> None:
        first = self.json(*ALONE)
        self.assertEqual(set(first["changed"]) - {"gateway.port"}, {"gateway.mode", "gateway.auth.token"})
        self.assertEqual((first["ok"], first["mode"], first["bind"]), (True, "local", "loopback"))
        token = self.config()["gateway"]["auth"]["token"]
        self.assertEqual(len(token), 48)
        self.assertNotIn(token, json.dumps(first))
        self.assertTrue((self.state / "workspace").is_dir())
        before = contents(self.home)
        self.assertEqual(self.json(*ALONE)["changed"], [])
        self.assertIn("nothing was changed", self.run_to_end(*ALONE).output)
        self.assertEqual(contents(self.home), before)

    def test_every_answer_has_a_flag(self) -> None:
        with serving() as model:
            words = (
                *ALONE, "--workspace", "~/work", "--custom-base-url", model.base, "--custom-model-id", "fake",
                "--custom-provider-id", "mine", "--custom-api-key", self.secret("sk-of-mine"), "--gateway-port", "28789",
                "--gateway-bind", "custom", "--gateway-bind-host", "127.0.0.1", "--gateway-token",
                self.secret("a-token-of-my-own-choice", "token"), "--no-install-daemon", "--skip-channels")
            first = self.json(*words)
            self.assertEqual((first["port"], first["model"], first["modelTest"]["ok"]), (28789, "mine/fake", True))
            self.assertEqual((len(model.requests), set(model.keys)), (1, {"Bearer sk-of-mine"}))
            self.assertNotIn("sk-of-mine", json.dumps(first))
            config = self.config()
            self.assertEqual(config["gateway"], {
                "mode": "local", "port": 28789, "bind": "custom", "customBindHost": "127.0.0.1",
                "auth": {"token": "a-token-of-my-own-choice"}})
            self.assertEqual(config["agents"]["defaults"], {"workspace": "~/work", "model": "mine/fake"})
            self.assertEqual(config["models"]["providers"]["mine"], {
                "baseUrl": model.base, "api": "openai-completions", "apiKey": "sk-of-mine"})
            # What stands there already is not asked once more.
            self.assertEqual(self.json(*words)["changed"], [])
            self.assertEqual(len(model.requests), 1)
        self.assertEqual(self.run_to_end("config", "validate").code, 0)

    def test_a_model_that_does_not_answer_is_not_written(self) -> None:
        with serving() as model:
            model.status = 401
            words = (*ALONE, "--custom-base-url", model.base, "--custom-model-id", "fake", "--custom-api-key",
                     self.secret("sk-wrong"))
            done = self.refused(*words, code=1, says="HTTP 401")
            self.assertNotIn("sk-wrong", done.output + done.error)
            self.assertEqual(len(model.requests), 1)
            self.assertEqual(self.json(*words, "--skip-model-test")["model"], "custom/fake")
            self.assertEqual(len(model.requests), 1)

    def test_a_local_server_is_asked_for_its_models(self) -> None:
        with serving() as model:
            done = self.json(*ALONE, "--auth-choice", "lmstudio", "--custom-base-url", model.base)
            self.assertEqual((done["model"], len(model.requests)), ("lmstudio/fake", 1))
        self.refused(*ALONE, "--auth-choice", "ollama", "--custom-base-url", model.base, code=1, says="does not answer")

    def test_the_name_of_a_variable_can_stand_for_the_key(self) -> None:
        with serving() as model:
            words = (*ALONE, "--custom-base-url", model.base, "--custom-model-id", "fake", "--secret-input-mode", "ref")
            done = self.run_to_end(*words, env={"CUSTOM_API_KEY": "sk-in-the-shell"})
            self.assertEqual(done.code, 0, done.error)
            self.assertEqual(set(model.keys), {"Bearer sk-in-the-shell"})
        self.assertNotIn("sk-in-the-shell", (self.state / "openclaw.json").read_text())
        self.assertEqual(
            self.config()["models"]["providers"]["custom"]["apiKey"],
            {"source": "env", "provider": "default", "id": "CUSTOM_API_KEY"})

    def test_a_bot_can_be_named_by_flags(self) -> None:
        with telegram() as fake:
            self.configure({"channels": {"telegram": {"apiRoot": fake.url}}})
            path = self.scratch("bot-token")
            words = (*ALONE, "--channel", "telegram", "--channel-token-file", str(path))
            path.write_text("999:AAF-a_wrong_one\n")
            self.refused(*words, code=1, says="Telegram does not know the token")
            path.write_text(TOKEN + "\n")
            done = self.json(*words)
            self.assertIn("channels.telegram.botToken", done["changed"])
            self.assertEqual(done["channel"]["bot"], {"id": "123456", "name": "molly_bot"})
            self.assertIn("openclaw pairing approve telegram CODE", done["next"])
            self.assertNotIn(TOKEN, json.dumps(done))
            self.assertEqual(self.json(*words)["changed"], [])
            self.assertEqual(fake.calls, ["getMe", "getMe"])
            taken = self.refused("--profile", "rescue", *words, code=1, says="profile default has it already")
            self.assertNotIn(TOKEN, taken.output + taken.error)

    def test_what_does_not_fit_together_is_refused_by_name(self) -> None:
        for words, says in (
            (("--auth-choice", "magic"), "one of apiKey"), (("--auth-choice", "openai-api-key"), "--openai-api-key"),
            (("--flow", "quickstart"), "--flow"), (("--gateway-auth", "none"), "one of token, password"),
            (("--gateway-auth", "password"), "--gateway-password"), (("--remote-url", "ws://x"), "--mode remote"),
            (("--mode", "remote"), "--remote-url"), (("--gateway-bind", "custom"), "--gateway-bind-host"),
            (("--mode", "remote", "--remote-url", "wss://x", "--gateway-port", "5"), "--gateway-port goes with"),
            (("--gateway-token-ref-env", "NOT_SET"), "NOT_SET is not set"),
            (("--install-daemon", "--skip-daemon"), "exclude each other"),
            (("--channel", "pigeon"), "no channel \"pigeon\""), (("--channel-token-file", "/x"), "goes with --channel"),
            (("--channel", "irc", "--skip-channels"), "--skip-channels"),
            (("--watch", "default"), "own profile"), (("--workspace", "here"), "does not begin with"),
            (("--openai-api-key", "env:HOME", "--groq-api-key", "env:HOME"), "--auth-choice"),
        ):
            with self.subTest(words):
                self.refused(*ALONE, *words, code=2, says=says)

    def test_a_port_in_use_is_refused(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            self.refused(*ALONE, "--gateway-port", str(port), code=1, says=f"somebody listens on {port}")

    def test_a_gateway_that_runs_is_asked(self) -> None:
        self.json(*ALONE)
        self.start("gateway", "run", "--port", "0").ready()
        done = self.json(*ALONE)
        self.assertEqual((done["changed"], done["health"]["ok"]), ([], True))
        self.assertIn("the gateway answers", self.run_to_end(*ALONE).output)
        self.assertIsNone(self.json(*ALONE, "--skip-health")["health"])

    def test_a_service_that_cannot_be_installed_leaves_the_configuration_whole(self) -> None:
        external = {"OPENCLAW_SUPERVISOR_MODE": "external"}
        done = self.run_to_end(*ALONE, "--install-daemon", "--json", env=external)
        self.assertEqual(done.code, 1, done.output + done.error)
        told = json.loads(done.output)
        self.assertEqual((told["ok"], "gateway.auth.token" in told["changed"]), (False, True))
        self.assertTrue(told["error"]["message"])
        self.assertEqual(self.run_to_end("config", "validate").code, 0)
        again = self.run_to_end(*ALONE, "--install-daemon", "--json", env=external)
        self.assertEqual((again.code, json.loads(again.output)["changed"]), (1, []))

    def test_a_gateway_elsewhere_is_asked_before_it_is_written(self) -> None:
        self.configure({"gateway": {"mode": "local", "auth": {"token": "the-token-of-there"}}})
        gateway = self.start("gateway", "run", "--port", "0").ready()
        words = ("--profile", "far", *ALONE, "--mode", "remote", "--remote-url", f"ws://127.0.0.1:{gateway.address[1]}")
        far = self.home / ".openclaw-far"
        wrong = self.run_to_end(*words, "--remote-token", self.secret("wrong"))
        self.assertEqual(wrong.code, 4, wrong.error)
        self.assertFalse(far.exists())
        right = self.secret("the-token-of-there")
        self.assertEqual(self.run_to_end(*words, "--remote-token", right).code, 0)
        self.assertEqual(self.config("-far")["gateway"]["remote"]["token"], "the-token-of-there")
        self.assertEqual(self.run_to_end("--profile", "far", "status").code, 0)
        self.assertEqual(self.json(*words, "--remote-token", right)["changed"], [])


class Rescue(OnboardTest):
    def setUp(self) -> None:
        super().setUp()
        self.json(*ALONE)
        self.default = contents(self.state)

    def others(self) -> dict[str, object]:
        """The default gateway's files, without the rescue gateway's workspace."""
        return {name: what for name, what in contents(self.state).items() if not name.startswith("workspace-rescue")}

    def test_it_stands_beside_the_default_one(self) -> None:
        done = self.json("--profile", "rescue", *ALONE, "--watch", "default")
        self.assertEqual(self.others(), self.default)
        config = self.config("-rescue")
        self.assertEqual((config["rescue"]["watch"], config["gateway"]["port"]), ("default", done["port"]))
        rows = {row["profile"]: row for row in self.json("profiles", "list")["profiles"]}
        self.assertGreaterEqual(abs(rows["rescue"]["port"] - rows["default"]["port"]), 20)
        self.assertEqual(rows["rescue"]["collisions"], [])
        self.assertNotEqual(config["gateway"]["auth"], self.config()["gateway"]["auth"])
        notes = self.state / "workspace-rescue" / "AGENTS.md"
        self.assertEqual(done["rescueNotes"], str(notes))
        self.assertIn("openclaw --profile default gateway restart", notes.read_text())
        before = contents(self.home)
        self.assertEqual(self.json("--profile", "rescue", *ALONE, "--watch", "default")["changed"], [])
        self.assertEqual(contents(self.home), before)
        for command in done["next"]:
            self.assertIn("--profile rescue", command)

    def test_a_secret_of_the_default_one_is_refused_by_name(self) -> None:
        token = self.config()["gateway"]["auth"]["token"]
        for flags in (("--gateway-token",), ("--gateway-auth", "password", "--gateway-password")):
            done = self.refused(
                "--profile", "rescue", *ALONE, *flags, self.secret(token), code=1,
                says="profile default has it already (gateway.auth.token)")
            self.assertNotIn(token, done.output + done.error)

    def test_a_port_too_near_is_refused_by_name(self) -> None:
        port = self.json("profiles", "list")["profiles"][0]["port"]
        self.refused(
            "--profile", "rescue", *ALONE, "--gateway-port", str(port + 6), code=1, says="ports of profile default")

    def test_setup_too_takes_a_port_of_its_own(self) -> None:
        self.assertIn("gateway.port", self.json("--profile", "ops", "setup", "--non-interactive")["changed"])
        self.assertEqual(self.run_to_end("profiles", "list").code, 0)
        self.assertEqual(self.json("--profile", "ops", "setup", "--non-interactive")["changed"], [])


class Asked(OnboardTest):
    #: What is asked, and an answer, in each language.
    QUESTIONS = {
        "en": ["Do you accept this?", "Where does the gateway run?", "Where do agents work?", "Which model answers?",
               "Which chat platform?", "? Port", "Who can reach it?", "How do clients prove themselves?", "Go on?"],
        "zh-CN": ["是否接受？", "网关在哪里运行？", "智能体的工作目录？", "由哪个模型回答？", "使用哪个聊天平台？", "? 端口", "谁可以连接？",
                  "客户端如何证明身份？", "继续吗？"],
        "zh-TW": ["是否接受這項風險？", "閘道在哪裡執行？", "代理的工作目錄？", "由哪個模型回答？", "使用哪個聊天平台？", "? 連接埠", "誰可以連線？",
                  "用戶端如何證明身分？", "要繼續嗎？"],
    }
    ANSWERS = ["y\r", "1\r", "~/work\r", UP + "\r", "\r", "\r", "\r", "\r", "y\r"]

    def terminal(self, *words: str, **variables: str) -> Terminal:
        return Terminal(self, *(words or ("onboard",)), **variables)

    def goes(self, terminal: Terminal, keys: str, text: str) -> None:
        """The keys make the terminal show the text, once more perhaps."""
        shown = terminal.text.count(text)
        terminal.type(keys)
        try:
            until(lambda: terminal.text.count(text) > shown, text)
        except AssertionError as error:
            raise AssertionError(f"{error}; the terminal has: {terminal.text!r}") from None

    def ended(self, terminal: Terminal, code: int) -> None:
        self.assertEqual(terminal.wait(), code, terminal.text)
        self.assertTrue(terminal.is_as_before)

    def test_answers_become_settings_in_each_language(self) -> None:
        for language, questions in self.QUESTIONS.items():
            with self.subTest(language):
                profile = "p" + language.lower().replace("-", "")
                terminal = self.terminal("--profile", profile, "onboard", OPENCLAW_LOCALE=language)
                for question, answer in zip(questions, self.ANSWERS):
                    terminal.shows(question)
                    terminal.type(answer)
                self.ended(terminal, 0)
                config = self.config(f"-{profile}")
                self.assertEqual((config["gateway"]["mode"], config["agents"]["defaults"]["workspace"]), ("local", "~/work"))
                self.assertNotIn(config["gateway"]["auth"]["token"], terminal.text)
                self.assertTrue((self.home / "work").is_dir())

    def test_leaving_at_any_question_leaves_nothing(self) -> None:
        for language, questions in self.QUESTIONS.items():
            for place in range(len(questions)):
                with self.subTest(language, question=questions[place]):
                    before = contents(self.home)
                    terminal = self.terminal(OPENCLAW_LOCALE=language)
                    for question, answer in zip(questions[:place], self.ANSWERS):
                        terminal.shows(question)
                        terminal.type(answer)
                    terminal.shows(questions[place])
                    terminal.type("\x03")
                    self.ended(terminal, 1)
                    self.assertEqual(contents(self.home), before)

    def test_leaving_at_the_questions_within_questions_leaves_nothing(self) -> None:
        first = [("Do you accept", "y\r"), ("Where does", "1\r"), ("Where do agents", "\r"), ("Which model", "")]
        elsewhere = [("Do you accept", "y\r"), ("Where does", "2\r"), ("Address of", "wss://gateway.invalid\r")]
        with serving() as model:
            server = [*first[:3], ("Which model", UP + UP + "\r"), ("Its address", model.base + "\r")]
            for steps, question in (
                (server, "Does it want a key?"), ([*server, ("Does it want", "y\r")], "Key of 127.0.0.1"),
                ([*server, ("Does it want", "n\r")], "Which of its models?"), (server[:4], "Its address"),
                ([*first[:3], ("Which model", UP + UP + UP + "\r")], "Which provider?"),
                ([*first[:3], ("Which model", UP + UP + UP + "\r"), ("Which provider?", "\r")], "Key of anthropic"),
                (elsewhere[:2], "Address of"), (elsewhere, "prove itself there?"),
                ([*elsewhere, ("prove itself", "1\r")], "? Token"), ([*elsewhere, ("prove itself", "2\r")], "? Password"),
            ):
                for end in ("\x03", "\x04"):
                    with self.subTest(question, end=end):
                        terminal = self.terminal()
                        for shown, answer in steps:
                            terminal.shows(shown)
                            terminal.type(answer)
                        terminal.shows(question)
                        terminal.type(end)
                        self.ended(terminal, 1)
                        self.assertEqual(contents(self.home), {})
            self.assertEqual(model.requests, [])

    def test_an_end_from_outside_leaves_nothing_either(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(number):
                terminal = self.terminal()
                terminal.shows("Do you accept this?")
                until(lambda: terminal.is_taken, "the terminal")
                terminal.process.send_signal(number)
                self.ended(terminal, 1)
                self.assertEqual(contents(self.home), {})

    def test_no_to_the_risk_and_to_the_end_write_nothing(self) -> None:
        terminal = self.terminal()
        terminal.shows("Do you accept this?")
        terminal.type("\r")
        self.ended(terminal, 1)
        terminal = self.terminal()
        for question, answer in zip(self.QUESTIONS["en"], [*self.ANSWERS[:-1], "n\r"]):
            terminal.shows(question)
            terminal.type(answer)
        self.ended(terminal, 1)
        self.assertEqual(contents(self.home), {})

    def test_back_changes_an_answer(self) -> None:
        terminal = self.terminal()
        for question, answer in zip(self.QUESTIONS["en"][:2], self.ANSWERS):
            terminal.shows(question)
            terminal.type(answer)
        terminal.shows("Where do agents work?")
        terminal.type("half")
        self.goes(terminal, ESCAPE, "Where does the gateway run?")
        self.goes(terminal, "2\r", "Address of the gateway")
        self.goes(terminal, "<\r", "Where does the gateway run?")
        self.goes(terminal, "1\r", "Where do agents work?")
        for question, answer in list(zip(self.QUESTIONS["en"], self.ANSWERS))[2:]:
            terminal.shows(question)
            terminal.type(answer)
        self.ended(terminal, 0)
        self.assertEqual(self.config()["gateway"]["mode"], "local")

    def test_a_model_is_asked_before_it_is_kept(self) -> None:
        with serving() as model:
            model.status = 401
            terminal = self.terminal()
            for question, answer in zip(self.QUESTIONS["en"][:3], self.ANSWERS):
                terminal.shows(question)
                terminal.type(answer)
            terminal.shows("Which model answers?")
            self.goes(terminal, UP + UP + "\r", "Its address")
            self.goes(terminal, model.base + "\r", "Does it want a key?")
            self.goes(terminal, "y\r", "Key of 127.0.0.1")
            self.goes(terminal, "sk-typed\r", "1 fake")
            self.goes(terminal, "1\r", "custom/fake does not answer: ")
            terminal.shows("Choose again.")
            model.status = 200
            # What is typed ahead waits for its question.
            self.goes(terminal, f"{UP}{UP}\r{model.base}\ry\rsk-typed\r1\r", "custom/fake answers")
            for question, answer in list(zip(self.QUESTIONS["en"], self.ANSWERS))[4:]:
                terminal.shows(question)
                terminal.type(answer)
            self.ended(terminal, 0)
            self.assertEqual(len(model.requests), 2)
            self.assertEqual(set(model.keys), {"Bearer sk-typed"})
        self.assertNotIn("sk-typed", terminal.text)
        self.assertEqual(self.config()["models"]["providers"]["custom"]["apiKey"], "sk-typed")
        self.assertEqual(self.config()["agents"]["defaults"]["model"], "custom/fake")

    def begun(self, *words: str, **variables: str) -> Terminal:
        """At the question for the model."""
        terminal = self.terminal(*words, **variables)
        for question, answer in zip(self.QUESTIONS["en"][:3], ["y\r", "\r", "\r"]):
            terminal.shows(question)
            terminal.type(answer)
        terminal.shows("Which model answers?")
        return terminal

    def go_on(self, terminal: Terminal, *more: str) -> None:
        """From behind the model to the end, as proposed; `more` are questions before the last one."""
        *questions, last = self.QUESTIONS["en"][4:]
        for question in (*questions, *more, last):
            terminal.shows(question)
            terminal.type("\r")
        self.ended(terminal, 0)

    def test_a_key_in_the_shell_is_found(self) -> None:
        with serving() as model:
            self.configure({"models": {"providers": {"groq": {"baseUrl": model.base}}}})
            terminal = self.begun(GROQ_API_KEY="sk-of-the-shell")
            self.goes(terminal, "1\r", "Where is the key kept?")
            self.assertIn("groq, with the key in GROQ_API_KEY", terminal.text)
            self.goes(terminal, "2\r", "Name of the model")
            self.goes(terminal, "fake\r", "groq/fake answers")
            self.go_on(terminal)
            self.assertEqual(set(model.keys), {"Bearer sk-of-the-shell"})
        key = self.config()["models"]["providers"]["groq"]["apiKey"]
        self.assertEqual(key, {"source": "env", "provider": "default", "id": "GROQ_API_KEY"})
        self.assertNotIn("sk-of-the-shell", terminal.text)

    def test_a_server_on_this_machine_is_found(self) -> None:
        with serving() as model:
            self.configure({"models": {"providers": {"lmstudio": {"baseUrl": model.base}}}})
            terminal = self.begun()
            terminal.shows("LM Studio on this machine")
            number = next(line for line in terminal.text.splitlines() if "LM Studio on this machine" in line).split()
            self.goes(terminal, next(word for word in number if word.isdigit()) + "\r", "Which of its models?")
            self.goes(terminal, "2\r", "lmstudio/other answers")
            self.go_on(terminal)
        self.assertEqual(self.config()["agents"]["defaults"]["model"], "lmstudio/other")

    def test_a_rescue_gateway_can_take_the_other_ones_model(self) -> None:
        with serving() as model:
            self.json(*ALONE, "--custom-base-url", model.base, "--custom-model-id", "fake", "--custom-api-key",
                      self.secret("sk-shared"))
            terminal = self.begun("--profile", "rescue", "onboard")
            terminal.shows("Setting up the rescue gateway, beside default (")
            terminal.shows("As default does: custom/fake")
            self.goes(terminal, "1\r", "custom/fake answers")
            self.go_on(terminal, "Watch over the gateway of default?")
            self.assertEqual((len(model.requests), set(model.keys)), (2, {"Bearer sk-shared"}))
        self.assertEqual(self.config("-rescue")["rescue"], {"watch": "default"})
        default, rescue = self.config(), self.config("-rescue")
        self.assertEqual(rescue["models"], default["models"])
        self.assertGreaterEqual(abs(rescue["gateway"]["port"] - default["gateway"].get("port", 18789)), 20)
        self.assertIn("says how to look at default and repair it", " ".join(terminal.text.split()))
        self.assertNotIn("sk-shared", terminal.text)

    def test_leaving_while_a_model_is_asked_leaves_nothing(self) -> None:
        with serving() as model:
            model.go.clear()
            terminal = self.begun("onboard", "--custom-provider-id", "unused")
            self.goes(terminal, UP + UP + "\r", "Its address")
            self.goes(terminal, model.base + "\r", "Does it want a key?")
            self.goes(terminal, "n\r", "1 fake")
            self.goes(terminal, "1\r", "asking custom/fake for one answer")
            terminal.type("\x03")
            self.ended(terminal, 1)
        self.assertEqual(contents(self.home), {})

    def test_a_model_of_the_command_line_is_tried_and_not_asked_for(self) -> None:
        with serving() as model:
            terminal = self.terminal(
                "onboard", "--accept-risk", "--mode", "local", "--workspace", "~/work", "--custom-base-url", model.base,
                "--custom-model-id", "fake", "--gateway-bind", "loopback", "--gateway-auth", "token", "--skip-channels")
            terminal.shows("custom/fake answers")
            terminal.shows("? Port")
            terminal.type("\r")
            terminal.shows("Go on?")
            terminal.type("\r")
            self.ended(terminal, 0)
        for question in self.QUESTIONS["en"][:5]:
            self.assertNotIn(question, terminal.text)

    def test_a_gateway_elsewhere_is_asked_at_once(self) -> None:
        self.configure({"gateway": {"mode": "local", "auth": {"token": "the-token-of-there"}}})
        port = self.start("gateway", "run", "--port", "0").ready().address[1]
        terminal = self.terminal("--profile", "far", "onboard", "--accept-risk")
        terminal.shows("Where does the gateway run?")
        self.goes(terminal, "2\r", "Address of the gateway")
        self.goes(terminal, f"ws://127.0.0.1:{port}\r", "prove itself there?")
        self.goes(terminal, "1\r", "? Token")
        self.goes(terminal, "a-wrong-one\r", "Answer again")
        self.assertFalse((self.home / ".openclaw-far").exists())
        self.goes(terminal, "1\r", "Address of the gateway")
        self.goes(terminal, "\r", "prove itself there?")
        self.goes(terminal, "1\r", "? Token")
        self.goes(terminal, "the-token-of-there\r", " answers, version ")
        terminal.shows("Go on?")
        terminal.type("\r")
        self.ended(terminal, 0)
        self.assertEqual(self.config("-far")["gateway"], {
            "mode": "remote", "remote": {"url": f"ws://127.0.0.1:{port}", "token": "the-token-of-there"}})
        self.assertNotIn("the-token-of-there", terminal.text)
        # Given on the line, it is asked all the same.
        again = self.terminal("--profile", "far", "onboard", "--accept-risk", "--mode", "remote", "--remote-url",
                              f"ws://127.0.0.1:{port}")
        again.shows(" answers, version ")
        again.shows("Go on?")
        again.type("\x03")
        self.ended(again, 1)

    def test_a_window_that_changes_is_no_matter(self) -> None:
        terminal = Terminal(self, "onboard", columns=40, OPENCLAW_LOCALE="zh-TW")
        for number, (question, answer) in enumerate(zip(self.QUESTIONS["zh-TW"], self.ANSWERS)):
            terminal.shows(question)
            terminal.resize(40 + 10 * (number % 3))
            terminal.type(answer)
        self.ended(terminal, 0)

    def test_a_plain_and_narrow_terminal_will_do(self) -> None:
        terminal = Terminal(
            self, "onboard", columns=40, TERM="dumb", NO_COLOR="1", LANG="C", OPENCLAW_LOCALE="zh-CN")
        for question, answer in zip(self.QUESTIONS["en"], [*self.ANSWERS[:3], "3\r", *self.ANSWERS[4:]]):
            terminal.shows(question)
            terminal.type(answer)
        self.ended(terminal, 0)
        self.assertTrue(all(byte < 0x80 for byte in terminal.bytes), terminal.bytes)
        self.assertNotIn(b"\x1b", terminal.bytes)

    def test_a_secret_of_another_gateway_is_refused_at_once(self) -> None:
        self.configure({"gateway": {"mode": "local", "auth": {"token": "the-token-of-the-default-one"}}})
        terminal = self.terminal("--profile", "rescue", "onboard")
        for question, answer in list(zip(self.QUESTIONS["en"], self.ANSWERS))[:7]:
            terminal.shows(question)
            terminal.type(answer)
        terminal.shows(self.QUESTIONS["en"][7])
        terminal.type("2\r")
        terminal.shows("? Token")
        terminal.type("the-token-of-the-default-one\r")
        terminal.shows("profile default has it already (gateway.auth.token)")
        terminal.type("\x03")
        self.ended(terminal, 1)
        self.assertFalse((self.home / ".openclaw-rescue").exists())

    def test_one_part_is_answered_again(self) -> None:
        self.json(*ALONE)
        before = self.config()
        terminal = self.terminal("configure", "workspace")
        terminal.shows("Where do agents work?")
        terminal.type("~/other\r")
        terminal.shows("Go on?")
        terminal.type("\r")
        self.ended(terminal, 0)
        self.assertEqual(self.config(), {**before, "agents": {"defaults": {"workspace": "~/other"}}})
        terminal = self.terminal("configure")
        terminal.shows("What is to be set anew?")
        terminal.type("\x03")
        self.ended(terminal, 1)

    def at_the_platform(self, *words: str, **variables: str) -> Terminal:
        """At the question for a chat platform."""
        terminal = self.begun(*words, **variables)
        self.goes(terminal, UP + "\r", "Which chat platform?")
        return terminal

    def test_a_bot_is_asked_for_before_it_is_kept(self) -> None:
        with telegram() as fake:
            self.configure({"channels": {"telegram": {"apiRoot": fake.url}}})
            terminal = self.at_the_platform()
            self.goes(terminal, "2\r", "Telegram: botToken (@BotFather)")
            self.goes(terminal, "999:AAF-a_wrong_one\r", "Telegram does not let it in: ")
            terminal.shows("Choose again.")
            self.goes(terminal, "2\r", "Telegram: botToken (@BotFather)")
            self.goes(terminal, TOKEN + "\r", "Telegram knows the bot as @molly_bot")
            terminal.shows("turn privacy off")
            terminal.shows("Who may write to it directly?")
            self.goes(terminal, "\r", "? Port")
            for answer in ["\r", "\r", "\r"]:
                terminal.type(answer)
            terminal.shows("Go on?")
            self.assertIn("channels.telegram.botToken = ********", terminal.text)
            self.assertEqual(self.config(), {"channels": {"telegram": {"apiRoot": fake.url}}}, "nothing yet")
            terminal.type("y\r")
            self.ended(terminal, 0)
            self.assertEqual(self.config()["channels"]["telegram"], {"apiRoot": fake.url, "botToken": TOKEN})
            self.assertEqual(fake.calls, ["getMe", "getMe"])
            self.assertIn("Write to your bot @molly_bot, then:\n  openclaw pairing approve telegram CODE", terminal.text)
            self.assertNotIn(TOKEN, terminal.text)
            # Done again, what is set up stays, and nobody is asked.
            again = self.terminal("configure", "--section", "channels")
            again.shows("Keep telegram")
            self.goes(again, "\r", "Nothing is to be written")
            again.type("\r")
            self.ended(again, 0)
            self.assertEqual(len(fake.calls), 2)

    def test_who_may_write_is_asked(self) -> None:
        with telegram() as fake:
            before = {"gateway": {"mode": "local"}, "channels": {"telegram": {"apiRoot": fake.url, "botToken": "1:old"}}}
            for keys, expected in (
                ("1\r", {}), ("3\r", {"dmPolicy": "open", "allowFrom": ["*"]}), ("4\r", {"dmPolicy": "disabled"}),
                ("2\r7, 8\r", {"dmPolicy": "allowlist", "allowFrom": ["7", "8"]}),
                # Back from the ids to the policy, and from there to the platform.
                ("", None),
            ):
                with self.subTest(keys):
                    self.configure(before)
                    terminal = self.terminal("configure", "channels")
                    terminal.shows("Which chat platform?")
                    self.goes(terminal, "2\r", "Telegram: botToken")
                    self.goes(terminal, TOKEN + "\r", "Who may write to it directly?")
                    if expected is None:
                        self.goes(terminal, "2\r", "Their ids")
                        self.goes(terminal, ESCAPE, "Who may write to it directly?")
                        self.goes(terminal, ESCAPE, "Which chat platform?")
                        self.goes(terminal, "2\r", "Telegram: botToken")
                        self.goes(terminal, ESCAPE, "Which chat platform?")
                        terminal.type("\x03")
                        self.ended(terminal, 1)
                        self.assertEqual(self.config(), before)
                        continue
                    terminal.type(keys)
                    terminal.shows("Go on?")
                    terminal.type("\r")
                    self.ended(terminal, 0)
                    self.assertEqual(
                        self.config()["channels"]["telegram"], {"apiRoot": fake.url, "botToken": TOKEN, **expected})
                    self.assertEqual("pairing approve" in terminal.text, not expected)

    def test_leaving_at_a_question_of_the_platform_leaves_nothing(self) -> None:
        texts = {
            "en": ("Which chat platform?", "Telegram: botToken", "Who may write to it directly?", "Their ids"),
            "zh-CN": ("使用哪个聊天平台？", "Telegram 的密钥 botToken", "谁可以直接给它发消息？", "他们的 ID"),
            "zh-TW": ("使用哪個聊天平台？", "Telegram 的金鑰 botToken", "誰可以直接傳訊息給它？", "他們的 ID"),
        }
        with telegram() as fake:
            before = {"gateway": {"mode": "local"}, "channels": {"telegram": {"apiRoot": fake.url}}}
            for language, questions in texts.items():
                for place in range(len(questions)):
                    with self.subTest(language, question=questions[place]):
                        self.configure(before)
                        terminal = self.terminal("configure", "channels", OPENCLAW_LOCALE=language)
                        for question, answer in zip(questions[:place], ["2\r", TOKEN + "\r", "2\r"]):
                            terminal.shows(question)
                            terminal.type(answer)
                        terminal.shows(questions[place])
                        terminal.type("\x03")
                        self.ended(terminal, 1)
                        self.assertEqual(self.config(), before)

    def test_a_platform_of_two_secrets_asks_for_both_and_back_goes_one_by_one(self) -> None:
        terminal = self.at_the_platform()
        self.goes(terminal, "4\r", "Slack: botToken")
        self.goes(terminal, "xoxb-typed\r", "Slack: appToken")
        self.goes(terminal, ESCAPE, "Slack: botToken")
        self.goes(terminal, ESCAPE, "Which chat platform?")
        self.goes(terminal, ESCAPE, "Which model answers?")
        terminal.type("\x03")
        self.ended(terminal, 1)
        self.assertNotIn("xoxb-typed", terminal.text)
        self.assertEqual(contents(self.home), {})

    def test_setup_can_lead_here(self) -> None:
        terminal = self.terminal("setup", "--wizard", "--workspace", "~/work")
        terminal.shows("Do you accept this?")
        terminal.type("y\r")
        terminal.shows("Where does the gateway run?")
        terminal.type("\r")
        terminal.shows("Which model answers?")
        self.assertNotIn("Where do agents work?", terminal.text)
        terminal.type("\x04")
        self.ended(terminal, 1)
        self.assertEqual(contents(self.home), {})


if __name__ == "__main__":
    unittest.main()
