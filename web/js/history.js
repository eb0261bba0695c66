// The messages of one conversation as far as this page has them: pure functions over lists, oldest first.

import { millis } from './time.js';

/** A thread nothing is known of yet. `state`: "empty", "loading", "ready" or "failed". */
export function emptyThread() {
  return { messages: [], more: false, state: 'empty', error: null, older: 'idle' };
}

/**
 * Puts one new message where it belongs. Times never decrease within a conversation and equal ones keep the order of
 * arrival. Answers the same list for a repeat, and for one older than everything held while older pages exist (they
 * will bring it).
 */
export function insertMessage(messages, message, more) {
  if (messages.some((known) => known.id === message.id)) return messages;
  const at = millis(message.sent_at);
  let place = messages.length;
  while (place > 0 && millis(messages[place - 1].sent_at) > at) place -= 1;
  if (place === 0 && messages.length > 0 && more) return messages;
  return [...messages.slice(0, place), message, ...messages.slice(place)];
}

/**
 * Puts a message that was changed in place of the one held. Answers the same list when it isn't held, or only in a form
 * that is as new: what comes late never takes the place of something newer.
 */
export function replaceMessage(messages, message) {
  const place = messages.findIndex((known) => known.id === message.id);
  if (place < 0 || !isNewer(message, messages[place])) return messages;
  return messages.map((known, at) => (at === place ? message : known));
}

/** Whether a form of a message is newer than another one of the same message. */
export function isNewer(message, known) {
  return (message.version ?? 0) > (known.version ?? 0);
}

/** The newer form of each message of a page, where it is held already. */
function newest(page, held) {
  const known = new Map(held.map((message) => [message.id, message]));
  return page.map((message) => {
    const here = known.get(message.id);
    return here && isNewer(here, message) ? here : message;
  });
}

/**
 * Joins the newest page of the server with what is held already (after a reload, or messages that came meanwhile).
 * Where the two don't meet although the server has more, what lies between is missing: the older part is dropped, and
 * "load older" brings it back without a hole. `more` is `null` where what was known about older pages still holds.
 */
export function mergeNewest(held, page) {
  if (page.messages.length === 0) return { messages: held, more: page.more };
  const inPage = new Set(page.messages.map((message) => message.id));
  const last = millis(page.messages.at(-1).sent_at);
  const arrived = held.filter((message) => !inPage.has(message.id) && millis(message.sent_at) >= last);
  const messages = newest(page.messages, held);
  const seam = held.findIndex((message) => message.id === messages[0].id);
  if (seam <= 0) return { messages: [...messages, ...arrived], more: page.more };
  return { messages: [...held.slice(0, seam), ...messages, ...arrived], more: null };
}

/** Puts a page of older messages before those held. */
export function mergeOlder(held, page) {
  const known = new Set(held.map((message) => message.id));
  return { messages: [...page.messages.filter((message) => !known.has(message.id)), ...held], more: page.more };
}

/** How many messages of others come after `messageId`; `null` when that message isn't held. */
export function unreadAfter(messages, messageId, me) {
  const place = messages.findIndex((message) => message.id === messageId);
  return place < 0 ? null : messages.slice(place + 1).filter((message) => message.sender !== me).length;
}
