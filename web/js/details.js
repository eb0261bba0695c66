// What a directory says of somebody, as values that a view draws. Pure.

import { t } from './messages.js';

const KNOWN = new Set(['title', 'department', 'phone', 'mail', 'manager']);
const MAIL = /^[^\s?&/\\%<>"'@]+@[^\s?&/\\%<>"'@]+$/u;
const PHONE = /^\+?[\d\s().\/-]{3,32}$/u;

/** `[{ key, value }]` as `[{ name, value, href }]`; `href` is `null` where nothing can be opened. */
export function detailLines(facts) {
  return (facts ?? []).filter(({ value }) => typeof value === 'string' && value.trim() !== '')
    .map(({ key, value }) => ({ name: KNOWN.has(key) ? t(`detail.${key}`) : key, value, href: hrefOf(key, value.trim()) }));
}

function hrefOf(key, value) {
  if (key === 'mail' && MAIL.test(value)) return `mailto:${value}`;
  if (key === 'phone' && PHONE.test(value)) return `tel:${value.replace(/[^\d+]/gu, '')}`;
  return null;
}
