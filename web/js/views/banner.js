// The line above everything that says when the connection is gone. A break that heals within a moment isn't worth a word.

import { h, setAttribute, setText, show } from '../dom.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';

const PATIENCE = 1_500;

export class Banner {
  #timer = null;
  #store;

  constructor(store) {
    this.#store = store;
    this.node = h('div', { class: 'banner', role: 'status', 'data-test': 'banner', hidden: true });
  }

  update() {
    const { state } = this.#store.connection;
    const fine = state === 'live' || state === 'connecting';
    if (fine) {
      clearTimeout(this.#timer);
      this.#timer = null;
      show(this.node, false);
      setText(this.node, '');
      return;
    }
    if (!this.node.hidden) this.#say();
    else this.#timer ??= setTimeout(() => this.#say(), PATIENCE);
  }

  #say() {
    const { state, error } = this.#store.connection;
    setAttribute(this.node, 'data-state', state);
    setText(this.node, textOf(state, error));
    show(this.node, true);
  }

  destroy() {
    clearTimeout(this.#timer);
  }
}

function textOf(state, error) {
  if (error?.slug === 'front-full') return t('banner.full');
  if (error?.slug === 'maintenance' || error?.slug === 'address-full') return sentence(error);
  if (state === 'loading') return t('banner.loading');
  if (error?.slug === 'store-unavailable') return sentence(error);
  return t('banner.down');
}
