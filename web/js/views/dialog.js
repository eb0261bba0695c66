// A panel over the page for what isn't a conversation: groups, settings, the wall. One at a time.

import { fill, h, icon, show } from '../dom.js';
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
 * Opens a panel. `fillBody(body, close)` puts its contents into it. Answers `{ close, body, closed, hold }`; `onClose` runs
 * when it is gone, whoever closed it. `hold(node)` keeps it open, with the focus at `node` should the browser insist on
 * closing it; `hold(null)` lets it go.
 */
export function openDialog({ title, name, fillBody, onClose = () => {} }) {
  open?.end();
  const heading = h('h2', { class: 'dialog-title', tabindex: '-1' }, title);
  const body = h('div', { class: 'dialog-body' });
  const cross = h('button', { type: 'button', class: 'icon-button', 'aria-label': t('dialog.close'), 'data-test': 'dialog-close', onClick: () => close() }, icon('close'));
  const node = h('dialog', { class: 'dialog', 'aria-label': title, 'data-test': `dialog-${name}` },
    h('div', { class: 'dialog-head' }, heading, cross),
    body);
  const panel = { close, end, hold, body, closed: false, held: null, setTitle: (text) => { heading.textContent = text; node.setAttribute('aria-label', text); } };

  function close() {
    if (node.open && !panel.held) node.close();
  }

  // Whatever stands in it: the page goes on to something else.
  function end() {
    hold(null);
    close();
  }

  function hold(at) {
    panel.held = at;
    show(cross, !at);
  }

  node.addEventListener('cancel', (event) => { if (panel.held) event.preventDefault(); });
  node.addEventListener('close', () => {
    // A second Esc, or a phone's way back, is no question any more.
    if (panel.held) {
      node.showModal();
      panel.held.focus();
      return;
    }
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

/** Closes whatever panel is open, also one that is held. */
export function closeDialog() {
  open?.end();
}

/** Whether what a panel shows would be lost with the page. */
export function isPanelHeld() {
  return Boolean(open?.held);
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
