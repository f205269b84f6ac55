// The messages of a session: however many there are, the page holds a part of them.

import { button, fill, h, copy, icon } from "./dom.js";
import { GrowingText, rendered } from "./markdown.js";
import { clock, dateTime, t } from "./words.js";

/// Messages on the page at most, and how many come and go at a time.
const LARGEST_WINDOW = 120;
const STEP = 40;
/// How near an edge has to be for more to come, in pixels.
const NEAR = 500;
/// Longer texts are not read as Markdown, and of a tool's output only so much is shown at first.
const LONGEST_MARKUP = 60_000;
const LONGEST_OUTPUT = 20_000;
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/// A window over `items` that follows the reader. `older` is called when the first item is near.
export class Transcript {
  constructor(older) {
    this.items = [];
    this.start = 0;
    this.end = 0;
    this.older = older;
    this.place = h("div", { class: "lines", role: "log", "aria-live": "off", "aria-label": t("Messages"), tabindex: "0" });
    this.follows = true;
    this.place.addEventListener("scroll", () => this.scrolled(), { passive: true });
    // What grows below the reader's place, pictures among it, does not move the end away.
    this.watcher = new ResizeObserver(() => this.follows && this.toEnd());
  }

  close() {
    this.watcher.disconnect();
  }

  /// Replaces all; the reader's place stays if the item there is still known.
  set(items) {
    const known = new Map(this.items.map((item) => [item.key, item]));
    for (const item of items) {
      const old = known.get(item.key);
      if (old?.node && old.mark === item.mark) item.node = old.node;
    }
    const first = this.items[this.start]?.key;
    this.items = items;
    if (this.follows) return this.showEnd();
    const at = items.findIndex((item) => item.key === first);
    if (at < 0) return this.showEnd();
    const count = Math.min(Math.max(this.end - this.start, STEP), LARGEST_WINDOW);
    this.keepingPlace(() => this.show(at, Math.min(items.length, at + count)));
  }

  /// Puts older items before the others.
  prepend(items) {
    this.keepingPlace(() => {
      this.items = [...items, ...this.items];
      this.start += items.length;
      this.end += items.length;
      this.grow(-1);
    });
  }

  append(item) {
    const wasAtEnd = this.end === this.items.length;
    this.items.push(item);
    if (wasAtEnd) this.show(this.start, this.items.length);
    if (this.end - this.start > LARGEST_WINDOW && this.follows) this.showEnd();
    if (this.follows) this.toEnd();
  }

  remove(item) {
    const at = this.items.indexOf(item);
    if (at < 0) return;
    this.items.splice(at, 1);
    item.node?.remove();
    if (at < this.start) this.start -= 1;
    if (at < this.end) this.end -= 1;
  }

  showEnd() {
    this.follows = true;
    this.show(Math.max(0, this.items.length - STEP * 2), this.items.length);
    this.toEnd();
  }

  toEnd() {
    this.place.scrollTop = this.place.scrollHeight;
  }

  show(start, end) {
    const wanted = new Set();
    this.start = start;
    this.end = end;
    const nodes = this.items.slice(start, end).map((item) => {
      item.node ??= drawn(item);
      wanted.add(item.node);
      return item.node;
    });
    for (const node of [...this.place.children]) {
      if (wanted.has(node)) continue;
      this.watcher.unobserve(node);
      node.remove();
    }
    let before = null;
    for (const node of nodes.reverse()) {
      if (node.nextSibling !== before || node.parentNode !== this.place) this.place.insertBefore(node, before);
      this.watcher.observe(node);
      before = node;
    }
    // What is out of sight is drawn again when it comes back.
    this.items.forEach((item, at) => {
      if ((at < start || at >= end) && !item.live) item.node = null;
    });
  }

  grow(direction) {
    let { start, end } = this;
    if (direction < 0) {
      start = Math.max(0, start - STEP);
      end = Math.min(end, start + LARGEST_WINDOW);
    } else {
      end = Math.min(this.items.length, end + STEP);
      start = Math.max(start, end - LARGEST_WINDOW);
    }
    if (start !== this.start || end !== this.end) this.show(start, end);
  }

  keepingPlace(change) {
    const top = this.place.scrollTop;
    const anchor = [...this.place.children].find((node) => node.offsetTop + node.offsetHeight > top + this.place.offsetTop);
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected) this.place.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.place;
    const below = scrollHeight - scrollTop - clientHeight;
    this.follows = below < 40 && this.end === this.items.length;
    if (scrollTop < NEAR) {
      if (this.start > 0) this.keepingPlace(() => this.grow(-1));
      else this.older();
    } else if (below < NEAR && this.end < this.items.length) {
      this.keepingPlace(() => this.grow(1));
    }
    this.moved?.(this.follows);
  }
}

/// The items of messages as `chat.history` has them: a tool's result belongs to its call.
export function itemsOf(messages) {
  const items = [];
  const calls = new Map();
  for (const message of messages) {
    const own = message.__openclaw ?? {};
    const key = own.id ?? `${message.role}-${message.timestamp}-${items.length}`;
    const parts = typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content ?? [];
    const call = message.role === "toolResult" ? calls.get(message.toolCallId) : null;
    if (call) {
      call.tool.result = message;
      call.item.mark += 1;
      continue;
    }
    const item = { key, seq: own.seq ?? 0, mark: 1, role: message.role, message, parts, tools: [] };
    if (message.role === "toolResult") {
      item.tools = [{ id: message.toolCallId, name: message.toolName, result: message }];
      item.parts = [];
    }
    for (const part of parts) {
      if (part.type !== "toolCall") continue;
      const tool = { id: part.id, name: part.name, args: part.arguments ?? part.argumentsText };
      item.tools.push(tool);
      calls.set(part.id, { tool, item });
    }
    items.push(item);
  }
  return items;
}

/// What is said now, as it comes: text and calls of tools in their order. Drawn at most once for each frame.
export function liveItem(runId) {
  const pieces = [];
  const body = h("div", { class: "body" });
  const node = h("article", { class: "message assistant streaming", "aria-busy": "true" },
    h("div", { class: "who" }, h("strong", { text: t("Agent") }), h("span", { text: t("answers…") })), body);
  let text = "";
  let taken = 0;
  let asked = false;
  const draw = () => {
    asked = false;
    const rest = text.slice(taken);
    let last = pieces.at(-1);
    if (!last || last.tool) {
      if (!rest) return;
      last = { place: h("div"), from: taken };
      last.growing = new GrowingText(last.place);
      pieces.push(last);
      body.append(last.place);
    }
    showText(last, text.slice(last.from));
  };
  const ask = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(draw);
  };
  return {
    key: `live-${runId}`, seq: Infinity, mark: 1, role: "assistant", live: true, node, runId,
    get text() {
      return text;
    },
    say(whole) {
      text = whole;
      ask();
    },
    add(delta) {
      text += delta;
      ask();
    },
    tool(data) {
      let piece = pieces.find((one) => one.tool?.id === data.toolCallId);
      if (!piece) {
        draw();
        taken = text.length;
        piece = { tool: { id: data.toolCallId, name: data.name, args: data.args } };
        pieces.push(piece);
      }
      if (data.phase === "update") piece.tool.partial = data.partialResult;
      if (data.phase === "result") piece.tool.result = { content: data.result, isError: data.isError };
      const next = toolNode(piece.tool, piece.node?.open);
      if (piece.node) piece.node.replaceWith(next);
      else body.append(next);
      piece.node = next;
    },
  };
}

function showText(piece, text) {
  if (text.length <= LONGEST_MARKUP) piece.growing.show(text);
  else fill(piece.place, h("pre", { text }));
}

function markup(text) {
  return text.length <= LONGEST_MARKUP ? rendered(text) : [h("pre", { text })];
}

function drawn(item) {
  const { message = {}, parts = [] } = item;
  const isUser = item.role === "user";
  const body = h("div", { class: isUser ? "body text" : "body" });
  let plain = "";
  for (const part of parts) {
    if (part.type === "text" && part.text) {
      plain += (plain ? "\n" : "") + part.text;
      body.append(...(isUser ? [part.text] : markup(part.text)));
    } else if (part.type === "image") {
      body.append(picture(part));
    } else if (part.type === "thinking" && part.thinking) {
      body.append(h("details", { class: "tool" }, h("summary", { text: t("Thought") }), h("pre", { text: part.thinking })));
    } else if (part.type === "toolCall") {
      body.append(toolNode(item.tools.find((tool) => tool.id === part.id) ?? part));
    }
  }
  if (item.role === "toolResult") body.append(...item.tools.map((tool) => toolNode(tool)));
  const problem = item.problem ?? message.errorMessage;
  if (problem) {
    // Where the answer says it itself, only the way on is added.
    const isSaid = flat(plain).includes(flat(problem));
    body.append(h("p", { class: isSaid ? "row" : "alert", role: item.problem && !isSaid ? "alert" : null }, isSaid ? null : problem, " ",
      item.retry ? button(t("Retry"), item.retry, { icon: "retry", kind: isSaid ? "" : "quiet" }) : null));
  }
  const time = message.timestamp ?? item.time;
  return h("article", { class: `message ${isUser ? "user" : "assistant"}` },
    h("div", { class: "who" }, h("strong", { text: speaker(item) }),
      time ? h("time", { title: dateTime(time), text: clock(time) }) : null,
      message.model ? h("span", { text: message.model }) : null),
    body,
    plain ? h("div", { class: "actions row" },
      button(t("Copy"), () => copy(plain), { icon: "copy", kind: "quiet" })) : null);
}

const flat = (text) => text.replace(/\s+/g, " ").trim();

function speaker(item) {
  if (item.role === "user") return item.message?.sender ? String(item.message.sender) : t("You");
  if (item.role === "system") return t("Summary");
  return item.role === "toolResult" ? t("Tool") : t("Agent");
}

function picture(part) {
  if (!PICTURES.has(part.mimeType)) return h("p", { class: "muted", text: `[${part.mimeType}]` });
  return h("img", { alt: t("Picture"), loading: "lazy", src: `data:${part.mimeType};base64,${part.data ?? ""}` });
}

/// A call of a tool, folded: its name, what it was given, and what came of it.
function toolNode(tool, open = false) {
  const given = typeof tool.args === "string" ? tool.args : tool.args === undefined ? "" : JSON.stringify(tool.args, null, 2);
  const brief = typeof tool.args === "object" && tool.args ? Object.values(tool.args).map(String).join(" ") : given;
  const output = tool.result ?? tool.partial;
  const text = output === undefined ? "" : outputText(output.content ?? output);
  const state = tool.result ? (tool.result.isError ? t("failed") : "") : tool.partial !== undefined ? t("runs…") : "";
  return h("details", { class: "tool", open },
    h("summary", null, h("strong", { text: tool.name ?? t("Tool") }), h("span", { class: "mono", text: brief.slice(0, 200) }),
      state ? h("span", { class: "muted", text: state }) : null),
    given ? h("pre", { "aria-label": t("Arguments"), tabindex: "0", text: given.slice(0, LONGEST_OUTPUT) }) : null,
    text ? longText(text) : null);
}

function longText(text) {
  const node = h("pre", { "aria-label": t("Output"), tabindex: "0", text: text.slice(0, LONGEST_OUTPUT) });
  if (text.length <= LONGEST_OUTPUT) return node;
  const more = h("button", { type: "button", class: "button quiet", on: { click: () => {
    node.textContent = text;
    more.remove();
  } } }, icon("down"), t("Show all"));
  return [node, more];
}

function outputText(value) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    return value.map((part) => (typeof part === "string" ? part : part?.text ?? `[${part?.mimeType ?? part?.type ?? "…"}]`)).join("\n");
  }
  if (value?.content !== undefined) return outputText(value.content);
  return JSON.stringify(value, null, 2);
}
