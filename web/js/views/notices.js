// Short words in passing, at the foot of the page.

import { h, icon } from '../dom.js';
import { t } from '../messages.js';

const STAYS = 8_000;

export class Notices {
  #timer = null;

  constructor() {
    this.node = h('div', { class: 'notices', role: 'status', 'data-test': 'notices' });
  }

  /** Shows a sentence for a few seconds, in place of the one before. */
  say(text) {
    clearTimeout(this.#timer);
    const close = h('button', { type: 'button', class: 'icon-button', 'aria-label': t('app.close'), onClick: () => this.clear() }, icon('close'));
    this.node.replaceChildren(h('p', { class: 'notice-line', 'data-test': 'notice' }, h('span', {}, text), close));
    this.#timer = setTimeout(() => this.clear(), STAYS);
  }

  clear() {
    clearTimeout(this.#timer);
    this.node.replaceChildren();
  }
}
