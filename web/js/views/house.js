// What those who run the front say of it: a welcome, how to reach them, the site it belongs to, where it has moved.

import { fill, h, icon, show } from '../dom.js';
import { t } from '../messages.js';
import { contactOf, siteHref } from '../text.js';
import { richText } from './rich.js';

/** How to reach those who run the front, and its site; empty where neither is told. */
export function houseLines(front) {
  const contact = contactOf(front?.admin_contact);
  const site = siteHref(front?.site_url);
  const line = h('p', { class: 'card-links', 'data-test': 'house' },
    contact && h('span', { 'data-test': 'admin-contact' }, `${t('house.contact')} `, contactNode(contact)),
    site && h('a', { href: site, rel: 'noopener noreferrer', 'data-test': 'site-link' }, t('house.site')));
  show(line, line.childElementCount > 0);
  return line;
}

function contactNode({ href, text }) {
  return href ? h('a', { href, rel: 'noopener noreferrer' }, text) : h('span', { class: 'house-text', dir: 'auto' }, text);
}

/** The menu's items of the same: `{ items, head }`, where `head` is a contact that can't be followed. */
export function houseMenu(front) {
  const contact = contactOf(front?.admin_contact);
  const site = siteHref(front?.site_url);
  return {
    items: [
      site && { label: t('house.site'), test: 'menu-site', href: site },
      contact?.href && { label: t('house.contactMenu', { contact: contact.text }), test: 'menu-contact', href: contact.href },
    ],
    head: contact && !contact.href ? h('p', { class: 'menu-note house-text', 'data-test': 'menu-contact' }, `${t('house.contact')} ${contact.text}`) : null,
  };
}

/** What people read before they are in; `null` where there is nothing. */
export function welcomeCard(front) {
  return front?.welcome ? h('div', { class: 'house-words', 'data-test': 'login-welcome' }, richText(front.welcome)) : null;
}

/** The lines between the header and the lists: where the front has moved to, and the welcome until it is dismissed. */
export class House {
  #store; #key;
  #shown = null;
  #dismissed;

  constructor(store) {
    this.#store = store;
    this.#key = `portico.welcome:${location.pathname}:${store.me?.id ?? ''}`;
    this.#dismissed = recall(this.#key);
    this.#moved = h('p', { class: 'house-moved', hidden: true, 'data-test': 'moved' });
    this.#words = h('div', { class: 'house-words' });
    const close = h('button', { type: 'button', class: 'icon-button', 'aria-label': t('app.close'), 'data-test': 'welcome-close', onClick: () => this.#dismiss() }, icon('close'));
    this.#welcome = h('section', { class: 'house-welcome', 'aria-label': t('house.welcome'), hidden: true, 'data-test': 'welcome' }, this.#words, close);
    this.node = h('div', { class: 'house' }, this.#moved, this.#welcome);
  }

  #moved; #words; #welcome;

  update() {
    const { front, movedTo } = this.#store;
    const moved = siteHref(movedTo) ?? siteHref(front.moved_to);
    show(this.#moved, moved !== null);
    if (moved) fill(this.#moved, `${t('login.moved')} `, h('a', { href: moved, rel: 'noopener noreferrer' }, moved));
    const words = front.welcome ?? '';
    show(this.#welcome, words !== '' && words !== this.#dismissed);
    if (words === this.#shown) return;
    this.#shown = words;
    fill(this.#words, richText(words));
  }

  // Another text is shown again.
  #dismiss() {
    this.#dismissed = this.#shown;
    keep(this.#key, this.#shown);
    show(this.#welcome, false);
  }
}

// Storage may be refused to a page; then a welcome is dismissed for as long as the page is open.
function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // As said above.
  }
}
