// Short words at the foot of the page: in passing, or, where somebody speaks to everybody, until they are put away.

import { h, icon } from '../dom.js';
import { t } from '../messages.js';

const STAYS = 8_000;
/** More calls to everybody than these at once: the oldest goes. */
const MOST_CALLS = 5;

export class Notices {
  #timer = null;
  #passing = null;

  constructor() {
    this.node = h('div', { class: 'notices', role: 'status', 'data-test': 'notices' });
  }

  /** Shows a sentence for a few seconds, in place of the one before. */
  say(text) {
    this.#endPassing();
    this.#passing = this.#line(text, 'notice', () => this.#endPassing());
    this.node.append(this.#passing);
    this.#timer = setTimeout(() => this.#endPassing(), STAYS);
  }

  /** Shows a sentence until somebody puts it away. */
  call(text) {
    const calls = [...this.node.children].filter((line) => line !== this.#passing);
    if (calls.length >= MOST_CALLS) calls[0].remove();
    const line = this.#line(text, 'call', () => line.remove());
    this.node.insertBefore(line, this.#passing);
  }

  clear() {
    this.#endPassing();
    this.node.replaceChildren();
  }

  #line(text, hook, onClose) {
    const close = h('button', { type: 'button', class: 'icon-button', 'aria-label': t('app.close'), 'data-test': `${hook}-close`, onClick: onClose }, icon('close'));
    return h('p', { class: hook === 'call' ? 'notice-line call' : 'notice-line', 'data-test': hook }, h('span', { dir: 'auto' }, text), close);
  }

  #endPassing() {
    clearTimeout(this.#timer);
    this.#passing?.remove();
    this.#passing = null;
  }
}
