// Another password for an account of Portico's own.

import { fill, h, show } from '../dom.js';
import { t } from '../messages.js';
import { rulesText } from '../rules.js';
import { moment } from '../time.js';
import { FormError, field, passwordField, submitting } from './form.js';
import { accountPart } from './part.js';

/** A new password, with its rules. */
export function newPasswordField(rules, hook) {
  return passwordField(t('account.newPassword'), { name: 'new-password', autocomplete: 'new-password', 'data-test': hook }, rulesText(rules));
}

/** The name for the browser's own store of passwords: not seen, and not stopped at. */
export function hiddenName(login) {
  const { input } = field('', { type: 'text', name: 'username', autocomplete: 'username', tabindex: '-1', 'aria-hidden': 'true', readonly: true });
  input.value = login;
  input.hidden = true;
  return input;
}

/** The part of the panel for it. */
export function passwordPart(app, own) {
  const facts = h('p', { class: 'hint', 'data-test': 'password-facts' }, factsOf(own.security));
  const open = h('button', { type: 'button', class: 'button', 'aria-expanded': 'false', 'data-test': 'change-password', onClick: () => unfold(true) }, t('account.changePassword'));
  const error = new FormError('password-error', { inside: true });
  const old = passwordField(t('account.oldPassword'), { name: 'password', autocomplete: 'current-password', 'data-test': 'old-password' });
  const next = newPasswordField(own.security.rules, 'new-password');
  const words = { rest: t('account.change'), busy: t('account.changing') };
  const submit = h('button', { type: 'submit', class: 'button primary', 'data-test': 'password-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true, hidden: true },
    hiddenName(app.store.me.login), old.node, next.node, h('p', { class: 'hint' }, t('account.othersEnd')), error.node,
    h('div', { class: 'dialog-actions' }, submit, h('button', { type: 'button', class: 'button', onClick: () => unfold(false) }, t('account.cancel'))));

  function unfold(unfolded) {
    show(form, unfolded);
    show(open, !unfolded);
    open.setAttribute('aria-expanded', String(unfolded));
    old.input.value = '';
    next.input.value = '';
    error.clear();
    (unfolded ? old.input : open).focus();
  }

  const work = async () => {
    await app.api.changePassword(old.input.value, next.input.value);
    unfold(false);
    app.notify(t('account.passwordDone'));
    await own.changed();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (old.input.value === '' || next.input.value === '') {
      error.say(t('account.emptyPasswords'));
      (old.input.value === '' ? old.input : next.input).focus();
      return;
    }
    old.hide();
    next.hide();
    submitting({ form, submit, error, words, work, onEnded: app.endedBy });
  });
  own.onChange(() => fill(facts, factsOf(own.security)));
  return accountPart(t('account.password'), 'account-password', facts, open, form);
}

function factsOf({ password_changed_at: changed, password_expires_at: expires }) {
  return [changed && t('account.passwordChanged', { time: moment(changed) }), expires && t('account.passwordExpires', { time: moment(expires) })]
    .filter(Boolean).join(' ');
}
