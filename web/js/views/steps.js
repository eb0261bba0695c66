// The small forms of the second steps: one after the other in the place of the last.

import { h } from '../dom.js';
import { t } from '../messages.js';
import { FormError, submitting } from './form.js';

/**
 * One step: fields, what went wrong, forwards and back. `check()` answers `[words, input]` where something is missing;
 * `work(error)` does it, and may say in `error` what went wrong without being a problem of the server.
 */
export function step({ app, name, content, submit, hook, back, check, work, danger = false }) {
  const error = new FormError(`${name}-error`, { inside: true });
  const button = h('button', { type: 'submit', class: danger ? 'button danger' : 'button primary', 'data-test': hook }, submit);
  const form = h('form', { class: 'form', novalidate: true }, content, error.node,
    h('div', { class: 'dialog-actions' }, button, h('button', { type: 'button', class: 'button', onClick: back }, t('account.cancel'))));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const missing = check();
    if (missing) {
      error.say(missing[0]);
      missing[1].focus();
      return;
    }
    submitting({ form, submit: button, error, words: { rest: submit, busy: submit }, work: () => work(error), onEnded: app.endedBy });
  });
  return form;
}
