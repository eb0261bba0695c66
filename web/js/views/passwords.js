// Passwords before somebody is in: an expired one, a forgotten one, and what the links of letters open.

import { fill, h, show } from '../dom.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { cardPage } from './card.js';
import { FormError, field, passwordField, submitting } from './form.js';
import { hiddenName, newPasswordField } from './own_password.js';

function page(front, { title, hint, form, back }) {
  return cardPage(front,
    h('h1', {}, title),
    hint && h('p', { class: 'hint' }, hint),
    form,
    back && h('p', { class: 'card-links' }, h('button', { type: 'button', class: 'link', 'data-test': 'to-login', onClick: back }, t('forgotten.back'))));
}

/** The password was right, and is too old. `onChanged(newPassword)`. */
export function expiredView({ api, front, login, password, onChanged, onBack }) {
  const error = new FormError('login-error');
  const old = passwordField(t('account.oldPassword'), { name: 'password', autocomplete: 'current-password', 'data-test': 'old-password' });
  old.input.value = password;
  const next = newPasswordField(front.password_rules, 'new-password');
  const words = { rest: t('expired.submit'), busy: t('account.changing') };
  const submit = h('button', { type: 'submit', class: 'button primary wide', 'data-test': 'password-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true, 'data-test': 'expired-form' }, hiddenName(login), old.node, next.node, error.node, submit);
  const work = async () => {
    await api.replacePassword({ login, password: old.input.value, new_password: next.input.value });
    await onChanged(next.input.value);
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
    submitting({ form, submit, error, words, work });
  });
  return { node: page(front, { title: t('expired.title'), hint: t('expired.hint'), form, back: onBack }), focus: () => next.input.focus() };
}

/** A letter with a link. The answer is the same whoever asks for whom. */
export function forgottenView({ api, front, login, onBack }) {
  const error = new FormError('forgotten-error');
  const who = field(t('forgotten.who'), { type: 'text', name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: '254', 'data-test': 'forgotten-who' });
  who.input.value = login;
  const words = { rest: t('forgotten.submit'), busy: t('forgotten.busy') };
  const submit = h('button', { type: 'submit', class: 'button primary wide', 'data-test': 'forgotten-submit' }, words.rest);
  const sent = h('p', { class: 'notice', role: 'status', hidden: true, tabindex: '-1', 'data-test': 'forgotten-sent' });
  const form = h('form', { class: 'form', novalidate: true }, who.node, error.node, submit);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = who.input.value.trim();
    if (name === '') {
      error.say(t('forgotten.empty'));
      who.input.focus();
      return;
    }
    const work = async () => {
      await api.forgotPassword(name);
      show(form, false);
      fill(sent, t('forgotten.sent'));
      show(sent, true);
      sent.focus();
    };
    submitting({ form, submit, error, words, work });
  });
  return { node: page(front, { title: t('forgotten.title'), hint: t('forgotten.hint'), form: [sent, form], back: onBack }), focus: () => who.input.focus() };
}

/** What the link of a letter opens: a new password. */
export function resetView({ api, front, token, onDone, onBack }) {
  const error = new FormError('reset-error');
  const next = newPasswordField(front.password_rules, 'new-password');
  const words = { rest: t('reset.submit'), busy: t('account.changing') };
  const submit = h('button', { type: 'submit', class: 'button primary wide', 'data-test': 'reset-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true, 'data-test': 'reset-form' }, next.node, error.node, submit);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (next.input.value === '') {
      error.say(t('reset.empty'));
      next.input.focus();
      return;
    }
    next.hide();
    const work = async () => {
      await api.finishReset(token, next.input.value);
      onDone();
    };
    submitting({ form, submit, error, words, work });
  });
  return { node: page(front, { title: t('reset.title'), hint: t('reset.hint'), form, back: onBack }), focus: () => next.input.focus() };
}

/** What the link of a letter opens: an address is confirmed. */
export function verifyView({ api, front, token, onDone }) {
  const words = h('p', { role: 'status', tabindex: '-1', 'data-test': 'verify-words' }, t('verify.busy'));
  const go = h('button', { type: 'button', class: 'button primary wide', hidden: true, 'data-test': 'verify-go', onClick: onDone }, t('verify.go'));
  const again = h('button', { type: 'button', class: 'button wide', hidden: true, onClick: () => verify() }, t('app.retry'));

  async function verify() {
    show(again, false);
    fill(words, t('verify.busy'));
    try {
      await api.verifyAddress(token);
      fill(words, t('verify.done'));
    } catch (error) {
      if (!error?.slug) throw error;
      fill(words, sentence(error));
      show(again, error.passing);
    }
    show(go, true);
  }
  verify();
  return { node: cardPage(front, h('h1', {}, t('verify.title')), words, again, go), focus: () => words.focus() };
}
