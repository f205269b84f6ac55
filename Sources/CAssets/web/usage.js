// What was used and what it cost, by day, model and session. The picture is drawn here.

import { failed, fill, h, head, select, svg, table } from "./dom.js";
import { money, number, short, t } from "./words.js";

export function open(place, { link }) {
  const days = select([["7", t("7 days")], ["30", t("30 days")], ["90", t("90 days")]], "30", {
    "aria-label": t("Time"), on: { change: load } });
  const unit = select([["tokens", t("Tokens")], ["cost", t("Cost")]], "tokens", { "aria-label": t("Shown"), on: { change: draw } });
  const figures = h("div", { class: "cards" });
  const chart = h("section", { class: "card" });
  const lists = h("div");
  const allowance = h("section");
  let cost = null;
  let usage = null;
  place.append(head(t("Usage"), days, unit), figures, chart, allowance, lists);

  async function load() {
    try {
      const range = Number(days.value);
      cost = await link.request("usage.cost", { days: range, mode: "specific", timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone })
        .catch(() => link.request("usage.cost", { days: range }));
      draw();
      usage = await link.request("sessions.usage", { days: range, limit: 50 }).catch(() => null);
      drawLists();
      if (link.has("usage.status")) drawAllowance(await link.request("usage.status", {}));
    } catch (error) {
      if (error.code !== "OFFLINE") failed(error);
    }
  }

  function figure(name, value, hint) {
    return h("section", { class: "card" }, h("div", { class: "muted", text: name }), h("div", { class: "figure", text: value }),
      h("div", { class: "hint", text: hint ?? "" }));
  }

  function draw() {
    if (!cost) return;
    const { totals } = cost;
    const read = totals.input + totals.cacheRead;
    fill(figures,
      figure(t("Cost"), money(totals.totalCost), totals.missingCostEntries
        ? t("{count} answers have no known price", { count: number(totals.missingCostEntries) }) : ""),
      figure(t("Tokens"), short(totals.totalTokens), t("{input} in, {output} out", { input: short(totals.input), output: short(totals.output) })),
      figure(t("From the cache"), read ? `${Math.round((100 * totals.cacheRead) / read)} %` : "–",
        t("{count} tokens", { count: short(totals.cacheRead) })));
    const isCost = unit.value === "cost";
    const parts = isCost
      ? [[t("Cost"), (day) => day.totalCost, "bar-a"]]
      : [[t("Answers"), (day) => day.output, "bar-a"], [t("Questions"), (day) => day.totalTokens - day.output, "bar-b"]];
    fill(chart, h("h2", { text: isCost ? t("Cost by day") : t("Tokens by day") }),
      parts.length > 1 ? h("div", { class: "key" }, parts.map(([name, , kind]) => h("span", null,
        h("i", { class: kind === "bar-b" ? "b" : null }), name))) : null,
      bars(wholeDays(cost), parts, isCost ? money : short, Math.max(240, chart.clientWidth - 38)));
  }

  function drawLists() {
    const { byModel = [], byChannel = [], byAgent = [] } = usage?.aggregates ?? {};
    const rows = (list, name) => list.slice(0, 12).map((one) => {
      const totals = one.totals ?? one;
      return [h("span", { class: "break", text: name(one) }), h("span", { class: "num", text: short(totals.totalTokens) }),
        h("span", { class: "num", text: money(totals.totalCost) })];
    });
    const block = (title, list, name) => list.length === 0 ? null : [h("h2", { text: title }),
      h("div", { class: "sheet" }, table(title, [title, t("Tokens"), t("Cost")], rows(list, name), ""))];
    fill(lists,
      block(t("By model"), byModel, (one) => [one.provider, one.model].filter(Boolean).join("/") || "–"),
      block(t("By channel"), byChannel, (one) => one.channel ?? "–"),
      byAgent.length > 1 ? block(t("By agent"), byAgent, (one) => one.agentId ?? "–") : null,
      block(t("By session"), (usage?.sessions ?? []).filter((one) => one.usage ?? one.totalTokens).map((one) => ({
        ...one, totals: one.usage ?? one })), (one) => one.label ?? one.key));
  }

  function drawAllowance({ providers = [] }) {
    const known = providers.filter((one) => one.windows?.length || one.error);
    fill(allowance, known.length ? h("h2", { text: t("Allowance of the accounts") }) : null, known.map((one) => h("section", { class: "card" },
      h("h3", { text: [one.displayName ?? one.provider, one.plan].filter(Boolean).join(" · ") }),
      one.error ? h("p", { class: "alert", text: one.error }) : null,
      (one.windows ?? []).map((window_) => h("div", { class: "fact" }, h("span", { text: window_.label }),
        h("span", { class: "num", text: `${number(window_.usedPercent)} %` }),
        h("div", { class: "meter age" }, h("i", { css: { width: `${Math.min(100, Math.max(0, window_.usedPercent))}%` } })))))));
  }

  load();
  return { resync: load };
}

/// Days on which nothing was used stand there as well.
function wholeDays({ daily, days }) {
  const known = new Map(daily.map((day) => [day.date, day]));
  const all = [];
  for (let back = Math.min(days, 366) - 1; back >= 0; back -= 1) {
    const time = new Date();
    time.setHours(12, 0, 0, 0);
    time.setDate(time.getDate() - back);
    const date = `${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, "0")}-${String(time.getDate()).padStart(2, "0")}`;
    all.push(known.get(date) ?? { date, totalTokens: 0, output: 0, totalCost: 0 });
  }
  return all;
}

const HEIGHT = 220;
const LEFT = 48;
const LABEL_WIDTH = 64;
const BOTTOM = 22;

/// Stacked bars, one a day. What they say is also in a table, for those who do not see them.
function bars(days, parts, say, width) {
  const sum = (day) => parts.reduce((all, [, value]) => all + Math.max(0, value(day) || 0), 0);
  const top = rounded(Math.max(...days.map(sum), 0));
  const step = (width - LEFT) / days.length;
  const height = HEIGHT - BOTTOM - 8;
  const y = (value) => 8 + height - (top ? (value / top) * height : 0);
  const nodes = [0, 0.5, 1].map((part) => [
    svg("line", { x1: LEFT, x2: width, y1: y(top * part), y2: y(top * part), class: "grid" }),
    svg("text", { x: LEFT - 6, y: y(top * part) + 4, "text-anchor": "end" }, say(top * part)),
  ]);
  days.forEach((day, at) => {
    let base = 0;
    for (const [, value, kind] of parts) {
      const amount = Math.max(0, value(day) || 0);
      const bar = svg("rect", { x: LEFT + at * step + step * 0.15, width: Math.max(1, step * 0.7), y: y(base + amount),
        height: Math.max(0, y(base) - y(base + amount)), class: kind, rx: 1.5 });
      bar.append(svg("title", {}, `${day.date}: ${say(sum(day))}`));
      if (amount > 0) nodes.push(bar);
      base += amount;
    }
    const every = Math.ceil((days.length * LABEL_WIDTH) / (width - LEFT));
    if (at % every > 0) return;
    nodes.push(svg("text", { x: LEFT + at * step + step / 2, y: HEIGHT - 6, "text-anchor": "middle" }, day.date.slice(5)));
  });
  const figure = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, class: "chart", role: "img", "aria-label": t("A bar for each day") }, nodes);
  const used = days.filter((day) => sum(day) > 0);
  return [figure, h("details", null, h("summary", { text: t("As a table") }),
    table(t("By day"), [t("Day"), ...parts.map(([name]) => name)], used.map((day) => [day.date,
      ...parts.map(([, value]) => h("span", { class: "num", text: say(value(day)) }))]), t("Nothing was used.")))];
}

/// The next figure with one digit, for the scale.
function rounded(value) {
  if (value <= 0) return 1;
  const size = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / size) * size;
}
