// A person's picture, or their initials, with a dot for presence.

import { h, setAttribute, show } from '../dom.js';
import { isOnline, nameOf } from '../selectors.js';
import { initials, safeHref, shade } from '../text.js';

const SHADES = 6;

/** Answers `{ node, update(person) }`; decorative: the words beside it say the same. */
export function avatar({ presence = true } = {}) {
  const letters = h('span', { class: 'avatar-letters' });
  const image = h('img', { class: 'avatar-image', alt: '', loading: 'lazy', decoding: 'async', referrerpolicy: 'no-referrer' });
  const dot = presence ? h('span', { class: 'presence-dot' }) : null;
  const node = h('span', { class: 'avatar', 'aria-hidden': 'true' }, letters, image, dot);
  image.addEventListener('error', () => setAttribute(image, 'data-loaded', null));
  image.addEventListener('load', () => setAttribute(image, 'data-loaded', true));
  return {
    node,
    update(person) {
      const name = nameOf(person);
      const text = initials(name);
      if (letters.textContent !== text) letters.textContent = text;
      if (dot) show(dot, Boolean(person?.presence));
      setAttribute(node, 'data-shade', shade(person?.id ?? name, SHADES));
      setAttribute(node, 'data-online', String(isOnline(person)));
      setAttribute(node, 'data-state', person?.presence?.state ?? 'offline');
      const source = pictureOf(person);
      // A picture that isn't loaded is transparent, not hidden: a hidden one would never be fetched ("lazy").
      if (image.getAttribute('src') !== source) setAttribute(image, 'data-loaded', null);
      setAttribute(image, 'src', source);
    },
  };
}

// What the page's content policy lets through: pictures of this very origin. The server fetches them from elsewhere.
function pictureOf(person) {
  if (!person?.avatar) return null;
  try {
    const url = new URL(person.avatar, new URL('api/v1/', document.baseURI));
    return url.origin === location.origin ? safeHref(url.href) : null;
  } catch {
    return null;
  }
}
