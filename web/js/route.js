// The open conversation is part of the address (`#c=<id>`), so that the browser's own back button, a reload and a bookmark do
// what one expects.

const PREFIX = '#c=';

export class Route {
  #onChange;
  #listeners = new AbortController();

  /** `onChange(conversationId | null)`. */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  start() {
    addEventListener('popstate', () => this.#tell(), { signal: this.#listeners.signal });
    this.#tell();
  }

  stop() {
    this.#listeners.abort();
  }

  /** Opens a conversation. From the lists that is a step one can go back from; between conversations it isn't. */
  go(id) {
    const address = PREFIX + encodeURIComponent(id);
    if (location.hash === address) return this.#tell();
    if (this.#current()) history.replaceState(history.state, '', address);
    else history.pushState({ fromLists: true }, '', address);
    this.#tell();
  }

  /** Back to the lists. */
  back() {
    if (!this.#current()) return;
    if (history.state?.fromLists) history.back();
    else this.clear();
  }

  clear() {
    if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search);
    this.#tell();
  }

  #current() {
    if (!location.hash.startsWith(PREFIX)) return null;
    try {
      return decodeURIComponent(location.hash.slice(PREFIX.length)) || null;
    } catch {
      return null;
    }
  }

  #tell() {
    this.#onChange(this.#current());
  }
}
