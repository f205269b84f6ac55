// The log of the day, followed as it grows. The page holds its end, whatever its length.

import { button, failed, fill, h, head, select } from "./dom.js";
import { t } from "./words.js";

const LARGEST = 2000;
/// Lines on the page; older ones are shown by filtering.
const SHOWN = 500;
const INTERVAL = 1000;
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

export function open(place, { link }) {
  let cursor = null;
  let lines = [];
  let busy = false;
  let timer = null;
  const words = h("input", { type: "search", "aria-label": t("Filter"), placeholder: t("Filter"), on: { input: () => draw() } });
  const level = select(LEVELS.map((name) => [name, name]), "debug", { "aria-label": t("Level at least"), on: { change: () => draw() } });
  const follow = h("input", { type: "checkbox", checked: true, on: { change: () => follow.checked && toEnd() } });
  const list = h("div", { class: "log", tabindex: "0", role: "log", "aria-live": "off", "aria-label": t("Log") });
  const count = h("span", { class: "muted", role: "status" });
  const file = h("p", { class: "hint break" });
  place.append(head(t("Logs"), words, level, h("label", { class: "check" }, follow, t("Follow")),
    button(t("Empty"), () => {
      lines = [];
      draw();
    })), list, h("div", { class: "row" }, count), file);

  async function load() {
    if (busy || document.visibilityState !== "visible" || link.state !== "ready") return;
    busy = true;
    try {
      const answer = await link.request("logs.tail", cursor === null ? { limit: SHOWN } : { cursor, limit: 1000 });
      if (answer.reset) lines = [];
      cursor = answer.cursor;
      file.textContent = answer.file;
      if (answer.lines.length > 0) {
        lines = [...lines, ...answer.lines.map(parsed)].slice(-LARGEST);
        draw();
      } else if (lines.length === 0) {
        draw();
      }
    } catch (error) {
      if (error.code !== "OFFLINE") {
        clearInterval(timer);
        failed(error);
      }
    } finally {
      busy = false;
    }
  }

  function draw() {
    const least = LEVELS.indexOf(level.value);
    const wanted = words.value.trim().toLowerCase();
    const found = lines.filter((line) => line.rank >= least && (!wanted || line.text.includes(wanted))).slice(-SHOWN);
    const isAtEnd = follow.checked;
    fill(list, found.map((line) => {
      line.node ??= drawn(line);
      return line.node;
    }));
    if (found.length === 0) list.append(h("p", { class: "empty", text: t("No line.") }));
    count.textContent = t("{shown} of {all} lines", { shown: found.length, all: lines.length });
    if (isAtEnd) toEnd();
  }

  function toEnd() {
    list.scrollTop = list.scrollHeight;
  }

  list.addEventListener("wheel", (event) => {
    if (event.deltaY < 0) follow.checked = false;
  }, { passive: true });
  load();
  timer = setInterval(load, INTERVAL);
  return {
    resync: load,
    close: () => clearInterval(timer),
  };
}

function parsed(text) {
  let fields;
  try {
    fields = JSON.parse(text);
  } catch {
    return { text: text.toLowerCase(), rank: LEVELS.indexOf("info"), message: text, time: "", level: "", part: "", more: "" };
  }
  const { time, level, subsystem, message, ...rest } = fields;
  const more = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return {
    text: text.toLowerCase(), rank: Math.max(0, LEVELS.indexOf(String(level))), level: String(level ?? ""),
    part: String(subsystem ?? ""), message: String(message ?? ""), more: more.join(" "), time: String(time ?? ""),
  };
}

function drawn(line) {
  return h("div", { class: `line ${LEVELS.includes(line.level) ? line.level : ""}` },
    h("span", { class: "when", title: line.time, text: line.time.slice(11, 23) }), h("span", { class: "level", text: line.level }),
    h("span", { class: "part break", text: line.part }),
    h("span", null, line.message, line.more ? h("span", { class: "muted", text: "  " + line.more }) : null));
}
