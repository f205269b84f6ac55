// What the page says, in English or Chinese. English is written where it is used; zh.js has the same words.

const languages = { en: "English", zh: "简体中文" };
let dictionary = null;
let language = "en";

export function languageNames() {
  return Object.entries(languages);
}

export function currentLanguage() {
  return language;
}

/// The language of the last visit, else the browser's.
export async function chooseLanguage() {
  const kept = remembered("openclaw.language");
  const wanted = kept ?? (navigator.language?.toLowerCase().startsWith("zh") ? "zh" : "en");
  language = wanted in languages ? wanted : "en";
  if (language === "zh") dictionary = (await import("./zh.js")).default;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
}

export function keepLanguage(name) {
  remember("openclaw.language", name);
}

/// `text` in the reader's language, with its {blanks} filled.
export function t(text, blanks) {
  const said = dictionary?.[text] ?? text;
  return blanks ? said.replace(/\{(\w+)\}/g, (whole, name) => String(blanks[name] ?? whole)) : said;
}

/// What this browser keeps between visits; nothing secret. Some browsers keep nothing.
export function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // The choice holds for this visit.
  }
}

// Times and figures

const STEPS = [
  [1000, 60, (count) => t("{count} s", { count })],
  [60_000, 60, (count) => t("{count} min", { count })],
  [3_600_000, 48, (count) => t("{count} h", { count })],
  [86_400_000, Infinity, (count) => t("{count} d", { count })],
];

/// A length of time in one unit, such as "3 min".
export function span(milliseconds) {
  const length = Math.max(0, milliseconds);
  for (const [size, limit, say] of STEPS) {
    const count = Math.floor(length / size);
    if (count < limit) return say(count);
  }
  return "";
}

export function ago(time) {
  if (!time) return t("never");
  const length = Date.now() - time;
  if (length < -1000) return t("in {time}", { time: span(-length) });
  return length < 1500 ? t("now") : t("{time} ago", { time: span(length) });
}

export function clock(time) {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(time);
}

export function dateTime(time) {
  if (!time) return "–";
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(time);
}

export function number(value) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value ?? 0);
}

export function short(value) {
  return new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }).format(value ?? 0);
}

export function money(value) {
  const options = { style: "currency", currency: "USD", maximumFractionDigits: value && value < 1 ? 4 : 2 };
  return new Intl.NumberFormat(language, options).format(value ?? 0);
}

export function bytes(value) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = value ?? 0;
  let at = 0;
  while (size >= 1000 && at < units.length - 1) {
    size /= 1000;
    at += 1;
  }
  return `${number(size)} ${units[at]}`;
}
