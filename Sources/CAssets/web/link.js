// The connection to this page's own gateway: there is no other address it could be told to use.

import { Identity } from "./identity.js";

const CLIENT = { id: "openclaw-control-ui", version: "1.0.0", platform: "web", mode: "webchat" };
const SCOPES = ["operator.admin", "operator.approvals", "operator.pairing", "operator.read", "operator.write"];
const CAPS = ["tool-events"];
/// Between two attempts at first and at most, in ms; each is lengthened or shortened a little by chance.
const FIRST_WAIT = 400;
const LONGEST_WAIT = 15_000;
const OPENING_TIME = 15_000;
/// After these a further attempt with the same words changes nothing.
const HOPELESS = /^(AUTH_(?!RATE_LIMITED)|DEVICE_|CONTROL_UI_|PROTOCOL_MISMATCH)/;

/// An answer with ok: false.
export class RPCError extends Error {
  constructor(error) {
    super(error?.message ?? "");
    this.code = error?.code ?? "";
    this.details = error?.details ?? {};
    this.retryAfter = error?.retryAfterMs ?? null;
  }
}

/// What a page can know of the connection: `state` is connecting, ready, waiting (until `retryAt`), or shut, when
/// somebody has to do something first; `why` is the refusal or the reason of the last close.
export class Link {
  constructor() {
    this.state = "connecting";
    this.why = null;
    this.hello = null;
    this.retryAt = 0;
    this.since = 0;
    this.credential = null;
    this.waitTime = FIRST_WAIT;
    this.listeners = new Map();
    this.requests = new Map();
    this.count = 0;
    this.sequence = 0;
    this.announced = null;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
    setInterval(() => this.watch(), 5000);
  }

  /// `event` is one of the gateway's, "state", or "gap" when some were lost. Returns how to stop listening.
  on(event, call) {
    const calls = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, calls.add(call));
    return () => calls.delete(call);
  }

  tell(event, payload) {
    for (const call of [...(this.listeners.get(event) ?? [])]) call(payload);
  }

  /// Whether this gateway has the method, and this browser the right to call it as far as that can be known.
  has(method) {
    return this.hello?.features?.methods?.includes(method) ?? false;
  }

  may(scope) {
    const scopes = this.hello?.auth?.scopes ?? [];
    return scopes.includes("operator.admin") || scopes.includes(scope);
  }

  /// Connects with what is known of this browser, or with `credential`: {token}, {password} or {bootstrapToken}.
  async open(credential = null) {
    if (credential) this.credential = credential;
    this.close();
    this.change("connecting");
    try {
      this.identity ??= await Identity.own();
    } catch (error) {
      return this.change("shut", { code: "NO_STORAGE", message: String(error) });
    }
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${location.pathname}`);
    this.socket = socket;
    this.heard = Date.now();
    this.since = this.heard;
    socket.addEventListener("message", (event) => socket === this.socket && this.receive(event.data));
    socket.addEventListener("close", (event) => socket === this.socket && this.ended(event));
  }

  close() {
    const socket = this.socket;
    this.socket = null;
    clearTimeout(this.timer);
    socket?.close(1000);
    this.drop("the connection was closed");
  }

  /// At once, in place of waiting.
  hurry() {
    if (this.state === "waiting") this.open();
  }

  request(method, params = {}) {
    if (this.state !== "ready" && method !== "connect") {
      return Promise.reject(new RPCError({ code: "OFFLINE", message: "not connected" }));
    }
    this.count += 1;
    const id = String(this.count);
    return new Promise((resolve, reject) => {
      this.requests.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ type: "req", id, method, params }));
    });
  }

  receive(text) {
    this.heard = Date.now();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame.type === "res") this.answered(frame);
    else if (frame.type === "event") this.happened(frame);
  }

  answered(frame) {
    const request = this.requests.get(frame.id);
    this.requests.delete(frame.id);
    if (!request) return;
    if (frame.ok) request.resolve(frame.payload ?? null);
    else request.reject(new RPCError(frame.error));
  }

  happened(frame) {
    if (frame.event === "connect.challenge") return void this.introduce(frame.payload);
    if (Number.isInteger(frame.seq)) {
      const isGap = frame.seq > this.sequence + 1;
      this.sequence = frame.seq;
      if (isGap) this.tell("gap");
    }
    if (frame.event === "shutdown") this.announced = frame.payload ?? {};
    this.tell(frame.event, frame.payload ?? {});
  }

  async introduce(challenge) {
    const socket = this.socket;
    const auth = this.credential ?? (this.identity.pass ? { deviceToken: this.identity.pass } : {});
    const scopes = this.identity.scopes ?? SCOPES;
    const shown = auth.token ?? auth.deviceToken ?? auth.bootstrapToken ?? "";
    const payload = ["v3", this.identity.id, CLIENT.id, CLIENT.mode, "operator", scopes.join(","), challenge.ts, shown,
      challenge.nonce, CLIENT.platform, ""].join("|");
    try {
      const signature = await this.identity.sign(payload);
      const hello = await this.request("connect", {
        minProtocol: 3, maxProtocol: 4, client: { ...CLIENT, displayName: browserName() }, role: "operator", scopes,
        caps: CAPS, auth, locale: navigator.language, userAgent: navigator.userAgent,
        device: {
          id: this.identity.id, publicKey: this.identity.publicKey, signature, signedAt: challenge.ts,
          nonce: challenge.nonce,
        },
      });
      if (socket === this.socket) await this.entered(hello);
    } catch (error) {
      if (socket === this.socket) await this.refused(error);
    }
  }

  async entered(hello) {
    this.hello = hello;
    this.sequence = 0;
    this.waitTime = FIRST_WAIT;
    this.announced = null;
    // From now on the device's own token lets this browser in: what was typed is forgotten.
    const changes = { scopes: hello.auth.scopes?.length ? hello.auth.scopes : null };
    if (hello.auth.deviceToken) {
      changes.pass = hello.auth.deviceToken;
      this.credential = null;
    }
    await this.identity.keep(changes);
    this.change("ready");
  }

  async refused(error) {
    const code = error.details?.code ?? error.code;
    this.drop("refused");
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    if (code === "AUTH_BOOTSTRAP_TOKEN_INVALID") this.credential = null;
    if (/^AUTH_(DEVICE_TOKEN|SCOPE|TOKEN_MISMATCH)/.test(code) && !this.credential && this.identity.pass) {
      // The token was taken back; the key remains, and may be let in anew.
      await this.identity.keep({ pass: null, scopes: null });
    }
    if (code === "PAIRING_REQUIRED" || HOPELESS.test(code)) return this.change("shut", error);
    this.later(error, error.retryAfter);
  }

  ended(event) {
    this.socket = null;
    this.drop("the connection ended");
    const reason = event.reason || null;
    if (event.code === 4001) return this.change("shut", new RPCError({ code: "CHANGED", message: reason ?? "" }));
    this.later(reason ? { message: reason } : null, this.announced?.restartExpectedMs ? FIRST_WAIT : null);
  }

  later(why, time = null) {
    const length = time ?? this.waitTime * (0.75 + Math.random() / 2);
    this.waitTime = Math.min(this.waitTime * 2, LONGEST_WAIT);
    this.retryAt = Date.now() + length;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), length);
    this.change("waiting", why);
  }

  /// The gateway ticks; when two ticks are missing nobody is there, whatever the socket says.
  watch() {
    const silence = Date.now() - this.heard;
    const patience = this.state === "ready" ? 2 * (this.hello.policy?.tickIntervalMs ?? 30_000) : OPENING_TIME;
    if (!this.socket || silence < patience) return;
    const socket = this.socket;
    this.socket = null;
    socket.close(4000, "tick timeout");
    this.drop("no sign of life");
    this.later(null);
  }

  drop(reason) {
    const lost = [...this.requests.values()];
    this.requests.clear();
    for (const request of lost) request.reject(new RPCError({ code: "OFFLINE", message: reason }));
  }

  change(state, why = null) {
    this.state = state;
    this.why = state === "connecting" ? this.why : why;
    this.tell("state", state);
  }
}

/// What a person knows this browser by in the list of devices.
function browserName() {
  const agent = navigator.userAgent;
  const name = [["Edg/", "Edge"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]]
    .find(([mark]) => agent.includes(mark))?.[1] ?? "Browser";
  const system = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Mac", "macOS"],
    ["Windows", "Windows"], ["Linux", "Linux"]].find(([mark]) => agent.includes(mark))?.[1];
  return system ? `${name} · ${system}` : name;
}
