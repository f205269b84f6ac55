// Who may use this gateway: browsers, programs, nodes; and who asks to.

import { ask, badge, button, command, failed, fill, h, head, note, table } from "./dom.js";
import { ago, dateTime, t } from "./words.js";

export function open(place, { link }) {
  const pending = h("section");
  const paired = h("section");
  const nodes = h("section");
  const codes = h("section");
  place.append(head(t("Devices"), link.has("device.pair.dashboardCode") && link.may("operator.admin")
    ? button(t("Let another browser in"), makeCode, { icon: "plus" }) : null), codes, pending, paired, nodes);

  async function load() {
    try {
      draw(await link.request("device.pair.list", {}));
      if (link.has("node.pair.list")) drawNodes(await link.request("node.pair.list", {}), await link.request("node.list", {}));
    } catch (error) {
      if (error.code !== "OFFLINE") failed(error);
    }
  }

  async function act(method, params, words) {
    await link.request(method, params).then(() => words && note(words), failed);
    load();
  }

  const named = (one) => one.displayName || one.clientId || one.deviceId?.slice(0, 12) || "–";
  const rights = (one) => (one.scopes ?? []).map((scope) => scope.replace("operator.", "")).join(", ") || "–";

  function draw(answer) {
    fill(pending, h("h2", { text: t("Waiting to be approved") }),
      h("div", { class: "sheet" }, table(t("Waiting to be approved"), [t("Device"), t("Asks for"), t("From"), t("Since"), ""],
        answer.pending.map((one) => [
          h("div", null, h("strong", { class: "break", text: named(one) }), h("div", { class: "hint break mono", text: one.deviceId })),
          h("div", null, one.role ?? (one.roles ?? []).join(", "), h("div", { class: "hint", text: rights(one) })),
          h("span", { text: [one.remoteIp, one.platform].filter(Boolean).join(" · ") }), ago(one.ts),
          h("div", { class: "row" },
            button(t("Approve"), () => act("device.pair.approve", { requestId: one.requestId }, t("Approved.")), { kind: "primary" }),
            button(t("Reject"), () => act("device.pair.reject", { requestId: one.requestId }, t("Rejected.")))),
        ]), t("Nobody waits."))));
    fill(paired, h("h2", { text: t("Let in") }),
      h("div", { class: "sheet" }, table(t("Let in"), [t("Device"), t("Rights"), t("From"), t("Last used"), ""],
        answer.paired.map((one) => {
          const isMe = one.deviceId === link.identity?.id;
          const used = Math.max(0, ...(one.tokens ?? []).map((token) => token.lastUsedAtMs ?? token.createdAtMs ?? 0));
          return [
            h("div", null, h("strong", { class: "break", text: named(one) }), isMe ? h("div", null, badge("ok", t("this browser"))) : null,
              h("div", { class: "hint break mono", text: one.deviceId })),
            h("div", null, (one.roles ?? [one.role]).join(", "), h("div", { class: "hint", text: rights(one) })),
            h("span", { text: [one.remoteIp, one.platform].filter(Boolean).join(" · ") }),
            h("span", { title: dateTime(one.approvedAtMs), text: used ? ago(used) : "–" }),
            h("div", { class: "row" },
              link.has("device.pair.rename") ? button(t("Rename"), () => rename(one), { kind: "quiet" }) : null,
              button(t("Remove"), () => remove(one, isMe), { kind: "quiet danger" })),
          ];
        }), t("None."))));
  }

  function drawNodes(pairs, list) {
    if (pairs.pending.length === 0 && list.nodes.length === 0) return fill(nodes);
    fill(nodes, h("h2", { text: t("Nodes") }),
      pairs.pending.length ? h("div", { class: "sheet" }, table(t("Nodes that wait"), [t("Node"), t("Commands"), ""],
        pairs.pending.map((one) => [
          h("span", { class: "break", text: one.displayName ?? one.nodeId }), (one.commands ?? []).join(", ") || "–",
          h("div", { class: "row" },
            button(t("Approve"), () => act("node.pair.approve", { requestId: one.requestId }, t("Approved.")), { kind: "primary" }),
            button(t("Reject"), () => act("node.pair.reject", { requestId: one.requestId }, t("Rejected.")))),
        ]), "")) : null,
      h("div", { class: "sheet" }, table(t("Nodes"), [t("Node"), t("Commands"), t("State")], list.nodes.map((one) => [
        h("span", { class: "break", text: one.displayName ?? one.nodeId }), (one.commands ?? []).join(", ") || "–",
        one.connected ? badge("ok", t("connected")) : badge("idle", one.lastSeenAtMs ? ago(one.lastSeenAtMs) : t("away")),
      ]), t("None."))));
  }

  async function rename(one) {
    const name = h("input", { value: one.displayName ?? "", maxlength: "80", "aria-label": t("Name") });
    if (await ask(t("Another name"), h("div", { class: "field" }, name), t("Save"), "primary") && name.value.trim()) {
      act("device.pair.rename", { deviceId: one.deviceId, displayName: name.value.trim() });
    }
  }

  async function remove(one, isMe) {
    const words = isMe ? t("This is the browser you look at: you will be logged out.")
      : t("It is a stranger again, and its connections end at once.");
    if (await ask(t("Remove {name}?", { name: named(one) }), words, t("Remove"))) {
      act("device.pair.remove", { deviceId: one.deviceId }, t("Removed."));
    }
  }

  async function makeCode() {
    try {
      const made = await link.request("device.pair.dashboardCode", {});
      fill(codes, h("div", { class: "card" }, h("h2", { text: t("Good once, until {time}", { time: dateTime(made.expiresAtMs) }) }),
        h("p", { text: t("Open this address in the other browser. Whoever has it is let in with all rights.") }),
        command(`${location.origin}${made.path}#bootstrapToken=${made.bootstrapToken}`)));
      setTimeout(() => fill(codes), Math.max(0, made.expiresAtMs - Date.now()));
    } catch (error) {
      failed(error);
    }
  }

  load();
  const ends = ["device.pair.requested", "device.pair.resolved", "node.pair.requested", "node.pair.resolved"]
    .map((event) => link.on(event, load));
  return {
    resync: load,
    close() {
      for (const end of ends) end();
    },
  };
}
