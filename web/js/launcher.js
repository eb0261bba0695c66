// The button on another site's page, in a frame of its own: the page around it learns nothing but that it was pressed.

import { Api } from './api.js';
import { fill, h, setAttribute, show } from './dom.js';
import { EventFeed } from './events.js';
import { t } from './messages.js';

const api = new Api(new URL('api/v1/', document.baseURI));
// The page around is known by its exact origin, which the server has been told to allow; to nobody else is anything said.
const around = originOf(new URLSearchParams(location.search).get('origin'));

const count = h('span', { class: 'badge', hidden: true, 'data-test': 'launcher-unread' });
const button = h('button', { type: 'button', class: 'launcher', 'aria-expanded': 'false', 'data-test': 'launcher', onClick: () => tell('toggle') },
  h('img', { src: 'assets/icon.svg', alt: '' }), count);
document.body.append(button);

// Nothing that could change what is unread.
const QUIET = new Set(['presence', 'presences', 'my-presence', 'person', 'typing']);

let unread = 0;
let open = false;
let feed = null;

function originOf(text) {
  try {
    return new URL(text).origin;
  } catch {
    return null;
  }
}

function tell(what) {
  if (around && parent !== window) parent.postMessage({ portico: what }, around);
}

function draw() {
  const words = unread > 0 ? t('widget.unread', { n: unread }) : t('widget.open');
  setAttribute(button, 'aria-label', open ? t('widget.close') : words);
  setAttribute(button, 'aria-expanded', String(open));
  fill(count, unread > 99 ? '99+' : String(unread));
  setAttribute(count, 'data-count', String(unread));
  show(count, unread > 0 && !open);
}

// Counted from the list, which knows what was read elsewhere; an event says only when to look again.
async function recount() {
  const conversations = await api.conversations();
  unread = conversations.reduce((sum, conversation) => sum + conversation.unread, 0);
  draw();
}

function quietly(error) {
  if (!error?.slug) throw error;
}

async function follow() {
  feed?.stop();
  feed = null;
  try {
    const { cursor } = await api.events(null, 0);
    await recount();
    feed = new EventFeed(api, {
      onEvent: (event) => {
        if (!QUIET.has(event.type)) recount().catch(quietly);
      },
      onState() {},
      onEnded() { unread = 0; draw(); },
      onCursorLost: async () => {
        const now = await api.events(null, 0);
        await recount();
        return now.cursor;
      },
    });
    feed.start(cursor);
  } catch (error) {
    // Nobody is signed in, or nobody answers: a button without a number.
    quietly(error);
    unread = 0;
    draw();
  }
}

addEventListener('message', (event) => {
  if (event.source !== parent || event.origin !== around) return;
  if (event.data?.portico !== 'opened' && event.data?.portico !== 'closed') return;
  open = event.data.portico === 'opened';
  draw();
  // Whoever closes the window may have signed in or out in it.
  if (!open) follow();
});

draw();
follow();
