"""What goes wrong, as the openai package's exceptions: refused requests, and every fault of a provider."""

from __future__ import annotations

import time
import unittest
from typing import Any

import openai
from bench import APITest
from fakes.service import TEXT


class Refusals(APITest):
    def status(self, expected: int, kind: type[openai.APIStatusError], **more: Any) -> openai.APIStatusError:
        with self.assertRaises(kind) as caught:
            self.chat(**more)
        self.assertEqual(caught.exception.status_code, expected)
        return caught.exception

    def test_each_is_its_exception(self) -> None:
        self.status(401, openai.AuthenticationError, client=self.sdk(api_key="wrong-key-0123456789"))
        error = self.status(400, openai.BadRequestError, temperature=3)
        self.assertEqual((error.type, error.param), ("invalid_request_error", "temperature"))
        self.status(400, openai.BadRequestError, n=2)
        self.status(400, openai.BadRequestError, messages=[])
        with self.assertRaises(openai.BadRequestError) as caught:
            self.client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "x"}])
        self.assertIn("Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.", str(caught.exception))
        with self.assertRaises(openai.NotFoundError) as missing:
            self.client.chat.completions.create(model="openclaw/nobody", messages=[{"role": "user", "content": "x"}])
        self.assertEqual(missing.exception.code, "model_not_found")

    def test_a_body_beyond_the_limit(self) -> None:
        with self.assertRaises(openai.APIStatusError) as caught:
            self.chat("x" * (21 << 20))
        self.assertEqual(caught.exception.status_code, 413)

    def test_twenty_megabytes_are_taken(self) -> None:
        self.assertEqual(self.chat("x" * (8 << 20)).choices[0].message.content, TEXT)

    def test_guessing_is_limited_with_retry_after(self) -> None:
        for number in range(10):
            with self.assertRaises(openai.AuthenticationError):
                self.sdk(api_key=f"wrong-key-{number}-0123456789").models.list()
        with self.assertRaises(openai.RateLimitError) as caught:
            self.client.models.list()
        self.assertGreater(int(caught.exception.response.headers["retry-after"]), 0)


class Faults(APITest):
    """Through the whole gateway: the right decision, nothing delivered twice, nothing hung."""

    def settings(self) -> dict[str, Any]:
        # Nobody else to ask.
        return {"models": {"providers": self.fakes.providers()}}

    def fault(self, name: str, stream: bool, provider: str = "chat") -> openai.APIError:
        started = time.monotonic()
        with self.assertRaises(openai.APIError) as caught:
            answer = self.chat(model=f"{provider}/fault-{name}", stream=stream)
            if stream:
                self.said = ""
                for chunk in answer:
                    self.said += chunk.choices[0].delta.content or ""
        self.assertLess(time.monotonic() - started, 25)
        return caught.exception

    def before(self, name: str, status: int, provider: str = "chat") -> openai.APIStatusError:
        """A fault before the first word is a status, streamed or not."""
        errors = [self.fault(name, stream, provider) for stream in (False, True)]
        for error in errors:
            self.assertIsInstance(error, openai.APIStatusError, name)
            self.assertEqual(error.status_code, status, name)
        return errors[0]

    def test_limits_and_overload(self) -> None:
        error = self.before("429-after-2", 429)
        self.assertEqual(error.code, "rate_limit_exceeded")

    def test_limits_without_a_time(self) -> None:
        self.assertNotIn("retry-after", self.before("429", 429).response.headers)

    def test_limits_with_a_long_time(self) -> None:
        # Longer than anybody is kept waiting: told at once, with the time.
        error = self.before("429-after-600", 429)
        self.assertGreaterEqual(int(error.response.headers["retry-after"]), 500)

    def test_the_service_fails(self) -> None:
        self.before("500", 502)

    def test_the_service_is_overloaded(self) -> None:
        self.before("529", 503)

    def test_the_gateways_key_is_bad(self) -> None:
        error = self.before("key", 502)
        self.assertEqual(error.code, "provider_key_refused")
        self.assertEqual(error.response.headers["x-should-retry"], "false")
        self.assertNotIn("sk-fake", str(error))

    def test_no_credit(self) -> None:
        self.assertEqual(self.before("billing", 429).code, "insufficient_quota")

    def test_other_refusals(self) -> None:
        self.before("missing", 404)
        self.before("bad", 400)
        self.assertEqual(self.before("overflow", 400).code, "context_length_exceeded")

    def test_no_answer_begins(self) -> None:
        self.before("stall-before", 504)

    def test_slow_loris(self) -> None:
        self.before("loris", 504)

    def middle(self, name: str) -> None:
        """A fault in the middle: whole, it is a status; streamed, an error behind what was said, once."""
        error = self.fault(name, False)
        self.assertIsInstance(error, openai.APIStatusError)
        self.assertIn(error.status_code, (502, 504))
        self.fakes.chat.forget()
        self.fault(name, True)
        self.assertEqual(self.said, "Half an")
        self.assertEqual(len(self.fakes.chat.records), 1, "asked again after something was delivered")

    def test_cut_in_the_middle(self) -> None:
        self.middle("cut")

    def test_broken_in_the_middle(self) -> None:
        self.middle("json")

    def test_a_stall_in_the_middle(self) -> None:
        self.middle("stall-mid")

    def test_cut_before_anything(self) -> None:
        self.before("cut-early", 502)

    def test_once_is_nothing_to_speak_of(self) -> None:
        for name in ("once-500", "once-cut-early"):
            self.assertEqual(self.chat(model=f"chat/{name}").choices[0].message.content, TEXT)
            self.fakes.chat.forget()
            chunks = list(self.chat(model=f"chat/{name}", stream=True))
            self.assertEqual("".join(chunk.choices[0].delta.content or "" for chunk in chunks), TEXT)
            self.assertEqual(len(self.fakes.chat.records), 2)


class Fallback(APITest):
    def changes(self) -> dict[str, Any]:
        return {"agents": {"defaults": {"model": {"primary": "chat/fault-529", "fallbacks": ["claude/plain"]}}}}

    def test_another_model_answers_once(self) -> None:
        answer = self.client.chat.completions.create(model="openclaw", messages=[{"role": "user", "content": "Hello"}])
        self.assertEqual(answer.choices[0].message.content, TEXT)
        stream = self.client.chat.completions.create(
            model="openclaw", messages=[{"role": "user", "content": "Hello"}], stream=True)
        self.assertEqual("".join(chunk.choices[0].delta.content or "" for chunk in stream), TEXT)


class Off(APITest):
    def changes(self) -> dict[str, Any]:
        return {"gateway": {"http": {"endpoints": {"chatCompletions": {"enabled": False}, "responses": {"enabled": False}}}}}

    def test_what_is_off_says_so(self) -> None:
        with self.assertRaises(openai.NotFoundError) as caught:
            self.chat()
        self.assertIn("gateway.http.endpoints.chatCompletions.enabled", str(caught.exception))
        with self.assertRaises(openai.NotFoundError):
            self.client.models.list()


if __name__ == "__main__":
    unittest.main()
