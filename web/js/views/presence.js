// My own state, in the header: what I choose holds on all my devices.

import { h, setAttribute, setText, show } from '../dom.js';
import { t } from '../messages.js';
import { menuButton, openMenu } from './menu.js';

const STATES = ['online', 'away', 'busy', 'do-not-disturb', 'invisible'];

export class PresenceButton {
  #app; #dot; #words;

  constructor(app) {
    this.#app = app;
    this.#dot = h('span', { class: 'state-dot', 'aria-hidden': 'true' });
    this.#words = h('span', { class: 'state-words' });
    this.node = menuButton({ class: 'button quiet presence-button', hidden: true, 'data-test': 'my-presence', onClick: () => this.#open() }, this.#dot, this.#words);
  }

  update() {
    const { presence, guest } = this.#app.store;
    show(this.node, presence !== null && !guest);
    if (!presence) return;
    const words = wordsOf(presence);
    setAttribute(this.#dot, 'data-state', presence.state);
    setAttribute(this.node, 'data-state', presence.state);
    setText(this.#words, words);
    setAttribute(this.node, 'aria-label', t('presence.label', { state: words }));
    setAttribute(this.node, 'title', words);
  }

  #open() {
    const { options, presence } = this.#app.store;
    const items = STATES.filter((state) => state !== 'invisible' || options.invisible !== false).flatMap((state) => {
      const reasons = options[`${state.replaceAll('-', '_')}_reasons`] ?? [];
      return [null, ...reasons].map((reason) => ({
        label: wordsOf({ state, reason }), test: `presence-${state}`,
        checked: presence.chosen?.state === state && (presence.chosen?.reason ?? null) === reason,
        act: () => this.#choose(state, reason),
      }));
    });
    openMenu(this.node, items, { label: t('presence.choose') });
  }

  async #choose(state, reason) {
    try {
      this.#app.store.setPresence(await this.#app.api.choosePresence(state, reason));
    } catch (error) {
      this.#app.failed(error);
    }
  }
}

function wordsOf({ state, reason }) {
  const words = t(`presence.${state}`);
  return reason ? t('presence.because', { state: words, reason }) : words;
}
