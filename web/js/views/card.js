// The page before somebody is in: the front's name and one card.

import { fill, h } from '../dom.js';

/** A page of one card. `content` are its nodes. */
export function cardPage(front, ...content) {
  return h('main', { class: 'card-page' },
    h('div', { class: 'card' },
      h('div', { class: 'brand' },
        h('img', { src: 'assets/icon.svg', alt: '', width: '44', height: '44' }),
        h('p', { class: 'brand-title', dir: 'auto', 'data-test': 'front-title' }, front?.title ?? 'Portico')),
      content));
}

/** Shows `page` as the whole page. */
export function showPage(root, page, title) {
  document.title = title;
  fill(root, page);
}
