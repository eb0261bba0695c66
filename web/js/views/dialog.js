// A panel over the page for what isn't a conversation: groups, settings, the wall. One at a time.

import { fill, h, icon } from '../dom.js';
import { t } from '../messages.js';

let open = null;
// What stands over everything, a panel too: beside one it could neither be seen nor heard nor clicked.
let over = null;

/** `node` stands over the page, and over the panel that is open. */
export function keepOver(node) {
  over = { node, home: node.parentNode };
}

function raise(to) {
  if (over?.home?.isConnected) (to ?? over.home).append(over.node);
}

/**
 * Opens a panel. `fillBody(body, close)` puts its contents into it. Answers `{ close, body, closed }`; `onClose` runs when it
 * is gone, whoever closed it.
 */
export function openDialog({ title, name, fillBody, onClose = () => {} }) {
  open?.close();
  const heading = h('h2', { class: 'dialog-title', tabindex: '-1' }, title);
  const body = h('div', { class: 'dialog-body' });
  const node = h('dialog', { class: 'dialog', 'aria-label': title, 'data-test': `dialog-${name}` },
    h('div', { class: 'dialog-head' }, heading,
      h('button', { type: 'button', class: 'icon-button', 'aria-label': t('dialog.close'), 'data-test': 'dialog-close', onClick: () => close() }, icon('close'))),
    body);
  const panel = { close, body, closed: false, setTitle: (text) => { heading.textContent = text; node.setAttribute('aria-label', text); } };

  function close() {
    if (node.open) node.close();
  }

  node.addEventListener('close', () => {
    panel.closed = true;
    if (node.contains(over?.node)) raise(null);
    node.remove();
    if (open === panel) open = null;
    onClose();
  });
  // A click beside the panel closes it; a selection that began within it doesn't.
  node.addEventListener('pointerdown', (event) => { if (event.target === node) close(); });
  document.body.append(node);
  open = panel;
  fillBody(body, close);
  node.showModal();
  raise(node);
  return panel;
}

/** Closes whatever panel is open. */
export function closeDialog() {
  open?.close();
}

/** Asks for one text. Answers it, or `null` when nobody wants to say anything. */
export function askText({ title, name, label, value = '', maxlength, hint = null, submit, optional = false, lines = 1 }) {
  return new Promise((resolve) => {
    let answer = null;
    const input = lines > 1
      ? h('textarea', { class: 'input', rows: String(lines), dir: 'auto', maxlength, 'data-test': `${name}-input` })
      : h('input', { type: 'text', class: 'input', dir: 'auto', maxlength, autocomplete: 'off', 'data-test': `${name}-input` });
    input.value = value;
    const form = h('form', { class: 'dialog-form' },
      h('label', { class: 'field' }, h('span', {}, label), input),
      hint && h('p', { class: 'hint' }, hint),
      h('button', { type: 'submit', class: 'button primary', 'data-test': `${name}-submit` }, submit));
    openDialog({
      title, name, onClose: () => resolve(answer),
      fillBody: (body, close) => {
        form.addEventListener('submit', (event) => {
          event.preventDefault();
          if (!optional && input.value.trim() === '') return;
          answer = input.value.trim();
          close();
        });
        fill(body, form);
      },
    });
    input.focus();
  });
}

/** Asks whether something that can't be undone is meant. */
export function askWhether({ title, name, text, submit }) {
  return new Promise((resolve) => {
    let answer = false;
    openDialog({
      title, name, onClose: () => resolve(answer),
      fillBody: (body, close) => fill(body, h('p', {}, text),
        h('div', { class: 'dialog-actions' },
          h('button', { type: 'button', class: 'button', onClick: close }, t('dialog.cancel')),
          h('button', { type: 'button', class: 'button danger', 'data-test': `${name}-yes`, onClick: () => { answer = true; close(); } }, submit))),
    });
  });
}
