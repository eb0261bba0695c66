// Tells the server when nobody has touched this device for a while, and when somebody does again.

import { isSignedOut } from './api.js';
import { spanOf } from './time.js';

const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];
const LOOK = 15_000;

export class Idle {
  #api; #store;
  #listeners = new AbortController();
  #timer;
  #last = Date.now();
  #idle = false;

  constructor(api, store) {
    this.#api = api;
    this.#store = store;
  }

  start() {
    const { signal } = this.#listeners;
    for (const sign of SIGNS) addEventListener(sign, () => this.#touched(), { signal, passive: true });
    this.#timer = setInterval(() => this.#look(), LOOK);
    this.#tell({ idle: false, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  }

  stop() {
    this.#listeners.abort();
    clearInterval(this.#timer);
  }

  #touched() {
    this.#last = Date.now();
    if (this.#idle) this.#set(false);
  }

  #look() {
    const after = spanOf(this.#store.options.auto_away_after) ?? 600_000;
    if (!this.#idle && after > 0 && Date.now() - this.#last > after) this.#set(true);
  }

  #set(idle) {
    this.#idle = idle;
    this.#tell({ idle });
  }

  // What can't be told now is told with the next change; a session that ended is noticed by its events.
  async #tell(wishes) {
    if (this.#store.guest) return;
    try {
      this.#store.setPresence(await this.#api.deviceIs(wishes));
    } catch (error) {
      if (!error?.slug && !isSignedOut(error)) throw error;
    }
  }
}
