// Where one is signed in, and signing out there.

import { bdi, fill, h, show } from '../dom.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { moment } from '../time.js';
import { accountPart } from './part.js';

/** The part of the panel for it. */
export function sessionsPart(app, own) {
  const list = h('ul', { class: 'panel-list', 'data-test': 'own-sessions' });
  const state = h('p', { class: 'hint' }, t('app.loading'));
  const others = h('button', { type: 'button', class: 'button', hidden: true, 'data-test': 'end-others', onClick: () => endOthers() }, t('sessions.endOthers'));
  const part = accountPart(t('sessions.title'), 'account-sessions', state, list, others);
  let sessions = [];

  async function load() {
    try {
      sessions = await app.api.ownSessions();
      show(state, false);
      draw();
    } catch (error) {
      if (!error?.slug) throw error;
      show(state, true);
      state.textContent = `${t('dialog.failed')} ${sentence(error)}`;
    }
  }

  function draw() {
    // The own one first: what one looks for is what is strange among the rest.
    const ordered = [...sessions].sort((one, other) => Number(other.current) - Number(one.current));
    fill(list, ordered.map(row));
    show(others, sessions.filter((one) => !one.current).length > 1);
  }

  function row(session) {
    const where = session.front_title ?? session.front;
    const facts = [
      session.address && t('sessions.from', { address: session.address }),
      t('sessions.since', { time: moment(session.created_at) }),
      !session.current && t('sessions.seen', { time: moment(session.seen_at) }),
    ].filter(Boolean).join(' · ');
    return h('li', { class: 'panel-row', 'data-test': 'own-session', 'data-current': String(session.current) }, h('div', { class: 'panel-line' },
      h('div', { class: 'row-text' }, h('span', { class: 'row-name' }, session.current ? t('sessions.this') : bdi(where)),
        h('span', { class: 'row-line' }, session.current ? [bdi(where), ` · ${facts}`] : facts)),
      !session.current && h('button', { type: 'button', class: 'button small', 'aria-label': t('sessions.endLabel', { where: `${where}, ${facts}` }), 'data-test': 'end-session', onClick: () => end([session], 'sessions.ended') }, t('sessions.end'))));
  }

  function endOthers() {
    return end(sessions.filter((one) => !one.current), 'sessions.othersEnded');
  }

  async function end(which, words) {
    try {
      for (const { id } of which) await app.api.endSession(id).catch(gone);
      app.notify(t(words));
    } catch (error) {
      app.failed(error);
    }
    await load();
    part.querySelector('h3').focus();
  }
  load();
  own.onChange(load);
  return part;
}

// It ended by itself meanwhile: so much the better.
function gone(error) {
  if (error?.slug !== 'not-found') throw error;
}
