// The frame around the pages: who is let in, where one is, and how the connection is.

import { ask, button, fill, h, icon, note, select } from "./dom.js";
import { Link } from "./link.js";
import { chooseLanguage, currentLanguage, keepLanguage, languageNames, remember, remembered, span, t } from "./words.js";

/// Read once and taken out of the address at once: the code must not stay where it can be seen, copied or bookmarked.
function takeCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("bootstrapToken");
  if (code !== null) history.replaceState(null, "", location.pathname);
  return code;
}

const code = takeCode();

/// Each page, the key that leads there behind "g", the methods without which it would be empty, and for some the right
/// that all of it takes.
const pages = [
  ["chat", "c", () => t("Chat"), ["chat.send", "chat.history"], () => import("./chat.js")],
  ["overview", "o", () => t("Overview"), ["health"], () => import("./overview.js")],
  ["channels", "n", () => t("Channels"), ["channels.status"], () => import("./channels.js")],
  ["sessions", "s", () => t("Sessions"), ["sessions.list"], () => import("./sessions.js")],
  ["cron", "j", () => t("Cron"), ["cron.list"], () => import("./cron.js")],
  ["approvals", "a", () => t("Approvals"), ["exec.approval.list"], () => import("./approvals.js"), "operator.approvals"],
  ["usage", "u", () => t("Usage"), ["usage.cost"], () => import("./usage.js")],
  ["failover", "f", () => t("Failover"), ["failover.status"], () => import("./failover.js")],
  ["devices", "d", () => t("Devices"), ["device.pair.list"], () => import("./devices.js"), "operator.pairing"],
  ["config", "e", () => t("Config"), ["config.schema"], () => import("./config.js"), "operator.admin"],
  ["logs", "l", () => t("Logs"), ["logs.tail"], () => import("./logs.js")],
  ["setup", "w", () => t("Setup"), ["wizard.start"], () => import("./setup.js"), "operator.admin"],
];

const link = new Link();
const main = h("main", { id: "main", tabindex: "-1" });
const banner = h("div", { class: "banner", role: "status", hidden: true });
const notes = h("div", { id: "notes", role: "status", "aria-live": "polite" });
const menu = h("nav", { "aria-label": t("Pages"), id: "menu" });
let page = null;
let route = "";
let turn = 0;
let wasIn = false;

function applyTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/// The choices that need no gateway; also on the login page.
export function choices() {
  const theme = select([["auto", t("As the system")], ["light", t("Light")], ["dark", t("Dark")]],
    remembered("openclaw.theme") ?? "auto", {
      "aria-label": t("Colours"), on: { change: () => {
        remember("openclaw.theme", theme.value);
        applyTheme(theme.value);
      } },
    });
  const language = select(languageNames(), currentLanguage(), {
    "aria-label": "Language / 语言", on: { change: () => {
      keepLanguage(language.value);
      location.reload();
    } },
  });
  return h("div", { class: "choices" }, theme, language);
}

/// Where the address says one is: a page and what it shows.
function parsedRoute() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  return { name, detail: rest.map(decodeSafely).join("/") };
}

function decodeSafely(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function go(name, detail = "") {
  location.hash = `#/${name}${detail ? "/" + encodeURIComponent(detail) : ""}`;
}

const available = () => pages.filter(([, , , methods, , right]) => methods.some((name) => link.has(name)) && (!right || link.may(right)));

function drawMenu() {
  const { name } = parsedRoute();
  const version = link.hello?.server?.version ?? "";
  fill(menu,
    h("div", { class: "brand" }, h("span", { class: "claw", "aria-hidden": "true" }), h("strong", { text: "OpenClaw" }),
      h("span", { class: "muted", text: version })),
    h("ul", null, available().map(([id, key, label]) => h("li", null, h("a", {
      href: `#/${id}`, "aria-current": id === name ? "page" : null, "aria-keyshortcuts": `g ${key}`,
      on: { click: () => openMenu(false) },
    }, icon(id), h("span", { text: label() }))))),
    choices());
}

/// Opens the page of the address; `again` also when it is the one that is open.
async function show(again = false) {
  const { name, detail } = parsedRoute();
  const known = available();
  if (known.length === 0) return;
  const chosen = known.find(([id]) => id === name);
  if (!chosen) return go(known[0][0]);
  const wanted = `${name}/${detail}`;
  // A page that is still coming is not wanted any more, also by who stays where they are.
  turn += 1;
  const mine = turn;
  if (!again && page && wanted === route) return;
  if (!again && page?.show && route.startsWith(`${name}/`)) {
    route = wanted;
    return page.show(detail);
  }
  let module;
  try {
    module = await chosen[4]();
  } catch {
    // Another version is served now; its files have another address.
    return fill(main, h("p", { class: "empty", text: t("This page has changed on the gateway.") }),
      button(t("Reload"), () => location.reload(), { kind: "primary" }));
  }
  if (mine !== turn) return;
  page?.close?.();
  route = wanted;
  fill(main);
  main.className = name;
  document.title = `${chosen[2]()} · OpenClaw`;
  drawMenu();
  page = module.open(main, { link, go, detail }) ?? {};
  if (wasIn && !main.contains(document.activeElement)) main.querySelector("h1")?.focus({ preventScroll: true });
  wasIn = true;
}

/// On a narrow screen.
function openMenu(isOpen) {
  document.body.classList.toggle("menu-open", isOpen);
  document.getElementById("opener")?.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) menu.querySelector("a")?.focus();
}

function drawFrame() {
  fill(document.body,
    h("a", { class: "skip", href: "#main", text: t("To the content"), on: { click: (event) => {
      event.preventDefault();
      main.focus();
    } } }),
    h("div", { class: "bar" },
      button(t("Menu"), () => openMenu(!document.body.classList.contains("menu-open")), {
        icon: "menu", kind: "quiet", only: true, id: "opener", "aria-expanded": "false", "aria-controls": "menu" }),
      h("strong", { text: "OpenClaw" })),
    h("div", { class: "veil", on: { click: () => openMenu(false) } }),
    menu, h("div", { class: "stage" }, banner, main), notes);
}

/// Says what is known of a connection that is not there.
function drawBanner() {
  const isGone = link.state === "waiting" || (link.state === "connecting" && link.hello);
  banner.hidden = !isGone;
  document.body.classList.toggle("offline", Boolean(isGone));
  if (!isGone) return fill(banner);
  const since = t("No connection for {time}.", { time: span(Date.now() - link.heard) });
  const reason = link.announced ? t("The gateway said that it restarts.") : link.why?.message ?? "";
  const left = Math.max(0, link.retryAt - Date.now());
  const next = link.state === "waiting" ? t("Next attempt in {time}.", { time: span(left + 999) }) : t("Connecting…");
  const kept = banner.querySelector("button") ?? button(t("Now"), () => link.hurry(), { icon: "retry" });
  const text = banner.querySelector("span.text") ?? h("span", { class: "text" });
  text.textContent = [since, reason, next].filter(Boolean).join(" ");
  if (!text.isConnected) fill(banner, text, kept);
}

async function stateChanged(state) {
  drawBanner();
  if (state === "ready") {
    if (!menu.isConnected) drawFrame();
    drawMenu();
    if (page?.resync) page.resync();
    else if (!page && firstVisit()) go("setup");
    return show(!page);
  }
  if (state === "shut" || (state === "waiting" && !link.hello)) {
    page?.close?.();
    page = null;
    const login = await import("./login.js");
    if (link.state !== "ready") login.open(link, choices);
  }
}

/// Nothing is configured to talk to, and nobody asked for another page.
function firstVisit() {
  const defaults = link.hello?.snapshot?.sessionDefaults;
  return defaults?.modelConfigured === false && link.has("wizard.start") && !parsedRoute().name;
}

let pendingGo = 0;

function keyPressed(event) {
  if (event.key === "Escape" && document.body.classList.contains("menu-open")) {
    openMenu(false);
    document.getElementById("opener")?.focus();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !page) return;
  if (event.target.closest?.("input, textarea, select, dialog, [contenteditable]")) return;
  if (event.key === "/") {
    const search = main.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  } else if (event.key === "?") {
    const rows = available().map(([, key, label]) => h("li", null, h("kbd", { text: `g ${key}` }), " ", label()));
    rows.push(h("li", null, h("kbd", { text: "/" }), " ", t("Search")));
    ask(t("Keys"), h("ul", { class: "keys" }, rows), t("Good"), "primary");
  } else if (event.key === "g") {
    pendingGo = Date.now();
  } else if (Date.now() - pendingGo < 1500) {
    pendingGo = 0;
    const found = available().find(([, key]) => key === event.key);
    if (found) go(found[0]);
  }
}

async function start() {
  applyTheme(remembered("openclaw.theme"));
  await chooseLanguage();
  menu.setAttribute("aria-label", t("Pages"));
  addEventListener("hashchange", () => {
    // A link of `openclaw dashboard`, opened where this page already is.
    const fresh = takeCode();
    if (fresh !== null) return void link.open({ bootstrapToken: fresh });
    if (link.hello) show();
  });
  document.addEventListener("keydown", keyPressed);
  document.body.append(notes);
  link.on("state", stateChanged);
  link.on("gap", () => page?.resync?.());
  link.on("update.available", (news) => {
    if (news.updateAvailable) note(t("Version {version} is there.", { version: news.updateAvailable.latestVersion }));
  });
  const tell = (event, name, words) => link.on(event, () => parsedRoute().name !== name && note(words()));
  tell("exec.approval.requested", "approvals", () => t("A command waits for your word: page Approvals."));
  tell("device.pair.requested", "devices", () => t("Somebody asks to be let in: page Devices."));
  setInterval(drawBanner, 1000);
  const login = await import("./identity.js").then((module) => module.lacking());
  if (login) return (await import("./login.js")).open(link, choices, login);
  link.open(code === null ? null : { bootstrapToken: code });
}

start();
