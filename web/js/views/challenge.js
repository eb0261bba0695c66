// The second step of a sign-in: the server asks, the person answers.

import { h } from '../dom.js';
import { t } from '../messages.js';
import { cardPage } from './card.js';
import { FormError, field, submitting } from './form.js';

/** `challenge`: `{ id, kind }` as the server sent it. A further challenge of the same sign-in replaces the page. */
export function challengeView({ api, front, challenge, onSignedIn, onChallenge, onBack }) {
  const error = new FormError('login-error');
  const code = field(t('challenge.code'), {
    name: 'code', autocomplete: 'one-time-code', autocapitalize: 'none', spellcheck: 'false', required: true, 'data-test': 'challenge-code',
  });
  const words = { rest: t('challenge.submit'), busy: t('login.busy') };
  const submit = h('button', { type: 'submit', class: 'button primary wide', 'data-test': 'challenge-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true }, code.node, error.node, submit);
  const work = async () => {
    try {
      onSignedIn(await api.signIn({ challenge_id: challenge.id, response: code.input.value }));
    } catch (failure) {
      if (failure.slug !== 'challenge-required' || !failure.document?.challenge) throw failure;
      onChallenge(failure.document.challenge);
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submitting({ form, submit, error, words, work });
  });
  const page = cardPage(front,
    h('h1', {}, t('challenge.title')),
    h('p', { class: 'hint' }, t('challenge.hint')),
    form,
    h('p', { class: 'card-links' }, h('button', { type: 'button', class: 'link', onClick: onBack }, t('challenge.back'))));
  return { node: page, focus: () => code.input.focus() };
}
