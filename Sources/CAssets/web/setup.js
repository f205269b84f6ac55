// The first steps: what is there already, and the gateway's own questions one after another.

import { badge, button, command, failed, field, fill, h, head, select } from "./dom.js";
import { accounts } from "./overview.js";
import { t } from "./words.js";

export function open(place, { link, go }) {
  const facts = h("section", { class: "card" });
  const wizard = h("section", { class: "card", "aria-live": "polite" });
  let session = null;
  place.append(head(t("Setup")), facts, wizard);

  async function load() {
    const ask_ = (method, params = {}) => (link.has(method) ? link.request(method, params).catch(() => null) : null);
    const [models, channels, config] = [await ask_("models.list"), await ask_("channels.status"), await ask_("config.get")];
    const usable = (models?.models ?? []).filter((one) => one.provider !== "builtin" && one.available !== false);
    const hasModel = usable.length > 0 || Boolean(config?.parsed?.agents?.defaults?.model);
    const rows = accounts(channels);
    const step = (done, name, words, ...more) => h("div", { class: "fact" }, h("strong", { text: name }),
      done ? badge("ok", t("done")) : badge("idle", t("to do")), h("div", { class: "age" }, words, ...more));
    fill(facts, h("h2", { text: t("What a gateway needs") }),
      step(config?.exists && config.valid, t("A configuration"), config?.path ?? ""),
      step(hasModel, t("A model"), hasModel ? t("{count} can be used.", { count: usable.length || 1 })
        : t("Without one, slash commands work: /help in the chat."), hasModel ? null : command("openclaw onboard")),
      step(rows.length > 0, t("A channel"), rows.length > 0 ? rows.map(({ label }) => label).join(", ")
        : t("So that you can write from your phone."), rows.length > 0 ? null : command("openclaw channels add")),
      step(true, t("This browser"), t("It has a key of its own, and may be removed on the page Devices.")),
      h("div", { class: "row end" }, link.has("config.schema") ? button(t("Settings"), () => go("config"), { icon: "config" }) : null,
        button(t("To the chat"), () => go("chat"), { icon: "chat", kind: "primary" })));
  }

  function idle() {
    session = null;
    fill(wizard, h("h2", { text: t("The gateway's questions") }),
      h("p", { class: "muted", text: t("They set up where it runs and where agents keep their files. Nothing is written before the last one.") }),
      button(t("Begin"), begin, { icon: "setup" }));
  }

  async function begin() {
    try {
      draw(await link.request("wizard.start", {}));
    } catch (error) {
      failed(error);
    }
  }

  async function answer(step, value) {
    try {
      draw(await link.request("wizard.next", { sessionId: session, answer: { stepId: step.id, ...(value === undefined ? {} : { value }) } }));
    } catch (error) {
      failed(error);
      idle();
    }
  }

  async function giveUp() {
    await link.request("wizard.cancel", { sessionId: session }).catch(() => {});
    idle();
  }

  function draw(state) {
    session = state.sessionId ?? session;
    if (state.done || !state.step) {
      fill(wizard, h("h2", { text: state.error ? t("It did not work") : t("Done") }),
        state.error ? h("p", { class: "alert", text: state.error }) : h("p", { text: t("The gateway has what it asked for.") }),
        button(t("Again"), idle));
      return load();
    }
    const { step } = state;
    const { control, value } = asked(step);
    fill(wizard, h("form", { on: { submit: (event) => {
      event.preventDefault();
      answer(step, value());
    } } },
    h("h2", { text: step.title ?? t("A question") }),
    control && step.message ? field(step.message, control)
      : [step.message ? h("p", { class: "break", text: step.message }) : null, control],
    h("div", { class: "row end" }, button(t("Give up"), giveUp, { kind: "quiet" }),
      h("button", { class: "button primary", type: "submit", text: t("Go on") }))));
    (control?.querySelector?.("input") ?? control ?? wizard.querySelector("button[type=submit]"))?.focus();
  }

  idle();
  load();
  return {
    resync: load,
    close() {
      if (session && link.state === "ready") link.request("wizard.cancel", { sessionId: session }).catch(() => {});
    },
  };
}

/// The control for a question, and how its answer is read.
function asked(step) {
  const options = step.options ?? [];
  if (step.type === "select") {
    const names = options.map((option, at) => [String(at), option.hint ? `${option.label} — ${option.hint}` : option.label]);
    const first = Math.max(0, options.findIndex((option) => option.value === step.initialValue));
    const box = select(names, String(first));
    return { control: box, value: () => options[Number(box.value)]?.value };
  }
  if (step.type === "multiselect") {
    const boxes = options.map((option) => h("input", { type: "checkbox",
      checked: (step.initialValue ?? []).includes?.(option.value) ?? false }));
    const control = h("div", null, options.map((option, at) => h("label", { class: "check" }, boxes[at], option.label)));
    return { control, value: () => options.filter((_, at) => boxes[at].checked).map((option) => option.value) };
  }
  if (step.type === "confirm") {
    const box = select([["true", t("yes")], ["false", t("no")]], String(step.initialValue ?? true));
    return { control: box, value: () => box.value === "true" };
  }
  if (step.type === "text") {
    const box = h("input", { type: step.sensitive ? "password" : "text", value: step.initialValue ?? "", placeholder: step.placeholder,
      spellcheck: "false", autocomplete: "off" });
    return { control: box, value: () => box.value };
  }
  return { control: null, value: () => undefined };
}
