// Loads the messages of conversations.

import { isSignedOut } from './api.js';

export class Threads {
  #api; #store; #onEnded;
  #loading = new Set();

  constructor(api, store, onEnded) {
    this.#api = api;
    this.#store = store;
    this.#onEnded = onEnded;
  }

  /** Loads the newest page unless it is there or on its way. */
  async open(id) {
    const { state } = this.#store.thread(id);
    if (state === 'ready' || this.#loading.has(id)) return;
    this.#store.patchThread(id, { state: 'loading', error: null });
    await this.#newest(id);
  }

  /** Brings a thread that is shown up to date, keeping what is loaded where the pages meet. */
  async reload(id) {
    if (this.#store.thread(id).state !== 'ready') return this.open(id);
    return this.#newest(id);
  }

  async #newest(id) {
    this.#loading.add(id);
    try {
      this.#store.putNewest(id, await this.#api.messages(id));
    } catch (error) {
      if (isSignedOut(error)) this.#onEnded(error);
      else if (this.#store.thread(id).state === 'ready') throw error;
      else this.#store.patchThread(id, { state: 'failed', error });
    } finally {
      this.#loading.delete(id);
    }
  }

  /** Loads the page before the oldest message held. */
  async older(id) {
    const thread = this.#store.thread(id);
    if (thread.state !== 'ready' || !thread.more || thread.older === 'loading') return;
    this.#store.patchThread(id, { older: 'loading' });
    try {
      this.#store.putOlder(id, await this.#api.messages(id, { before: thread.messages[0].id }));
    } catch (error) {
      if (isSignedOut(error)) this.#onEnded(error);
      else this.#store.patchThread(id, { older: 'failed' });
    }
  }

  /** Tries again what failed while the server was away. */
  retry() {
    const id = this.#store.selected;
    if (id && this.#store.thread(id).state === 'failed') this.open(id);
  }
}
