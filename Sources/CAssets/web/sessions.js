// All sessions, a page at a time, and what can be chosen for each.

import { ask, badge, button, failed, field, fill, h, head, note, select, table } from "./dom.js";
import { ago, money, number, short, t } from "./words.js";

const PAGE = 50;
const THINKING = ["off", "minimal", "low", "medium", "high", "xhigh"];

export function open(place, { link, go }) {
  let offset = 0;
  let timer = null;
  let ticket = 0;
  const search = h("input", { type: "search", "aria-label": t("Search sessions"), placeholder: t("Search"), on: { input: () => {
    clearTimeout(timer);
    offset = 0;
    timer = setTimeout(load, 200);
  } } });
  const archived = h("input", { type: "checkbox", on: { change: () => {
    offset = 0;
    load();
  } } });
  const list = h("div", { class: "sheet" });
  const pager = h("div", { class: "row" });
  place.append(
    head(t("Sessions"), search, h("label", { class: "check" }, archived, t("put aside"))), list, pager);

  async function load() {
    ticket += 1;
    const mine = ticket;
    const params = { limit: PAGE, offset, includeDerivedTitles: true };
    if (search.value.trim()) params.search = search.value.trim();
    if (archived.checked) params.archived = true;
    let answer;
    try {
      answer = await link.request("sessions.list", params);
    } catch (error) {
      if (error.code !== "OFFLINE") failed(error);
      return;
    }
    if (mine !== ticket) return;
    draw(answer);
  }

  function draw(answer) {
    fill(list, table(t("Sessions"), [t("Session"), t("Model"), t("Tokens"), t("Changed"), ""], answer.sessions.map((row) => [
      h("div", null, h("a", { href: `#/chat/${encodeURIComponent(row.key)}`, class: "break",
        text: row.label || row.derivedTitle || row.key }), h("div", { class: "hint break", text: row.key })),
      h("span", { class: "break", text: row.model ?? "–" }),
      h("span", { class: "num" }, row.totalTokens ? short(row.totalTokens) : "–",
        row.contextTokens && row.totalTokens ? ` / ${short(row.contextTokens)}` : "",
        row.estimatedCostUsd ? h("div", { class: "hint", text: money(row.estimatedCostUsd) }) : null),
      h("div", null, ago(row.updatedAt), row.hasActiveRun ? h("div", null, badge("ok", t("answers…"))) : null,
        row.abortedLastRun ? h("div", null, badge("warn", t("broken off"))) : null),
      h("div", { class: "row" }, button(t("Settings of {name}", { name: row.key }), () => edit(row), { icon: "config", kind: "quiet", only: true }),
        link.may("operator.admin")
          ? button(t("Delete {name}", { name: row.key }), () => remove(row), { icon: "close", kind: "quiet", only: true }) : null),
    ]), t("No session")));
    const total = answer.totalCount ?? answer.sessions.length;
    fill(pager, h("span", { class: "muted", text: t("{from} to {to} of {total}", {
      from: number(total ? offset + 1 : 0), to: number(offset + answer.sessions.length), total: number(total) }) }),
    button(t("Newer"), () => turn(-PAGE), { disabled: offset === 0 }),
    button(t("Older"), () => turn(PAGE), { disabled: !answer.hasMore }));
  }

  function turn(step) {
    offset = Math.max(0, offset + step);
    load();
    place.scrollTop = 0;
  }

  async function edit(row) {
    const label = h("input", { value: row.label ?? "", maxlength: "120" });
    const thinking = select([["", t("as configured")], ...THINKING.map((word) => [word, word])], row.thinkingLevel ?? "");
    const model = h("input", { value: row.modelOverride ? `${row.providerOverride}/${row.modelOverride}` : "",
      placeholder: row.model ?? "", list: "models", spellcheck: "false" });
    const models = h("datalist", { id: "models" });
    if (link.has("models.list")) {
      link.request("models.list", {}).then(({ models: known }) => {
        fill(models, known.map((one) => h("option", { value: `${one.provider}/${one.id}` })));
      }, () => {});
    }
    const aside = h("input", { type: "checkbox", checked: Boolean(row.archived) });
    const form = h("div", null, h("p", { class: "hint break", text: row.key }), field(t("Name"), label), field(t("Model"), model),
      models, field(t("Thinking"), thinking), h("label", { class: "check" }, aside, t("Put aside")));
    if (!await ask(t("Settings of the session"), form, t("Save"), "primary")) return;
    const changes = { key: row.key };
    if (label.value !== (row.label ?? "")) changes.label = label.value || null;
    if (thinking.value !== (row.thinkingLevel ?? "")) changes.thinkingLevel = thinking.value || null;
    if (model.value !== (row.modelOverride ? `${row.providerOverride}/${row.modelOverride}` : "")) changes.model = model.value || null;
    if (aside.checked !== Boolean(row.archived)) changes.archived = aside.checked;
    if (Object.keys(changes).length === 1) return;
    await link.request("sessions.patch", changes).then(() => note(t("Saved.")), failed);
    load();
  }

  async function remove(row) {
    if (!await ask(t("Delete this session?"), h("p", { class: "break" }, row.label || row.derivedTitle || row.key, h("br"),
      t("Its transcript is put aside, not destroyed.")), t("Delete"))) return;
    await link.request("sessions.delete", { key: row.key }).catch(failed);
    load();
  }

  load();
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(load, 800);
  };
  const end = link.on("sessions.changed", later);
  if (link.has("sessions.subscribe")) link.request("sessions.subscribe", {}).catch(() => {});
  return {
    resync: load,
    close() {
      clearTimeout(timer);
      end();
    },
  };
}
