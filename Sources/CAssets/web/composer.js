// Where one writes: text, files, slash commands.

import { button, fill, h, icon, note } from "./dom.js";
import { bytes, remember, remembered, t } from "./words.js";

/// What gateways say when they say nothing of it.
const USUAL_LIMIT = 5_000_000;
const TEXTS = /^(text\/|application\/json$)/;
const MENU_LENGTH = 40;

/// `send(text, files)` is called with what was written; `stop()` ends what runs.
export function composer({ send, stop, commands, limit }) {
  const files = [];
  const shelf = h("div", { class: "files", hidden: true });
  const menu = h("ul", { class: "slash", role: "listbox", id: "slash", "aria-label": t("Commands"), hidden: true });
  const picker = h("input", { type: "file", multiple: true, hidden: true, "aria-label": t("Files"), tabindex: "-1",
    on: { change: () => {
      take(picker.files);
      picker.value = "";
    } } });
  const text = h("textarea", {
    rows: "1", "aria-label": t("Message"), placeholder: t("Message, or / for a command"), spellcheck: "true",
    role: "combobox", "aria-expanded": "false", "aria-controls": "slash", "aria-autocomplete": "list",
    on: { input: changed, keydown: pressed, paste: (event) => take(event.clipboardData?.files ?? []) },
  });
  const sender = button(t("Send"), submit, { icon: "send", kind: "primary", only: true });
  const stopper = button(t("Stop"), stop, { icon: "stop", kind: "danger", only: true, hidden: true });
  const node = h("div", { class: "composer" }, menu, shelf,
    h("form", { on: { submit: (event) => {
      event.preventDefault();
      submit();
    } } },
    button(t("Add a file"), () => picker.click(), { icon: "attach", kind: "quiet", only: true }), picker, text, stopper, sender));
  let chosen = 0;
  let draftName = null;

  function changed() {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 2}px`;
    if (draftName) remember(draftName, text.value || null);
    drawMenu();
  }

  function matching() {
    const match = /^\/(\S*)$/.exec(text.value);
    if (!match) return [];
    const start = match[1].toLowerCase();
    return commands().filter((command) => command.name.startsWith(start)).slice(0, MENU_LENGTH);
  }

  function drawMenu() {
    const found = matching();
    menu.hidden = found.length === 0;
    text.setAttribute("aria-expanded", String(!menu.hidden));
    chosen = Math.min(chosen, Math.max(0, found.length - 1));
    text.setAttribute("aria-activedescendant", menu.hidden ? "" : `slash-${chosen}`);
    fill(menu, found.map((command, at) => h("li", {
      role: "option", id: `slash-${at}`, "aria-selected": String(at === chosen), on: { mousedown: (event) => {
        event.preventDefault();
        complete(command);
      } },
    }, h("strong", { text: `/${command.name}` }), h("span", { class: "muted", text: command.description ?? "" }))));
    menu.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function complete(command) {
    text.value = `/${command.name} `;
    text.focus();
    changed();
  }

  function pressed(event) {
    if (event.isComposing) return;
    const found = menu.hidden ? [] : matching();
    if (found.length > 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
      drawMenu();
    } else if (found.length > 0 && event.key === "Tab") {
      event.preventDefault();
      complete(found[chosen]);
    } else if (event.key === "Escape") {
      if (menu.hidden) stop();
      menu.hidden = true;
      text.setAttribute("aria-expanded", "false");
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (found.length > 0 && `/${found[chosen].name}` !== text.value) complete(found[chosen]);
      else submit();
    }
  }

  function submit() {
    const words = text.value.trim();
    if (!words && files.length === 0) return;
    send(words, files.splice(0));
    text.value = "";
    drawShelf();
    changed();
    text.focus();
  }

  async function take(list) {
    for (const file of [...list]) {
      const isPicture = file.type.startsWith("image/") && file.type !== "image/svg+xml";
      if (!isPicture && !TEXTS.test(file.type)) {
        note(t("{name}: only pictures and texts can be sent.", { name: file.name }), "bad");
      } else if (file.size > (limit(isPicture) ?? USUAL_LIMIT)) {
        const most = bytes(limit(isPicture) ?? USUAL_LIMIT);
        note(t("{name} is too large; at most {size}.", { name: file.name, size: most }), "bad");
      } else {
        files.push({ fileName: file.name, mimeType: file.type, type: isPicture ? "image" : "file", content: await base64(file) });
        drawShelf();
      }
    }
  }

  function drawShelf() {
    shelf.hidden = files.length === 0;
    fill(shelf, files.map((file) => h("div", { class: "file" },
      file.type === "image" ? h("img", { alt: "", src: `data:${file.mimeType};base64,${file.content}` }) : icon("logs"),
      h("span", { text: file.fileName }),
      button(t("Remove {name}", { name: file.fileName }), () => {
        files.splice(files.indexOf(file), 1);
        drawShelf();
      }, { icon: "close", kind: "quiet", only: true }))));
  }

  return {
    node,
    take,
    /// The commands are known now.
    offer: () => drawMenu(),
    focus: () => text.focus({ preventScroll: true }),
    /// Whether something runs that can be stopped.
    running(isRunning) {
      stopper.hidden = !isRunning;
    },
    /// What was written for this session and not sent is there again.
    open(name) {
      draftName = `openclaw.draft.${name}`;
      text.value = remembered(draftName) ?? "";
      changed();
    },
  };
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",", 2)[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
