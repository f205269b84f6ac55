// Chat: the sessions on the left, the messages of one of them, and where one writes.

import { ask, button, failed, fill, h, note } from "./dom.js";
import { composer } from "./composer.js";
import { itemsOf, liveItem, Transcript } from "./transcript.js";
import { ago, number, short, t } from "./words.js";

const PAGE = 100;
const SESSIONS_PAGE = 60;
const LONGEST_SPOKEN = 1000;

export function open(place, { link, go, detail }) {
  const stops = [];
  const usual = () => link.hello.snapshot?.sessionDefaults?.mainSessionKey || "main";
  let key = detail || usual();
  let messages = [];
  let hasMore = false;
  let isLoading = false;
  let ticket = 0;
  /// Runs of this session that are under way, by id.
  const live = new Map();
  /// What was sent from here and is not in the history yet.
  let sent = [];
  let commands = [];
  let row = null;

  const transcript = new Transcript(() => loadOlder());
  const title = h("h1", { tabindex: "-1" });
  const facts = h("span", { class: "muted" });
  const jump = button(t("To the newest"), () => transcript.showEnd(), { icon: "down", kind: "jump", hidden: true });
  transcript.moved = (follows) => {
    jump.hidden = follows;
  };
  const write = composer({
    send: (text, files) => send({ text, files, id: crypto.randomUUID() }),
    stop, commands: () => commands,
    limit: (isPicture) => link.hello.policy?.attachments?.[isPicture ? "maxImageBytes" : "maxBytes"],
  });
  /// Answers are read out when they are complete: as they come, words would be cut.
  const spoken = h("div", { class: "hidden", role: "status" });
  write.node.append(jump, spoken);
  const list = sessionList({ link, choose: (next) => go("chat", next), current: () => key });
  const talk = h("section", { class: "talk", "aria-label": t("Conversation"), on: {
    dragover: (event) => {
      event.preventDefault();
      talk.classList.add("drop");
    },
    dragleave: () => talk.classList.remove("drop"),
    drop: (event) => {
      event.preventDefault();
      talk.classList.remove("drop");
      write.take(event.dataTransfer.files);
    },
  } },
  h("div", { class: "top" },
    button(t("Sessions"), () => place.classList.add("listing"), { icon: "sessions", kind: "quiet only-narrow", only: true }),
    title, facts,
    link.has("sessions.reset") && link.may("operator.admin")
      ? button(t("Begin anew"), reset, { icon: "retry", kind: "quiet", only: true }) : null),
  transcript.place, write.node);
  place.append(list.node, talk);

  async function show(next) {
    const old = key;
    key = next || usual();
    place.classList.remove("listing");
    for (const item of live.values()) transcript.remove(item);
    live.clear();
    sent = [];
    messages = [];
    transcript.follows = true;
    transcript.set([]);
    write.open(key);
    drawTop();
    list.draw();
    if (old !== key && link.has("sessions.messages.unsubscribe")) {
      link.request("sessions.messages.unsubscribe", { key: old }).catch(() => {});
    }
    await resync();
    if (matchMedia("(pointer: fine)").matches) write.focus();
  }

  /// Everything anew that may have been missed; what is on the page stays until it is there.
  async function resync() {
    list.load();
    if (link.has("sessions.messages.subscribe")) link.request("sessions.messages.subscribe", { key }).catch(() => {});
    await refresh();
    if (commands.length === 0 && link.has("commands.list")) {
      commands = (await link.request("commands.list", {}).catch(() => null))?.commands ?? [];
      write.offer();
    }
  }

  async function refresh() {
    ticket += 1;
    const mine = ticket;
    let page;
    try {
      page = await link.request("chat.history", { sessionKey: key, limit: PAGE });
    } catch (error) {
      if (error.code !== "OFFLINE" && mine === ticket) failed(error);
      return;
    }
    if (mine !== ticket) return;
    const isKnown = messages.length > 0 && page.messages.length > 0
      && messages.some((message) => message.__openclaw?.id === page.messages[0].__openclaw?.id);
    if (isKnown) {
      const at = messages.findIndex((message) => message.__openclaw?.id === page.messages[0].__openclaw?.id);
      messages = [...messages.slice(0, at), ...page.messages];
    } else {
      messages = page.messages;
      hasMore = Boolean(page.hasMore);
    }
    const running = page.inFlightRun;
    for (const [id, item] of [...live]) if (item.isOver || (id !== running?.runId && !item.fresh)) live.delete(id);
    if (running && !live.has(running.runId)) began(running.runId).say(running.text ?? "");
    for (const item of live.values()) item.fresh = false;
    draw();
    describe();
  }

  /// The history, then what was sent and is not in it, then what is being said.
  function draw() {
    const last = messages.at(-1)?.__openclaw?.seq ?? 0;
    sent = sent.filter((item) => !messages.some((message) => message.role === "user"
      && (message.__openclaw?.seq ?? 0) > item.after && textOf(message) === item.text));
    for (const item of sent) item.seq = last;
    const items = itemsOf(messages);
    const failure = items.at(-1)?.message?.errorMessage;
    if (failure && live.size === 0) Object.assign(items.at(-1), { problem: failure, retry: () => again(messages) });
    transcript.set([...items, ...sent.flatMap((item) => [item, ...item.answers]), ...live.values()]);
    write.running(live.size > 0);
    if (transcript.items.length === 0) {
      transcript.place.replaceChildren(h("p", { class: "empty", text: t("Nothing was said here yet.") }));
    } else {
      transcript.place.querySelector(":scope > .empty")?.remove();
    }
  }

  async function loadOlder() {
    if (!hasMore || isLoading || messages.length === 0) return;
    isLoading = true;
    const mine = ticket;
    try {
      const cursor = String(messages[0].__openclaw?.seq ?? 0);
      const page = await link.request("chat.history", { sessionKey: key, limit: PAGE, cursor });
      if (mine !== ticket) return;
      hasMore = Boolean(page.hasMore) && page.messages.length > 0;
      messages = [...page.messages, ...messages];
      transcript.prepend(itemsOf(page.messages));
    } catch (error) {
      if (error.code !== "OFFLINE") failed(error);
    } finally {
      isLoading = false;
    }
  }

  async function send(what) {
    const item = what.item ?? {
      key: what.id, mark: 1, role: "user", parts: [...(what.text ? [{ type: "text", text: what.text }] : []),
        ...what.files.filter((file) => file.type === "image")
          .map((file) => ({ type: "image", mimeType: file.mimeType, data: file.content }))],
      tools: [], time: Date.now(), text: what.text, after: messages.at(-1)?.__openclaw?.seq ?? 0, answers: [],
    };
    const files = what.files;
    item.problem = null;
    item.node = null;
    item.mark += 1;
    if (!what.item) sent.push(item);
    transcript.follows = true;
    draw();
    const session = key;
    try {
      const answer = await link.request("chat.send", {
        sessionKey: session, message: what.text, idempotencyKey: what.id, attachments: files.length ? files : undefined,
      });
      if (session === key && answer?.runId && answer.status === "started") began(answer.runId);
    } catch (error) {
      if (session !== key) return;
      item.problem = t("Not sent: {reason}", { reason: error.code === "OFFLINE" ? t("no connection") : error.message });
      // With the same id: what arrived the first time does not arrive twice.
      item.retry = () => send({ ...what, item });
      item.node = null;
      item.mark += 1;
      draw();
    }
  }

  function began(runId) {
    let item = live.get(runId);
    if (!item || item.isOver) {
      item = item ?? liveItem(runId);
      item.fresh = true;
      if (!live.has(runId)) {
        live.set(runId, item);
        transcript.append(item);
      }
    }
    transcript.place.querySelector(":scope > .empty")?.remove();
    write.running(true);
    return item;
  }

  async function stop() {
    if (live.size === 0) return;
    await link.request("chat.abort", { sessionKey: key }).catch(failed);
  }

  async function reset() {
    if (!await ask(t("Begin this session anew?"), t("What was said so far is put aside; settings of the session stay."),
      t("Begin anew"))) return;
    await link.request("sessions.reset", { key }).then(() => show(key), failed);
  }

  function chatEvent(event) {
    if (!isMine(event.sessionKey)) return;
    if (event.state === "delta") {
      const item = began(event.runId);
      if (event.message) item.say(textOf(event.message));
      else if (event.replace) item.say(event.deltaText ?? "");
      else item.add(event.deltaText ?? "");
      return;
    }
    ended(event);
  }

  async function ended(event) {
    const item = live.get(event.runId);
    live.delete(event.runId);
    const before = messages.at(-1)?.__openclaw?.seq ?? 0;
    const said = event.message ? textOf(event.message) : item?.text ?? "";
    const mine = key;
    await refresh();
    if (mine !== key) return;
    if (item) transcript.remove(item);
    // What no transcript keeps, such as a command's answer, is kept here.
    const isKept = !said || messages.some((message) => (message.__openclaw?.seq ?? 0) > before - 2
      && message.role === "assistant" && textOf(message) === said);
    const asked = sent.find((one) => one.key === event.runId) ?? sent.at(-1);
    if (!isKept) {
      const answer = { key: `said-${event.runId}`, mark: 1, role: "assistant", parts: [{ type: "text", text: said }], tools: [],
        time: Date.now(), message: {}, answers: [], after: Infinity };
      if (asked) asked.answers.push(answer);
      else sent.push({ ...answer, text: null });
    }
    if (event.state === "error") problem(event, asked);
    else if (event.state === "aborted") note(t("Stopped."));
    else spoken.textContent = said.slice(0, LONGEST_SPOKEN);
    draw();
  }

  function again(all) {
    send({ text: textOf(all.findLast((message) => message.role === "user") ?? {}), files: [], id: crypto.randomUUID() });
  }

  function problem(event, asked) {
    const item = { key: `error-${event.runId}`, mark: 1, role: "assistant", parts: [], tools: [], time: Date.now(), message: {},
      problem: event.errorMessage || t("The answer failed."), text: null, after: Infinity, answers: [] };
    item.retry = () => {
      sent = sent.filter((one) => one !== item);
      again([...messages, ...(asked?.text ? [{ role: "user", content: asked.text }] : [])]);
    };
    sent.push(item);
  }

  function isMine(name) {
    return name === key || (name && row?.key === name);
  }

  function drawTop() {
    title.textContent = row?.label || row?.derivedTitle || key;
    document.title = `${title.textContent} · OpenClaw`;
    const window_ = row?.contextTokens && row?.totalTokens
      ? t("{used} of {all} tokens", { used: short(row.totalTokens), all: short(row.contextTokens) }) : null;
    facts.textContent = [row?.model, window_, row?.thinkingLevel && t("thinking {level}", { level: row.thinkingLevel })]
      .filter(Boolean).join(" · ");
  }

  async function describe() {
    if (!link.has("sessions.describe")) return drawTop();
    const mine = key;
    const answer = await link.request("sessions.describe", { key, includeDerivedTitles: true }).catch(() => null);
    if (mine !== key) return;
    row = answer?.session ?? null;
    drawTop();
  }

  stops.push(link.on("chat", chatEvent));
  stops.push(link.on("agent", (event) => {
    if (isMine(event.sessionKey) && event.stream === "tool") began(event.runId).tool(event.data);
    if (isMine(event.sessionKey) && event.stream === "lifecycle" && event.data?.phase === "start") began(event.runId);
  }));
  stops.push(link.on("session.tool", (event) => {
    if (isMine(event.sessionKey) && live.has(event.runId)) live.get(event.runId).tool(event.data ?? {});
  }));
  let asked = null;
  stops.push(link.on("session.message", (event) => {
    if (!isMine(event.sessionKey) || live.size > 0) return;
    clearTimeout(asked);
    asked = setTimeout(refresh, 120);
  }));
  show(key);
  return {
    show,
    resync,
    close() {
      for (const end of stops) end();
      list.close();
      transcript.close();
      clearTimeout(asked);
      if (link.state === "ready" && link.has("sessions.messages.unsubscribe")) {
        link.request("sessions.messages.unsubscribe", { key }).catch(() => {});
      }
    },
  };
}

function textOf(message) {
  if (typeof message.content === "string") return message.content;
  return (message.content ?? []).filter((part) => part.type === "text").map((part) => part.text).join("\n");
}

/// The sessions, the newest first, a page at a time.
function sessionList({ link, choose, current }) {
  let rows = [];
  let next = null;
  let asked = null;
  let ticket = 0;
  const names = h("ul", { "aria-label": t("Sessions"), on: { scroll: () => {
    if (next !== null && names.scrollHeight - names.scrollTop - names.clientHeight < 300) load(next);
  } } });
  const search = h("input", { type: "search", placeholder: t("Search"), "aria-label": t("Search sessions"), on: { input: () => {
    clearTimeout(asked);
    asked = setTimeout(() => load(), 200);
  } } });
  const node = h("aside", { class: "list", "aria-label": t("Sessions") },
    h("div", { class: "tools" },
      link.has("sessions.create") ? button(t("New session"), create, { icon: "plus" }) : null, search), names);

  async function load(offset = 0) {
    ticket += 1;
    const mine = ticket;
    next = null;
    const params = { limit: SESSIONS_PAGE, includeDerivedTitles: true };
    if (offset) params.offset = offset;
    if (search.value.trim()) params.search = search.value.trim();
    const answer = await link.request("sessions.list", params).catch(() => null);
    if (!answer || mine !== ticket) return;
    rows = offset ? [...rows, ...answer.sessions] : answer.sessions;
    next = answer.hasMore ? answer.nextOffset ?? rows.length : null;
    draw();
  }

  function draw() {
    const chosen = current();
    fill(names, rows.map((row) => h("li", null, h("button", {
      type: "button", "aria-current": row.key === chosen ? "true" : null, on: { click: () => choose(row.key) },
    }, h("span", { class: "name", text: row.label || row.derivedTitle || row.key }),
    h("span", { class: "sub" }, row.hasActiveRun ? t("answers…") : ago(row.updatedAt), row.channel ? ` · ${row.channel}` : "",
      row.totalTokens ? ` · ${number(row.totalTokens)}` : "")))));
    if (rows.length === 0) names.append(h("li", { class: "empty", text: t("No session") }));
  }

  async function create() {
    try {
      const made = await link.request("sessions.create", {});
      await load();
      choose(made.key);
    } catch (error) {
      failed(error);
    }
  }

  const later = () => {
    clearTimeout(asked);
    asked = setTimeout(() => load(), 600);
  };
  const ends = [link.on("sessions.changed", later)];
  if (link.has("sessions.subscribe")) link.request("sessions.subscribe", {}).catch(() => {});
  return {
    node, load, draw,
    close() {
      clearTimeout(asked);
      for (const end of ends) end();
    },
  };
}
