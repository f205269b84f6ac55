// The configuration: as a form with search, or as the text that the file has. Nothing is written unseen.

import { ask, button, failed, fill, h, head, note } from "./dom.js";
import { patchOf, settings, SettingsForm } from "./config-form.js";
import { diffNode } from "./diff.js";
import { t } from "./words.js";

/// Quiet after the last key before the text is looked at, in milliseconds.
const CHECK_DELAY = 400;

export function open(place, { link }) {
  let base = null;
  let schema = null;
  let form = null;
  let tab = "form";
  const changes = new Map();
  const mayWrite = link.has("config.patch") && link.may("operator.admin");
  const body = h("div");
  const alerts = h("div", { role: "alert" });
  const mistakes = h("div", { role: "status" });
  let checkTimer = null;
  let checks = 0;
  const search = h("input", { type: "search", "aria-label": t("Search settings"), placeholder: t("Search settings"), on: {
    input: () => form?.find(search.value) } });
  const text = h("textarea", { class: "code", spellcheck: "false", "aria-label": t("Configuration, JSON5"), readonly: !mayWrite,
    on: { input: typed, keydown: (event) => {
      if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        save();
      }
    } } });
  const file = h("p", { class: "hint break" });
  const bar = h("div", { class: "row sticky", hidden: true });
  const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": t("Ways to edit") });
  place.append(head(t("Config"), search), tabs, alerts, mistakes, body, bar, file);

  const rawChanged = () => base !== null && text.value !== base.raw;
  const isChanged = () => (tab === "form" ? changes.size > 0 : rawChanged());

  function drawTabs() {
    fill(tabs, [["form", t("Form")], ["raw", t("Text")]].map(([id, name]) => h("button", {
      type: "button", role: "tab", "aria-selected": String(tab === id), text: name, on: { click: () => choose(id) } })));
  }

  async function choose(id) {
    if (id === tab) return;
    if (isChanged() && !await ask(t("Leave what is not saved?"), t("The other view begins from what the file says."), t("Leave it"))) return;
    changes.clear();
    if (base) text.value = base.raw;
    tab = id;
    draw();
  }

  async function load() {
    try {
      const got = await link.request("config.get", {});
      schema ??= await link.request("config.schema", {});
      base = got;
      fill(alerts, problems(got.valid ? [] : got.issues, t("The file has mistakes; the gateway keeps what it used before.")),
        got.warnings?.length ? h("details", { class: "alert warn" }, h("summary", { text: t("{count} notes on the file", {
          count: got.warnings.length }) }), h("ul", null, got.warnings.map((one) => h("li", { class: "break",
          text: `${one.path}: ${one.message}` })))) : null);
      text.value = got.raw;
      draw();
    } catch (error) {
      if (error.code !== "OFFLINE") failed(error);
    }
  }

  function draw() {
    drawTabs();
    checks++;
    fill(mistakes);
    search.hidden = tab !== "form";
    file.textContent = base?.path ?? "";
    if (tab === "raw") {
      fill(body, text);
    } else if (schema && base) {
      form = new SettingsForm(settings(schema.schema, schema.uiHints ?? {}, base.parsed), changes, footer);
      form.cleared = () => {
        search.value = "";
      };
      if (search.value) form.find(search.value);
      fill(body, form.node);
    }
    footer();
  }

  function footer() {
    bar.hidden = !isChanged() || !mayWrite;
    fill(bar, button(t("Look and save"), save, { kind: "primary" }), button(t("Undo"), () => {
      changes.clear();
      text.value = base.raw;
      draw();
    }), h("span", { class: "muted", text: tab === "form" ? t("{count} changed", { count: changes.size }) : "" }));
  }

  function typed() {
    footer();
    clearTimeout(checkTimer);
    checkTimer = setTimeout(check, CHECK_DELAY);
  }

  /// Has the gateway look at the text as it is now. Only the newest look counts.
  async function check() {
    const mine = ++checks;
    if (tab !== "raw" || !rawChanged() || !link.has("config.validate")) return fill(mistakes);
    const got = await link.request("config.validate", { raw: text.value }).catch(() => null);
    if (got && mine === checks && tab === "raw") {
      fill(mistakes, problems(got.issues, t("The text as it is would not be taken:")));
    }
  }

  /// Before and after, as far as this page knows them.
  function shownChange() {
    if (tab === "raw") return diffNode(base.raw, text.value);
    const line = (path, value) => `${path.join(".")}: ${value === undefined ? t("not set") : JSON.stringify(value)}`;
    const at = (path) => path.reduce((value, name) => value?.[name], base.parsed);
    const hidden = (path, value) => (form.all.find((one) => one.path === path)?.hint.sensitive && value ? "••••••" : value);
    const pairs = [...changes.values()];
    return diffNode(pairs.map(([path]) => line(path, at(path))).join("\n"),
      pairs.map(([path, value]) => line(path, hidden(path, value))).join("\n"));
  }

  async function save() {
    if (!isChanged() || !mayWrite) return;
    if (body.querySelector(":invalid")) return note(t("A setting is not complete yet."), "bad");
    if (!await ask(t("Save these changes?"), shownChange(), t("Save"), "primary")) return;
    const { patch, lists } = patchOf(changes);
    const params = tab === "raw" ? { raw: text.value } : { raw: JSON.stringify(patch), replacePaths: lists };
    if (base.hash) params.baseHash = base.hash;
    try {
      const answer = await link.request(tab === "raw" ? "config.apply" : "config.patch", params);
      changes.clear();
      note([t("Saved."), answer.restart?.reason].filter(Boolean).join(" "));
      await load();
    } catch (error) {
      refused(error);
    }
  }

  function problems(issues, title) {
    if (!issues?.length) return null;
    return h("div", { class: "alert" }, h("p", { text: title }), h("ul", null, issues.map((issue) => h("li", { class: "break" },
      issue.line ? button(t("line {line}", { line: issue.line }), () => jump(issue), { kind: "quiet" }) : null,
      ` ${issue.path ? issue.path + ": " : ""}${issue.message}`))));
  }

  function jump({ line, column }) {
    if (tab !== "raw") return;
    const lines = text.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + (column ?? 1) - 1;
    text.focus();
    text.setSelectionRange(at, at);
    text.scrollTop = Math.max(0, (line - 5) * 19.5);
  }

  async function refused(error) {
    const issues = error.details?.issues;
    if (issues) {
      fill(alerts, problems(issues, t("Not saved:")));
      if (tab === "form") form.show(issues);
      return;
    }
    if (/changed since last load/.test(error.message)) return conflict();
    failed(error);
  }

  /// Somebody else wrote meanwhile. What they changed is shown; then what is here goes on top of it, or is given up.
  async function conflict() {
    const theirs = await link.request("config.get", {}).catch(failed);
    if (!theirs) return;
    const mine = text.value;
    const take = () => {
      changes.clear();
      fill(alerts);
      load();
    };
    const continueWithMine = () => {
      base = theirs;
      fill(alerts);
      if (tab === "raw") text.value = mine;
      const kept = new Map(changes);
      draw();
      for (const [key, change] of kept) changes.set(key, change);
      footer();
    };
    fill(alerts, h("section", { class: "card conflict" },
      h("h2", { text: t("The file was changed meanwhile") }),
      h("p", { text: t("Nothing was saved. This is what somebody else changed since you began:") }),
      diffNode(base.raw, theirs.raw),
      h("div", { class: "row end" },
        button(t("Take theirs, drop mine"), take),
        button(tab === "form" ? t("Put mine on top of theirs") : t("Keep my text"), continueWithMine, { kind: "primary" })),
      tab === "raw" ? h("p", { class: "hint", text: t("Your text then replaces theirs; the next question shows it whole.") }) : null));
    alerts.scrollIntoView({ block: "start" });
  }

  load();
  const end = link.on("config.changed", (event) => {
    if (event.hash === base?.hash) return;
    if (!isChanged()) load();
  });
  return {
    resync: () => !isChanged() && load(),
    close: () => {
      clearTimeout(checkTimer);
      end();
    },
  };
}
