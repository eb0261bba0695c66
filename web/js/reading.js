// Tells the server what has been read: the newest message of the open thread, while somebody can see it.

import { isSignedOut } from './api.js';

const AGAIN = 5_000;

export class Reading {
  #api; #store; #isSeen; #onEnded;
  // Conversation → newest message read, for what the server hasn't confirmed yet.
  #pending = new Map();
  #busy = false;
  #timer = null;

  /** `isSeen()`: whether the end of the open thread is on the screen. */
  constructor(api, store, isSeen, onEnded) {
    this.#api = api;
    this.#store = store;
    this.#isSeen = isSeen;
    this.#onEnded = onEnded;
  }

  /** Call whenever something that matters may have changed; it is cheap. */
  check() {
    const read = this.#newlyRead();
    if (!read) return;
    this.#pending.set(read.id, read.messageId);
    this.#store.markRead(read.id, read.messageId);
    this.#send();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#pending.clear();
  }

  #newlyRead() {
    const id = this.#store.selected;
    const conversation = id && this.#store.conversations.get(id);
    if (!conversation || conversation.unread === 0) return null;
    if (document.visibilityState !== 'visible' || !document.hasFocus() || !this.#isSeen()) return null;
    const thread = this.#store.thread(id);
    const newest = thread.messages.at(-1);
    return thread.state === 'ready' && newest ? { id, messageId: newest.id } : null;
  }

  async #send() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    while (this.#pending.size > 0) {
      const [id, messageId] = this.#pending.entries().next().value;
      const error = await this.#put(id, messageId);
      if (error?.passing) {
        this.#timer = setTimeout(() => this.#send(), AGAIN);
        break;
      }
      if (this.#pending.get(id) === messageId) this.#pending.delete(id);
    }
    this.#busy = false;
  }

  // Answers the error, `null` for success.
  async #put(id, messageId) {
    try {
      await this.#api.markRead(id, messageId);
      return null;
    } catch (error) {
      if (isSignedOut(error)) {
        this.#pending.clear();
        this.#onEnded(error);
      }
      return error;
    }
  }
}
