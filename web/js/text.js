// Pure functions over text: nothing here touches the page, so `node --test` can run them.

const URL_PATTERN = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu;
const TRAILING = /[.,;:!?…'"*_~]$/u;
const PAIRS = { ')': '(', ']': '[', '}': '{' };
const encoder = new TextEncoder();

/**
 * Cuts a message into plain pieces `{ text }` and links `{ text, href }`. Only http and https addresses become links;
 * one that carries a user name (`https://bank.example@elsewhere.example`) stays text, since it is made to mislead.
 */
export function segments(text) {
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(URL_PATTERN)) {
    const shown = trimAddress(match[0]);
    const href = safeHref(shown);
    if (!href) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

// Punctuation after an address belongs to the sentence; a bracket belongs to the address only with its partner.
function trimAddress(address) {
  let shown = address;
  for (;;) {
    const last = shown.at(-1);
    const opener = PAIRS[last];
    if (TRAILING.test(shown)) shown = shown.slice(0, -1);
    else if (opener && count(shown, opener) < count(shown, last)) shown = shown.slice(0, -1);
    else return shown;
  }
}

function count(text, character) {
  return text.split(character).length - 1;
}

/** The address when it is an absolute http(s) one without a user name in it, else `null`. */
export function safeHref(address) {
  try {
    const url = new URL(address);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
    if (url.username || url.password || !url.hostname) return null;
    return url.href;
  } catch {
    return null;
  }
}

/** A link of the front's configuration: absolute http(s), or relative to the page. */
export function siteHref(address, base) {
  if (typeof address !== 'string' || address === '') return null;
  try {
    return safeHref(new URL(address, base).href);
  } catch {
    return null;
  }
}

const MAIL_PATTERN = /^[^\s<>@"',;:?&]+@[^\s<>@"',;:?&]+$/u;

/**
 * How to reach somebody, as an administrator wrote it: `{ text, href }`, or `null` for nothing. A link is made of an
 * https: address, a mailto: one, and a bare mail address; everything else (a room, a telephone number, two ways at once) is text.
 */
export function contactOf(words) {
  const text = (words ?? '').trim();
  if (text === '') return null;
  const mail = /^mailto:/iu.test(text) ? text.slice('mailto:'.length).split('?')[0] : text;
  if (MAIL_PATTERN.test(mail)) return { text: mail, href: mail === text ? `mailto:${mail}` : text };
  return { text, href: /^https:/iu.test(text) && !/\s/u.test(text) ? safeHref(text) : null };
}

/** A colour of six digits, as names have it over there, else `null`. */
export function safeColour(colour) {
  return /^#[0-9a-f]{6}$/iu.test(colour ?? '') ? colour : null;
}

/** The length in bytes as the server counts it (UTF-8). */
export function byteLength(text) {
  return encoder.encode(text).length;
}

/** What may be sent: no U+0000, no half of a surrogate pair (neither exists in JSON text the server takes). */
export function sendable(text) {
  const whole = typeof text.toWellFormed === 'function' ? text.toWellFormed() : text;
  return whole.replaceAll('\u0000', '');
}

/** `true` for a text of nothing but white space. */
export function isBlank(text) {
  return text.trim() === '';
}

/** As much of a text as a preview can need. */
export function opening(text) {
  return text.slice(0, 1_000);
}

/** One line for a list: white space folded, cut at `limit` characters. */
export function preview(text, limit = 140) {
  const line = text.slice(0, limit * 4).replace(/\s+/gu, ' ').trim();
  const characters = [...line];
  return characters.length > limit ? `${characters.slice(0, limit).join('')}…` : line;
}

/** Up to two letters for somebody without a picture. */
export function initials(name) {
  const words = name.trim().split(/[\s._-]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  const first = letters.map((word) => [...word][0] ?? '');
  return first.join('').toLocaleUpperCase() || '?';
}

/** A number from 0 to `shades - 1`, the same for the same id: the colour of a picture-less person. */
export function shade(id, shades) {
  let hash = 2166136261;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619) >>> 0;
  return hash % shades;
}

/** Whether `needle` occurs in one of the texts, without regard to case and accents. */
export function matches(needle, ...texts) {
  const wanted = fold(needle);
  return wanted === '' || texts.some((text) => fold(text ?? '').includes(wanted));
}

/** A text as names are compared in filters: lower case, without accents. */
export function fold(text) {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase().trim();
}

const UNITS = ['B', 'KB', 'MB', 'GB'];

/** A length in bytes for people: "512 B", "1.4 MB". */
export function sizeText(bytes) {
  let unit = 0;
  let size = bytes;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : Math.round(size * 10) / 10} ${UNITS[unit]}`;
}
