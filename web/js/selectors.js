// Questions about the state that several views ask. Pure: store in, plain values out.

import { t } from './messages.js';
import { fold, matches } from './text.js';
import { millis } from './time.js';

/** What to call somebody. */
export function nameOf(person) {
  return person?.nickname || person?.display_name || person?.login || '?';
}

/** The other members of a conversation, as the roster knows them where it does. */
export function others(store, conversation) {
  return conversation.members
    .filter((member) => member.id !== store.me?.id)
    .map((member) => ({ ...member, ...store.people.get(member.id) }));
}

/** Whether several people talk who were invited. */
export function isConference(conversation) {
  return conversation?.kind === 'conference';
}

/** Whether a conversation is a group's room. */
export function isRoom(conversation) {
  return conversation?.kind === 'room';
}

/** Whose picture stands for a conversation: the other one's, or a group's initials. */
export function faceOf(store, conversation) {
  if (isConference(conversation)) return { id: conversation.id, display_name: titleOf(store, conversation) };
  if (!isRoom(conversation)) return others(store, conversation)[0];
  return { id: conversation.group?.id ?? conversation.id, display_name: conversation.group?.name ?? '' };
}

/** The name of a conversation: of its group, or of its other members. */
export function titleOf(store, conversation) {
  if (isRoom(conversation)) return conversation.group?.name || '?';
  if (isConference(conversation) && conversation.conference?.topic) return conversation.conference.topic;
  const names = others(store, conversation).map(nameOf).join(', ');
  return names || (isConference(conversation) ? nameOf(store.me) : '?');
}

/** Conversations, newest first; those without a message by the time they were made. */
export function sortedConversations(store) {
  const at = (conversation) => millis(conversation.last_message?.sent_at ?? conversation.created_at);
  return [...store.conversations.values()].sort((a, b) => at(b) - at(a) || (a.id < b.id ? 1 : -1));
}

/** Unread messages over all conversations. */
export function totalUnread(store) {
  let sum = 0;
  for (const conversation of store.conversations.values()) sum += conversation.unread;
  return sum;
}

export function isOnline(person) {
  return (person?.presence?.state ?? 'offline') !== 'offline';
}

/** How many people wait for my answer to their request. */
export function waitingRequests(store) {
  let sum = 0;
  for (const person of store.people.values()) if (person.relation === 'requested-by-them') sum += 1;
  return sum;
}

/** On fronts of mode "normal" (and where groups decide) one finds somebody by name; elsewhere the list shows everybody. */
export function findsByName(front) {
  return front?.mode === 'normal' || front?.mode === 'group-community';
}

/**
 * The ids of the people that somebody else in the list could be taken for: the same display name or login in another
 * realm. Their rows carry the realm's label.
 */
export function lookAlikes(people) {
  const owners = new Map();
  for (const person of people) {
    for (const name of new Set([fold(nameOf(person)), fold(person.login ?? '')])) {
      owners.set(name, [...(owners.get(name) ?? []), person.id]);
    }
  }
  const ids = new Set();
  for (const list of owners.values()) if (list.length > 1) for (const id of list) ids.add(id);
  return ids;
}

const doubles = new WeakMap();

/** The look-alikes among everybody the page may name; worked out anew only when names changed. */
export function doublesOf(store) {
  const known = doubles.get(store);
  if (known?.names === store.names) return known.ids;
  const ids = lookAlikes(everybody(store));
  doubles.set(store, { names: store.names, ids });
  return ids;
}

/** Everybody whose name may stand beside another's: the roster and the members of my conversations. */
function everybody(store) {
  const all = new Map();
  for (const conversation of store.conversations.values()) for (const member of conversation.members) all.set(member.id, member);
  for (const person of store.people.values()) all.set(person.id, person);
  if (store.me) all.set(store.me.id, store.me);
  return [...all.values()];
}

const GROUPS = ['requests', 'favourites', 'online', 'offline', 'refused'];

function groupOf(person) {
  if (person.relation === 'requested-by-them') return 'requests';
  if (person.relation === 'refused') return 'refused';
  if (person.favourite) return 'favourites';
  return isOnline(person) ? 'online' : 'offline';
}

/** The people list: `[{ id, people }]`, requests first, then online before offline, each by name. */
export function peopleGroups(store, filter) {
  const onlyContacts = store.front?.mode === 'normal';
  const groups = new Map(GROUPS.map((id) => [id, []]));
  for (const person of store.people.values()) {
    if (onlyContacts && person.relation === 'none') continue;
    if (matches(filter, person.nickname, person.display_name, person.login, person.contact_group)) groups.get(groupOf(person)).push(person);
  }
  const compare = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true }).compare;
  const byName = (a, b) => compare(nameOf(a), nameOf(b)) || (a.id < b.id ? -1 : 1);
  return GROUPS.map((id) => ({ id, people: groups.get(id).sort(byName) })).filter((group) => group.people.length > 0);
}

/** Why nothing may be written in a conversation: `{ restriction }`, `{ closed: true }`, or `null` when it may. */
export function writingBlocked(store, conversation) {
  if (store.restrictions.write) return { restriction: store.restrictions.write };
  return conversation.may_write === false ? { closed: true } : null;
}

/** How far a message of mine has come: words, or `''`. Only the last one says it. */
export function receiptOf(store, conversation, message) {
  const receipts = conversation?.receipts ?? [];
  const held = conversation ? store.thread(conversation.id).messages : [];
  if (receipts.length === 0 || held.findLast((one) => one.sender === store.me.id)?.id !== message.id) return '';
  const has = (mark) => mark !== null && mark !== undefined && compareIds(mark, message.id) >= 0;
  const read = receipts.filter((one) => has(one.read_up_to)).length;
  if (read > 0) return conversation.kind === 'direct' ? t('message.read') : t('message.readBy', { n: read });
  return receipts.every((one) => has(one.delivered_up_to)) ? t('message.delivered') : '';
}

// Ids of messages grow; they are numbers as text, longer than a number holds exactly.
function compareIds(one, other) {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}
