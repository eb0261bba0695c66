// Keeps the store in step with the server: loads everything once, applies events, loads again when events can't tell.

import { isSignedOut } from './api.js';
import { delay } from './backoff.js';
import { EventFeed } from './events.js';

export class Live {
  #api; #store; #threads; #hooks;
  #feed;
  #queue = [];
  #holding = false;
  #wanted = null;
  #stopped = false;

  /**
   * `threads` reloads the open thread. `onEnded(problem)`: the session is over. `onForeign()`: the browser now carries
   * the session of another account. `onMessage(message)`: a message arrived while the page was open.
   */
  constructor(api, store, threads, hooks) {
    this.#api = api;
    this.#store = store;
    this.#threads = threads;
    this.#hooks = hooks;
    this.#feed = new EventFeed(api, {
      onEvent: (event) => this.#take(event),
      onState: (state, error) => this.#state(state, error),
      onEnded: (problem) => this.#end(problem),
      onCursorLost: () => this.#anew(),
    });
  }

  /** Loads everything, then follows the events. Goes on trying while the server can't be reached. */
  async start(cursor) {
    for (let failures = 0; !this.#stopped; failures += 1) {
      try {
        // The cursor comes first: what happens while the lists load is then among the events, not lost between.
        const from = cursor ?? (await this.#api.events(null, 0)).cursor;
        await this.#load('everything');
        if (!this.#stopped) this.#feed.start(from);
        return;
      } catch (error) {
        if (isSignedOut(error)) return this.#end(error);
        this.#store.setConnection('down', error);
        await this.#pause(delay(failures, { retryAfter: error.retryAfter ?? null }));
      }
    }
  }

  stop() {
    this.#stopped = true;
    this.#feed.stop();
    this.#wakeUp?.();
  }

  /** Don't wait for the next try. */
  wake() {
    this.#feed.wake();
    this.#wakeUp?.();
  }

  setSlow(slow) {
    this.#feed.setSlow(slow);
  }

  /** Fetches the account's restrictions anew, and notices when the browser's session is somebody else's. */
  async refreshSession() {
    const session = await this.#api.session();
    if (session.account.id !== this.#store.me.id) {
      this.#hooks.onForeign();
      return;
    }
    this.#store.setSession(session);
  }

  #end(problem) {
    if (this.#stopped) return;
    this.stop();
    this.#hooks.onEnded(problem);
  }

  #state(state, error) {
    const before = this.#store.connection.state;
    this.#store.setConnection(state, error);
    if (state === 'live' && before !== 'live') this.#hooks.onLive();
  }

  async #anew() {
    const { cursor } = await this.#api.events(null, 0);
    await this.#load('everything');
    return cursor;
  }

  // ---- events, held back while lists load: a list older than an event must not undo it

  #take(event) {
    if (this.#holding) this.#queue.push(event);
    else this.#apply(event);
  }

  #apply(event) {
    let need = 'everything';
    try {
      need = this.#store.apply(event);
      if (event.type === 'message') this.#hooks.onMessage(event.message);
      if (event.type === 'notice') this.#hooks.onNotice(event);
    } catch (error) {
      // One event that isn't as the contract says must not stop those after it; the lists hold what it meant.
      console.error('an event could not be applied', error);
    }
    if (need) this.#refetch(need);
  }

  #release() {
    this.#holding = false;
    while (this.#queue.length > 0 && !this.#holding) this.#apply(this.#queue.shift());
  }

  // ---- loading

  async #refetch(need) {
    // Two different wishes at once are everything.
    this.#wanted = this.#wanted && this.#wanted !== need ? 'everything' : need;
    if (this.#holding) return;
    for (let failures = 0; this.#wanted && !this.#stopped; ) {
      const now = this.#wanted;
      this.#wanted = null;
      try {
        await this.#load(now);
        failures = 0;
      } catch (error) {
        if (isSignedOut(error)) return this.#end(error);
        this.#wanted = this.#wanted === 'everything' ? 'everything' : now;
        this.#store.setConnection('loading', error);
        failures += 1;
        await this.#pause(delay(failures, { retryAfter: error.retryAfter ?? null }));
      }
    }
    if (this.#store.connection.state === 'loading') this.#store.setConnection('live');
  }

  async #load(what) {
    this.#holding = true;
    try {
      if (what === 'everything') await this.#loadEverything();
      else if (what === 'session') await this.refreshSession();
      else this.#store.setConversations(await this.#api.conversations());
    } finally {
      this.#release();
    }
  }

  async #loadEverything() {
    const [people, conversations] = await Promise.all([this.#api.roster(), this.#api.conversations(), this.refreshSession()]);
    if (this.#stopped) return;
    this.#store.setSnapshot({ people, conversations });
    this.#store.forgetThreads(this.#store.selected);
    if (this.#store.selected) await this.#threads.reload(this.#store.selected);
  }

  #wakeUp = null;

  #pause(time) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
