// The second step of a sign-in: the server asks, the person answers with a code or a passkey.

import { h } from '../dom.js';
import { t } from '../messages.js';
import { passkeysBarrier, provePasskey } from '../passkeys.js';
import { cardPage } from './card.js';
import { FormError, field, submitting } from './form.js';

/**
 * `challenge`: `{ id, kind, methods, passkey }` as the server sent it. A further challenge of the same sign-in replaces the
 * page. `leave()` is called when the page goes.
 */
export function challengeView({ api, front, challenge, onSignedIn, onChallenge, onBack }) {
  const methods = challenge.methods ?? [challenge.kind];
  const byPasskey = methods.includes('passkey') && challenge.passkey && passkeysBarrier(challenge.passkey.rpId) === null;
  const byCode = methods.some((method) => method !== 'passkey') || !byPasskey;
  const error = new FormError('login-error');
  const answer = async (response) => {
    try {
      onSignedIn(await api.signIn({ challenge_id: challenge.id, response }));
    } catch (failure) {
      // A wrong answer, and one to a challenge that waits no more: the server doesn't say which.
      if (failure.slug === 'login-refused') error.say(t('challenge.refused'));
      else if (failure.slug === 'challenge-required' && failure.document?.challenge) onChallenge(failure.document.challenge);
      else throw failure;
    }
  };
  const passkey = byPasskey ? passkeyForm({ challenge, error, answer, byCode, onSpent: () => code?.focus() }) : null;
  const code = byCode ? codeForm({ error, answer, methods, plain: !byPasskey, onBegin: () => passkey?.stop() }) : null;
  const page = cardPage(front,
    h('h1', {}, t('challenge.title')),
    h('p', { class: 'hint' }, t('challenge.hint')),
    passkey?.node,
    code?.node,
    !code && error.node,
    h('p', { class: 'card-links' }, h('button', { type: 'button', class: 'link', 'data-test': 'to-login', onClick: onBack }, t('challenge.back'))));
  return { node: page, focus: () => (passkey ?? code).focus(), leave: () => passkey?.stop() };
}

function passkeyForm({ challenge, error, answer, byCode, onSpent }) {
  const words = { rest: t('passkeys.use'), busy: t('login.busy') };
  const submit = h('button', { type: 'submit', class: 'button primary wide', 'data-test': 'challenge-passkey' }, words.rest);
  const form = h('form', { class: 'form' }, submit, byCode && h('p', { class: 'hint' }, t('passkeys.or')));
  let asking = new AbortController();
  const work = async () => {
    asking = new AbortController();
    const { signal } = asking;
    let credential;
    try {
      credential = await provePasskey(challenge.passkey, signal);
    } catch {
      if (!signal.aborted) error.say(t(byCode ? 'passkeys.notProved' : 'passkeys.notProvedAlone'));
      return;
    }
    if (signal.aborted) return;
    await answer(JSON.stringify(credential));
    if (!form.isConnected || error.node.hidden) return;
    // The question is good for one answer.
    form.remove();
    onSpent();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submitting({ form, submit, error, words, work });
  });
  return { node: form, focus: () => submit.focus(), stop: () => asking.abort() };
}

function codeForm({ error, answer, methods, plain, onBegin }) {
  // Where no program shows codes, only the ones on paper are meant.
  const onPaper = methods.includes('recovery') && !methods.includes('totp');
  const hint = methods.includes('totp') ? t('challenge.codeHint') : onPaper ? t('challenge.recoveryHint') : null;
  const code = field(t(onPaper ? 'challenge.recovery' : 'challenge.code'), {
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
    // A browser that still looks for the passkey would be in the way.
    onBegin();
    await submitting({ form, submit, error, words, work: () => answer(code.input.value.trim()) });
    if (form.isConnected && !error.node.hidden && !error.waiting) {
      code.input.focus();
      code.input.select();
    }
  });
  return { node: form, focus: () => code.input.focus() };
}
