// One's own account: what others see, password, second step, where one is signed in, one's data.

import { fill, h } from '../dom.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { openDialog } from './dialog.js';
import { factorPart } from './own_factor.js';
import { leavePart } from './own_leave.js';
import { OwnAccount } from './own_account.js';
import { passkeysPart } from './own_passkeys.js';
import { passwordPart } from './own_password.js';
import { profilePart } from './own_profile.js';
import { recoveryPart } from './own_recovery.js';
import { sessionsPart } from './own_sessions.js';

/** Opens the panel of the own account. */
export function accountPanel(app) {
  const content = h('div', { class: 'panel-content' }, t('app.loading'));
  const closing = new AbortController();
  const panel = openDialog({ title: t('account.title'), name: 'account', onClose: () => closing.abort(), fillBody: (body) => fill(body, content) });

  async function load() {
    try {
      const security = await app.api.security();
      if (!panel.closed) draw(security);
    } catch (error) {
      if (!error?.slug) throw error;
      fill(content, `${t('dialog.failed')} ${sentence(error)}`);
    }
  }

  function draw(security) {
    const { native, may } = security;
    const { me } = app.store;
    const own = new OwnAccount(app, security, { panel, closing: closing.signal });
    fill(content,
      !native && h('p', { class: 'hint', 'data-test': 'account-elsewhere' }, t('account.elsewhere', { realm: me.realm_label })),
      native && profilePart(app, own),
      may.change_password && passwordPart(app, own),
      may.totp && factorPart(app, own),
      native && passkeysPart(app, own),
      native && recoveryPart(app, own),
      sessionsPart(app, own),
      leavePart(app, security));
  }
  load();
}
