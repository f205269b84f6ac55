// What somebody sees who is not let in yet, and how that is changed.

import { button, command, field, fill, h, select } from "./dom.js";
import { ago, span, t } from "./words.js";

let timer = null;

/// Draws the page for what the link says; `lack` is what this browser cannot do.
export function open(link, choices, lack = null) {
  const request = link.why?.details?.requestId;
  if (!lack && request && document.querySelector(".login")?.dataset.request === request) return;
  clearInterval(timer);
  const card = h("div", { class: "card login", "data-request": request });
  const shell = h("main", { class: "door", id: "main" }, card, choices());
  const notes = document.getElementById("notes") ?? h("div", { id: "notes", role: "status", "aria-live": "polite" });
  fill(document.body, shell, notes);
  document.title = `${t("Log in")} · OpenClaw`;
  const code = link.why?.details?.code ?? link.why?.code;
  if (lack === "insecure") insecure(card);
  else if (lack === "old") old(card);
  else if (link.state === "waiting") absent(card, link);
  else if (code === "PAIRING_REQUIRED") pairing(card, link);
  else credentials(card, link, code);
  card.querySelector("input")?.focus({ preventScroll: true });
}

function title(text) {
  return h("h1", { text });
}

/// Without https or localhost a browser gives a page no keys. Three ways to have one, each to be pasted.
function insecure(card) {
  const { hostname, port, protocol } = location;
  const number = port || (protocol === "https:" ? "443" : "80");
  fill(card,
    title(t("This address is not protected")),
    h("p", { text: t("The page came by plain http from another machine. A browser then gives it no keys, and everybody on the way could read along. Choose one of three ways:") }),
    h("h2", { text: t("1. A tunnel by ssh") }),
    h("p", { text: t("On the machine with this browser; then open {address} there.", {
      address: `http://localhost:${number}/` }) }),
    command(`ssh -N -L ${number}:127.0.0.1:${number} ${hostname}`),
    h("h2", { text: t("2. TLS by the gateway itself") }),
    h("p", { text: t("On the gateway's machine. The second command prints the certificate's fingerprint: compare it with what the browser shows before you trust it.") }),
    command("openclaw config set gateway.tls.autoGenerate true && openclaw config set gateway.tls.enabled true"
      + " && openclaw gateway restart"),
    command(`openssl s_client -connect 127.0.0.1:${number} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256`),
    h("h2", { text: t("3. Tailscale") }),
    h("p", { text: t("On the gateway's machine, when both are in one tailnet; it prints the address to open.") }),
    command(`tailscale serve --bg ${number}`));
}

function old(card) {
  fill(card,
    title(t("This browser is too old")),
    h("p", { text: t("It does not know Ed25519 keys. Chrome 137, Firefox 129 and Safari 17 do.") }));
}

/// Nobody answers.
function absent(card, link) {
  const words = h("p", { role: "status" });
  const tick = () => {
    words.textContent = t("Next attempt in {time}.", { time: span(Math.max(0, link.retryAt - Date.now()) + 999) });
  };
  fill(card,
    title(t("The gateway does not answer")),
    link.why?.message ? h("p", { class: "muted", text: link.why.message }) : null,
    words,
    h("p", { text: t("On its machine:") }), command("openclaw gateway status"),
    button(t("Try now"), () => link.hurry(), { icon: "retry", kind: "primary" }));
  tick();
  timer = setInterval(tick, 1000);
}

/// Somebody has to approve this browser. What was typed stays in this page's memory until then.
function pairing(card, link) {
  const details = link.why?.details ?? {};
  const asked = Date.now();
  const words = h("p", { class: "muted", role: "status" });
  fill(card,
    title(t("This browser waits to be approved")),
    h("p", { text: t("Approve it on the page Devices of a browser that is in already, or in a terminal on the gateway's machine:") }),
    command(`openclaw devices approve ${/^[\w-]+$/.test(details.requestId ?? "") ? details.requestId : ""}`),
    h("p", null, t("This browser's id:"), " ", h("code", { class: "break", text: link.identity?.id ?? "" })),
    words,
    button(t("Try now"), () => link.open(), { icon: "retry", kind: "primary" }));
  const tick = () => {
    words.textContent = t("Asked {time}; this page looks again by itself.", { time: ago(asked) });
  };
  tick();
  let rounds = 0;
  timer = setInterval(() => {
    tick();
    rounds += 1;
    if (rounds % 4 === 0 && link.state === "shut") link.open();
  }, 1000);
}

const SAID = {
  AUTH_BOOTSTRAP_TOKEN_INVALID: () => t("The code in the address was used before, or is older than two minutes."),
  AUTH_TOKEN_MISMATCH: () => t("That token is not the gateway's."),
  AUTH_PASSWORD_MISMATCH: () => t("That password is not the gateway's."),
  AUTH_DEVICE_TOKEN_MISMATCH: () => t("This browser's access was taken back."),
  CHANGED: () => t("The gateway's access has changed; log in again."),
  PROTOCOL_MISMATCH: () => t("The gateway is of another version than this page. Reload it."),
};

function credentials(card, link, code) {
  const isFirst = code === "AUTH_TOKEN_MISSING" || code === "AUTH_PASSWORD_MISSING";
  const said = isFirst || !link.why ? null : SAID[code]?.() ?? link.why.message;
  const isPassword = /PASSWORD/.test(code ?? "");
  const kind = select([["token", t("Token")], ["password", t("Password")]], isPassword ? "password" : "token");
  const secret = h("input", { type: "password", autocomplete: "current-password", required: true, spellcheck: "false" });
  const form = h("form", { on: { submit: (event) => {
    event.preventDefault();
    link.open({ [kind.value]: secret.value });
    secret.value = "";
  } } },
  h("div", { class: "pair" }, field(t("Kind"), kind), field(t("Token or password"), secret)),
  h("button", { class: "button primary", type: "submit", text: t("Log in") }));
  fill(card,
    title(t("Log in")),
    said ? h("p", { class: "alert", role: "alert", text: said }) : null,
    h("p", { text: t("The easy way: in a terminal on the gateway's machine. It opens this page with a code that is good once.") }),
    command("openclaw dashboard"),
    h("h2", { text: t("With the gateway's token or password") }),
    h("p", { class: "muted", text: t("It is sent once to {host} and not kept. A browser that comes this way has to be approved once.", { host: location.host }) }),
    form);
}
