// Reporting a message or a person; and the moderators' list of reports.

import { bdi, fill, h } from '../dom.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { nameOf } from '../selectors.js';
import { moment } from '../time.js';
import { askText, openDialog } from './dialog.js';

/** Reports a message of somebody else. */
export function reportMessage(app, message) {
  return report(app, { conversation_id: message.conversation_id, message_id: message.id });
}

/** Reports a person. */
export function reportPerson(app, person) {
  return report(app, { account: person.id });
}

async function report(app, about) {
  const text = await askText({ title: t('report.title'), name: 'report', label: t('report.label'), maxlength: 1000, lines: 4, submit: t('report.submit') });
  if (text === null) return;
  try {
    await app.api.report({ ...about, text });
    app.notify(t('report.done'));
  } catch (error) {
    app.failed(error);
  }
}

/** The reports that wait for a moderator. */
export function reportsPanel(app) {
  const list = h('ul', { class: 'panel-list', 'data-test': 'reports' });
  const empty = h('p', { class: 'empty' }, t('app.loading'));
  const panel = openDialog({ title: t('reports.open'), name: 'reports', fillBody: (body) => fill(body, empty, list) });

  async function load() {
    try {
      const { reports } = await app.api.reports();
      const full = await Promise.all(reports.map((one) => app.api.reportInFull(one.id)));
      if (panel.closed) return;
      empty.textContent = full.length === 0 ? t('reports.none') : '';
      fill(list, full.map((one) => row(app, one, load)));
    } catch (error) {
      if (!error?.slug) throw error;
      empty.textContent = `${t('dialog.failed')} ${sentence(error)}`;
    }
  }
  load();
}

function row(app, one, again) {
  const decide = (decision, extra = {}) => async () => {
    try {
      await app.api.decideReport(one.id, { decision, ...extra });
      await again();
    } catch (error) {
      app.failed(error);
    }
  };
  const button = (key, decision, extra) => h('button', { type: 'button', class: 'button small', 'data-test': `report-${decision}`, onClick: decide(decision, extra) }, t(key));
  const about = one.account ? h('p', {}, h('strong', {}, bdi(nameOf(one.account)))) : null;
  const lines = (one.context ?? []).map((message) => h('p', { class: message.id === one.message_id ? 'panel-quote marked' : 'panel-quote', dir: 'auto' }, message.text));
  return h('li', { class: 'panel-row', 'data-test': 'report' }, about, lines,
    h('p', { dir: 'auto' }, one.text),
    h('p', { class: 'hint' }, t('reports.by', { name: nameOf(one.reporter) }), ' · ', moment(one.created_at)),
    h('div', { class: 'dialog-actions' },
      button('reports.dismiss', 'dismiss'),
      one.kind === 'message' && button('reports.remove', 'remove-message'),
      button('reports.mute', 'mute', { minutes: 1440 }),
      button('reports.kick', 'kick')));
}
