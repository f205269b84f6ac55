// This browser's key. It is made here, can sign, and cannot be read out again: not by this page either.

const DATABASE = "openclaw";
const STORE = "device";
const KEY = "own";

/// Why a browser has no key: "insecure" on a page that came unprotected, "old" when Ed25519 is not known.
export async function lacking() {
  if (!window.isSecureContext || !globalThis.crypto?.subtle) return "insecure";
  try {
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    return null;
  } catch {
    return "old";
  }
}

function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function inStore(mode, act) {
  const opened = await database();
  try {
    return await new Promise((resolve, reject) => {
      const change = opened.transaction(STORE, mode);
      const asked = act(change.objectStore(STORE));
      change.oncomplete = () => resolve(asked.result);
      change.onerror = () => reject(change.error);
      change.onabort = () => reject(change.error);
    });
  } finally {
    opened.close();
  }
}

/// What is kept of this browser: its key, and once it is known here, its token and rights. It belongs to one place of
/// one gateway, since browsers keep it by the page's origin.
export class Identity {
  constructor(record) {
    this.record = record;
  }

  static async own() {
    const known = await inStore("readonly", (store) => store.get(KEY));
    if (known) return new Identity(known);
    const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
    const digest = await crypto.subtle.digest("SHA-256", raw);
    const id = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const identity = new Identity({ id, privateKey: pair.privateKey, publicKey: base64url(raw) });
    await identity.keep();
    return identity;
  }

  get id() {
    return this.record.id;
  }

  get publicKey() {
    return this.record.publicKey;
  }

  get pass() {
    return this.record.pass ?? null;
  }

  get scopes() {
    return this.record.scopes ?? null;
  }

  async keep(changes = {}) {
    Object.assign(this.record, changes);
    await inStore("readwrite", (store) => store.put(this.record, KEY));
  }

  /// The signature under `text`, as it stands in `connect`.
  async sign(text) {
    const signature = await crypto.subtle.sign("Ed25519", this.record.privateKey, new TextEncoder().encode(text));
    return base64url(signature);
  }
}

function base64url(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
