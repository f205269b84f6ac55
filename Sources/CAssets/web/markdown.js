// Markdown as models write it, made into nodes one by one. Whatever the text says, it can become nothing but these
// few elements: no attribute, address or style is taken from it but a link's, and that only to the web or to mail.

import { copy, h, icon } from "./dom.js";
import { t } from "./words.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*)$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?:[ \t]+(.*)|$)/;
const QUOTE = /^ {0,3}>[ ]?(.*)$/;
const DIVIDER = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
/// How deep quotes and lists go before they are text.
const DEPTH = 8;
/// How far from each other the two marks of a pair may be.
const REACH = 4000;
const ADDRESS = /^(?:https?:\/\/|mailto:)[^\s<>"'\\^`{|}]+$/i;

/// Cuts a text at the places where a block is certain to end, so that what is finished need not be made again.
export function blocks(text) {
  const found = [];
  let current = [];
  let fence = null;
  const finish = () => {
    if (current.some((line) => line.trim())) found.push(current.join("\n"));
    current = [];
  };
  for (const line of text.split("\n")) {
    const mark = FENCE.exec(line);
    if (fence) {
      current.push(line);
      if (mark && mark[1][0] === fence[0] && mark[1].length >= fence.length && !mark[2]) {
        fence = null;
        if (!current.some((one) => ITEM.test(one))) finish();
      }
    } else if (mark) {
      // Within a list a fence is indented with it.
      if (!current.some((one) => ITEM.test(one))) finish();
      fence = mark[1];
      current.push(line);
    } else if (!line.trim()) {
      if (current.length > 0 && !current.some((one) => ITEM.test(one))) finish();
      else current.push(line);
    } else {
      const last = current.at(-1);
      if (last !== undefined && !last.trim() && !/^\s/.test(line) && !ITEM.test(line)) finish();
      current.push(line);
    }
  }
  finish();
  return found;
}

/// The nodes of a whole text.
export function rendered(text) {
  return blocks(text).flatMap((block) => lines(block.split("\n"), 0));
}

/// A text that grows: only the blocks that changed are made anew.
export class GrowingText {
  constructor(place) {
    this.place = place;
    this.known = [];
  }

  show(text) {
    const wanted = blocks(text);
    let same = 0;
    while (same < wanted.length && this.known[same]?.text === wanted[same]) same += 1;
    for (const old of this.known.splice(same)) for (const node of old.nodes) node.remove();
    for (const block of wanted.slice(same)) {
      const nodes = lines(block.split("\n"), 0);
      this.known.push({ text: block, nodes });
      this.place.append(...nodes);
    }
  }
}

function lines(all, depth) {
  const nodes = [];
  let at = 0;
  let words = [];
  const paragraph = () => {
    if (words.length > 0) nodes.push(h("p", null, inline(words.join("\n"))));
    words = [];
  };
  while (at < all.length) {
    const line = all[at];
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (fence) {
      paragraph();
      const code = [];
      const indent = line.search(/\S/);
      at += 1;
      while (at < all.length && !isEnd(all[at], fence[1])) code.push(all[at++].slice(Math.min(indent, leading(all[at - 1]))));
      at += 1;
      nodes.push(codeBlock(code.join("\n"), fence[2]));
    } else if (heading) {
      paragraph();
      // The page has its own first heading.
      nodes.push(h(`h${Math.min(4, heading[1].length + 1)}`, null, inline(heading[2].trim().replace(/(?:^|[ \t])#+$/, ""))));
      at += 1;
    } else if (RULE.test(line)) {
      paragraph();
      nodes.push(h("hr"));
      at += 1;
    } else if (QUOTE.test(line) && depth < DEPTH) {
      paragraph();
      const inner = [];
      while (at < all.length && QUOTE.test(all[at])) inner.push(QUOTE.exec(all[at++])[1]);
      nodes.push(h("blockquote", null, lines(inner, depth + 1)));
    } else if (ITEM.test(line) && depth < DEPTH) {
      paragraph();
      at = list(all, at, depth, nodes);
    } else if (line.includes("|") && at + 1 < all.length && all[at + 1].includes("-") && DIVIDER.test(all[at + 1])) {
      paragraph();
      at = grid(all, at, nodes);
    } else {
      if (line.trim()) words.push(line);
      else paragraph();
      at += 1;
    }
  }
  paragraph();
  return nodes;
}

const leading = (line) => line.length - line.trimStart().length;

function isEnd(line, fence) {
  const mark = FENCE.exec(line);
  return Boolean(mark) && mark[1][0] === fence[0] && mark[1].length >= fence.length && !mark[2];
}

/// Items belong together while the kind of their mark stays the same; what is indented belongs to the one above.
function list(all, start, depth, nodes) {
  const first = ITEM.exec(all[start]);
  const isOrdered = /\d/.test(first[2]);
  const indent = first[1].length;
  const items = [];
  let at = start;
  while (at < all.length) {
    const item = ITEM.exec(all[at]);
    const isMine = item && item[1].length <= indent + 1 && item[1].length >= indent && /\d/.test(item[2]) === isOrdered;
    if (isMine) items.push([item[3] ?? ""]);
    else if (!all[at].trim() || leading(all[at]) > indent) items.at(-1).push(all[at]);
    else if (item || QUOTE.test(all[at]) || HEADING.test(all[at]) || FENCE.test(all[at])) break;
    else items.at(-1).push(all[at]);
    at += 1;
  }
  const number = isOrdered ? Number.parseInt(first[2], 10) : null;
  nodes.push(h(isOrdered ? "ol" : "ul", { start: number === 1 ? null : number }, items.map((item) => {
    const inner = outdented(item);
    const made = lines(inner, depth + 1);
    // One line needs no paragraph.
    const isTight = made.length > 0 && made[0].tagName === "P" && !item.slice(0, -1).some((line) => !line.trim());
    return h("li", null, isTight ? [...made[0].childNodes, ...made.slice(1)] : made);
  })));
  return at;
}

function outdented([first, ...rest]) {
  const depths = rest.filter((line) => line.trim()).map(leading);
  const least = depths.length ? Math.min(...depths) : 0;
  return [first, ...rest.map((line) => line.slice(least))];
}

function grid(all, start, nodes) {
  const cells = (line) => line.trim().replace(/^\|/, "").replace(/\|$/, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
  const names = cells(all[start]);
  let at = start + 2;
  const rows = [];
  while (at < all.length && all[at].includes("|") && all[at].trim()) rows.push(cells(all[at++]));
  nodes.push(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("Table") }, h("table", null,
    h("thead", null, h("tr", null, names.map((name) => h("th", { scope: "col" }, inline(name))))),
    h("tbody", null, rows.map((row) => h("tr", null, names.map((_, column) => h("td", null, inline(row[column] ?? "")))))))));
  return at;
}

function codeBlock(code, language) {
  return h("div", { class: "code" },
    h("pre", { tabindex: "0", "aria-label": language ? t("Code, {language}", { language }) : t("Code") }, h("code", { text: code })),
    h("button", { type: "button", class: "button quiet only", "aria-label": t("Copy"), title: t("Copy"),
      on: { click: () => copy(code) } }, icon("copy")));
}

const SPANS = [
  [/^\*\*(?=\S)([\s\S]*?\S)\*\*/, (match, depth) => h("strong", null, inline(match[1], depth))],
  [/^__(?=\S)([\s\S]*?\S)__(?!\w)/, (match, depth) => h("strong", null, inline(match[1], depth))],
  [/^~~(?=\S)([\s\S]*?\S)~~/, (match, depth) => h("s", null, inline(match[1], depth))],
  [/^\*(?=[^\s*])([\s\S]*?[^\s*])\*(?!\*)/, (match, depth) => h("em", null, inline(match[1], depth))],
  [/^_(?=[^\s_])([^_]*?[^\s_])_(?!\w)/, (match, depth) => h("em", null, inline(match[1], depth))],
  [/^!?\[([^\]\n]{0,400})\]\(<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+["'][^"'\n]*["'])?\)/, linked],
  [/^<((?:https?:\/\/|mailto:)[^\s<>]+)>/, (match) => anchor(match[1], [match[1]])],
  [/^https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}*_]/, (match) => anchor(match[0], [match[0]])],
];

/// Pictures of other hosts are not loaded: they are shown as links to them.
function linked(match, depth) {
  const [whole, label, address] = match;
  const words = label ? inline(label, depth) : [address];
  return anchor(address, words) ?? whole;
}

function anchor(address, words) {
  if (!ADDRESS.test(address)) return null;
  return h("a", { href: address, rel: "noopener noreferrer nofollow", target: "_blank" }, words);
}

/// Where a run of exactly so many backticks begins; -1 when there is none near.
function closing(text, start, length) {
  const runs = /`+/g;
  runs.lastIndex = start;
  for (let run = runs.exec(text); run && run.index < start + REACH; run = runs.exec(text)) {
    if (run[0].length === length) return run.index;
  }
  return -1;
}

/// Marks within a line.
function inline(text, depth = 0) {
  const nodes = [];
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain) nodes.push(plain);
    plain = "";
  };
  while (at < text.length) {
    const one = text[at];
    if (one === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      at += 2;
      continue;
    }
    if (one === "\n") {
      flush();
      nodes.push(h("br"));
      at += 1;
      continue;
    }
    if (one === "`") {
      const run = /^`+/.exec(text.slice(at, at + REACH))[0];
      const end = closing(text, at + run.length, run.length);
      if (end >= 0) {
        flush();
        nodes.push(h("code", { text: text.slice(at + run.length, end).replace(/^ (.*) $/s, "$1") }));
        at = end + run.length;
      } else {
        plain += run;
        at += run.length;
      }
      continue;
    }
    const isInWord = /\w/.test(text[at - 1] ?? "");
    const made = depth < DEPTH && "*_~![<h".includes(one) && !(isInWord && (one === "_" || one === "h"))
      ? spanAt(text.slice(at, at + REACH), depth + 1) : null;
    if (made) {
      flush();
      nodes.push(made.node);
      at += made.length;
    } else {
      plain += one;
      at += 1;
    }
  }
  flush();
  return nodes;
}

function spanAt(rest, depth) {
  // What cannot be a link is not searched for one.
  if ((rest[0] === "[" || rest[0] === "!") && !rest.slice(0, 500).includes("](")) return null;
  for (const [pattern, make] of SPANS) {
    const match = pattern.exec(rest);
    const node = match && make(match, depth);
    if (node) return { node, length: match[0].length };
  }
  return null;
}
