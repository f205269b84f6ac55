"""The commands for agents, their models and their conversations, with a gateway and without one."""

import json
import os
import signal
import unittest

from fake_model import FakeModel, serving
from harness import BinaryTest, Finished, Gateway, until
from test_cli_queries import free_port


class AgentTest(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.config: dict[str, object] = {
            "gateway": {"mode": "local", "port": free_port(), "auth": {"token": "secret"}}}
        self.configure(self.config)

    def gateway(self, model: FakeModel | None = None) -> Gateway:
        if model:
            self.config["models"] = {"providers": {"local": {"baseUrl": model.base, "api": "openai-completions"}}}
            self.config["agents"] = {"defaults": {"model": "local/fake"}}
            self.configure(self.config)
        return self.start("gateway", "run").ready()

    def ask(self, *arguments: str, code: int = 0, **options: object) -> Finished:
        finished = self.run_to_end(*arguments, **options)
        self.assertEqual(finished.code, code, f"{arguments}: {finished}")
        return finished

    def json(self, *arguments: str, code: int = 0, **options: object) -> dict[str, object]:
        finished = self.ask(*arguments, "--json", code=code, **options)
        self.assertEqual(len(finished.output.splitlines()), 1, "one object on one line")
        return json.loads(finished.output)

    @property
    def written(self) -> dict[str, object]:
        return json.loads((self.state / "openclaw.json").read_text())

    def with_input(self, text: str, *arguments: str, code: int = 0) -> Finished:
        read, write = os.pipe()
        os.write(write, text.encode())
        os.close(write)
        try:
            return self.ask(*arguments, code=code, stdin=read)
        finally:
            os.close(read)


class Agent(AgentTest):
    def test_json_has_text_and_the_gateways_own_answer(self) -> None:
        with serving() as model:
            self.gateway(model)
            answer = self.json("agent", "--message", "Hi", "--session-key", "agent:main:notes")
            self.assertEqual((answer["ok"], answer["text"], answer["status"]), (True, "Hello from the fake model.", "ok"))
            self.assertEqual(answer["result"]["payloads"][0]["text"], answer["text"])
            again = self.json("agent", "--message", "Hi", "--session-id", answer["result"]["meta"]["agentMeta"]["sessionId"])
            self.assertTrue(again["ok"])
            listed, = self.json("sessions", "list")["sessions"]
            self.assertEqual(listed["key"], "agent:main:notes")

    def test_the_message_can_come_from_standard_input(self) -> None:
        with serving() as model:
            self.gateway(model)
            self.with_input("one\ntwo\n", "agent", "--message", "-")
            said = model.requests[0]["messages"][-1]["content"]
            self.assertIn("one\ntwo", said if isinstance(said, str) else said[0]["text"])

    def test_what_cannot_be_is_said_with_the_way_out(self) -> None:
        self.ask("agent", "--message", "Hi", code=3)
        self.gateway()
        self.assertIn("needs --message", self.ask("agent", code=2).error)
        self.assertIn("the message is empty", self.ask("agent", "--message", " ", code=2).error)
        self.assertIn("drop --local", self.ask("agent", "--message", "Hi", "--local", code=1).error)
        self.assertIn("exclude", self.ask("agent", "--message", "Hi", "--local", "--url", "ws://x", code=2).error)
        self.assertIn("no channel is there", self.ask("agent", "--message", "Hi", "--deliver", code=1).error)
        self.assertIn("nobody", self.ask("agent", "--message", "Hi", "--agent", "nobody", code=1).error)
        self.assertIn("one of off", self.ask("agent", "--message", "Hi", "--thinking", "hard", code=2).error)

    def test_a_run_that_takes_too_long_is_ended(self) -> None:
        with serving() as model:
            model.go.clear()
            self.gateway(model)
            finished = self.ask("agent", "--message", "Hi", "--timeout", "1", code=1)
            self.assertIn("longer than it may", finished.error)


    def test_a_run_without_an_answer_says_each_reason_on_a_line(self) -> None:
        with serving() as model:
            self.config["agents"] = {"defaults": {"operator": False, "model": "local/fake"}}
            self.config["models"] = {"providers": {"local": {"baseUrl": model.base}}}
            self.configure(self.config)
            model.status = 401
            self.start("gateway", "run").ready()
            error = self.ask("agent", "--message", "Hi", code=1).error
            self.assertRegex(error, r"(?m)^openclaw: agent: No model answered\.$")
            self.assertRegex(error, r"(?m)^  local/fake: the key was refused \(HTTP 401\)$")
            failure = self.json("agent", "--message", "Hi", code=1)["error"]
            self.assertIn("local/fake: the key was refused (HTTP 401)", failure["details"])

    def test_without_a_gateway_it_runs_here_and_the_conversation_goes_on(self) -> None:
        with serving() as model:
            self.config["models"] = {"providers": {"local": {"baseUrl": model.base}}}
            self.config["agents"] = {"defaults": {"model": "local/fake"}}
            self.configure(self.config)
            self.assertEqual(self.ask("agent", "--message", "One", "--local").output, "Hello from the fake model.\n")
            self.assertEqual(self.ask("agent", "--message", "Two", "--local").error, "")
            self.assertIn("One", json.dumps(model.requests[-1]["messages"]))
            self.start("gateway", "run").ready()
            self.assertEqual(len(self.json("sessions", "show", "main")["preview"]), 4)

    def test_ctrl_c_ends_the_run(self) -> None:
        with serving() as model:
            model.go.clear()
            self.gateway(model)
            asker = self.launch(("agent", "--message", "Tell me all"))
            until(lambda: model.requests, "the model is asked")
            asker.signal(signal.SIGINT)
            self.assertEqual(asker.wait(), 1)
            self.assertIn("the run was ended", asker.error)
            self.assertFalse(self.json("sessions", "list")["sessions"][0]["hasActiveRun"])


class Agents(AgentTest):
    def test_an_agent_comes_is_bound_named_and_goes(self) -> None:
        self.ask("agents", "add", "ops", "--bind", "telegram:work", "--name", "Operations")
        listed = self.json("agents", "list")
        self.assertEqual([agent["id"] for agent in listed["agents"]], ["main", "ops"])
        self.assertEqual(listed["defaultId"], "main")
        self.assertEqual(self.written["bindings"], [{"agentId": "ops", "match": {"channel": "telegram", "accountId": "work"}}])
        self.assertIn("agents unbind", self.ask("agents", "bind", "--agent", "ops", "--bind", "slack").output)
        self.assertIn("bound to agent ops", self.ask("agents", "bind", "--bind", "slack", code=1).error)
        self.ask("agents", "unbind", "--agent", "ops", "--bind", "slack")
        self.assertEqual(len(self.json("agents", "bindings", "--agent", "ops")["bindings"]), 1)
        self.ask("agents", "set-identity", "--agent", "ops", "--name", "Ops", "--emoji", "🔧")
        self.assertEqual(self.json("agents", "list")["agents"][1]["identity"], {"name": "Ops", "emoji": "🔧"})
        self.ask("agents", "delete", "ops", "--yes")
        self.assertEqual([agent["id"] for agent in self.json("agents", "list")["agents"]], ["main"])
        self.assertEqual(self.written["bindings"], [])

    def test_a_list_of_agents_stays_a_list(self) -> None:
        self.config["agents"] = {"list": [{"id": "home", "default": True}, {"id": "work"}]}
        self.configure(self.config)
        self.ask("agents", "add", "ops")
        self.ask("agents", "delete", "work", "--yes")
        self.assertEqual([agent["id"] for agent in self.written["agents"]["list"]], ["home", "ops"])
        self.assertIn("default agent", self.ask("agents", "delete", "home", "--yes", code=1).error)

    def test_the_gateway_takes_a_new_agent_over(self) -> None:
        self.gateway()
        added = self.ask("agents", "add", "ops")
        self.assertIn("The running gateway has taken it over.", added.output)
        self.assertIn("Agent: ops", self.ask("agent", "--agent", "ops", "--message", "/status").output)

    def test_what_is_no_agent_is_named(self) -> None:
        self.assertIn("is no agent's id", self.ask("agents", "add", "../x", code=2).error)
        self.assertIn('did you mean "main"', self.ask("agents", "delete", "mian", code=1).error)
        self.assertIn("is no channel", self.ask("agents", "bind", "--bind", ":x", code=2).error)


class Models(AgentTest):
    def test_model_fallbacks_and_aliases_are_kept_in_the_file(self) -> None:
        self.assertEqual(self.json("models", "status", code=1)["model"], None)
        self.assertIn("no model is chosen", self.ask("models", "fallbacks", "add", "gpt", code=1).error)
        self.ask("models", "set", "sonnet")
        self.ask("models", "fallbacks", "add", "openai/gpt-5.4")
        self.ask("models", "fallbacks", "add", "haiku")
        self.assertEqual(self.written["agents"]["defaults"]["model"], {
            "primary": "anthropic/claude-sonnet-5-5", "fallbacks": ["openai/gpt-5.4", "anthropic/claude-haiku-5-5"]})
        self.ask("models", "fallbacks", "remove", "openai/gpt-5.4")
        self.assertEqual(self.json("models", "fallbacks")["fallbacks"], ["anthropic/claude-haiku-5-5"])
        self.ask("models", "aliases", "add", "fast", "anthropic/claude-haiku-5-5")
        self.ask("models", "set", "fast")
        self.assertEqual(self.written["agents"]["defaults"]["model"]["primary"], "anthropic/claude-haiku-5-5")
        # A model has one alias: that another goes is said, and the way back brings both back.
        other = self.ask("models", "aliases", "add", "quick", "anthropic/claude-haiku-5-5").output
        self.assertIn("fast, its alias until now, means nothing any more", other)
        self.assertIn("A gateway takes it over when it starts.", other)
        self.assertIn("aliases remove quick && openclaw models aliases add fast anthropic/claude-haiku-5-5", other)
        self.assertIn("one word", self.ask("models", "aliases", "add", "two words", "haiku", code=2).error)
        self.ask("models", "aliases", "remove", "quick")
        self.ask("models", "fallbacks", "clear", "--yes")
        self.assertEqual(self.json("models", "fallbacks")["fallbacks"], [])
        self.assertEqual(self.json("models", "aliases")["aliases"], [])
        self.assertIn('did you mean', self.ask("models", "set", "sonet", code=1).error)

    def test_a_key_is_never_shown_and_never_an_argument(self) -> None:
        key = "sk-ant-test-1234567890"
        added = self.with_input(key + "\n", "models", "auth", "add", "anthropic")
        self.assertEqual(self.written["models"]["providers"]["anthropic"]["apiKey"], key)
        shown = added.output + added.error
        for arguments in (("models", "auth"), ("models", "status"), ("models", "list"), ("config", "get", "models")):
            finished = self.run_to_end(*arguments)
            shown += finished.output + finished.error
        self.assertIn("models.providers.anthropic.apiKey", shown)
        self.assertNotIn(key, shown)
        self.assertEqual(self.ask("models", "auth", "add", "anthropic", key, code=2).output, "")
        self.ask("models", "auth", "add", "openai", "--env", "MY_KEY")
        self.assertEqual(
            self.written["models"]["providers"]["openai"]["apiKey"],
            {"source": "env", "provider": "default", "id": "MY_KEY"})
        self.assertIn('did you mean "mistral"', self.with_input("k\n", "models", "auth", "add", "mistrall", code=1).error)

    def test_a_test_tells_time_and_trouble_in_words(self) -> None:
        with serving() as model:
            self.config["models"] = {"providers": {"local": {"baseUrl": model.base, "apiKey": "not-a-real-key"}}}
            self.config["agents"] = {"defaults": {"model": "local/fake"}}
            self.configure(self.config)
            good = self.json("models", "test")["results"][0]
            self.assertEqual((good["ok"], good["model"]), (True, "local/fake"))
            self.assertGreaterEqual(good["totalMs"], good["firstByteMs"])
            model.status = 401
            finished = self.ask("models", "test", code=1)
            self.assertIn("the key was refused (HTTP 401)", " ".join(finished.output.split()))
            self.assertNotIn("not-a-real-key", finished.output + finished.error)
        self.assertEqual(self.json("models", "test", code=1)["results"][0]["kind"], "unreachable")


class Sessions(AgentTest):
    def test_a_conversation_is_listed_shown_exported_and_begun_anew(self) -> None:
        with serving() as model:
            self.gateway(model)
            for number in range(3):
                self.ask("agent", "--message", f"Question {number}")
            self.assertIn("agent:main:main", self.ask("sessions", "list").output)
            shown = self.json("sessions", "show", "main")
            self.assertEqual(shown["session"]["key"], "agent:main:main")
            self.assertEqual(len(shown["preview"]), 6)
            lines = self.ask("sessions", "export", "agent:main:main", "--format", "jsonl").output.splitlines()
            self.assertEqual([json.loads(line)["role"] for line in lines], ["user", "assistant"] * 3)
            target = self.scratch("out.md")
            self.ask("sessions", "export", "main", "--output", str(target))
            self.assertIn("Question 2", target.read_text())
            self.assertIn("is there already", self.ask("sessions", "export", "main", "--output", str(target), code=1).error)
            self.ask("sessions", "reset", "main", "--yes")
            self.assertEqual(self.ask("sessions", "export", "main", "--format", "jsonl").output, "")
            self.assertIn('no session "nothing"', self.ask("sessions", "show", "nothing", code=1).error)
            self.ask("agent", "--session-key", "agent:main:notes", "--message", "x")
            self.ask("sessions", "delete", "agent:main:notes", "--yes")
            self.assertEqual(len(self.json("sessions", "list")["sessions"]), 1)
            self.assertIn("sessions", self.ask("sessions", "cleanup", "--dry-run").output)


class Others(AgentTest):
    def test_nothing_is_sent_without_a_channel_and_that_is_said(self) -> None:
        self.gateway()
        for arguments in (
            ("send", "--target", "x", "--message", "y"), ("read", "--target", "x"),
            ("react", "--target", "x", "--message-id", "1", "--emoji", "+"),
            ("poll", "--target", "x", "--question", "q", "--option", "a", "--option", "b"),
        ):
            error = self.json("message", *arguments, code=1)["error"]
            self.assertEqual(error["reason"], "unavailable")
        self.assertIn("two --option", self.ask("message", "poll", "--target", "x", "--question", "q", code=2).error)

    def test_memory_is_searched_where_it_lies(self) -> None:
        memory = self.state / "workspace" / "memory"
        memory.mkdir(parents=True)
        (memory.parent / "MEMORY.md").write_text("# Home\nThe router is called cedar.\n")
        (memory / "2026-01-02.md").write_text("Bought apples \x1b[2J.\n")
        self.assertEqual(self.json("memory", "index")["files"], 2)
        found = self.json("memory", "search", "router")["results"]
        self.assertEqual(found[0]["path"], "MEMORY.md")
        self.assertNotIn("\x1b", self.ask("memory", "search", "apples").output)
        status = self.json("memory", "status")
        self.assertEqual([file["path"] for file in status["files"]], ["MEMORY.md", "memory/2026-01-02.md"])
        self.assertGreater(status["index"]["bytes"], 0)

    def test_programs_are_listed_as_allowed_and_taken_off(self) -> None:
        self.gateway()
        self.ask("approvals", "allowlist", "add", "/usr/bin/uptime")
        self.ask("approvals", "allowlist", "add", "/usr/bin/df")
        self.ask("approvals", "allowlist", "remove", "/usr/bin/df", "--yes")
        listed = self.json("approvals", "allowlist")["allowlist"]
        self.assertEqual(listed, [{"agentId": "main", "pattern": "/usr/bin/uptime"}])
        rules = self.json("approvals", "get")
        rules["file"]["defaults"] = {"security": "deny"}
        self.with_input(json.dumps(rules), "approvals", "set", "--file", "-", "--yes")
        self.assertEqual(self.json("approvals", "get")["file"]["defaults"], {"security": "deny"})
        self.assertIn("is not on the list", self.ask("approvals", "allowlist", "remove", "/x", "--yes", code=1).error)

    def test_skills_are_listed(self) -> None:
        self.gateway()
        self.assertIn("skills can be used", self.ask("skills", "list").output)
        self.assertEqual(self.json("skills", "check")["ok"], True)
        self.assertIn('no skill "nothing"', self.ask("skills", "info", "nothing", code=1).error)


if __name__ == "__main__":
    unittest.main()
