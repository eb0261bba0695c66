// The events of the server: a stream where the way to it allows one, long polls where it doesn't.
//
// The stream is read with `fetch`, not `EventSource`: EventSource hides the status (a 401 looks like a broken line) and
// the keep-alive comments (a line that died silently looks like a quiet one).

import { Problem, isSignedOut } from './api.js';
import { delay } from './backoff.js';
import { EventStreamParser } from './sse.js';

const FIRST_BYTE = 5_000;
const SILENCE = 50_000;
const STALE = 30_000;
const STREAM_AGAIN = 600_000;
const LONG_WAIT = 50;
const SHORT_WAIT = 20;
const SLOW_PAUSE = 25_000;
const QUICK = 2_000;

export class EventFeed {
  #api; #onEvent; #onState; #onEnded; #onCursorLost;
  #cursor = null;
  #running = null;
  #attempt = null;
  #skipPause = null;
  #failures = 0;
  #streamFailures = 0;
  #noStreamUntil = 0;
  #unsure = false;
  #quickPolls = 0;
  #wait = LONG_WAIT;
  #slow = false;
  #lastByte = null;

  /**
   * `onEvent(event)` for each event in order; `onState('live' | 'down', error)`; `onEnded(problem)` once when the
   * session is over; `onCursorLost()` answers (a promise of) a new cursor after loading everything anew.
   */
  constructor(api, { onEvent, onState, onEnded, onCursorLost }) {
    this.#api = api;
    this.#onEvent = onEvent;
    this.#onState = onState;
    this.#onEnded = onEnded;
    this.#onCursorLost = onCursorLost;
  }

  /** Starts after `cursor`. */
  start(cursor) {
    this.stop();
    this.#cursor = cursor;
    this.#running = new AbortController();
    this.#run(this.#running.signal);
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
    this.#attempt?.abort();
    this.#skipPause?.();
  }

  /** Tries at once instead of waiting: the network is back, or somebody looks at the page. */
  wake() {
    this.#skipPause?.();
    // A computer that slept holds a line that is long dead; its timers have slept too.
    if (this.#lastByte !== null && Date.now() - this.#lastByte > STALE) this.#attempt?.abort();
  }

  /** In slow mode no request is held open: browsers allow six per server over all tabs. */
  setSlow(slow) {
    if (this.#slow === slow) return;
    this.#slow = slow;
    this.#attempt?.abort();
    this.wake();
  }

  async #run(stopped) {
    while (!stopped.aborted) {
      let pause = 0;
      try {
        pause = await this.#once(stopped);
        this.#failures = 0;
      } catch (error) {
        if (stopped.aborted) return;
        pause = await this.#failed(error, stopped);
      }
      if (pause > 0 && !stopped.aborted) await this.#sleep(pause);
    }
  }

  // One stream or one poll; answers the pause before the next.
  async #once(stopped) {
    this.#attempt = new AbortController();
    const signal = this.#attempt.signal;
    if (stopped.aborted) return 0;
    if (this.#slow) {
      await this.#poll(0, signal);
      return this.#slow ? SLOW_PAUSE : 0;
    }
    if (this.#unsure || Date.now() < this.#noStreamUntil) return this.#longPoll(signal);
    return this.#stream(signal);
  }

  async #failed(error, stopped) {
    if (isSignedOut(error)) {
      this.stop();
      this.#onEnded(error);
      return 0;
    }
    if (this.#attempt?.signal.aborted) return 0;
    if (error instanceof Problem && error.status === 400) return this.#renewCursor(stopped);
    this.#unsure = true;
    this.#onState('down', error);
    this.#failures += 1;
    return delay(this.#failures - 1, { retryAfter: error.retryAfter ?? null });
  }

  async #renewCursor(stopped) {
    try {
      const cursor = await this.#onCursorLost();
      if (stopped.aborted) return 0;
      this.#cursor = cursor;
      return delay(0);
    } catch (error) {
      if (isSignedOut(error)) return this.#failed(error, stopped);
      this.#onState('down', error);
      this.#failures += 1;
      return delay(this.#failures, { retryAfter: error.retryAfter ?? null });
    }
  }

  async #longPoll(signal) {
    // After a failure the first poll doesn't wait, so that the page knows at once whether the line is back.
    const wait = this.#unsure ? 0 : this.#wait;
    const started = Date.now();
    let count;
    try {
      count = await this.#poll(wait, signal);
    } catch (error) {
      // Something on the way cuts long answers: ask for shorter ones.
      if (!signal.aborted && wait > SHORT_WAIT && Date.now() - started > 10_000) this.#wait = SHORT_WAIT;
      throw error;
    }
    const wasUnsure = this.#unsure;
    this.#unsure = false;
    if (count > 0 || wasUnsure || Date.now() - started > QUICK) {
      this.#quickPolls = 0;
      return 0;
    }
    // Another tab of the same session polls too: each ends the other's poll. Let it have its turn.
    this.#quickPolls += 1;
    return delay(this.#quickPolls, { base: 1_000 });
  }

  async #poll(wait, signal) {
    const answer = await this.#api.events(this.#cursor, wait, signal);
    this.#onState('live');
    for (const event of answer.events) this.#onEvent(event);
    this.#cursor = answer.cursor;
    return answer.events.length;
  }

  async #stream(signal) {
    const line = { alive: false, silent: false };
    const watch = watchdog(FIRST_BYTE, () => {
      line.silent = true;
      this.#attempt?.abort();
    });
    try {
      await this.#readStream(signal, line, watch);
    } catch (error) {
      this.#streamBroke(error, line, signal);
    } finally {
      watch.stop();
      this.#lastByte = null;
    }
    if (signal.aborted && !line.silent) return 0;
    if (!line.alive) this.#distrustStream(line.silent);
    this.#unsure = true;
    return delay(0);
  }

  async #readStream(signal, line, watch) {
    const response = await this.#api.eventStream(this.#cursor, signal);
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parser = new EventStreamParser((event) => this.#streamEvent(event));
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      if (!line.alive) {
        line.alive = true;
        this.#streamFailures = 0;
        this.#failures = 0;
        this.#onState('live');
      }
      this.#lastByte = Date.now();
      watch.again(SILENCE);
      parser.push(decoder.decode(value, { stream: true }));
    }
  }

  #streamEvent({ id, data }) {
    let event;
    try {
      event = JSON.parse(data);
    } catch {
      return;
    }
    this.#onEvent(event);
    if (id) this.#cursor = id;
  }

  // Errors of the API (401, 400, 503 …) are judged by the caller; a broken or unknown stream is only a stream.
  #streamBroke(error, line, signal) {
    if (signal.aborted && !line.silent) return;
    if (!(error instanceof Problem)) {
      if (line.alive) this.#onState('down', error);
      return;
    }
    const noStreams = [404, 405, 406, 501].includes(error.status);
    if (!noStreams) throw error;
    this.#streamFailures = 2;
  }

  // A stream that opens but stays silent sits behind a buffering proxy, and will tomorrow; one that breaks may be chance.
  #distrustStream(silent) {
    this.#streamFailures += silent ? 2 : 1;
    if (this.#streamFailures < 2) return;
    this.#streamFailures = 0;
    this.#noStreamUntil = Date.now() + STREAM_AGAIN;
  }

  #sleep(pause) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pause);
      this.#skipPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function watchdog(first, bark) {
  let timer = setTimeout(bark, first);
  return {
    again(pause) {
      clearTimeout(timer);
      timer = setTimeout(bark, pause);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
