// The pieces of the second steps: one small form after the other in the place of the last, and the recovery codes at the end.

import { fill, h } from '../dom.js';
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

/** Shows recovery codes in `content`, this once. The panel stays open until their person has kept them; `onDone()` then. */
export function showRecoveryCodes({ app, own, content, codes, onDone }) {
  const text = `${codes.join('\n')}\n`;
  const title = h('h4', { class: 'part-title', tabindex: '-1' }, t('factor.recovery'));
  const list = h('ol', { class: 'recovery-codes', dir: 'ltr', 'data-test': 'recovery-codes' }, codes.map((code) => h('li', {}, h('code', {}, code))));
  const buttons = h('div', { class: 'dialog-actions' },
    h('button', { type: 'button', class: 'button', 'data-test': 'recovery-copy', onClick: async () => { if (await copy(text, list)) app.notify(t('factor.copied')); } }, t('factor.copy')),
    h('button', { type: 'button', class: 'button', 'data-test': 'recovery-download', onClick: () => download('recovery-codes.txt', text) }, t('factor.download')),
    h('button', { type: 'button', class: 'button primary', 'data-test': 'recovery-done', onClick: () => { own.release(); onDone(); } }, t('factor.done')));
  fill(content, title, h('p', {}, t('factor.recoveryHint')), list, buttons);
  title.focus({ preventScroll: true });
  title.scrollIntoView({ block: 'start' });
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
