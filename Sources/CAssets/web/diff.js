// What differs between two texts, line by line.

import { h } from "./dom.js";
import { t } from "./words.js";

/// Lines around a difference, and the largest table that is worth its time.
const CONTEXT = 2;
const LARGEST = 4_000_000;

/// [kind, line] with the kinds "same", "old" and "new".
export function differences(before, after) {
  const old = before.split("\n");
  const now = after.split("\n");
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const same = (lines) => lines.map((line) => ["same", line]);
  return [...same(old.slice(0, start)), ...middle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...same(old.slice(old.length - end))];
}

/// By the longest common subsequence.
function middle(old, now) {
  if (old.length * now.length > LARGEST) return [...old.map((line) => ["old", line]), ...now.map((line) => ["new", line])];
  const width = now.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = old[i] === now[j] ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const found = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      found.push(["same", old[i]]);
      i += 1;
      j += 1;
    } else if (j >= now.length || (i < old.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      found.push(["old", old[i]]);
      i += 1;
    } else {
      found.push(["new", now[j]]);
      j += 1;
    }
  }
  return found;
}

/// The same as a node, with a few lines around each difference.
export function diffNode(before, after) {
  const all = differences(before, after);
  const isNear = (at) => all.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(([kind]) => kind !== "same");
  const nodes = [];
  let isGap = false;
  all.forEach(([kind, line], at) => {
    if (kind === "same" && !isNear(at)) {
      if (!isGap) nodes.push(h("span", { text: "⋯" }));
      isGap = true;
      return;
    }
    isGap = false;
    if (kind === "same") nodes.push(h("span", { text: `  ${line}` }));
    else nodes.push(h(kind === "old" ? "del" : "ins", { text: `${kind === "old" ? "-" : "+"} ${line}` }));
  });
  return h("div", { class: "diff", tabindex: "0", role: "region", "aria-label": t("Differences") }, nodes);
}
