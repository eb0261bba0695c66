// What one chooses for oneself.

import { fill, h } from '../dom.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { accountPanel } from './account.js';
import { openDialog } from './dialog.js';

const OFFLINE = ['all', 'favourites', 'none'];

/** Opens the settings. */
export function settingsPanel(app) {
  const content = h('div', { class: 'panel-content' }, t('app.loading'));
  const panel = openDialog({ title: t('settings.open'), name: 'settings', fillBody: (body) => fill(body, content) });
  load();

  async function load() {
    try {
      const preferences = await app.api.preferences();
      if (!panel.closed) draw(preferences);
    } catch (error) {
      if (!error?.slug) throw error;
      fill(content, `${t('dialog.failed')} ${sentence(error)}`);
    }
  }

  async function prefer(wishes) {
    try {
      await app.api.prefer(wishes);
      app.notify(t('settings.saved'));
    } catch (error) {
      app.failed(error);
      load();
    }
  }

  function draw(preferences) {
    const choice = h('select', { class: 'input', 'data-test': 'offline-messages', onChange: () => prefer({ offline_messages: choice.value }) },
      OFFLINE.map((word) => h('option', { value: word, selected: word === preferences.offline_messages }, t(`settings.offline.${word}`))));
    const receipts = h('input', { type: 'checkbox', checked: preferences.read_receipts, 'data-test': 'read-receipts', onChange: () => prefer({ read_receipts: receipts.checked }) });
    fill(content,
      h('label', { class: 'field' }, h('span', {}, t('settings.offline')), choice),
      h('label', { class: 'check' }, receipts, t('settings.receipts')),
      h('div', { class: 'dialog-actions' }, h('button', { type: 'button', class: 'button', 'data-test': 'settings-account', onClick: () => accountPanel(app) }, t('settings.account'))));
  }
}
