// The second step of a sign-in: the server asks, the person answers with a code or a passkey.

import { h } from '../dom.js';
import { t } from '../messages.js';
import { passkeysWork, provePasskey } from '../passkeys.js';
import { cardPage } from './card.js';
import { FormError, field, submitting } from './form.js';

/**
 * `challenge`: `{ id, kind, methods, passkey }` as the server sent it. A further challenge of the same sign-in replaces the
 * page.
 */
export function challengeView({ api, front, challenge, onSignedIn, onChallenge, onBack }) {
  const methods = challenge.methods ?? [challenge.kind];
  const byPasskey = methods.includes('passkey') && challenge.passkey && passkeysWork();
  const byCode = methods.some((method) => method !== 'passkey') || !byPasskey;
  const error = new FormError('login-error');
  const answer = async (response) => {
    try {
      onSignedIn(await api.signIn({ challenge_id: challenge.id, response }));
    } catch (failure) {
      if (failure.slug !== 'challenge-required' || !failure.document?.challenge) throw failure;
      onChallenge(failure.document.challenge);
    }
  };
  const passkey = byPasskey ? passkeyForm({ challenge, error, answer, byCode }) : null;
  const code = byCode ? codeForm({ error, answer, methods, plain: !byPasskey }) : null;
  const page = cardPage(front,
    h('h1', {}, t('challenge.title')),
    h('p', { class: 'hint' }, t('challenge.hint')),
    passkey?.node,
    passkey && code && h('p', { class: 'hint' }, t('passkeys.or')),
    code?.node,
    !code && error.node,
    h('p', { class: 'card-links' }, h('button', { type: 'button', class: 'link', 'data-test': 'to-login', onClick: onBack }, t('challenge.back'))));
  return { node: page, focus: () => (passkey ?? code).focus() };
}

function passkeyForm({ challenge, error, answer, byCode }) {
  const words = { rest: t('passkeys.use'), busy: t('login.busy') };
  const submit = h('button', { type: 'submit', class: 'button primary wide', 'data-test': 'challenge-passkey' }, words.rest);
  const form = h('form', { class: 'form' }, h('p', { class: 'hint' }, t('passkeys.useHint')), submit);
  const work = async () => {
    let credential;
    try {
      credential = await provePasskey(challenge.passkey);
    } catch {
      error.say(t(byCode ? 'passkeys.notProved' : 'passkeys.notProvedAlone'));
      return;
    }
    await answer(JSON.stringify(credential));
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submitting({ form, submit, error, words, work });
  });
  return { node: form, focus: () => submit.focus() };
}

function codeForm({ error, answer, methods, plain }) {
  const hint = methods.includes('totp') ? t('challenge.codeHint') : methods.includes('recovery') ? t('challenge.recoveryHint') : null;
  const code = field(t('challenge.code'), {
    name: 'code', autocomplete: 'one-time-code', autocapitalize: 'none', spellcheck: 'false', required: true, 'data-test': 'challenge-code',
  }, hint);
  const words = { rest: t('challenge.submit'), busy: t('login.busy') };
  const submit = h('button', { type: 'submit', class: plain ? 'button primary wide' : 'button wide', 'data-test': 'challenge-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true }, code.node, error.node, submit);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (code.input.value.trim() === '') {
      error.say(t('challenge.empty'));
      code.input.focus();
      return;
    }
    await submitting({ form, submit, error, words, work: () => answer(code.input.value.trim()) });
    if (form.isConnected && !error.node.hidden && !error.waiting) {
      code.input.focus();
      code.input.select();
    }
  });
  return { node: form, focus: () => code.input.focus() };
}
