// The pieces that the sign-in, registration and challenge forms share.

import { fill, h, setAttribute, setText, show } from '../dom.js';
import { t } from '../messages.js';
import { describe, describeInside } from '../problems.js';

let numbers = 0;

/** A labelled input. Answers `{ node, input }`. `attributes` go to the input; `hint` is a sentence below it. */
export function field(label, attributes, hint = null) {
  numbers += 1;
  const id = `field-${numbers}`;
  const input = h('input', { id, class: 'input', dir: 'auto', 'aria-describedby': hint ? `${id}-hint` : null, ...attributes });
  const node = h('div', { class: 'field' },
    h('label', { for: id }, label),
    input,
    hint && h('p', { id: `${id}-hint`, class: 'hint' }, hint));
  return { node, input };
}

/** A password field with a button that shows what was typed. */
export function passwordField(label, attributes, hint = null) {
  const { node, input } = field(label, { type: 'password', required: true, spellcheck: 'false', autocapitalize: 'none', ...attributes }, hint);
  const reveal = h('button', { type: 'button', class: 'reveal', 'aria-pressed': 'false', 'aria-label': t('login.showPassword') }, t('login.show'));
  reveal.addEventListener('click', () => {
    const shown = input.type === 'text';
    input.type = shown ? 'password' : 'text';
    setAttribute(reveal, 'aria-pressed', String(!shown));
    input.focus();
  });
  const frame = h('div', { class: 'with-button' });
  input.replaceWith(frame);
  frame.append(input, reveal);
  return { node, input, hide: () => { input.type = 'password'; setAttribute(reveal, 'aria-pressed', 'false'); } };
}

/** The place where a form says what went wrong. `hook` is its name for browser tests; `inside`: the person is signed in. */
export class FormError {
  #timer = null;
  #hook;
  #describe;

  constructor(hook, { inside = false } = {}) {
    this.#hook = hook;
    this.#describe = inside ? describeInside : describe;
    this.node = h('div', { class: 'form-error', role: 'alert', hidden: true });
  }

  clear() {
    clearInterval(this.#timer);
    this.#timer = null;
    show(this.node, false);
    fill(this.node);
  }

  /** Shows a sentence of our own. */
  say(text) {
    this.clear();
    this.#fill(text, '', null);
  }

  /**
   * Shows a problem. Where it says when to come back, `submit` stays disabled and the seconds count down.
   */
  problem(error, submit) {
    this.clear();
    const { text, detail } = this.#describe(error);
    const seconds = Math.ceil(error.retryAfter ?? 0);
    // The count is not read out each second: it sits outside the alert's own text.
    const count = h('span', { class: 'countdown', 'aria-live': 'off', 'data-test': 'login-countdown' });
    this.#fill(text, detail, error.slug, seconds > 0 ? count : null);
    if (seconds > 0) this.#countDown(seconds, count, submit);
  }

  #fill(text, detail, slug, extra = null) {
    const message = h('p', { 'data-test': this.#hook, 'data-problem': slug }, text, detail && ' ', detail && h('bdi', { class: 'detail' }, detail));
    fill(this.node, message, extra);
    show(this.node, true);
  }

  #countDown(seconds, count, submit) {
    const until = Date.now() + seconds * 1000;
    submit.disabled = true;
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left > 0) {
        setText(count, t('login.wait', { n: left }));
        return;
      }
      this.clear();
      submit.disabled = false;
    };
    tick();
    this.#timer = setInterval(tick, 250);
  }

  get waiting() {
    return this.#timer !== null;
  }
}

/**
 * Runs `work` for a form: one at a time, the button says so, and an error lands in `error`.
 * `words`: the button's text at rest and while busy. `onEnded(problem)`: the session is over, where there was one.
 */
export async function submitting({ form, submit, error, words, work, onEnded = null }) {
  if (form.dataset.busy === 'true' || error.waiting) return;
  form.dataset.busy = 'true';
  error.clear();
  submit.disabled = true;
  setText(submit, words.busy);
  try {
    await work();
  } catch (failure) {
    if (!failure?.slug) throw failure;
    submit.disabled = false;
    if (failure.slug === 'session-ended' || failure.slug === 'session-required') onEnded?.(failure);
    error.problem(failure, submit);
  } finally {
    form.dataset.busy = 'false';
    setText(submit, words.rest);
    if (!error.waiting) submit.disabled = false;
  }
}
