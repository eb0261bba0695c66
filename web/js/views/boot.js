// While the page starts: a quiet word, and what is wrong when it takes longer.

import { fill, h } from '../dom.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { cardPage } from './card.js';
import { houseLines } from './house.js';

/** Answers `{ node, failed(error, onRetry, front) }`; `front` as far as it is known by then. */
export function bootView(front) {
  const body = h('div', { class: 'boot', role: 'status', 'data-test': 'boot' }, h('p', { class: 'muted' }, t('app.starting')));
  return {
    node: cardPage(front, body),
    failed(error, onRetry, known) {
      fill(body,
        h('p', { 'data-test': 'boot-error', 'data-problem': error.slug }, sentence(error)),
        h('button', { type: 'button', class: 'button', onClick: onRetry, 'data-test': 'boot-retry' }, t('app.retry')),
        known && houseLines(known));
    },
  };
}
