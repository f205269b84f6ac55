// Commands that agents want to run and that wait for somebody's word.

import { button, failed, fill, h, head, note } from "./dom.js";
import { span, t } from "./words.js";

export function open(place, { link }) {
  const list = h("div", { "aria-live": "polite" });
  const rules = h("section");
  let waiting = [];
  place.append(head(t("Approvals")), list, rules);

  async function load() {
    try {
      waiting = await link.request("exec.approval.list", {});
      draw();
      if (link.has("exec.approvals.get") && link.may("operator.admin")) drawRules(await link.request("exec.approvals.get", {}));
    } catch (error) {
      if (error.code !== "OFFLINE") failed(error);
    }
  }

  async function decide(one, decision) {
    await link.request("exec.approval.resolve", { id: one.id, decision }).then(() => {
      note(decision === "deny" ? t("Denied.") : t("Allowed."));
    }, failed);
    load();
  }

  function draw() {
    waiting = waiting.filter((one) => one.expiresAtMs > Date.now());
    if (waiting.length === 0) return fill(list, h("p", { class: "empty", text: t("No command waits.") }));
    fill(list, waiting.map((one) => {
      const { command, cwd, agentId, sessionKey, host, warningText, resolvedPath } = one.request ?? {};
      const refused = new Set(one.request?.unavailableDecisions ?? []);
      return h("section", { class: "card" },
        h("pre", { class: "break", css: { "white-space": "pre-wrap", margin: "0 0 10px" } }, h("code", { text: command })),
        warningText ? h("p", { class: "alert warn", text: warningText }) : null,
        [[t("Program"), resolvedPath], [t("In"), cwd], [t("Agent"), agentId], [t("Session"), sessionKey], [t("On"), host]]
          .filter(([, value]) => value).map(([name, value]) => h("div", { class: "fact left" },
            h("span", { class: "muted", text: name }), h("code", { class: "break", text: String(value) }))),
        h("p", { class: "hint", text: t("Ends by itself in {time}.", { time: span(one.expiresAtMs - Date.now()) }) }),
        h("div", { class: "row" },
          button(t("Allow once"), () => decide(one, "allow-once"), { kind: "primary" }),
          refused.has("allow-always") ? null : button(t("Always allow this"), () => decide(one, "allow-always")),
          button(t("Deny"), () => decide(one, "deny"), { kind: "danger" })));
    }));
  }

  function drawRules({ file, path }) {
    const lists = Object.entries(file?.agents ?? {}).filter(([, agent]) => agent.allowlist?.length);
    fill(rules, h("h2", { text: t("Always allowed") }),
      lists.length === 0 ? h("p", { class: "muted", text: t("Nothing yet.") }) : null,
      lists.map(([agent, { allowlist }]) => h("section", { class: "card" }, h("h3", { text: agent }),
        h("ul", null, allowlist.map((entry) => h("li", { class: "break" }, h("code", { text: entry.pattern })))))),
      h("p", { class: "hint break", text: path }));
  }

  load();
  const ends = ["exec.approval.requested", "exec.approval.resolved"].map((event) => link.on(event, load));
  const timer = setInterval(() => waiting.length > 0 && !list.contains(document.activeElement) && draw(), 5000);
  return {
    resync: load,
    close() {
      clearInterval(timer);
      for (const end of ends) end();
    },
  };
}
