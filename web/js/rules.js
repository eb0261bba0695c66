// The rules of a new password, as one sentence.

import { t } from './messages.js';

const KINDS = ['letter', 'upper', 'lower', 'digit', 'special'];

/** "At least 10 characters, and in it: a digit, a capital letter.", or `null` where nothing is known. */
export function rulesText(rules) {
  if (!rules) return null;
  const length = plain(t('rules.length', { n: Math.max(1, rules.min_length) }));
  // Who must have a capital and a small letter has a letter.
  const kinds = KINDS.filter((kind) => rules[kind] && !(kind === 'letter' && (rules.upper || rules.lower))).map((kind) => t(`rules.${kind}`));
  return plain(kinds.length > 0 ? t('rules.with', { length, kinds: kinds.join(', ') }) : t('rules.plain', { length }));
}

// Our own words need no isolating.
function plain(text) {
  return text.replace(/[\u2068\u2069]/gu, '');
}
