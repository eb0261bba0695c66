// What each kind of problem means to the person in front of the page.

import { moment } from './time.js';

const TEXTS = {
  'login-refused': 'The name or the password is wrong.',
  'challenge-required': 'One more step is needed to sign in.',
  'session-required': 'Please sign in.',
  'session-ended': 'Your session has ended.',
  banned: 'You are banned here.',
  disabled: 'This account is disabled.',
  'expired-password': 'Your password has expired. Change it where you got it, then sign in again.',
  'not-permitted': 'Your account may not enter here.',
  locked: 'This account is locked. Try again later, or ask an administrator.',
  pending: 'Your account still has to be approved by an administrator.',
  'limit-reached': 'The limit of this front is reached.',
  'no-more-accounts': 'Nobody new can come in here at the moment: as many people as may have entered. Ask an administrator.',
  csrf: 'The server did not take this request as coming from its own page. Load the page again.',
  'not-found': 'It does not exist, or you may not see it.',
  'method-not-allowed': 'The server does not offer this.',
  conflict: 'The situation has changed meanwhile.',
  'payload-too-large': 'This is too large for the server.',
  'unsupported-media-type': 'The server did not understand the request.',
  'invalid-request': 'The server did not understand the request.',
  unacceptable: 'The server does not accept this.',
  throttled: 'Too many attempts.',
  'front-full': 'All places are taken at the moment. Please try again a little later.',
  'address-full': 'Too many sessions come from your address at the moment. Log out elsewhere, or try again a little later.',
  moved: 'This place has moved.',
  maintenance: 'Closed for maintenance.',
  'authenticator-unavailable': 'The system that knows your password does not answer at the moment. This is not your fault; please try again later.',
  'store-unavailable': 'The server can’t reach its database at the moment. Please try again later.',
  unavailable: 'The server is not available at the moment. Please try again later.',
  internal: 'Something went wrong on the server.',
  unreachable: 'The server can’t be reached. Check your network, then try again.',
};

// Where the server's own words say more than ours: why somebody is banned, which rule was broken.
const WITH_DETAIL = new Set(['moved', 'maintenance', 'session-ended', 'banned', 'disabled', 'expired-password', 'not-permitted', 'locked', 'limit-reached', 'conflict', 'unacceptable', 'invalid-request']);

// While writing a message the same problems mean something else than at the door.
const WHILE_SENDING = {
  'not-permitted': 'This is not allowed here.',
  'not-found': 'This conversation is not available any more.',
  'payload-too-large': 'The message is too long.',
  conflict: 'The server already holds another message in its place.',
};

/** A problem as sentences: `{ text, detail }`; `detail` (plain text) is empty where the server has nothing to add. */
export function describe(error) {
  const slug = error?.slug ?? 'internal';
  // Which rule was broken is all there is to say.
  if (slug === 'unacceptable' && error.detail) return { text: asSentence(error.detail), detail: '' };
  const text = TEXTS[slug] ?? error.title ?? TEXTS.internal;
  const parts = WITH_DETAIL.has(slug) || !(slug in TEXTS) ? [asSentence(error.detail), ...members(error)] : [];
  return { text, detail: parts.filter((part) => part !== '' && part !== text).join(' ') };
}

// Inside these are about what was asked for, and the detail says all of it.
const ASKED_FOR = new Set(['not-permitted', 'conflict']);

/** The same for somebody who is in: there "not permitted" is about what was asked for, not about the door. */
export function describeInside(error) {
  if (ASKED_FOR.has(error?.slug) && error.detail) return { text: asSentence(error.detail), detail: '' };
  return describe(error);
}

/** A problem in one line. */
export function sentence(error) {
  const { text, detail } = describe(error);
  return detail ? `${text} ${detail}` : text;
}

/** Why a message, or another thing done by somebody who is in, was refused, in one line. */
export function refusal(error) {
  const { text, detail } = describe(error);
  if (error.slug === 'not-permitted' && detail) return detail;
  // What it says then is for programs.
  if (error.slug === 'conflict') return WHILE_SENDING.conflict;
  const said = WHILE_SENDING[error.slug] ?? text;
  return detail ? `${said} ${detail}` : said;
}

// What the document says in members of its own, unless the detail says it already.
function members({ document, detail }) {
  const parts = [];
  const { until } = document ?? {};
  // Of a session that was ended the reason is a word for programs; its sentence is the detail.
  const reason = document?.type?.endsWith('/session-ended') ? null : document?.reason;
  if (reason && !detail?.includes(reason)) parts.push(asSentence(reason));
  if (until && !detail?.includes(until.slice(0, 10))) parts.push(`Until ${moment(until)}.`);
  return parts;
}

/** Words of the server as a sentence beside ours: a capital at the start, a full stop at the end. */
export function asSentence(words) {
  const text = (words ?? '').trim();
  if (text === '') return '';
  const [first] = text;
  const ended = /[.!?…。！？]["”’)]?$/u.test(text) ? text : `${text}.`;
  return first.toLocaleUpperCase() + ended.slice(first.length);
}
