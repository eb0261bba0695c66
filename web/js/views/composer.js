// Where messages are written.

import { h, icon, setAttribute, setText, show } from '../dom.js';
import { t } from '../messages.js';
import { asSentence } from '../problems.js';
import { byteLength, isBlank, sendable } from '../text.js';
import { moment } from '../time.js';

const TALLEST = 200;
/** How many bytes before the limit the counter appears. */
const NEAR = 1_024;

export class Composer {
  #onSend; #onDraft;
  #limit = 16_384;
  #blocked = false;

  /** `onSend(text)` when a message leaves; `onDraft(text)` with every change. */
  constructor({ onSend, onDraft }) {
    this.#onSend = onSend;
    this.#onDraft = onDraft;
    this.input = h('textarea', {
      class: 'composer-input', rows: '1', dir: 'auto', enterkeyhint: 'send', autocomplete: 'off', 'aria-describedby': 'composer-note composer-counter',
      placeholder: t('composer.placeholder'), 'data-test': 'composer',
    });
    this.#button = h('button', { type: 'submit', class: 'button primary send', 'aria-label': t('composer.send'), title: t('composer.send'), 'data-test': 'send' }, icon('send'));
    this.#counter = h('p', { class: 'composer-counter', id: 'composer-counter', hidden: true, 'data-test': 'counter' });
    this.#note = h('p', { class: 'composer-note', id: 'composer-note', hidden: true, 'data-test': 'composer-note' });
    this.node = h('form', { class: 'composer' }, this.#note, this.#counter, h('div', { class: 'composer-line' }, this.input, this.#button));
    this.node.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.input.addEventListener('input', () => this.#changed());
    this.input.addEventListener('keydown', (event) => this.#key(event));
  }

  #button; #counter; #note;

  /** Shows a draft as it is. */
  setText(text) {
    this.input.value = text;
    this.#measure();
  }

  /** `name`: of the conversation; `room`: whether it is a group's; `limit`: bytes; `blocked`: `null`, or why nothing may be written. */
  configure({ name, room, limit, blocked }) {
    this.#limit = limit;
    setAttribute(this.input, 'aria-label', t('composer.label', { name }));
    this.#blocked = blocked !== null;
    this.input.disabled = this.#blocked;
    setText(this.#note, blocked ? blockedText(blocked, name, room) : '');
    show(this.#note, this.#blocked);
    this.#measure();
  }

  #key(event) {
    // 229: some input methods end their composition with an Enter that says nothing else about itself.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  #changed() {
    this.#onDraft(this.input.value);
    this.#measure();
  }

  #send() {
    const text = sendable(this.input.value);
    if (this.#blocked || isBlank(text) || byteLength(text) > this.#limit) return;
    this.setText('');
    this.#onDraft('');
    this.#onSend(text);
    this.input.focus();
  }

  #measure() {
    const text = this.input.value;
    // A character is at most three bytes per UTF-16 unit: short texts need no counting.
    const left = text.length * 3 < this.#limit - NEAR ? this.#limit : this.#limit - byteLength(sendable(text));
    show(this.#counter, left < NEAR);
    if (left < NEAR) setText(this.#counter, left < 0 ? t('composer.over', { n: -left }) : t('composer.left', { n: left }));
    setAttribute(this.#counter, 'data-over', left < 0);
    setAttribute(this.input, 'aria-invalid', left < 0 ? 'true' : null);
    this.#button.disabled = this.#blocked || isBlank(text) || left < 0;
    this.#fit();
  }

  // Measuring takes the input's height away for a moment; the form keeps its own, or the thread above would jump.
  #fit() {
    this.node.style.height = `${this.node.offsetHeight}px`;
    this.input.style.height = 'auto';
    this.input.style.height = `${Math.min(this.input.scrollHeight + 2, TALLEST)}px`;
    this.node.style.height = '';
  }
}

function blockedText(blocked, name, room) {
  if (blocked.closed) return room ? t('composer.announced') : t('composer.closed', { name });
  const { reason, until } = blocked.restriction;
  const parts = [t('composer.restricted')];
  if (reason) parts.push(t('composer.reason', { reason: asSentence(reason) }));
  if (until) parts.push(t('composer.until', { until: moment(until) }));
  return parts.join(' ');
}
