// Settings as a form, made from the gateway's own schema: nothing here knows a setting by name.

import { fill, h, select } from "./dom.js";
import { t } from "./words.js";

/// What stands in the place of a secret. Sent back, it means: as it is.
const HIDDEN = "__OPENCLAW_REDACTED__";
const SHOWN = 80;

/// Every setting below `schema` with its value: {path, schema, hint, value}. Names that a person chose, such as those
/// of channels, are found in the values.
export function settings(schema, hints, value, path = [], hintPath = []) {
  const known = schema?.properties ?? {};
  const others = schema?.additionalProperties;
  const isObject = Object.keys(known).length > 0 || (others && typeof others === "object" && others.properties);
  if (!isObject) {
    return path.length === 0 ? [] : [{ path, schema: schema ?? {}, hint: hints[hintPath.join(".")] ?? {}, value }];
  }
  const found = Object.entries(known).flatMap(([name, part]) =>
    settings(part, hints, value?.[name], [...path, name], [...hintPath, name]));
  if (others && typeof others === "object") {
    for (const [name, one] of Object.entries(value ?? {})) {
      if (!(name in known)) found.push(...settings(others, hints, one, [...path, name], [...hintPath, "*"]));
    }
  }
  return found;
}

/// What is not for every day, or has no effect here, is shown when it is set or searched for.
function isUsual(one) {
  return !one.hint.advanced || one.value !== undefined;
}

/// The form. `changes` is a map from a path's JSON to [path, value]; undefined as a value takes the setting away.
export class SettingsForm {
  constructor(all, changes, changed) {
    this.all = all;
    this.changes = changes;
    this.changed = changed;
    this.groups = [...new Set(all.filter(isUsual).map((one) => one.path[0]))];
    this.group = this.groups[0];
    this.search = "";
    this.problems = new Map();
    this.list = h("div");
    this.toc = h("ul", { class: "toc", "aria-label": t("Groups") });
    this.node = h("div", { class: "split" }, this.toc, this.list);
    this.draw();
  }

  find(words) {
    this.search = words.trim().toLowerCase();
    this.draw();
  }

  show(issues) {
    this.problems = new Map(issues.map((issue) => [issue.path, issue.message]));
    this.draw();
  }

  matching() {
    if (!this.search) return this.all.filter((one) => one.path[0] === this.group && isUsual(one));
    const words = this.search.split(/\s+/);
    return this.all.filter((one) => {
      const text = `${one.path.join(".")} ${one.schema.title ?? ""} ${one.schema.description ?? ""}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  draw() {
    fill(this.toc, this.groups.map((name) => h("li", null, h("button", {
      type: "button", "aria-current": !this.search && name === this.group ? "true" : null, text: name, on: { click: () => {
        this.group = name;
        this.search = "";
        this.draw();
        this.cleared?.();
      } },
    }))));
    const found = this.matching();
    fill(this.list, found.slice(0, SHOWN).map((one) => this.setting(one)),
      found.length === 0 ? h("p", { class: "empty", text: t("No setting says that.") }) : null,
      found.length > SHOWN ? h("p", { class: "hint", text: t("{count} more; search for them.", { count: found.length - SHOWN }) }) : null);
  }

  setting(one) {
    const key = JSON.stringify(one.path);
    const name = one.path.join(".");
    const id = `set-${this.all.indexOf(one)}`;
    const take = (value) => {
      const isSame = JSON.stringify(value) === JSON.stringify(one.value);
      if (isSame) this.changes.delete(key);
      else this.changes.set(key, [one.path, value]);
      node.classList.toggle("changed", this.changes.has(key));
      this.changed();
    };
    const value = this.changes.has(key) ? this.changes.get(key)[1] : one.value;
    const help = one.schema.description ?? one.hint.help ?? "";
    const problem = this.problems.get(name);
    const input = control(one, value, take);
    input.id = id;
    input.setAttribute("aria-describedby", `${id}-help`);
    if (problem) input.setAttribute("aria-invalid", "true");
    const usual = one.schema.default === undefined ? "" : t("Usually {value}.", { value: JSON.stringify(one.schema.default) });
    const node = h("div", { class: `setting${this.changes.has(key) ? " changed" : ""}` },
      h("div", null, h("label", { for: id, text: one.schema.title ?? one.path.at(-1) }), h("div", { class: "path", text: name }),
        h("p", { class: "hint", id: `${id}-help` }, worded(help), usual ? ` — ${usual}` : "")),
      input, problem ? h("p", { class: "problem", text: problem }) : null);
    return node;
  }
}

/// The documentation of a setting; what stands in backticks is code.
function worded(text) {
  return text.split("`").map((part, at) => (at % 2 ? h("code", { text: part }) : part));
}

/// The control for a setting's kind.
function control(one, value, take) {
  const { schema, hint } = one;
  const choices = schema.enum;
  if (choices) {
    const box = select([["", t("not set")], ...choices.map((word) => [String(word), String(word)])], value === undefined ? "" : String(value),
      { on: { change: () => take(box.value === "" ? undefined : choices.find((word) => String(word) === box.value)) } });
    return box;
  }
  if (schema.type === "boolean") {
    const box = select([["", t("not set")], ["true", t("yes")], ["false", t("no")]], value === undefined ? "" : String(value),
      { on: { change: () => take(box.value === "" ? undefined : box.value === "true") } });
    return box;
  }
  if (schema.type === "integer" || schema.type === "number") {
    const box = h("input", { type: "number", value: value ?? "", min: schema.minimum, max: schema.maximum,
      step: schema.type === "integer" ? 1 : "any", placeholder: schema.default ?? hint.placeholder ?? "", on: {
        input: () => take(box.value === "" ? undefined : Number(box.value)) } });
    return box;
  }
  const isText = schema.type === "string" || (schema.anyOf?.some((part) => part.type === "string") && typeof value !== "object");
  if (isText && hint.sensitive) {
    const box = h("input", { type: "password", autocomplete: "off", placeholder: value === HIDDEN ? t("set; write to replace it") : "",
      value: value && value !== HIDDEN ? String(value) : "", on: { input: () => take(box.value === "" ? one.value : box.value) } });
    return box;
  }
  if (isText) {
    const box = h("input", { type: "text", value: value ?? "", spellcheck: "false", placeholder: schema.default ?? hint.placeholder ?? "",
      on: { input: () => take(box.value === "" ? undefined : box.value) } });
    return box;
  }
  return structured(value, schema, take);
}

/// Lists of words as lines; everything else as JSON.
function structured(value, schema, take) {
  const isLines = schema.type === "array" && (value ?? []).every?.((item) => typeof item === "string")
    && (schema.items?.type === "string" || schema.items?.anyOf?.some((part) => part.type === "string"));
  const text = value === undefined ? "" : isLines ? value.join("\n") : JSON.stringify(value, null, 2);
  const box = h("textarea", { rows: Math.min(8, Math.max(2, text.split("\n").length)), spellcheck: "false", class: "mono", value: text,
    placeholder: isLines ? t("one a line") : "JSON", on: { input: () => {
      const words = box.value.trim();
      box.setCustomValidity("");
      if (!words) return take(undefined);
      if (isLines) return take(words.split("\n").map((line) => line.trim()).filter(Boolean));
      try {
        take(JSON.parse(words));
      } catch (error) {
        box.setCustomValidity(String(error.message));
      }
    } } });
  return box;
}

/// The changes as a patch (RFC 7396), and the lists in it, which are replaced as a whole.
export function patchOf(changes) {
  const patch = {};
  const lists = [];
  for (const [path, value] of changes.values()) {
    let place = patch;
    for (const name of path.slice(0, -1)) place = place[name] ??= {};
    place[path.at(-1)] = value === undefined ? null : value;
    if (Array.isArray(value)) lists.push(path.join("."));
  }
  return { patch, lists };
}
