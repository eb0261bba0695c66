// Where messages are written.

import { fill, h, icon, setAttribute, setText, show } from '../dom.js';
import { plain } from '../markdown.js';
import { t } from '../messages.js';
import { asSentence } from '../problems.js';
import { byteLength, isBlank, opening, preview, sendable } from '../text.js';
import { moment } from '../time.js';

const TALLEST = 200;
/** How many bytes before the limit the counter appears. */
const NEAR = 1_024;

export class Composer {
  #onSend; #onDraft; #onFiles; #onStop;
  #limit = 16_384;
  #blocked = false;

  /**
   * `onSend(text)` when a message leaves; `onDraft(text)` with every change; `onFiles(files)` for files that were chosen, pasted
   * or dropped; `onStop()` when an answer or a correction is given up.
   */
  constructor({ onSend, onDraft, onFiles, onStop }) {
    this.#onSend = onSend;
    this.#onDraft = onDraft;
    this.#onFiles = onFiles;
    this.#onStop = onStop;
    this.input = h('textarea', {
      class: 'composer-input', rows: '1', dir: 'auto', enterkeyhint: 'send', autocomplete: 'off', 'aria-describedby': 'composer-note composer-counter',
      placeholder: t('composer.placeholder'), 'data-test': 'composer',
    });
    this.#button = h('button', { type: 'submit', class: 'button primary send', 'aria-label': t('composer.send'), title: t('composer.send'), 'data-test': 'send' }, icon('send'));
    this.#counter = h('p', { class: 'composer-counter', id: 'composer-counter', hidden: true, 'data-test': 'counter' });
    this.#note = h('p', { class: 'composer-note', id: 'composer-note', hidden: true, 'data-test': 'composer-note' });
    this.#picker = h('input', { type: 'file', multiple: true, hidden: true, 'data-test': 'file-input' });
    this.#picker.addEventListener('change', () => {
      this.#take([...this.#picker.files]);
      this.#picker.value = '';
    });
    this.#attach = h('button', { type: 'button', class: 'icon-button attach', hidden: true, 'aria-label': t('composer.attach'), title: t('composer.attach'), 'data-test': 'attach', onClick: () => this.#picker.click() }, icon('clip'));
    this.#about = h('div', { class: 'composer-about', hidden: true, 'data-test': 'composer-about' });
    this.#files = h('ul', { class: 'composer-files', hidden: true, 'data-test': 'composer-files' });
    this.node = h('form', { class: 'composer' }, this.#note, this.#counter, this.#about, this.#files,
      h('div', { class: 'composer-line' }, this.#attach, this.#picker, this.input, this.#button));
    this.node.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.input.addEventListener('input', () => this.#changed());
    this.input.addEventListener('keydown', (event) => this.#key(event));
    this.input.addEventListener('paste', (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      this.#take(files);
    });
    this.node.addEventListener('dragover', (event) => { if (this.#mayAttach()) event.preventDefault(); });
    this.node.addEventListener('drop', (event) => {
      if (!this.#mayAttach()) return;
      event.preventDefault();
      this.#take([...event.dataTransfer.files]);
    });
  }

  #button; #counter; #note; #picker; #attach; #about; #files;
  // What goes along: `[{ key, name, state: 'sending' | 'ready' | 'failed', words? }]`.
  #attached = [];

  /** Shows the files that go along; `onRemove(key)` takes one back. */
  setFiles(attached, onRemove) {
    this.#attached = attached;
    fill(this.#files, attached.map(({ key, name, state, words }) => h('li', { class: 'composer-file', 'data-state': state },
      h('span', {}, state === 'sending' ? t('composer.uploading', { name }) : words ?? name),
      h('button', { type: 'button', class: 'icon-button', 'aria-label': t('composer.removeFile', { name }), onClick: () => onRemove(key) }, icon('close')))));
    show(this.#files, attached.length > 0);
    this.#measure();
  }

  /** Shows what is answered or corrected: `{ kind: 'reply', name, text }`, `{ kind: 'edit', text }`, or `null`. */
  setAbout(about) {
    show(this.#about, about !== null);
    if (!about) return;
    fill(this.#about, h('span', { class: 'composer-about-text' },
      h('strong', {}, about.kind === 'edit' ? t('composer.editing') : t('composer.answering', { name: about.name })), ' ', preview(plain(opening(about.text)), 80)),
    h('button', { type: 'button', class: 'link', 'data-test': 'composer-stop', onClick: () => this.#onStop() }, t('composer.stop')));
  }

  #mayAttach() {
    return !this.#attach.hidden && !this.#blocked;
  }

  #take(files) {
    if (files.length > 0 && this.#mayAttach()) this.#onFiles(files);
  }

  /** Shows a draft as it is. */
  setText(text) {
    this.input.value = text;
    this.#measure();
  }

  /** `name`: of the conversation; `room`: whether it is a group's; `limit`: bytes; `blocked`: `null`, or why nothing may be written. */
  configure({ name, room, limit, blocked, files = false }) {
    show(this.#attach, files);
    this.#limit = limit;
    setAttribute(this.input, 'aria-label', t('composer.label', { name }));
    this.#blocked = blocked !== null;
    this.input.disabled = this.#blocked;
    setText(this.#note, blocked ? blockedText(blocked, name, room) : '');
    show(this.#note, this.#blocked);
    this.#measure();
  }

  #key(event) {
    if (event.key === 'Escape' && !this.#about.hidden && !event.isComposing) {
      event.preventDefault();
      this.#onStop();
      return;
    }
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
    if (!this.#isSendable(text)) return;
    this.setText('');
    this.#onDraft('');
    this.#onSend(text);
    this.input.focus();
  }

  // Files on their way are waited for; a file needs no words.
  #isSendable(text) {
    const ready = this.#attached.some(({ state }) => state === 'ready');
    if (this.#blocked || this.#attached.some(({ state }) => state === 'sending')) return false;
    return (ready || !isBlank(text)) && byteLength(text) <= this.#limit;
  }

  #measure() {
    const text = this.input.value;
    // A character is at most three bytes per UTF-16 unit: short texts need no counting.
    const left = text.length * 3 < this.#limit - NEAR ? this.#limit : this.#limit - byteLength(sendable(text));
    show(this.#counter, left < NEAR);
    if (left < NEAR) setText(this.#counter, left < 0 ? t('composer.over', { n: -left }) : t('composer.left', { n: left }));
    setAttribute(this.#counter, 'data-over', left < 0);
    setAttribute(this.input, 'aria-invalid', left < 0 ? 'true' : null);
    this.#button.disabled = !this.#isSendable(sendable(text));
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
