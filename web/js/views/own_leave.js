// One's data: taking a copy of it, and leaving for good.

import { h, show } from '../dom.js';
import { t } from '../messages.js';
import { FormError, passwordField, submitting } from './form.js';
import { hiddenName } from './own_password.js';
import { accountPart } from './part.js';

/** The part of the panel for it. */
export function leavePart(app, security) {
  const exported = app.store.options.export !== false
    && h('p', {}, h('a', { href: app.api.exportAddress, download: 'portico-export.ndjson', 'data-test': 'export' }, t('leave.export')));
  if (!security.may.leave) return exported ? accountPart(t('leave.title'), 'account-data', exported) : null;

  const open = h('button', { type: 'button', class: 'button danger', 'data-test': 'leave-open', onClick: () => unfold(true) }, t('leave.open'));
  const error = new FormError('leave-error', { inside: true });
  const choice = (value, checked) => h('label', { class: 'check' }, h('input', { type: 'radio', name: 'messages', value, checked, 'data-test': `leave-${value}` }), t(`leave.${value}`));
  const password = security.native ? passwordField(t('leave.password'), { name: 'password', autocomplete: 'current-password', 'data-test': 'leave-password' }) : null;
  const sure = h('input', { type: 'checkbox', 'data-test': 'leave-sure' });
  const words = { rest: t('leave.submit'), busy: t('leave.busy') };
  const submit = h('button', { type: 'submit', class: 'button danger', 'data-test': 'leave-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true, hidden: true },
    h('p', { class: 'warning' }, t('leave.what')),
    h('fieldset', { class: 'choices' }, h('legend', {}, t('leave.messages')), choice('keep', true), choice('delete', false)),
    hiddenName(app.store.me.login), password?.node, h('label', { class: 'check' }, sure, t('leave.sure')), error.node,
    h('div', { class: 'dialog-actions' }, submit, h('button', { type: 'button', class: 'button', onClick: () => unfold(false) }, t('account.cancel'))));

  function unfold(unfolded) {
    show(form, unfolded);
    show(open, !unfolded);
    sure.checked = false;
    error.clear();
    if (password) password.input.value = '';
    (unfolded ? password?.input ?? sure : open).focus();
  }

  const work = () => {
    const wishes = { messages: form.elements.messages.value };
    if (password) wishes.password = password.input.value;
    return app.leaveForGood(wishes);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (password && password.input.value === '') {
      error.say(t('factor.emptyPassword'));
      password.input.focus();
    } else if (!sure.checked) {
      error.say(t('leave.notSure'));
      sure.focus();
    } else submitting({ form, submit, error, words, work, onEnded: app.endedBy });
  });
  return accountPart(t('leave.title'), 'account-data', exported, open, form);
}
