// Recovery codes: how many are left, and new ones in their place.

import { fill, h, show } from '../dom.js';
import { t } from '../messages.js';
import { passwordField } from './form.js';
import { hiddenName } from './own_password.js';
import { accountPart } from './part.js';
import { showRecoveryCodes, step } from './steps.js';

/** The part of the panel for it; not to be seen without a second step that they could stand in for. */
export function recoveryPart(app, own) {
  const content = h('div', { class: 'form' });
  const part = accountPart(t('factor.recovery'), 'account-recovery', content);
  let resting = true;
  const draw = (nodes, focus) => {
    fill(content, nodes);
    focus?.focus();
  };

  function rest(focused = false) {
    resting = true;
    const { totp, passkeys, recovery_codes_left: left } = own.security;
    show(part, totp || passkeys > 0);
    const button = h('button', { type: 'button', class: 'button', 'data-test': 'recovery-renew', onClick: begin }, t('recovery.renew'));
    draw([h('p', { class: left === 0 ? 'warning' : 'hint', 'data-test': 'recovery-state', 'data-left': String(left) }, left === 0 ? t('recovery.none') : t('recovery.left', { n: left })), button], focused ? button : null);
  }

  function begin() {
    resting = false;
    const password = passwordField(t('factor.password'), { name: 'password', autocomplete: 'current-password', 'data-test': 'recovery-password' });
    const form = step({
      app, name: 'recovery', content: [h('p', {}, t('recovery.ask')), hiddenName(app.store.me.login), password.node], submit: t('recovery.renew'), hook: 'recovery-submit',
      back: () => rest(true), check: () => (password.input.value === '' ? [t('factor.emptyPassword'), password.input] : null),
      work: async () => {
        const codes = await own.codesFrom(part.querySelector('h3'), () => app.api.renewRecoveryCodes(password.input.value));
        await own.changed();
        showRecoveryCodes({ app, own, content, codes, onDone: () => rest(true) });
      },
    });
    draw(form, password.input);
  }

  rest();
  own.onChange(() => resting && rest());
  return part;
}
