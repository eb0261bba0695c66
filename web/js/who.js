// Who is in the chat, as a box for other pages.

import { Api } from './api.js';
import { bdi, fill, h } from './dom.js';
import { t } from './messages.js';
import { safeColour, safeHref } from './text.js';

const EVERY = 30_000;
const api = new Api(new URL('api/v1/', document.baseURI));
const box = document.querySelector('.who');

function person({ display_name: name, colour, profile_url: page }) {
  const href = safeHref(page);
  const shown = href ? h('a', { href, target: '_top', rel: 'noopener noreferrer' }, bdi(name)) : bdi(name);
  const item = h('li', { 'data-test': 'who-person', class: 'row-name' }, shown);
  item.style.setProperty('--name-colour', safeColour(colour) ?? '');
  return item;
}

async function look() {
  try {
    const { count, people } = await api.whoIsHere();
    fill(box, h('p', { 'data-test': 'who-count', 'data-count': String(count) }, count > 0 ? t('who.count', { n: count }) : t('who.none')),
      people?.length > 0 && h('ul', {}, people.map(person)));
  } catch (error) {
    if (!error?.slug) throw error;
    fill(box, h('p', {}, t('who.failed')));
  }
}

look();
setInterval(() => { if (document.visibilityState === 'visible') look(); }, EVERY);
