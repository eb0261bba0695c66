// The tabs of one front in one browser know of each other: a browser opens six connections per server over all tabs, so
// only the tabs shown last hold one open; and a sign-in or sign-out in one tab concerns all.

const HOLDERS = 3;

export class Tabs {
  #channel = null;
  #id = Math.random().toString(36).slice(2);
  #newer = new Set();
  #listeners = new AbortController();
  #hooks;

  /** `onSlow(bool)`: hold no connection open; `onAccount(id | null)`: another tab signed in or out. */
  constructor(path, hooks) {
    this.#hooks = hooks;
    if (typeof BroadcastChannel !== 'function') return;
    this.#channel = new BroadcastChannel(`portico:${path}`);
    this.#channel.addEventListener('message', ({ data }) => this.#hear(data));
    const { signal } = this.#listeners;
    document.addEventListener('visibilitychange', () => this.#shown(), { signal });
    addEventListener('pagehide', () => this.#say({ gone: this.#id }), { signal });
    this.#shown();
  }

  close() {
    this.#say({ gone: this.#id });
    this.#listeners.abort();
    this.#channel?.close();
    this.#channel = null;
  }

  /** Tells the other tabs who is signed in now; `null`: nobody. */
  account(id) {
    this.#say({ account: id });
  }

  #say(message) {
    this.#channel?.postMessage(message);
  }

  #shown() {
    if (document.visibilityState !== 'visible') return;
    this.#newer.clear();
    this.#say({ shown: this.#id });
    this.#hooks.onSlow(false);
  }

  #hear(data) {
    if ('account' in data) this.#hooks.onAccount(data.account);
    if (data.shown) this.#newer.add(data.shown);
    if (data.gone) this.#newer.delete(data.gone);
    const hidden = document.visibilityState !== 'visible';
    this.#hooks.onSlow(hidden && this.#newer.size >= HOLDERS);
  }
}
