// A reader of `text/event-stream` (WHATWG HTML §9.2.6), fed with pieces of text as they come off the network.

/** Calls `onEvent({ id, type, data })` for every complete event; a comment is none, but shows that the line lives. */
export class EventStreamParser {
  #rest = '';
  #data = [];
  #type = '';
  #id = null;
  #onEvent;
  #started = false;

  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  /** Takes the next piece; events may be cut anywhere, even inside a line end. */
  push(piece) {
    let text = this.#rest + piece;
    if (!this.#started && text !== '') {
      this.#started = true;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    // A final CR may be the first half of CRLF: it waits for the next piece.
    const cut = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, cut).split(/\r\n|\n|\r/u);
    this.#rest = lines.pop() + text.slice(cut);
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#type = value;
    else if (field === 'id' && !value.includes('\u0000')) this.#id = value;
  }

  #dispatch() {
    const event = { id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') };
    const empty = this.#data.length === 0;
    this.#data = [];
    this.#type = '';
    if (!empty) this.#onEvent(event);
  }
}
