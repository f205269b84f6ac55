// Two gateways that stand in for each other: what this one knows, as the gateway says it.

import { ask, button, failed, fill, h, head, note, table } from "./dom.js";
import { ago, dateTime, number, span, t } from "./words.js";

const RENEWAL = 5000;
const DEPTH = 3;

export function open(place, { link }) {
  const facts = h("div");
  const past = h("section");
  /// What can be asked for, if this gateway has it; each says first what it would do.
  const deeds = [
    ["failover.drill", () => t("Drill"), () => t("All steps of a takeover but the last. Nobody notices, and nothing changes places.")],
    ["failover.switchover", () => t("Change places"), () => t("The other gateway takes over, and this one stands by.")],
    ["failover.pause", () => t("Pause"), () => t("Nobody takes over until it is resumed.")],
    ["failover.resume", () => t("Resume"), () => t("The standby watches again.")],
  ].filter(([method]) => link.has(method) && link.may("operator.admin"));
  place.append(head(t("Failover"), ...deeds.map(([method, name, words]) => button(name(), () => run(method, name(), words())))), facts, past);

  async function load() {
    try {
      const status = await link.request("failover.status", {});
      fill(facts, h("section", { class: "card" }, rows(status, 0)));
      if (link.has("failover.history")) drawPast(await link.request("failover.history", { limit: 30 }));
    } catch (error) {
      if (error.code !== "OFFLINE") failed(error);
    }
  }

  function rows(object, depth) {
    return Object.entries(object ?? {}).map(([name, value]) => {
      if (value && typeof value === "object" && !Array.isArray(value) && depth < DEPTH) {
        return h("section", null, h("h2", { text: name }), rows(value, depth + 1));
      }
      return h("div", { class: "fact" }, h("span", { class: "muted", text: name }), h("span", { class: "break", text: said(name, value) }));
    });
  }

  function drawPast(answer) {
    const entries = answer.entries ?? answer.history ?? [];
    fill(past, h("h2", { text: t("History") }), h("div", { class: "sheet" }, table(t("History"), [t("When"), t("What")],
      entries.map((entry) => [dateTime(entry.ts ?? entry.atMs), h("span", { class: "break",
        text: entry.message ?? entry.event ?? JSON.stringify(entry) })]), t("Nothing yet."))));
  }

  async function run(method, name, words) {
    if (!await ask(`${name}?`, words, name)) return;
    await link.request(method, {}).then(() => note(t("It is under way.")), failed);
    load();
  }

  load();
  const timer = setInterval(() => document.visibilityState === "visible" && link.state === "ready" && load(), RENEWAL);
  const end = link.on("failover", load);
  return {
    resync: load,
    close() {
      clearInterval(timer);
      end();
    },
  };
}

/// A value with the unit that its name tells.
function said(name, value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  if (typeof value === "number" && /(?:At|ts|Until)(?:Ms)?$/.test(name) && value > 1e11) return `${dateTime(value)} (${ago(value)})`;
  if (typeof value === "number" && /Ms$/.test(name)) return span(value);
  if (typeof value === "number") return number(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
