// Searching one's own messages.

import { bdi, fill, h, show } from '../dom.js';
import { plain } from '../markdown.js';
import { DAY_WORDS, t } from '../messages.js';
import { sentence } from '../problems.js';
import { nameOf, titleOf } from '../selectors.js';
import { opening, preview } from '../text.js';
import { brief, full } from '../time.js';
import { openDialog } from './dialog.js';

/** Opens the search. */
export function searchPanel(app) {
  const { api, store } = app;
  let words = '';
  let next = null;
  const input = h('input', { type: 'search', class: 'input', dir: 'auto', autocomplete: 'off', 'aria-label': t('search.label'), placeholder: t('search.label'), 'data-test': 'search-input' });
  const form = h('form', { class: 'with-submit', role: 'search' }, input, h('button', { type: 'submit', class: 'button primary', 'data-test': 'search-submit' }, t('search.submit')));
  const state = h('p', { class: 'empty', role: 'status' });
  const list = h('ul', { class: 'panel-list', 'data-test': 'search-results' });
  const more = h('button', { type: 'button', class: 'button small', hidden: true, 'data-test': 'search-more', onClick: () => find(next) }, t('search.more'));
  const panel = openDialog({ title: t('search.title'), name: 'search', fillBody: (body) => fill(body, form, state, list, more) });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    words = input.value.trim();
    fill(list);
    if (words !== '') find(null);
  });
  input.focus();

  async function find(before) {
    try {
      const page = await api.search(words, { before });
      if (panel.closed) return;
      next = page.next;
      list.append(...page.messages.map(row));
      show(more, next !== null);
      state.textContent = list.childElementCount === 0 ? t('search.none') : '';
    } catch (error) {
      if (!error?.slug) throw error;
      state.textContent = sentence(error);
    }
  }

  function row(message) {
    const conversation = store.conversations.get(message.conversation_id);
    const sender = message.sender === store.me.id ? t('app.you') : nameOf(store.person(message.sender, conversation));
    return h('li', { 'data-test': 'search-result' }, h('button', {
      type: 'button', class: 'row-main', onClick: () => { panel.close(); app.openConversation(message.conversation_id); },
    }, h('span', { class: 'row-text' },
      h('span', { class: 'row-top' }, h('span', { class: 'row-name' }, bdi(conversation ? titleOf(store, conversation) : '?')),
        h('time', { class: 'row-time', datetime: message.sent_at, title: full(message.sent_at) }, brief(message.sent_at, DAY_WORDS))),
      h('span', { class: 'row-line' }, t('list.theirs', { name: sender, text: preview(plain(opening(message.text)), 160) })))));
  }
}
