// Recovery codes: shown once, how many are left, and new ones in their place.

import { fill, h, show } from '../dom.js';
import { t } from '../messages.js';
import { passwordField } from './form.js';
import { hiddenName } from './own_password.js';
import { accountPart } from './part.js';
import { step } from './steps.js';

/** The part of the panel for it; not to be seen without a second step that they could stand in for. */
export function recoveryPart(app, own) {
  const content = h('div', { class: 'form' });
  const part = accountPart(t('factor.recovery'), 'account-recovery', content);
  const heading = part.querySelector('h3');
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
      work: () => own.withCodes(() => app.api.renewRecoveryCodes(password.input.value), () => rest(true)),
    });
    draw(form, password.input);
  }

  own.showsCodes(heading, (codes, onKept) => {
    resting = false;
    show(part, true);
    draw(codeNodes(app, codes, () => {
      rest();
      onKept();
    }));
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: 'start' });
  });
  rest();
  own.onChange(() => resting && rest());
  return part;
}

function codeNodes(app, codes, onKept) {
  const text = `${codes.join('\n')}\n`;
  const list = h('ol', { class: 'recovery-codes', dir: 'ltr', 'data-test': 'recovery-codes' }, codes.map((code) => h('li', {}, h('code', {}, code))));
  const buttons = h('div', { class: 'dialog-actions' },
    h('button', { type: 'button', class: 'button', 'data-test': 'recovery-copy', onClick: async () => { if (await copy(text, list)) app.notify(t('factor.copied')); } }, t('factor.copy')),
    h('button', { type: 'button', class: 'button', 'data-test': 'recovery-download', onClick: () => download('recovery-codes.txt', text) }, t('factor.download')),
    h('button', { type: 'button', class: 'button primary', 'data-test': 'recovery-done', onClick: onKept }, t('factor.done')));
  return [h('p', {}, t('factor.recoveryHint')), list, buttons];
}

// On plain http there is no clipboard to write to; what is marked can be copied the old way.
async function copy(text, node) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(node);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand('copy');
  }
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
