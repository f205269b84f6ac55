// How the gateway is: facts, each with its age, none inferred from another.

import { badge, button, fill, h, head } from "./dom.js";
import { ago, bytes, number, short, span, t } from "./words.js";

const RENEWAL = 15_000;

export function open(place, { link, go }) {
  const sheet = h("div", { class: "cards" });
  const channels = h("section", { class: "card" });
  const people = h("section", { class: "card" });
  const verdict = h("p", { role: "status" });
  const known = {};
  let drawTimer = null;
  place.append(head(t("Overview"), button(t("Look again"), () => load(true), { icon: "retry" })), verdict, sheet, channels, people);

  async function look(name, method, params = {}) {
    if (!link.has(method)) return;
    try {
      known[name] = { value: await link.request(method, params), at: Date.now() };
    } catch (error) {
      if (error.code !== "OFFLINE") known[name] = { problem: error.message, at: Date.now() };
    }
    draw();
  }

  function load(probe = false) {
    look("health", "health", probe ? { probe: true } : {});
    look("machine", "system.info");
    look("inside", "diagnostics.stability");
    look("channels", "channels.status");
    look("people", "system-presence");
    look("status", "status");
    look("failover", "failover.status");
  }

  function fact(name, value, age) {
    return h("div", { class: "fact" }, h("span", { text: name }), h("span", null, value), h("span", { class: "age", text: age }));
  }

  const seen = (entry) => t("seen {time}", { time: ago(entry.at) });

  function draw() {
    const { health, machine, inside, status } = known;
    fill(sheet,
      h("section", { class: "card" }, h("h2", { text: t("Gateway") }),
        fact(t("Answers"), link.state === "ready" ? badge("ok", t("yes")) : badge("bad", t("no")),
          t("heard {time}", { time: ago(link.heard) })),
        health ? fact(t("Health"), health.problem ? badge("bad", t("unknown")) : badge(health.value.ok ? "ok" : "bad",
          health.value.ok ? t("good") : t("bad")), health.problem ?? t("looked {time} in {length} ms",
          { time: ago(health.value.ts), length: number(health.value.durationMs) })) : null,
        fact(t("Version"), link.hello.server?.version ?? "–", link.hello.snapshot?.configPath ?? ""),
        fact(t("Running for"), span(machine?.value?.uptimeMs ?? link.hello.snapshot?.uptimeMs ?? 0), machine?.value
          ? t("process {pid}", { pid: machine.value.pid }) : "")),
      machine?.value ? machineCard(machine) : null,
      inside?.value ? insideCard(inside) : null,
      sessionsCard(health, status),
      known.failover?.value && known.failover.value.enabled !== false ? failoverCard(known.failover) : null);
    drawChannels();
    drawPeople();
    drawVerdict();
  }

  function machineCard(entry) {
    const info = entry.value;
    const load = info.loadAverage?.map((one) => number(one)).join("  ");
    return h("section", { class: "card" }, h("h2", { text: info.hostname || t("Machine") }),
      load ? fact(t("Load"), h("span", { class: "num", text: load }), t("{count} processors", { count: info.cpuCount })) : null,
      fact(t("Memory free"), bytes(info.memoryFreeBytes), t("of {size}", { size: bytes(info.memoryTotalBytes) })),
      info.diskAvailableBytes === undefined ? null
        : fact(t("Disk free"), bytes(info.diskAvailableBytes), t("of {size}", { size: bytes(info.diskTotalBytes) })),
      h("p", { class: "hint", text: `${info.osLabel} · ${seen(entry)}` }));
  }

  function insideCard(entry) {
    const { process, eventLoop, clients, log, readiness } = entry.value;
    return h("section", { class: "card" }, h("h2", { text: t("Inside") }),
      fact(t("Clients"), number(clients), seen(entry)),
      fact(t("Memory"), bytes(process?.residentBytes), t("of this process")),
      fact(t("Longest turn"), t("{count} ms", { count: number(eventLoop?.longestTurnMs) }), t("{count} were too long", {
        count: number(eventLoop?.slowTurns) })),
      fact(t("Ready"), readiness?.ready === false ? badge("bad", t("no")) : badge("ok", t("yes")), (readiness?.failing ?? []).join(", ")),
      log?.ok === false || log?.dropped ? fact(t("Log"), badge("warn", t("{count} lines lost", { count: number(log.dropped) })),
        log.file ?? "") : null);
  }

  function sessionsCard(health, status) {
    const count = health?.value?.sessions?.count ?? status?.value?.sessions?.count;
    const defaults = status?.value?.sessions?.defaults ?? {};
    if (count === undefined) return null;
    return h("section", { class: "card" }, h("h2", { text: t("Sessions") }),
      fact(t("Known"), number(count), health ? seen(health) : ""),
      defaults.model ? fact(t("Model"), defaults.model, defaults.contextTokens
        ? t("{count} tokens", { count: short(defaults.contextTokens) }) : "") : null,
      h("div", { class: "row" }, button(t("Chat"), () => go("chat"), { icon: "chat" })));
  }

  function failoverCard(entry) {
    const { role, phase, state, mode } = entry.value;
    return h("section", { class: "card" }, h("h2", { text: t("Failover") }),
      fact(String(role ?? mode ?? "–"), String(phase ?? state ?? "–"), seen(entry)),
      button(t("Failover"), () => go("failover"), { icon: "failover" }));
  }

  function drawChannels() {
    const entry = known.channels;
    if (!entry) return;
    const rows = accounts(entry.value);
    fill(channels, h("h2", { text: t("Channels") }),
      entry.problem ? h("p", { class: "alert", text: entry.problem }) : null,
      rows.length === 0 ? h("p", { class: "muted", text: t("No channel is set up.") }) : null,
      rows.map(({ channel, label, account }) => fact(
        `${label}${account.accountId && account.accountId !== "default" ? ` · ${account.accountId}` : ""}`,
        standing(account), [account.lastError, account.lastInboundAt
          ? t("received {time}", { time: ago(account.lastInboundAt) }) : "", seen(entry)].filter(Boolean).join(" · "), channel)),
      link.has("channels.status") ? button(t("Channels"), () => go("channels"), { icon: "channels" }) : null);
  }

  function drawPeople() {
    const entry = known.people;
    if (!entry?.value) return;
    fill(people, h("h2", { text: t("Connected") }), entry.value.map((one) => fact(
      [one.host, one.mode].filter(Boolean).join(" · ") || one.text || "–", one.version ?? "",
      [one.ip, one.platform, t("seen {time}", { time: ago(one.ts) })].filter(Boolean).join(" · "))));
  }

  function drawVerdict() {
    const bad = accounts(known.channels?.value).filter(({ account }) => account.enabled !== false && account.configured !== false
      && (account.lastError || account.running === false));
    const isGood = link.state === "ready" && known.health?.value?.ok !== false && bad.length === 0;
    fill(verdict, isGood ? badge("ok", t("running")) : badge("warn", t("degraded")), " ",
      h("span", { class: "break", text: [...new Set(bad.map(({ label }) => label))].join(", ") }));
  }

  load();
  const ends = [
    link.on("health", (value) => {
      known.health = { value, at: Date.now() };
      draw();
    }),
    link.on("presence", (value) => {
      known.people = { value: value.presence ?? [], at: Date.now() };
      drawPeople();
    }),
  ];
  const renewal = setInterval(() => document.visibilityState === "visible" && link.state === "ready" && load(), RENEWAL);
  drawTimer = setInterval(() => document.visibilityState === "visible" && draw(), 5000);
  return {
    resync: load,
    close() {
      clearInterval(renewal);
      clearInterval(drawTimer);
      for (const end of ends) end();
    },
  };
}

/// Every account of every channel, in the gateway's order.
export function accounts(status) {
  return (status?.channelOrder ?? []).flatMap((channel) => (status.channelAccounts?.[channel] ?? []).map((account) => ({
    channel, account, label: status.channelLabels?.[channel] ?? channel,
  })));
}

/// What is known of an account, as a mark.
export function standing(account) {
  if (account.enabled === false) return badge("idle", t("off"));
  if (account.configured === false) return badge("idle", t("not set up"));
  if (account.connected) return badge("ok", t("connected"));
  if (account.running === false) return badge(account.lastError ? "bad" : "idle", t("stopped"));
  if (account.running) return badge("warn", t("connecting"));
  return badge("idle", account.state ?? t("unknown"));
}
