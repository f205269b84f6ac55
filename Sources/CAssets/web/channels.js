// The channels: what each account receives and sends, who waits to be let in, and what was given up.

import { ask, button, failed, fill, h, head, note, table } from "./dom.js";
import { accounts, standing } from "./overview.js";
import { ago, dateTime, number, span, t } from "./words.js";

const RENEWAL = 10_000;

export function open(place, { link }) {
  const list = h("div");
  const waiting = h("section");
  const letters = h("section");
  const mayChange = link.may("operator.admin");
  let busy = false;
  place.append(
    head(t("Channels"), button(t("Ask the platforms"), () => load(true), { icon: "search" })),
    list, waiting, letters);

  async function load(probe = false) {
    if (busy) return;
    busy = true;
    try {
      if (probe) note(t("Asking…"));
      drawAccounts(await link.request("channels.status", probe ? { probe: true } : {}));
      if (link.has("channels.pairing.list")) drawWaiting(await link.request("channels.pairing.list", {}));
      if (link.has("channels.deadLetters.list")) drawLetters(await link.request("channels.deadLetters.list", { limit: 100 }));
    } catch (error) {
      if (error.code !== "OFFLINE") failed(error);
    } finally {
      busy = false;
    }
  }

  function fact(name, value) {
    return value ? h("div", { class: "fact" }, h("span", { class: "muted", text: name }), h("span", null, value)) : null;
  }

  function drawAccounts(status) {
    const rows = accounts(status);
    if (rows.length === 0) {
      return fill(list, h("p", { class: "empty", text: t("No channel is set up. In a terminal: openclaw channels add") }));
    }
    fill(list, h("div", { class: "cards" }, rows.map(({ channel, account, label }) => h("section", { class: "card" },
      h("div", { class: "row" }, h("h2", { class: "grow break", css: { margin: "0" },
        text: account.accountId === "default" ? label : `${label} · ${account.accountId}` }), standing(account)),
      h("p", { class: "muted break", text: account.bot?.name ?? account.name ?? "" }),
      account.lastError ? h("p", { class: "alert", text: account.lastError }) : null,
      account.cure ? h("p", { class: "hint", text: account.cure }) : null,
      account.probe ? h("p", { class: account.probe.ok ? "hint" : "alert", text: account.probe.ok
        ? t("answered in {time} ms as {name}", { time: number(account.probe.elapsedMs), name: account.probe.bot?.name ?? "?" })
        : account.probe.error }) : null,
      (account.findings ?? account.probe?.findings ?? []).map((text) => h("p", { class: "alert warn", text })),
      fact(t("Received"), account.lastInboundAt ? ago(account.lastInboundAt) : t("nothing yet")),
      fact(t("Sent"), account.lastOutboundAt ? ago(account.lastOutboundAt) : t("nothing yet")),
      fact(t("Last sign of life"), account.lastBeatAt ? ago(account.lastBeatAt) : null),
      fact(t("Not sent"), account.lastSendError ? `${account.lastSendError} (${ago(account.lastSendErrorAt)})` : null),
      fact(t("Waiting to be sent"), account.waitingOut ? number(account.waitingOut) : null),
      fact(t("Next attempt"), account.nextTryAt ? ago(account.nextTryAt) : null),
      fact(t("Missed"), account.gap ? span(account.gap.to - account.gap.from) : null),
      fact(t("Direct messages"), account.dmPolicy), fact(t("Groups"), account.groupPolicy),
      mayChange ? h("div", { class: "row end" },
        link.has("channels.stop") && account.running
          ? button(t("Stop"), () => change("channels.stop", channel, account), { icon: "stop" }) : null,
        link.has("channels.start") && !account.running
          ? button(t("Start"), () => change("channels.start", channel, account), { icon: "retry" }) : null) : null))));
  }

  async function change(method, channel, account) {
    if (method === "channels.stop" && !await ask(t("Stop {name}?", { name: `${channel} ${account.accountId}` }),
      t("It hears nothing until it is started again, or the gateway is."), t("Stop"))) return;
    await link.request(method, { channel, accountId: account.accountId }).catch(failed);
    load();
  }

  function drawWaiting({ waiting: people, approved }) {
    const may = link.may("operator.pairing");
    const decide = async (method, one) => {
      await link.request(method, { channel: one.channel, accountId: one.accountId, code: one.code }).then(() => {
        note(method.endsWith("approve") ? t("Let in.") : t("Sent away."));
      }, failed);
      load();
    };
    fill(waiting, h("h2", { text: t("People who wait to be let in") }),
      h("div", { class: "sheet" }, table(t("People who wait"), [t("Who"), t("Channel"), t("Code"), t("Since"), ""],
        people.map((one) => [
          h("span", { class: "break", text: one.name ? `${one.name} (${one.id})` : one.id }), `${one.channel} · ${one.accountId}`,
          h("code", { text: one.code ?? "–" }), ago(one.since),
          may && one.code ? h("div", { class: "row" },
            button(t("Let in"), () => decide("channels.pairing.approve", one), { kind: "primary" }),
            button(t("Send away"), () => decide("channels.pairing.reject", one))) : "",
        ]), t("Nobody waits."))),
      approved.length ? h("details", null, h("summary", { text: t("Let in: {count}", { count: approved.length }) }),
        h("ul", null, approved.map((one) => h("li", { class: "break",
          text: `${one.name ?? one.id} · ${one.channel} · ${dateTime(one.since)}` })))) : null);
  }

  function drawLetters({ letters: lost }) {
    const again = async (letter) => {
      await link.request("channels.deadLetters.resubmit", { id: letter.id }).then(() => note(t("It is answered now.")), failed);
      load();
    };
    fill(letters, h("h2", { text: t("Messages that were given up") }),
      h("div", { class: "sheet" }, table(t("Messages that were given up"),
        [t("Received"), t("Channel"), t("Attempts"), t("Why"), ""],
        lost.map((letter) => [
          dateTime(letter.receivedAt), `${letter.channel} · ${letter.accountId ?? ""}`, number(letter.attempts),
          h("span", { class: "break", text: letter.error }),
          mayChange && link.has("channels.deadLetters.resubmit") ? button(t("Try again"), () => again(letter), { icon: "retry" }) : "",
        ]), t("None."))));
  }

  load();
  const timer = setInterval(() => document.visibilityState === "visible" && link.state === "ready" && load(), RENEWAL);
  return { resync: load, close: () => clearInterval(timer) };
}
