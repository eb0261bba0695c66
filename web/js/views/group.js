// One group: who is in it, who asks, and what its managers may change.

import { bdi, fill, h } from '../dom.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { nameOf } from '../selectors.js';
import { askText, askWhether, openDialog } from './dialog.js';
import { choosePeople } from './choose.js';

const WAITING = { 'asks-to-join': 'groups.wantsIn', 'asks-to-leave': 'groups.wantsOut', invited: 'groups.isInvited', refused: 'groups.isRefused' };

/** Opens the panel of a group of mine. */
export function groupPanel(app, id) {
  const { api, store } = app;
  const content = h('div', { class: 'panel-content' }, t('app.loading'));
  const ended = store.subscribe((topics) => { if (topics.has('groups')) load(); });
  const panel = openDialog({ title: t('groups.details'), name: 'group', onClose: ended, fillBody: (body) => fill(body, content) });

  async function load() {
    try {
      const group = await api.group(id);
      const [members, requests] = await Promise.all([api.groupMembers(id), group.manager && group.local ? api.groupRequests(id) : []]);
      if (panel.closed) return;
      panel.setTitle(group.name);
      fill(content, head(group), requestList(requests), memberList(group, members), group.manager && group.local && tools(group));
    } catch (error) {
      if (!error?.slug) throw error;
      if (error.slug === 'not-found') panel.close();
      else fill(content, `${t('dialog.failed')} ${sentence(error)}`);
    }
  }

  const act = (work) => async () => {
    try {
      await work();
    } catch (error) {
      app.failed(error);
    }
    if (!panel.closed) await load();
  };
  const button = (key, test, work, style = '') => h('button', { type: 'button', class: `button small ${style}`, 'data-test': test, onClick: act(work) }, t(key));

  function head(group) {
    const leave = group.state === 'member' && group.local;
    return h('div', { class: 'panel-content' },
      group.topic && h('p', { dir: 'auto' }, group.topic),
      group.announcement && h('p', { class: 'panel-quote marked', dir: 'auto' }, h('strong', {}, t('groups.announcement')), ' ', group.announcement.text),
      !group.local && h('p', { class: 'hint' }, t('groups.from', { realm: group.realm_label })),
      h('div', { class: 'dialog-actions' },
        group.conversation_id && h('button', { type: 'button', class: 'button small', onClick: () => { panel.close(); app.openConversation(group.conversation_id); } }, t('groups.room')),
        leave && button('groups.leave', 'group-leave', async () => {
          await api.leaveGroup(id);
          if (group.kind !== 'official') panel.close();
        })));
  }

  function requestList(requests) {
    if (requests.length === 0) return null;
    const answers = {
      'asks-to-join': (one) => [button('groups.approve', 'group-approve', () => api.seatInGroup(id, one.account.id, 'approve')), button('groups.refuse', 'group-refuse', () => api.seatInGroup(id, one.account.id, 'refuse'))],
      'asks-to-leave': (one) => [button('groups.approve', 'group-approve', () => api.seatInGroup(id, one.account.id, 'approve')), button('groups.refuse', 'group-refuse', () => api.seatInGroup(id, one.account.id, 'refuse'))],
    };
    const row = (one) => h('li', { class: 'panel-row', 'data-test': 'group-request' }, h('div', { class: 'panel-line' },
      h('div', { class: 'row-text' }, h('span', { class: 'row-name' }, bdi(nameOf(one.account))), h('span', { class: 'row-line' }, t(WAITING[one.state]))),
      answers[one.state]?.(one) ?? button('groups.forget', 'group-forget', () => api.unseatFromGroup(id, one.account.id))));
    return h('section', {}, h('h3', { class: 'group-title' }, t('groups.requests')), h('ul', { class: 'panel-list' }, requests.map(row)));
  }

  function memberList(group, members) {
    const mayChange = group.manager && group.local;
    const row = ({ account, manager }) => h('li', { class: 'panel-row', 'data-test': 'group-member' }, h('div', { class: 'panel-line' },
      h('div', { class: 'row-text' }, h('span', { class: 'row-name' }, bdi(nameOf(account))), manager && h('span', { class: 'row-line' }, t('groups.manager'))),
      mayChange && button(manager ? 'groups.unmakeManager' : 'groups.makeManager', 'group-manager', () => api.manageGroup(id, account.id, !manager)),
      mayChange && account.id !== store.me.id && button('groups.remove', 'group-remove', () => api.unseatFromGroup(id, account.id))));
    return h('section', {}, h('h3', { class: 'group-title' }, `${t('groups.members')} · ${members.length}`), h('ul', { class: 'panel-list' }, members.map(row)));
  }

  function tools(group) {
    const ask = (key, value, wish) => async () => {
      const text = await askText({ title: t(key), name: 'group-text', label: t(key), value, maxlength: 255, submit: t('groups.rename'), optional: true });
      if (text !== null) await api.changeGroup(id, wish(text)).catch((error) => app.failed(error));
      groupPanel(app, id);
    };
    const plain = (key, test, work, style = '') => h('button', { type: 'button', class: `button small ${style}`, 'data-test': test, onClick: work }, t(key));
    return h('div', { class: 'dialog-actions' },
      plain('groups.changeName', 'group-rename', ask('groups.name', group.name, (text) => (text ? { name: text } : {}))),
      plain('groups.changeTopic', 'group-retopic', ask('groups.topic', group.topic ?? '', (text) => ({ topic: text || null }))),
      plain('groups.announce', 'group-announce', async () => {
        const text = await askText({ title: t('groups.announce'), name: 'announce', label: t('groups.announcement'), maxlength: 4000, lines: 4, submit: t('groups.announce') });
        if (text) await api.announce(id, text).catch((error) => app.failed(error));
        groupPanel(app, id);
      }),
      plain('groups.invite', 'group-invite', async () => {
        const chosen = await choosePeople(app, { title: t('groups.invite'), submit: t('groups.invite') });
        for (const account of chosen ?? []) await api.seatInGroup(id, account, 'invite').catch((error) => app.failed(error));
        groupPanel(app, id);
      }),
      h('label', { class: 'check' }, h('input', { type: 'checkbox', checked: group.managers_write, onChange: act(() => api.changeGroup(id, { managers_write: !group.managers_write })) }), t('groups.managersWrite')),
      plain('groups.dissolve', 'group-dissolve', async () => {
        const meant = await askWhether({ title: t('groups.dissolve'), name: 'dissolve', text: t('groups.dissolveAsk'), submit: t('groups.dissolve') });
        if (meant) await api.dissolveGroup(id).catch((error) => app.failed(error));
        else groupPanel(app, id);
      }, 'danger'));
  }
  load();
}
