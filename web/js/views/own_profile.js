// What others see of me, and my address.

import { h, setText, show } from '../dom.js';
import { t } from '../messages.js';
import { accountPart } from './part.js';
import { FormError, field, passwordField, submitting } from './form.js';

/** The part of the panel for it. */
export function profilePart(app, own) {
  const { me } = app.store;
  const login = h('p', { class: 'hint' }, t('account.login', { login: me.login }));
  if (!own.security.may.change_profile) return accountPart(t('account.profile'), 'account-profile', login);
  const error = new FormError('profile-error', { inside: true });
  const display = field(t('account.display'), { type: 'text', name: 'nickname', autocomplete: 'nickname', maxlength: '255', 'data-test': 'profile-display' }, t('account.displayHint'));
  const named = () => (app.store.me.display_name === app.store.me.login ? '' : app.store.me.display_name);
  display.input.value = named();
  const email = field(t('account.email'), { type: 'email', name: 'email', autocomplete: 'email', maxlength: '254', 'data-test': 'profile-email' }, t('account.emailHint'));
  email.input.value = me.email ?? '';
  const verified = h('p', { class: 'hint', 'data-test': 'email-verified', hidden: !(me.email && own.security.email_verified) }, t('account.emailVerified'));
  const password = passwordField(t('account.emailPassword'), { name: 'password', autocomplete: 'current-password', 'data-test': 'profile-password' });
  show(password.node, false);
  const words = { rest: t('account.save'), busy: t('account.saving') };
  const submit = h('button', { type: 'submit', class: 'button', 'data-test': 'profile-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true }, display.node, email.node, verified, password.node, error.node, submit);
  const moved = () => email.input.value.trim() !== (app.store.me.email ?? '');
  email.input.addEventListener('input', () => {
    show(password.node, moved());
    show(verified, !moved() && Boolean(app.store.me.email) && own.security.email_verified);
  });

  const work = async () => {
    // What stays as it is is no wish: whoever may not write may not choose a name, and still has an address.
    const wishes = {};
    if (display.input.value.trim() !== named()) wishes.display_name = display.input.value.trim() || null;
    if (moved()) Object.assign(wishes, { email: email.input.value.trim() || null, password: password.input.value });
    const account = await app.api.changeProfile(wishes);
    app.store.setMe(account);
    password.input.value = '';
    show(password.node, false);
    setText(submit, words.rest);
    app.notify(t('account.profileSaved'));
    if (wishes.email !== undefined) await own.changed();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (moved() && password.input.value === '') {
      error.say(t('factor.emptyPassword'));
      password.input.focus();
      return;
    }
    password.hide();
    submitting({ form, submit, error, words, work, onEnded: app.endedBy });
  });
  return accountPart(t('account.profile'), 'account-profile', login, form);
}
