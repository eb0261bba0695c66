// A new account, on fronts that make their own.

import { h } from '../dom.js';
import { t } from '../messages.js';
import { rulesText } from '../rules.js';
import { cardPage } from './card.js';
import { FormError, field, passwordField, submitting } from './form.js';

/** `onRegistered(wishes, state)`: the account exists; `state` is "active", "pending" or "unverified". `onBack()`: to the sign-in page. */
export function registerView({ api, front, onRegistered, onBack }) {
  const error = new FormError('register-error');
  const name = field(t('register.name'), {
    name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, maxlength: '255', 'data-test': 'register-name',
  }, t('register.nameHint'));
  const display = field(t('register.display'), { name: 'nickname', autocomplete: 'nickname', maxlength: '255', 'data-test': 'register-display' });
  const email = field(t('register.email'), { type: 'email', name: 'email', autocomplete: 'email', maxlength: '254', 'data-test': 'register-email' });
  const password = passwordField(t('register.password'), { name: 'password', autocomplete: 'new-password', 'data-test': 'register-password' }, rulesText(front.password_rules));
  const words = { rest: t('register.submit'), busy: t('register.busy') };
  const submit = h('button', { type: 'submit', class: 'button primary wide', 'data-test': 'register-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true }, name.node, display.node, email.node, password.node, error.node, submit);

  const work = async () => {
    const wishes = { login: name.input.value, password: password.input.value };
    if (display.input.value.trim() !== '') wishes.display_name = display.input.value;
    if (email.input.value.trim() !== '') wishes.email = email.input.value.trim();
    try {
      const { state } = await api.register(wishes);
      await onRegistered(wishes, state);
    } catch (failure) {
      if (failure.slug !== 'conflict') throw failure;
      error.say(t('register.taken'));
      name.input.focus();
    }
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (name.input.value.trim() === '' || password.input.value === '') {
      error.say(t('register.empty'));
      return;
    }
    password.hide();
    await submitting({ form, submit, error, words, work });
  });

  const page = cardPage(front,
    h('h1', {}, t('register.title')),
    front.registration === 'form-approval' && h('p', { class: 'hint' }, t('register.approval')),
    form,
    h('p', { class: 'card-links' }, h('button', { type: 'button', class: 'link', onClick: onBack, 'data-test': 'register-back' }, t('register.back'))));
  return { node: page, focus: () => name.input.focus() };
}
