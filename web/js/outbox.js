// Sends messages, in order within a conversation, each under one client id however often it takes: the server stores a
// message once per client id, so trying again is always safe.

import { isSignedOut } from './api.js';
import { delay } from './backoff.js';
import { sendable } from './text.js';

export class Outbox {
  #api; #store; #hooks;
  #pumping = new Set();
  #wakeUps = new Map();
  #stopped = false;

  /** `onEnded(problem)`: the session is over. `onRefused(conversationId, problem)`: the server won't take a message. */
  constructor(api, store, hooks) {
    this.#api = api;
    this.#store = store;
    this.#hooks = hooks;
  }

  /**
   * Queues a text, perhaps with files (as the server has them) and in answer to a message. It shows at once and leaves as
   * soon as those before it are through.
   */
  send(id, text, { files = [], replyTo = null } = {}) {
    const at = new Date().toISOString();
    const entry = { clientId: clientId(), text: sendable(text), files, replyTo, state: 'sending', error: null, at };
    this.#store.addToOutbox(id, entry);
    this.#pump(id);
  }

  /** Sends one message again, now. */
  retry(id, entryId) {
    this.#store.patchOutbox(id, entryId, { state: 'sending', error: null });
    this.#wakeUps.get(id)?.();
    this.#pump(id);
  }

  /** Gives a message up. Answers its text. */
  discard(id, entryId) {
    const entry = this.#store.outbox(id).find((candidate) => candidate.clientId === entryId);
    this.#store.dropFromOutbox(id, entryId);
    return entry?.text ?? '';
  }

  /** The connection is back: everything that waits tries at once. */
  wake() {
    for (const wakeUp of this.#wakeUps.values()) wakeUp();
    for (const id of this.#store.outboxes()) this.#pump(id);
  }

  stop() {
    this.#stopped = true;
    for (const wakeUp of this.#wakeUps.values()) wakeUp();
  }

  async #pump(id) {
    if (this.#pumping.has(id)) return;
    this.#pumping.add(id);
    try {
      for (let failures = 0; !this.#stopped; ) {
        const entry = this.#store.outbox(id).find((candidate) => candidate.state !== 'failed');
        if (!entry) return;
        const error = await this.#try(id, entry);
        failures = error ? failures + 1 : 0;
        if (error && !this.#stopped) await this.#pause(id, delay(failures, { retryAfter: error.retryAfter ?? null }));
      }
    } finally {
      this.#pumping.delete(id);
    }
  }

  // Answers the error when the same message should be tried again later.
  async #try(id, entry) {
    try {
      const message = await this.#api.send(id, entry.text, entry.clientId, extrasOf(entry));
      this.#store.apply({ type: 'message', message });
      this.#store.dropFromOutbox(id, entry.clientId);
      return null;
    } catch (error) {
      if (isSignedOut(error)) {
        this.#store.patchOutbox(id, entry.clientId, { state: 'waiting', error });
        this.stop();
        this.#hooks.onEnded(error);
        return null;
      }
      if (error.passing) {
        this.#store.patchOutbox(id, entry.clientId, { state: 'waiting', error });
        return error;
      }
      this.#store.patchOutbox(id, entry.clientId, { state: 'failed', error });
      this.#hooks.onRefused(id, error);
      return null;
    }
  }

  #pause(id, time) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time);
      this.#wakeUps.set(id, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function extrasOf({ files, replyTo }) {
  const extras = {};
  if (files?.length > 0) extras.files = files.map((file) => file.id);
  if (replyTo) extras.reply_to = replyTo.id;
  return extras;
}

// crypto.randomUUID exists on secure origins only; intranets use plain http.
function clientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
