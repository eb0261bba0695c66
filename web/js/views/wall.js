// The wall of the front: short texts for everybody, votes, and the moderators' queue.

import { bdi, fill, h, show } from '../dom.js';
import { DAY_WORDS, t } from '../messages.js';
import { sentence } from '../problems.js';
import { brief, full } from '../time.js';
import { openDialog } from './dialog.js';

/** Opens the wall. */
export function wallPanel(app) {
  const { api, store } = app;
  const shouts = new Map();
  const queue = new Map();
  let next = null;
  let moderator = false;
  const list = h('ul', { class: 'panel-list', 'data-test': 'shouts' });
  const waiting = h('ul', { class: 'panel-list', 'data-test': 'shout-queue' });
  const waitingPart = h('section', { hidden: true }, h('h3', { class: 'group-title' }, t('wall.queue')), waiting);
  const state = h('p', { class: 'empty' }, t('app.loading'));
  const older = h('button', { type: 'button', class: 'button small', hidden: true, 'data-test': 'wall-older', onClick: () => load(next) }, t('wall.older'));
  const ended = store.subscribe((topics) => { if (topics.has('wall')) take(); });
  const panel = openDialog({
    title: t('wall.title', { name: store.front.title }), name: 'wall', onClose: ended,
    fillBody: (body) => fill(body, store.guest ? null : form(), waitingPart, state, list, older),
  });

  async function load(before = null) {
    try {
      const page = await api.wall({ before });
      const open = page.moderator && !before ? await api.wall({ queue: true }) : { shouts: [] };
      if (panel.closed) return;
      ({ next, moderator } = page);
      for (const shout of page.shouts) shouts.set(shout.id, shout);
      for (const shout of open.shouts) queue.set(shout.id, shout);
      draw();
    } catch (error) {
      if (!error?.slug) throw error;
      state.textContent = `${t('dialog.failed')} ${sentence(error)}`;
    }
  }

  // What events have told since the wall was loaded.
  function take() {
    for (const [id, shout] of store.shouts) {
      if (shout && shout.wall !== `front:${store.front.id}`) continue;
      shouts.delete(id);
      queue.delete(id);
      if (!shout) continue;
      if (shout.state === 'shown') shouts.set(id, shout);
      else if (moderator && shout.state !== 'rejected') queue.set(id, shout);
    }
    store.shouts.clear();
    draw();
  }

  function draw() {
    const byId = (map) => [...map.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
    fill(list, byId(shouts).map(row));
    fill(waiting, byId(queue).map(row));
    show(waitingPart, queue.size > 0);
    show(older, next !== null);
    state.textContent = shouts.size === 0 ? t('wall.none') : '';
  }

  const act = (work) => async () => {
    try {
      const now = await work();
      if (now) store.apply({ type: 'shout', shout: now });
      if (now && shouts.has(now.id)) shouts.set(now.id, now);
    } catch (error) {
      app.failed(error);
    }
  };
  const button = (label, test, work, more = {}) => h('button', { type: 'button', class: 'button small', 'data-test': test, onClick: act(work), ...more }, label);

  function row(shout) {
    const mine = shout.author.id === store.me.id;
    const vote = (word, mark, n) => button(`${mark} ${n}`, `shout-${word}`, () => api.voteOnShout(shout.id, shout.my_vote === (word === 'up') ? null : word),
      { 'aria-pressed': String(shout.my_vote === (word === 'up')), 'aria-label': `${t(`wall.${word}`)}: ${n}` });
    const votes = store.options.shout_votes && !mine && !store.guest && shout.state === 'shown';
    return h('li', { class: 'panel-row', 'data-test': 'shout', 'data-id': shout.id, 'data-state': shout.state },
      h('p', { class: 'shout-head' }, h('strong', {}, bdi(shout.author.display_name ?? t('wall.somebody'))), ' ',
        h('time', { class: 'hint', datetime: shout.at, title: full(shout.at) }, brief(shout.at, DAY_WORDS)),
        shout.state !== 'shown' && h('span', { class: 'hint' }, ` · ${t(`wall.${shout.state}`)}`)),
      h('p', { dir: 'auto', class: 'shout-text' }, shout.text),
      h('div', { class: 'dialog-actions' },
        votes && [vote('up', '▲', shout.up), vote('down', '▼', shout.down)],
        moderator && shout.state !== 'shown' && button(t('wall.show'), 'shout-show', () => api.decideShout(shout.id, 'show')),
        moderator && shout.state !== 'rejected' && !mine && button(t('wall.reject'), 'shout-reject', () => api.decideShout(shout.id, 'reject')),
        (mine || moderator) && button(t('wall.remove'), 'shout-remove', () => api.removeShout(shout.id))));
  }

  function form() {
    const input = h('input', { type: 'text', class: 'input', maxlength: '500', dir: 'auto', autocomplete: 'off', 'aria-label': t('wall.label'), placeholder: t('wall.label'), 'data-test': 'shout-input' });
    const node = h('form', { class: 'with-submit' }, input, h('button', { type: 'submit', class: 'button primary', 'data-test': 'shout-submit' }, t('wall.submit')));
    node.addEventListener('submit', async (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text === '') return;
      await act(async () => {
        const shout = await api.shout(text);
        input.value = '';
        if (shout.state === 'waiting') app.notify(t('wall.waits'));
        return shout;
      })();
    });
    return node;
  }
  load();
}
