// A short menu at a button: arrow keys move in it, Escape and a look elsewhere close it.

import { fill, h } from '../dom.js';

let open = null;

/**
 * Opens a menu at `button`. `items`: `[{ label, test?, checked?, danger?, act }]`, `null` for what is left out; one with `href` instead of `act` is a link. `head`: nodes above them.
 */
export function openMenu(button, items, { label, head = null } = {}) {
  const again = open?.button === button;
  open?.close();
  if (again) return;
  const entries = items.filter(Boolean).map((item) => item.href ? linkEntry(item) : h('button', {
    type: 'button', role: item.checked === undefined ? 'menuitem' : 'menuitemradio', tabindex: '-1',
    class: `menu-item${item.danger ? ' danger' : ''}`, 'aria-checked': item.checked === undefined ? null : String(item.checked),
    'data-test': item.test ?? null, onClick: () => { close(); item.act(); },
  }, item.label));
  const node = h('div', { class: 'menu', role: 'menu', 'aria-label': label, 'data-test': 'menu' }, head, entries);
  const listeners = new AbortController();
  const { signal } = listeners;

  function close() {
    if (open?.button !== button) return;
    open = null;
    listeners.abort();
    node.remove();
    button.setAttribute('aria-expanded', 'false');
    if (document.activeElement === document.body) button.focus();
  }

  node.addEventListener('keydown', (event) => {
    const all = [...node.querySelectorAll('[role^=menuitem]')];
    const at = all.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      close();
      button.focus();
    } else if (event.key === 'Tab') close();
    else if (next !== undefined) {
      event.preventDefault();
      all.at(next % all.length)?.focus();
    }
  });
  addEventListener('pointerdown', (event) => { if (!node.contains(event.target) && !button.contains(event.target)) close(); }, { signal });
  addEventListener('blur', close, { signal });
  addEventListener('resize', close, { signal });
  addEventListener('scroll', (event) => { if (!node.contains(event.target)) close(); }, { signal, capture: true });
  document.body.append(node);
  place(node, button);
  button.setAttribute('aria-expanded', 'true');
  open = { button, close };
  node.querySelector('[role^=menuitem]')?.focus();
}

function linkEntry({ href, label, test }) {
  return h('a', {
    href, role: 'menuitem', tabindex: '-1', class: 'menu-item', target: '_blank', rel: 'noopener noreferrer', 'data-test': test ?? null,
    onClick: () => closeMenu(),
  }, label);
}

/** Closes the menu that is open. */
export function closeMenu() {
  open?.close();
}

// Below the button where there is room, else above; never beyond the page.
function place(node, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = node;
  const below = at.bottom + height + 8 < innerHeight;
  node.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - height - 4)}px`;
  node.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
}

/** Replaces a menu button's contents. */
export function menuButton(props, ...children) {
  const button = h('button', { type: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false', ...props });
  fill(button, children);
  return button;
}
