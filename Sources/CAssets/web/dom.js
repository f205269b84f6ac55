// Nodes, icons, questions and notes. Every text reaches the page as text: nothing here reads markup.

import { t } from "./words.js";

/// An element. `props` are attributes; `on` has listeners, `css` single styles, `text` the content as text.
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  assign(node, props);
  put(node, children);
  return node;
}

function assign(node, props) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, call] of Object.entries(value)) node.addEventListener(event, call);
    else if (name === "css") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
    else if (name === "text") node.textContent = value;
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
}

function put(node, children) {
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
}

/// Puts `children` in the place of what is in `node`.
export function fill(node, ...children) {
  node.replaceChildren();
  put(node, children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, String(value));
  put(node, children);
  return node;
}

const PATHS = {
  chat: "M4 5h16v11H9l-5 4z",
  overview: "M4 13h6V4H4zm10 7h6V4h-6zM4 20h6v-3H4z",
  channels: "M5 12a7 7 0 0 1 14 0M8.5 12a3.5 3.5 0 0 1 7 0M12 12v8",
  sessions: "M5 6h14M5 12h14M5 18h9",
  cron: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 4v4l3 2",
  config: "M4 7h10m4 0h2M4 17h2m4 0h10M14 4.8v4.4M10 14.8v4.4",
  logs: "M5 4h14v16H5zM8 9h8M8 13h8M8 17h4",
  devices: "M4 5h11v9H4zM2 18h12M17 9h4v10h-4z",
  approvals: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
  failover: "M4 8h13l-3-3M20 16H7l3 3",
  usage: "M4 20V10M10 20V4M16 20v-7M21 20H3",
  setup: "M12 4v16M4 12h16",
  send: "M4 12L20 4l-6 16-3-7z",
  stop: "M7 7h10v10H7z",
  attach: "M8 12l5-5a3 3 0 0 1 4 4l-7 7a4.5 4.5 0 0 1-6-6l7-7",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  retry: "M19 12a7 7 0 1 1-2-5M19 4v4h-4",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zm4.5 10.5L20 20",
  down: "M6 10l6 6 6-6",
};

/// A drawing beside words that say the same.
export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] ?? "" }));
}

/// `props` as in `h`; `icon` names a drawing, `kind` is primary, danger or quiet.
export function button(label, act, { icon: drawing, kind = "", only = false, ...props } = {}) {
  return h("button", {
    type: "button", class: `button ${kind}${only ? " only" : ""}`, title: only ? label : null,
    "aria-label": only ? label : null, on: { click: act }, ...props,
  }, drawing && icon(drawing), only ? null : h("span", { text: label }));
}

let numbers = 0;

/// A label and the control that it names.
export function field(label, control, hint) {
  numbers += 1;
  control.id ||= `c${numbers}`;
  const help = hint ? h("p", { class: "hint", id: `${control.id}-hint`, text: hint }) : null;
  if (help) control.setAttribute("aria-describedby", help.id);
  return h("div", { class: "field" }, h("label", { for: control.id, text: label }), control, help);
}

export function select(options, value, props) {
  return h("select", props, options.map(([id, text]) => h("option", { value: id, text, selected: id === value })));
}

/// A mark with a word: ok, warn, bad or idle. The colour only repeats the word.
export function badge(kind, text) {
  return h("span", { class: `badge ${kind}` }, h("span", { class: "dot", "aria-hidden": "true" }), text);
}

/// A command that can be copied.
export function command(text) {
  const copied = h("button", {
    type: "button", class: "button quiet only", "aria-label": t("Copy"), title: t("Copy"),
    on: { click: () => copy(text) },
  }, icon("copy"));
  return h("div", { class: "command" }, h("code", { text, tabindex: "0" }), copied);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    note(t("Copied"));
  } catch {
    note(t("The browser does not let this page copy. Select the text instead."), "bad");
  }
}

/// A line that says what happened, and goes by itself. Errors stay longer.
export function note(text, kind = "ok") {
  const place = document.getElementById("notes");
  const line = h("div", { class: `note ${kind}`, text });
  place?.append(line);
  while (place?.childElementCount > 4) place.firstElementChild.remove();
  setTimeout(() => line.remove(), kind === "bad" ? 9000 : 3500);
}

/// Says what went wrong with a request, in the gateway's words.
export function failed(error) {
  note(error?.message || String(error), "bad");
}

/// Asks before something changes. Resolves with whether it may; `body` can be a node.
export function ask(title, body, confirm, kind = "danger") {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-label": title, class: "question" },
      h("h2", { text: title }), body instanceof Node ? body : h("p", { text: body }),
      h("div", { class: "row end" },
        button(t("Cancel"), () => dialog.close("no")),
        button(confirm, () => dialog.close("yes"), { kind })));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.tagName === "INPUT" && !event.isComposing) dialog.close("yes");
    });
    document.body.append(dialog);
    dialog.returnValue = "no";
    dialog.showModal();
  });
}

/// A table with named columns. Rows are lists of cells; on narrow screens each cell shows its column's name.
export function table(caption, columns, rows, empty) {
  if (rows.length === 0) return h("p", { class: "empty", text: empty });
  return h("table", { class: "table" },
    h("caption", { class: "hidden", text: caption }),
    h("thead", null, h("tr", null, columns.map((name) => h("th", { scope: "col", text: name })))),
    h("tbody", null, rows.map((cells) => h("tr", null, cells.map((cell, at) =>
      h("td", { "data-name": columns[at] }, h("div", null, cell)))))));
}

/// The head of a page: its name and what can be done there.
export function head(title, ...tools) {
  return h("header", { class: "head" }, h("h1", { text: title, tabindex: "-1" }), h("div", { class: "row" }, ...tools));
}
