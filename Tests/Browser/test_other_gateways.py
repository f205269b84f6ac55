"""Gateways that have more, or less, than this one: the page shows what a gateway says it has. What is answered is put between the
page and its socket."""

import json
import time
import unittest

from ui import BrowserTest, Page

BETWEEN = """
(() => {
    const answers = ANSWERS;
    const taken = TAKEN;
    window.asked = [];
    const handlers = new WeakMap();
    const add = WebSocket.prototype.addEventListener;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.addEventListener = function (name, call) {
        if (name !== "message") return add.call(this, name, call);
        handlers.set(this, call);
        add.call(this, name, (event) => {
            const frame = JSON.parse(event.data);
            const methods = frame.payload?.features?.methods;
            if (!methods) return call(event);
            frame.payload.features.methods = methods.concat(Object.keys(answers)).filter((one) => !taken.includes(one));
            call(new MessageEvent("message", { data: JSON.stringify(frame) }));
        });
    };
    WebSocket.prototype.send = function (text) {
        const frame = JSON.parse(text);
        if (!(frame.method in answers)) return send.call(this, text);
        window.asked.push({ method: frame.method, params: frame.params });
        const res = { type: "res", id: frame.id, ok: true, payload: answers[frame.method] };
        queueMicrotask(() => handlers.get(this)(new MessageEvent("message", { data: JSON.stringify(res) })));
    };
})();
"""


class OtherGateways(BrowserTest):
    def met(self, answers: dict, taken: tuple[str, ...] = ()) -> Page:
        gateway = self.begin()
        page = self.entered(gateway)
        script = BETWEEN.replace("ANSWERS", json.dumps(answers)).replace("TAKEN", json.dumps(list(taken)))
        page.call("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        page.open("about:blank")
        page.open(self.origin(gateway))
        page.until("document.querySelector('#menu a')")
        return page

    def asked(self, page: Page, method: str) -> dict:
        """The parameters of the last such request."""
        return dict(page.until(f"window.asked.findLast((one) => one.method === {json.dumps(method)})", method)["params"])

    def test_failover_is_shown_where_it_is(self) -> None:
        now = int(time.time() * 1000)
        page = self.met({
            "failover.status": {"role": "standby", "state": "watching", "primary": {"name": "vps1<b>", "lastProbeAtMs": now - 4000},
                                "held": ["discord"], "driftMs": 1500},
            "failover.history": {"entries": [{"ts": now, "message": "took over for 14 min"}]}, "failover.drill": {"ok": True}})
        self.go(page, "failover")
        for text in ("standby", "vps1<b>", "took over for 14 min", "1 s"):
            page.sees(text)
        page.click("main button", "Drill")
        page.sees("Nobody notices")
        page.click("dialog button", "Drill")
        self.asked(page, "failover.drill")
        self.is_calm(page)

    def test_jobs_are_made_run_and_switched_off(self) -> None:
        job = {"id": "j1", "name": "morning", "enabled": True, "schedule": {"kind": "cron", "expr": "0 8 * * *", "tz": "Europe/Berlin"},
               "sessionTarget": "isolated", "payload": {"kind": "agentTurn", "message": "What is new?"},
               "state": {"nextRunAtMs": int(time.time() * 1000) + 3_600_000, "lastStatus": "error", "lastError": "no <model>"}}
        page = self.met({
            "cron.status": {"enabled": True, "storePath": "", "jobs": 1, "nextWakeAtMs": None}, "cron.list": {"jobs": [job]},
            "cron.add": job, "cron.update": job, "cron.remove": {"ok": True, "removed": True}, "cron.run": {"ok": True, "ran": True},
            "cron.runs": {"entries": [{"runAtMs": 1, "status": "ok", "durationMs": 1200, "summary": "all well"}]}})
        self.go(page, "cron")
        page.sees("no <model>")
        page.click("main button", "Run now")
        self.assertEqual(self.asked(page, "cron.run"), {"id": "j1", "mode": "force"})
        page.click("main button", "Switch off")
        self.assertEqual(self.asked(page, "cron.update"), {"id": "j1", "patch": {"enabled": False}})
        page.click("main button", "Past runs")
        page.sees("all well")
        page.click("main button", "New job")
        page.js("""(() => {
            const [name, kind, time, target] = document.querySelectorAll("dialog input, dialog select");
            name.value = "tea";
            kind.value = "every";
            time.value = "90";
            document.querySelector("dialog textarea").value = "Is there tea?";
        })()""")
        page.click("dialog button", "Save")
        made = self.asked(page, "cron.add")
        self.assertEqual(made["schedule"], {"kind": "every", "everyMs": 5_400_000})
        self.assertEqual(made["payload"], {"kind": "agentTurn", "message": "Is there tea?"})
        self.is_calm(page)

    def test_messages_that_were_given_up_are_tried_again(self) -> None:
        page = self.met({
            "channels.deadLetters.list": {"letters": [{"id": 5, "channel": "irc", "accountId": "default", "receivedAt": 1_700_000_000_000,
                                                       "attempts": 3, "error": "<b>no</b> answer"}]},
            "channels.deadLetters.resubmit": {"ok": True}})
        self.go(page, "channels")
        page.sees("<b>no</b> answer")
        page.click("main button", "Try again")
        self.assertEqual(self.asked(page, "channels.deadLetters.resubmit"), {"id": 5})
        self.is_calm(page)

    def test_what_is_missing_is_hidden_and_the_rest_works(self) -> None:
        page = self.met({}, taken=(
            "sessions.subscribe", "sessions.messages.subscribe", "sessions.messages.unsubscribe", "sessions.describe", "sessions.create",
            "commands.list", "usage.cost", "cron.list", "system.info", "diagnostics.stability", "channels.status", "logs.tail",
            "failover.status"))
        names = set(page.js("[...document.querySelectorAll('#menu li')].map((one) => one.innerText.trim())"))
        self.assertEqual(names & {"Usage", "Cron", "Channels", "Logs", "Failover"}, set())
        self.go(page, "overview")
        page.sees("running")
        self.go(page, "chat")
        self.says(page, "/status")
        page.sees("OpenClaw gateway")
        self.is_calm(page)


if __name__ == "__main__":
    unittest.main()
