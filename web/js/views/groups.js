// Groups: mine, those that can be joined, invitations, a new one.

import { bdi, fill, h, show } from '../dom.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { nameOf } from '../selectors.js';
import { field } from './form.js';
import { openDialog } from './dialog.js';
import { groupPanel } from './group.js';

const KINDS = ['public', 'official', 'private'];

/** Opens the panel of groups. */
export function groupsPanel(app) {
  const invited = part('groups.invited', 'group-invitations');
  const mine = part('groups.mine', 'my-groups');
  const joinable = part('groups.joinable', 'joinable-groups');
  const state = h('p', { class: 'empty' }, t('app.loading'));
  const form = app.store.options.create_groups ? newGroup(app, load) : null;
  const ended = app.store.subscribe((topics) => { if (topics.has('groups')) load(); });
  const panel = openDialog({
    title: t('groups.open'), name: 'groups', onClose: ended,
    fillBody: (body) => fill(body, state, invited.node, mine.node, joinable.node, form),
  });

  async function load() {
    try {
      const [invitations, groups, others] = await Promise.all([app.api.groupInvitations(), app.api.groups(), app.api.joinableGroups()]);
      if (panel.closed) return;
      state.textContent = groups.length === 0 ? t('groups.none') : '';
      fill(invited.list, invitations.map((one) => invitationRow(app, one, load)));
      fill(mine.list, groups.map((group) => groupRow(app, group, load)));
      fill(joinable.list, others.filter((group) => group.state !== 'invited').map((group) => groupRow(app, group, load)));
      for (const each of [invited, mine, joinable]) show(each.node, each.list.childElementCount > 0);
    } catch (error) {
      if (!error?.slug) throw error;
      state.textContent = `${t('dialog.failed')} ${sentence(error)}`;
    }
  }
  load();
}

function part(key, name) {
  const list = h('ul', { class: 'panel-list', 'data-test': name });
  return { list, node: h('section', { hidden: true }, h('h3', { class: 'group-title' }, t(key)), list) };
}

/** A button that does something with a group and then draws the list anew. */
function doing(app, again, key, test, act) {
  return h('button', {
    type: 'button', class: 'button small', 'data-test': test,
    onClick: async () => {
      try {
        await act();
      } catch (error) {
        app.failed(error);
      }
      await again();
    },
  }, t(key));
}

function groupRow(app, group, again) {
  const join = () => app.api.joinGroup(group.id);
  const leave = () => app.api.leaveGroup(group.id);
  const actions = {
    none: () => doing(app, again, group.kind === 'public' ? 'groups.join' : 'groups.ask', 'group-join', join),
    'asks-to-join': () => doing(app, again, 'groups.withdraw', 'group-withdraw', leave),
    'asks-to-leave': () => doing(app, again, 'groups.withdraw', 'group-stay', join),
    member: () => h('button', { type: 'button', class: 'button small', 'data-test': 'group-details', onClick: () => groupPanel(app, group.id) }, t('groups.details')),
  };
  const words = { 'asks-to-join': 'groups.asked', 'asks-to-leave': 'groups.leaving', refused: 'groups.refused' };
  const line = [group.topic, words[group.state] && t(words[group.state])].filter(Boolean).join(' · ');
  return h('li', { class: 'panel-row', 'data-test': 'group', 'data-id': group.id, 'data-state': group.state },
    h('div', { class: 'panel-line' },
      h('div', { class: 'row-text' }, h('span', { class: 'row-name' }, bdi(group.name)), h('span', { class: 'row-line' }, `${t('room.members', { n: group.member_count })}${line ? ` · ${line}` : ''}`)),
      actions[group.state]?.()));
}

function invitationRow(app, { group, by }, again) {
  return h('li', { class: 'panel-row', 'data-test': 'group-invitation' },
    h('div', { class: 'panel-line' },
      h('div', { class: 'row-text' }, h('span', { class: 'row-name' }, bdi(group.name)), h('span', { class: 'row-line' }, by ? bdi(nameOf(by)) : '')),
      doing(app, again, 'groups.accept', 'group-accept', () => app.api.joinGroup(group.id)),
      doing(app, again, 'groups.decline', 'group-decline', () => app.api.leaveGroup(group.id))));
}

function newGroup(app, again) {
  const name = field(t('groups.name'), { type: 'text', required: true, maxlength: '64', autocomplete: 'off', 'data-test': 'group-name' });
  const topic = field(t('groups.topic'), { type: 'text', maxlength: '255', autocomplete: 'off', 'data-test': 'group-topic' });
  const kind = h('select', { class: 'input', 'data-test': 'group-kind' }, KINDS.map((word) => h('option', { value: word }, t(`groups.kind.${word}`))));
  const form = h('form', { class: 'dialog-form', 'data-test': 'new-group' }, h('h3', { class: 'group-title' }, t('groups.new')),
    name.node, h('label', { class: 'field' }, h('span', {}, t('groups.kind')), kind), topic.node,
    h('button', { type: 'submit', class: 'button primary', 'data-test': 'group-create' }, t('groups.create')));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const wishes = { name: name.input.value.trim(), kind: kind.value };
    if (topic.input.value.trim()) wishes.topic = topic.input.value.trim();
    try {
      await app.api.makeGroup(wishes);
      form.reset();
      await again();
    } catch (error) {
      app.failed(error);
    }
  });
  return form;
}
