import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lookAlikes, peopleGroups, sortedConversations, totalUnread, writingBlocked } from '../js/selectors.js';
import { Store } from '../js/store.js';

const ME = { id: 'me', login: 'anna', display_name: 'Anna', realm: 'forum', realm_label: 'Forum' };
const at = (second) => `2026-01-05T10:00:${String(second).padStart(2, '0')}.000Z`;

function person(id, extra = {}) {
  return {
    id, login: id, display_name: id, realm: 'forum', realm_label: 'Forum', relation: 'none',
    presence: { state: 'offline', since: null }, may: { write: true, request: true }, ...extra,
  };
}

function message(id, second, extra = {}) {
  return { id, conversation_id: 'c', sender: 'bert', text: id, sent_at: at(second), client_id: null, ...extra };
}

function conversation(extra = {}) {
  return {
    id: 'c', kind: 'direct', members: [ME, person('bert')], last_message: null, unread: 0, read_up_to: null, may_write: true,
    created_at: at(0), ...extra,
  };
}

function store(conversations = [conversation()], people = [person('bert'), person('carla')]) {
  const made = new Store(() => {});
  made.setSession({ account: ME, front: { title: 'F', mode: 'open-community', limits: {} }, restrictions: { write: null } });
  made.setSnapshot({ people, conversations });
  made.flush();
  return made;
}

const receive = (made, received) => made.apply({ type: 'message', message: received });
const ids = (made, id = 'c') => made.thread(id).messages.map((one) => one.id);

test('a new message is unread, is the last one, and joins an open thread', () => {
  const made = store();
  made.putNewest('c', { messages: [], more: false });
  assert.equal(receive(made, message('m1', 1)), null);
  assert.equal(made.conversations.get('c').unread, 1);
  assert.equal(made.conversations.get('c').last_message.id, 'm1');
  assert.deepEqual(ids(made), ['m1']);
});

test('a message delivered twice counts and shows once', () => {
  const made = store();
  made.putNewest('c', { messages: [], more: false });
  for (const id of ['m1', 'm2', 'm1', 'm2']) receive(made, message(id, 1));
  assert.equal(made.conversations.get('c').unread, 2);
  assert.deepEqual(ids(made), ['m1', 'm2']);
});

test('an event older than the list the server gave is not counted again', () => {
  const made = store([conversation({ last_message: message('m2', 2), unread: 2 })]);
  receive(made, message('m1', 1));
  receive(made, message('m2', 2));
  assert.equal(made.conversations.get('c').unread, 2);
  assert.equal(made.conversations.get('c').last_message.id, 'm2');
});

test('my own message from another device is not unread', () => {
  const made = store();
  receive(made, message('m1', 1, { sender: 'me' }));
  assert.equal(totalUnread(made), 0);
});

test('a message of an unknown conversation asks for the conversations, once', () => {
  const made = store([]);
  assert.equal(receive(made, message('m1', 1)), 'conversations');
  assert.equal(receive(made, message('m1', 1)), null);
});

test('a message on its way leaves the outbox when it comes back, as event or in a page', () => {
  const made = store();
  made.putNewest('c', { messages: [], more: false });
  made.addToOutbox('c', { clientId: 'x', text: 'a', state: 'sending', error: null, at: at(1) });
  made.addToOutbox('c', { clientId: 'y', text: 'b', state: 'sending', error: null, at: at(2) });
  receive(made, message('m1', 1, { sender: 'me', client_id: 'x' }));
  assert.deepEqual(made.outbox('c').map((entry) => entry.clientId), ['y']);
  made.putNewest('c', { messages: [message('m1', 1, { sender: 'me', client_id: 'x' }), message('m2', 2, { sender: 'me', client_id: 'y' })], more: false });
  assert.deepEqual(made.outbox('c'), []);
  assert.deepEqual(ids(made), ['m1', 'm2']);
});

test('somebody else’s message with my client id leaves my outbox alone', () => {
  const made = store();
  made.addToOutbox('c', { clientId: 'x', text: 'a', state: 'sending', error: null, at: at(1) });
  receive(made, message('m1', 1, { client_id: 'x' }));
  assert.equal(made.outbox('c').length, 1);
});

test('messages that arrive while a thread loads are kept after its page', () => {
  const made = store();
  made.patchThread('c', { state: 'loading' });
  receive(made, message('m3', 3));
  made.putNewest('c', { messages: [message('m1', 1), message('m2', 2)], more: true });
  assert.deepEqual(ids(made), ['m1', 'm2', 'm3']);
});

test('reloading a thread keeps the older messages where the pages meet', () => {
  const made = store();
  made.putNewest('c', { messages: [message('m1', 1), message('m2', 2)], more: false });
  made.putNewest('c', { messages: [message('m2', 2), message('m3', 3)], more: true });
  assert.deepEqual(ids(made), ['m1', 'm2', 'm3']);
  assert.equal(made.thread('c').more, false);
});

test('reloading a thread after a long absence leaves no hole', () => {
  const made = store();
  made.putNewest('c', { messages: [message('m1', 1), message('m2', 2)], more: false });
  made.putNewest('c', { messages: [message('m8', 8), message('m9', 9)], more: true });
  assert.deepEqual(ids(made), ['m8', 'm9']);
  assert.equal(made.thread('c').more, true);
});

test('older pages come before, without repeats', () => {
  const made = store();
  made.putNewest('c', { messages: [message('m3', 3)], more: true });
  made.putOlder('c', { messages: [message('m1', 1), message('m2', 2), message('m3', 3)], more: false });
  assert.deepEqual(ids(made), ['m1', 'm2', 'm3']);
  assert.equal(made.thread('c').more, false);
});

test('a late event for the middle of a thread finds its place; one before its beginning waits for the older page', () => {
  const made = store();
  made.putNewest('c', { messages: [message('m2', 2), message('m5', 5)], more: true });
  receive(made, message('m4', 4));
  receive(made, message('m1', 1));
  assert.deepEqual(ids(made), ['m2', 'm4', 'm5']);
});

test('reading on another device counts what is left, or asks when it can’t tell', () => {
  const made = store([conversation({ last_message: message('m3', 3), unread: 3 })]);
  assert.equal(made.apply({ type: 'read', conversation_id: 'c', message_id: 'm1' }), 'conversations');
  made.putNewest('c', { messages: [message('m1', 1), message('m2', 2), message('m3', 3)], more: false });
  assert.equal(made.apply({ type: 'read', conversation_id: 'c', message_id: 'm1' }), null);
  assert.equal(made.conversations.get('c').unread, 2);
  made.markRead('c', 'm3');
  assert.equal(made.conversations.get('c').unread, 0);
});

test('presence, appearing and going are applied; unknown events are ignored', () => {
  const made = store();
  made.apply({ type: 'presence', account: 'carla', presence: { state: 'online', since: null } });
  assert.deepEqual(peopleGroups(made, '').map((group) => [group.id, group.people.map((one) => one.id)]), [['online', ['carla']], ['offline', ['bert']]]);
  made.apply({ type: 'presences', people: [{ account: 'carla', presence: { state: 'offline', since: null } }, { account: 'bert', presence: { state: 'busy', since: null } }, { account: 'nobody', presence: { state: 'online', since: null } }] });
  assert.deepEqual(peopleGroups(made, '').map((group) => [group.id, group.people.map((one) => one.id)]), [['online', ['bert']], ['offline', ['carla']]]);
  made.apply({ type: 'person', person: person('dora') });
  made.apply({ type: 'person-gone', account: 'carla' });
  assert.deepEqual([...made.people.keys()], ['bert', 'dora']);
  assert.equal(made.apply({ type: 'typing', account: 'bert' }), null);
  assert.equal(made.apply({ type: 'resync' }), 'everything');
});

test('losing the permission to write to somebody closes the conversation with them', () => {
  const made = store();
  assert.equal(writingBlocked(made, made.conversations.get('c')), null);
  made.apply({ type: 'person', person: person('bert', { may: { write: false, request: true } }) });
  assert.deepEqual(writingBlocked(made, made.conversations.get('c')), { closed: true });
});

test('a new snapshot keeps drafts and messages on their way', () => {
  const made = store();
  made.setDraft('c', 'half a sent');
  made.addToOutbox('c', { clientId: 'x', text: 'a', state: 'waiting', error: null, at: at(1) });
  made.setSnapshot({ people: [], conversations: [conversation()] });
  assert.equal(made.draft('c'), 'half a sent');
  assert.equal(made.outbox('c').length, 1);
});

test('unfinished work outlives the session for the same account only', () => {
  const made = store();
  made.setDraft('c', 'mine');
  const same = store();
  same.adoptUnfinished(made.unfinished());
  assert.equal(same.draft('c'), 'mine');
  const other = store();
  other.setSession({ account: { ...ME, id: 'somebody' } });
  other.adoptUnfinished(made.unfinished());
  assert.equal(other.draft('c'), '');
});

test('conversations stand newest first, by last message or by birth', () => {
  const made = store([
    conversation({ id: 'a', last_message: message('m1', 1) }), conversation({ id: 'b', created_at: at(9) }), conversation({ id: 'd', last_message: message('m5', 5) }),
  ]);
  assert.deepEqual(sortedConversations(made).map((one) => one.id), ['b', 'd', 'a']);
});

test('in mode normal only people with a relation are listed, requests first', () => {
  const made = store([], [person('bert', { relation: 'accepted' }), person('carla'), person('dora', { relation: 'requested-by-them' }), person('emil', { relation: 'refused' })]);
  made.setSession({ account: ME, front: { mode: 'normal' } });
  assert.deepEqual(peopleGroups(made, '').map((group) => group.id), ['requests', 'offline', 'refused']);
  assert.deepEqual(peopleGroups(made, 'BÉRT').map((group) => group.people[0].id), ['bert']);
});

test('people with one name in two realms are look-alikes, by display name or login', () => {
  const people = [person('1', { login: 'alex', display_name: 'Alex' }), person('2', { login: 'ALEX', display_name: 'Alexander' }), person('3')];
  assert.deepEqual([...lookAlikes(people)].sort(), ['1', '2']);
});

test('listeners hear of a burst once, with all its topics', () => {
  const scheduled = [];
  const made = new Store((callback) => scheduled.push(callback));
  const heard = [];
  made.subscribe((topics) => heard.push([...topics].sort()));
  made.setSession({ account: ME, front: {} });
  made.select('c');
  assert.equal(scheduled.length, 1);
  scheduled[0]();
  assert.deepEqual(heard, [['selection', 'session']]);
});

test('an edited message is replaced in its place, and nothing late takes the place of something newer', () => {
  const made = store();
  made.putNewest('c', { messages: [message('1', 1), message('2', 2)], more: false });
  receive(made, message('3', 3));
  const edited = (version, text) => made.apply({ type: 'message-changed', message: message('2', 2, { version, text, edited_at: at(9) }) });
  edited(2, 'second edit');
  edited(1, 'first edit');
  assert.deepEqual(made.thread('c').messages.map((one) => one.text), ['1', 'second edit', '3']);
  made.putNewest('c', { messages: [message('2', 2, { version: 1, text: 'first edit' }), message('3', 3)], more: true });
  assert.deepEqual(made.thread('c').messages.map((one) => one.text), ['1', 'second edit', '3']);
});

test('a deleted last message changes the list, and reactions join the message they belong to', () => {
  const made = store([conversation({ last_message: message('1', 1) })]);
  made.putNewest('c', { messages: [message('1', 1)], more: false });
  const reactions = [{ emoji: '👍', count: 1, accounts: ['bert'], mine: false }];
  made.apply({ type: 'reactions', conversation_id: 'c', message_id: '1', version: 1, reactions });
  assert.deepEqual(made.thread('c').messages[0].reactions, reactions);
  made.apply({ type: 'message-changed', message: message('1', 1, { version: 2, text: '', kind: 'deleted', deleted_at: at(5) }) });
  assert.equal(made.conversations.get('c').last_message.kind, 'deleted');
  made.apply({ type: 'reactions', conversation_id: 'c', message_id: '99', version: 1, reactions });
  assert.equal(made.thread('c').messages.length, 1);
});

test('where the front has moved to stays known until the server says otherwise', () => {
  const made = store();
  assert.equal(made.movedTo, null);
  const session = { account: ME, restrictions: { write: null } };
  made.setSession({ ...session, moved_to: 'https://there.example/' });
  made.setSession(session);
  assert.equal(made.movedTo, 'https://there.example/');
  made.setSession({ ...session, moved_to: null });
  assert.equal(made.movedTo, null);
});
