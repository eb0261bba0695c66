// Building and updating the page. Nothing here takes markup: children are nodes or text, so what people write can
// never become an element.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes an element. `props`: `on…` functions become listeners, `true` an empty attribute, `null`, `undefined` and
 * `false` nothing, everything else an attribute. Children: nodes, strings, numbers, nested lists; empty ones are left out.
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  setProps(element, props ?? {});
  append(element, children);
  return element;
}

function setProps(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2).toLowerCase(), value);
    else setAttribute(element, name, value);
  }
}

function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === '') continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

/** Sets or removes one attribute, only when that changes something. */
export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Sets the text of an element, only when it changes (screen readers repeat rewritten live regions). */
export function setText(element, text) {
  const value = text ?? '';
  if (element.textContent !== value) element.textContent = value;
}

/** Shows or hides an element. */
export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

/** Replaces all children. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/** A name or other foreign text inside a sentence, kept from changing the writing direction around it. */
export function bdi(text, className) {
  return h('bdi', { class: className }, text);
}

/** Text for screen readers alone. */
export function spoken(text) {
  return h('span', { class: 'visually-hidden' }, text);
}

const PATHS = {
  back: 'M15 5l-7 7 7 7',
  send: 'M4 12l16-8-6 16-3-6z M11 14l9-10',
  more: 'M5 12h.01 M12 12h.01 M19 12h.01',
  exit: 'M10 4H5v16h5 M14 8l4 4-4 4 M18 12H9',
  close: 'M6 6l12 12 M18 6L6 18',
  clip: 'M20 11l-8.5 8.5a5 5 0 01-7-7L13 4a3.5 3.5 0 015 5l-8.5 8.5a2 2 0 01-3-3L14 7',
  search: 'M11 4a7 7 0 100 14 7 7 0 000-14z M21 21l-5-5',
  star: 'M12 3l2.7 5.8 6.3.8-4.6 4.4 1.2 6.3L12 17.2 6.4 20.3l1.2-6.3L3 9.6l6.3-.8z',
  groups: 'M9 11a4 4 0 100-8 4 4 0 000 8z M2 21a7 7 0 0114 0 M16 3.5a4 4 0 010 7 M18 14a7 7 0 014 7',
  person: 'M12 12a4 4 0 100-8 4 4 0 000 8z M4 21a8 8 0 0116 0',
  wall: 'M4 5h16v10H9l-5 4z M8 9h8 M8 12h5',
  menu: 'M4 7h16 M4 12h16 M4 17h16',
  plus: 'M12 5v14 M5 12h14',
  flag: 'M5 21V4h13l-2 4 2 4H5',
  letter: 'M3 6h18v12H3z M3 7l9 7 9-7',
};

/** One of the few line icons; decorative, so hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('focusable', 'false');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

const reconciled = new WeakMap();

/**
 * Makes the children of `parent` match `items`, keeping the node of every item that stays (and with it focus, scroll
 * position and half-open menus). `create(item)` answers `{ node, update(item) }`.
 */
export function reconcile(parent, items, key, create) {
  const before = reconciled.get(parent) ?? new Map();
  const after = new Map();
  const focused = document.activeElement;
  let cursor = parent.firstChild;
  for (const item of items) {
    const id = key(item);
    const row = before.get(id) ?? create(item);
    row.update(item);
    after.set(id, row);
    if (row.node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(row.node, cursor);
  }
  while (cursor) {
    const next = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
  reconciled.set(parent, after);
  if (focused && focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}
