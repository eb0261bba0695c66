// Everything the page knows, in one place. Views read it and are told which topics changed; only controllers write it.
// Nothing here touches the page or the network.
//
// Topics: "session", "people", "conversations", "connection", "selection", "presence", "typing", "groups", "wall",
// "thread:<conversation id>".

import { emptyThread, insertMessage, isNewer, mergeNewest, mergeOlder, replaceMessage, unreadAfter } from './history.js';
import { millis } from './time.js';

const REMEMBERED = 5_000;

export class Store {
  me = null;
  front = null;
  restrictions = { write: null };
  /** The options of the front as they hold for me. */
  options = {};
  /** My own presence: `{ state, reason, since, chosen, idle }`, `null` before it is known. */
  presence = null;
  /** Shouts that came or changed lately, by id; `null` for one that is gone. */
  shouts = new Map();
  /** Where the front has moved to, as far as only those may know who are in. */
  movedTo = null;
  inbox = { unread: null, url: null };
  /** Whether I am a guest, without an account. */
  guest = false;
  /** Members of my groups, by group id: who writes in a room need not be on my roster. */
  #groupPeople = new Map();
  people = new Map();
  conversations = new Map();
  loaded = false;
  /** Grows whenever somebody's name may have changed or appeared; presence leaves it alone. */
  names = 0;
  selected = null;
  connection = { state: 'connecting', error: null };
  #threads = new Map();
  #drafts = new Map();
  #outbox = new Map();
  /** Who is writing: conversation → account → until when, in milliseconds. */
  #typing = new Map();
  #seen = new Set();
  #listeners = new Set();
  #changed = new Set();
  #schedule;

  /** `schedule(callback)` delays telling the listeners, so that a burst of events is drawn once. */
  constructor(schedule = (callback) => queueMicrotask(callback)) {
    this.#schedule = schedule;
  }

  /** `listener(topics: Set<string>)`; answers a function that ends it. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners what changed since the last time. */
  flush() {
    const topics = this.#changed;
    this.#changed = new Set();
    if (topics.size > 0) for (const listener of this.#listeners) listener(topics);
  }

  #touch(...topics) {
    if (this.#changed.size === 0) this.#schedule(() => this.flush());
    for (const topic of topics) this.#changed.add(topic);
  }

  // ---- session, connection, selection

  setSession({ account, front, restrictions, inbox, proof, options, presence, moved_to: movedTo }) {
    if (options) this.options = options;
    if (presence) this.setPresence(presence);
    if (proof) this.guest = proof === 'guest';
    if (inbox) this.inbox = inbox;
    if (movedTo !== undefined) this.movedTo = movedTo;
    this.names += 1;
    this.me = account;
    if (front) this.front = front;
    this.restrictions = { write: restrictions?.write ?? null };
    this.#touch('session');
  }

  /** What is shown of me has changed. */
  setMe(account) {
    this.names += 1;
    this.me = account;
    this.#touch('session');
  }

  /** Unread private messages where I come from: `{ unread, url }`. */
  setInbox(inbox) {
    this.inbox = inbox;
    this.#touch('session');
  }

  setPresence(presence) {
    this.presence = { ...this.presence, ...presence };
    this.#touch('presence');
  }

  /** The members of a group: `[{ account, manager }]`. */
  setGroupPeople(group, members) {
    this.names += 1;
    this.#groupPeople.set(group, new Map(members.map(({ account }) => [account.id, account])));
    this.#touch('conversations');
    for (const id of this.#threads.keys()) this.#touch(`thread:${id}`);
  }

  /** Somebody who wrote in a conversation, from wherever the page knows them. */
  person(id, conversation) {
    if (id === this.me?.id) return this.me;
    const here = conversation?.members.find((member) => member.id === id);
    return this.people.get(id) ?? here ?? this.#groupPeople.get(conversation?.group?.id)?.get(id) ?? null;
  }

  setConnection(state, error = null) {
    if (this.connection.state === state && this.connection.error === error) return;
    this.connection = { state, error };
    this.#touch('connection');
  }

  select(conversationId) {
    if (this.selected === conversationId) return;
    this.selected = conversationId;
    this.#touch('selection');
  }

  // ---- snapshots

  /** Replaces people and conversations with what the server has now; drafts, threads and unsent messages stay. */
  setSnapshot({ people, conversations }) {
    this.names += 1;
    this.people = new Map(people.map((person) => [person.id, person]));
    this.setConversations(conversations);
    this.loaded = true;
    this.#touch('people');
  }

  setConversations(conversations) {
    this.names += 1;
    for (const { id, draft } of conversations) if (draft?.text && this.draft(id) === '' && this.selected !== id) this.#drafts.set(id, draft.text);
    this.conversations = new Map(conversations.map((conversation) => [conversation.id, conversation]));
    this.#touch('conversations');
    for (const id of this.#threads.keys()) this.#touch(`thread:${id}`);
  }

  putConversation(conversation) {
    if (!this.conversations.has(conversation.id)) this.names += 1;
    this.conversations.set(conversation.id, conversation);
    this.#touch('conversations', `thread:${conversation.id}`);
  }

  putPerson(person) {
    if (person.id === this.me?.id) return;
    this.names += 1;
    this.people.set(person.id, person);
    const direct = this.directWith(person.id);
    if (direct && person.may && direct.may_write !== person.may.write) {
      this.putConversation({ ...direct, may_write: person.may.write });
    }
    this.#touch('people', 'conversations');
  }

  removePerson(id) {
    if (!this.people.delete(id)) return;
    this.names += 1;
    this.#touch('people', 'conversations');
  }

  // ---- events

  /**
   * Applies one event of the server. Answers what the controller must fetch because the event alone can't say it:
   * "everything", "conversations", "session" or `null`. Unknown types are ignored, as the contract asks.
   */
  apply(event) {
    switch (event.type) {
      case 'message': return this.#applyMessage(event.message);
      case 'message-changed': return this.#applyChange(event.message);
      case 'reactions': return this.#applyReactions(event);
      case 'presence': return this.#applyPresences([event]);
      case 'presences': return this.#applyPresences(event.people);
      case 'my-presence': this.setPresence(event.presence); return null;
      case 'typing': return this.#applyTyping(event);
      case 'receipt': return this.#applyReceipt(event);
      case 'draft': return this.#applyDraft(event);
      case 'group':
      case 'group-gone':
      case 'invitation': this.#touch('groups'); return null;
      case 'shout': return this.#applyShout(event.shout.id, event.shout);
      case 'shout-gone': return this.#applyShout(event.id, null);
      case 'person': this.putPerson(event.person); return null;
      case 'person-gone': return this.#applyGone(event.account);
      case 'read': return this.#applyRead(event);
      case 'conversation': return 'conversations';
      case 'conversation-gone': return this.#applyConversationGone(event.conversation_id);
      case 'session': return 'session';
      case 'inbox': this.setInbox({ ...this.inbox, unread: event.unread }); return null;
      case 'resync': return 'everything';
      default: return null;
    }
  }

  #applyMessage(message) {
    this.#settle(message);
    const id = message.conversation_id;
    const thread = this.#threads.get(id);
    if (thread && thread.state !== 'empty') {
      const messages = insertMessage(thread.messages, message, thread.more);
      if (messages !== thread.messages) this.#putThread(id, { ...thread, messages });
    }
    const conversation = this.conversations.get(id);
    if (!conversation) return this.#remember(message.id) ? 'conversations' : null;
    if (!this.#remember(message.id)) return null;
    const last = conversation.last_message;
    // Not newer than what the server's list held already: counted there.
    if (last && (last.id === message.id || millis(message.sent_at) < millis(last.sent_at))) return null;
    const mine = message.sender === this.me?.id;
    this.#typing.get(id)?.delete(message.sender);
    this.putConversation({ ...conversation, last_message: message, unread: conversation.unread + (mine ? 0 : 1) });
    return null;
  }

  // Its place never changes, and what is not held will be loaded as it is by then.
  #applyChange(message) {
    const id = message.conversation_id;
    const thread = this.#threads.get(id);
    const messages = thread ? replaceMessage(thread.messages, message) : null;
    if (thread && messages !== thread.messages) this.#putThread(id, { ...thread, messages });
    const conversation = this.conversations.get(id);
    const last = conversation?.last_message;
    if (last?.id === message.id && isNewer(message, last)) this.putConversation({ ...conversation, last_message: message });
    return null;
  }

  #applyReactions({ conversation_id: id, message_id: messageId, version, reactions }) {
    const held = this.#threads.get(id)?.messages.find((message) => message.id === messageId);
    const last = this.conversations.get(id)?.last_message;
    const known = held ?? (last?.id === messageId ? last : null);
    return known ? this.#applyChange({ ...known, version, reactions }) : null;
  }

  // `false` for a message met before: delivery is "at least once".
  #remember(id) {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.values().next().value);
    return true;
  }

  #applyPresences(changed) {
    const known = changed.filter(({ account }) => this.people.has(account));
    for (const { account, presence } of known) this.people.set(account, { ...this.people.get(account), presence });
    if (known.length > 0) this.#touch('people', 'conversations');
    return null;
  }

  #applyTyping({ conversation_id: id, account, until }) {
    if (account === this.me?.id) return null;
    const writing = new Map(this.#typing.get(id));
    writing.set(account, millis(until));
    this.#typing.set(id, writing);
    this.#touch('typing');
    return null;
  }

  /** Who is writing in a conversation at the moment `now`, in milliseconds. */
  typing(id, now) {
    return [...(this.#typing.get(id) ?? [])].filter(([, until]) => until > now).map(([account]) => account);
  }

  // Marks only grow: what comes late changes nothing.
  #applyReceipt({ conversation_id: id, account, delivered_up_to, read_up_to }) {
    const conversation = this.conversations.get(id);
    if (!conversation) return null;
    const before = conversation.receipts ?? [];
    const receipts = [...before.filter((one) => one.account !== account), { account, delivered_up_to, read_up_to }];
    this.putConversation({ ...conversation, receipts });
    return null;
  }

  #applyDraft({ conversation_id: id, draft }) {
    const conversation = this.conversations.get(id);
    // Where somebody writes at this moment, what they see is theirs.
    if (!conversation || this.selected === id) return null;
    this.conversations.set(id, { ...conversation, draft });
    this.setDraft(id, draft?.text ?? '');
    this.#touch('conversations');
    return null;
  }

  #applyShout(id, shout) {
    const known = this.shouts.get(id);
    // Events don't say how I voted.
    this.shouts.set(id, shout && known ? { ...shout, my_vote: known.my_vote } : shout);
    this.#touch('wall');
    return null;
  }

  #applyGone(account) {
    const direct = this.directWith(account);
    this.removePerson(account);
    return direct ? 'conversations' : null;
  }

  #applyConversationGone(id) {
    if (!this.conversations.delete(id)) return null;
    this.#threads.delete(id);
    this.#touch('conversations', `thread:${id}`);
    return null;
  }

  #applyRead({ conversation_id: id, message_id: messageId }) {
    const conversation = this.conversations.get(id);
    if (!conversation) return null;
    const held = this.#threads.get(id)?.messages ?? [];
    const left = conversation.last_message?.id === messageId ? 0 : unreadAfter(held, messageId, this.me?.id);
    if (left === null) return 'conversations';
    this.putConversation({ ...conversation, unread: left, read_up_to: messageId });
    return null;
  }

  /** Marks as read here, before the server confirms it. */
  markRead(id, messageId) {
    this.#applyRead({ conversation_id: id, message_id: messageId });
  }

  // ---- threads

  thread(id) {
    return this.#threads.get(id) ?? emptyThread();
  }

  #putThread(id, thread) {
    this.#threads.set(id, thread);
    this.#touch(`thread:${id}`);
  }

  /** Changes the state of a thread: `{ state, error, older }`. */
  patchThread(id, patch) {
    this.#putThread(id, { ...this.thread(id), ...patch });
  }

  putNewest(id, page) {
    const thread = this.thread(id);
    for (const message of page.messages) this.#settle(message);
    const { messages, more } = mergeNewest(thread.messages, page);
    this.#putThread(id, { ...thread, messages, more: more ?? thread.more, state: 'ready', error: null });
  }

  putOlder(id, page) {
    const thread = this.thread(id);
    this.#putThread(id, { ...thread, ...mergeOlder(thread.messages, page), older: 'idle' });
  }

  /** Forgets the threads that aren't open; they are loaded anew when somebody opens them. */
  forgetThreads(except) {
    for (const id of this.#threads.keys()) {
      if (id !== except) this.#threads.delete(id);
    }
  }

  // ---- drafts and messages on their way

  draft(id) {
    return this.#drafts.get(id) ?? '';
  }

  setDraft(id, text) {
    const had = this.draft(id) !== '';
    if (text === '') this.#drafts.delete(id);
    else this.#drafts.set(id, text);
    if (had !== (text !== '')) this.#touch('conversations');
  }

  /** Messages not yet acknowledged: `{ clientId, text, state: 'sending' | 'waiting' | 'failed', error, at }`. */
  outbox(id) {
    return this.#outbox.get(id) ?? [];
  }

  /** Conversations with messages on their way. */
  outboxes() {
    return [...this.#outbox.keys()].filter((id) => this.outbox(id).length > 0);
  }

  addToOutbox(id, entry) {
    this.#outbox.set(id, [...this.outbox(id), entry]);
    this.#touch(`thread:${id}`);
  }

  patchOutbox(id, clientId, patch) {
    const entries = this.outbox(id);
    if (!entries.some((entry) => entry.clientId === clientId)) return;
    this.#outbox.set(id, entries.map((entry) => (entry.clientId === clientId ? { ...entry, ...patch } : entry)));
    this.#touch(`thread:${id}`);
  }

  dropFromOutbox(id, clientId) {
    const entries = this.outbox(id);
    const left = entries.filter((entry) => entry.clientId !== clientId);
    if (left.length === entries.length) return;
    this.#outbox.set(id, left);
    this.#touch(`thread:${id}`);
  }

  // My own message came back, as an answer, an event or a page: it isn't on its way any more.
  #settle(message) {
    if (message.client_id && message.sender === this.me?.id) this.dropFromOutbox(message.conversation_id, message.client_id);
  }

  /** What must outlive the end of a session, for the same account to go on with. */
  unfinished() {
    return { account: this.me?.id ?? null, drafts: this.#drafts, outbox: this.#outbox };
  }

  adoptUnfinished({ account, drafts, outbox }) {
    if (account === null || account !== this.me?.id) return;
    this.#drafts = drafts;
    this.#outbox = outbox;
    this.#touch('conversations');
  }

  /** The direct conversation with an account, if there is one. */
  directWith(account) {
    for (const conversation of this.conversations.values()) {
      if (conversation.kind === 'direct' && conversation.members.some((member) => member.id === account)) {
        if (account !== this.me?.id) return conversation;
      }
    }
    return null;
  }
}
