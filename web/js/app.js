// The messenger itself, from sign-in to the end of the session: makes the parts and connects them.

import { isSignedOut } from './api.js';
import { Contacts } from './contacts.js';
import { Idle } from './idle.js';
import { Live } from './live.js';
import { t } from './messages.js';
import { Outbox } from './outbox.js';
import { refusal, sentence } from './problems.js';
import { Reading } from './reading.js';
import { Route } from './route.js';
import { nameOf, titleOf, totalUnread } from './selectors.js';
import { Store } from './store.js';
import { Tabs } from './tabs.js';
import { Threads } from './threads.js';
import { millis } from './time.js';
import { isPanelHeld } from './views/dialog.js';
import { Shell } from './views/shell.js';

// The longest time a timer takes: 2^31 - 1 milliseconds.
const LONGEST = 2_147_483_647;

/** Why one is out: in the server's words where somebody else ended the session. */
function endText(problem) {
  return problem.slug === 'session-ended' ? sentence(problem) : t('login.ended');
}

export class App {
  #root; #api; #leave;
  #announced = new Set();
  #tabs = null;
  #listeners = new AbortController();
  #left = false;
  #restriction;
  #midnight;

  /** `session`: the answer of `GET session` or `POST session`. `leave({ notice, … })` takes over when it is over. */
  constructor({ root, api, front, session, unfinished, leave }) {
    this.#root = root;
    this.#api = api;
    this.#leave = leave;
    const store = new Store();
    this.store = store;
    store.setSession({ ...session, front });
    if (unfinished) store.adoptUnfinished(unfinished);
    const ended = (problem) => this.#ended(problem);
    this.threads = new Threads(api, store, ended);
    this.outbox = new Outbox(api, store, { onEnded: ended, onRefused: (_, problem) => this.#refused(problem) });
    this.live = new Live(api, store, this.threads, {
      onEnded: ended,
      onForeign: () => location.reload(),
      onMessage: (message) => this.#announce(message),
      onNotice: ({ text, from }) => this.shell.notices.call(from ? t('app.call', { from, text }) : text),
      onLive: () => this.#online(),
    });
    this.contacts = new Contacts(this);
    this.route = new Route((id) => this.#routed(id));
    this.shell = new Shell(this);
    this.reading = new Reading(api, store, () => this.shell.thread.isEndSeen(), ended);
    root.replaceChildren(this.shell.node);
    this.#listen();
    this.#awaitMidnight();
    store.subscribe((topics) => this.#changed(topics));
    store.flush();
    this.route.start();
    this.live.start(session.cursor ?? null);
    this.outbox.wake();
    this.idle = new Idle(api, store);
    this.idle.start();
  }

  get api() { return this.#api; }

  /** Says something in passing. */
  notify(text) {
    this.shell.notices.say(text);
  }

  /** Reports a failed action, or ends the session when that is what it means. */
  failed(error) {
    if (isSignedOut(error)) this.#ended(error);
    else if (error?.slug) this.notify(error.slug === 'not-permitted' ? refusal(error) : sentence(error));
    else throw error;
  }

  /** Opens the conversation with a person, starting it where there is none. */
  async openPerson(person) {
    const known = this.store.directWith(person.id);
    if (known) return this.openConversation(known.id);
    try {
      const conversation = await this.#api.startConversation(person.id);
      this.store.putConversation(conversation);
      this.openConversation(conversation.id);
    } catch (error) {
      this.failed(error);
    }
  }

  openConversation(id) {
    this.route.go(id);
    // Drawn first: what isn't shown can't take the focus.
    this.store.flush();
    this.shell.thread.focus();
  }

  /** Back to the lists. */
  close() {
    this.route.back();
  }

  async signOut() {
    this.#left = true;
    try {
      await this.#api.signOut();
    } catch (error) {
      if (!isSignedOut(error)) {
        this.#left = false;
        this.failed(error);
        return;
      }
    }
    this.#tabs?.account(null);
    this.route.clear();
    if (this.store.guest) this.#leave({ notice: null });
    else this.#leave({ notice: t('login.signedOut'), login: this.store.me.login, signedOut: true });
  }

  /** What is done when an answer says that the session is over. */
  get endedBy() {
    return (problem) => this.#ended(problem);
  }

  /** Deletes the account. What comes of it by other ways, as events, is then no news. */
  async leaveForGood(wishes) {
    this.#left = true;
    try {
      await this.#api.deleteAccount(wishes);
    } catch (error) {
      this.#left = false;
      if (isSignedOut(error)) this.#ended(error);
      throw error;
    }
    this.#tabs?.account(null);
    this.route.clear();
    this.#leave({ notice: t('leave.done'), signedOut: true });
  }

  destroy() {
    this.#left = true;
    this.#listeners.abort();
    clearTimeout(this.#restriction);
    clearTimeout(this.#midnight);
    this.live.stop();
    this.idle.stop();
    this.outbox.stop();
    this.reading.stop();
    this.route.stop();
    this.shell.destroy();
    this.#tabs?.close();
  }

  // ---- what happens

  #listen() {
    const { signal } = this.#listeners;
    const seen = () => this.reading.check();
    addEventListener('focus', seen, { signal });
    addEventListener('online', () => this.live.wake(), { signal });
    document.addEventListener('visibilitychange', () => {
      seen();
      if (document.visibilityState === 'visible') this.live.wake();
    }, { signal });
    addEventListener('beforeunload', (event) => {
      if (this.store.outboxes().length > 0 || isPanelHeld()) event.preventDefault();
    }, { signal });
    this.#tabs = new Tabs(location.pathname, {
      onSlow: (slow) => this.live.setSlow(slow),
      onAccount: (id) => this.#otherTab(id),
    });
    this.#tabs.account(this.store.me.id);
  }

  #changed(topics) {
    this.shell.update(topics);
    if (topics.has('session')) this.#awaitEndOfRestriction();
    const unread = totalUnread(this.store);
    const title = `${unread > 0 ? `(${unread}) ` : ''}${this.store.front.title}`;
    if (document.title !== title) document.title = title;
    this.reading.check();
  }

  // A restriction that ends while the page is open is asked for again then.
  #awaitEndOfRestriction() {
    clearTimeout(this.#restriction);
    const left = millis(this.store.restrictions.write?.until) - Date.now();
    if (left > 0 && left < LONGEST) this.#restriction = setTimeout(() => this.#refreshSession(), left + 1_000);
  }

  // "Today" becomes "Yesterday" on a page left open.
  #awaitMidnight() {
    const midnight = new Date();
    midnight.setHours(24, 0, 1, 0);
    this.#midnight = setTimeout(() => {
      this.shell.update(new Set(['conversations', 'people']));
      this.#awaitMidnight();
    }, midnight.getTime() - Date.now());
  }

  #refreshSession() {
    this.live.refreshSession().catch((error) => {
      if (isSignedOut(error)) this.#ended(error);
    });
  }

  #routed(id) {
    this.store.select(id);
    if (!id) return;
    this.threads.open(id);
    this.#meetGroup(id);
    this.#loadReceipts(id);
  }

  // How far the others are isn't in the list of conversations.
  async #loadReceipts(id) {
    if (this.store.guest || !this.store.conversations.has(id)) return;
    try {
      const { receipts } = await this.#api.conversation(id);
      const known = this.store.conversations.get(id);
      if (known && receipts) this.store.putConversation({ ...known, receipts });
    } catch (error) {
      if (isSignedOut(error)) this.#ended(error);
    }
  }

  // Who writes in a room need not be on the roster.
  async #meetGroup(id) {
    const group = this.store.conversations.get(id)?.group;
    if (!group) return;
    try {
      this.store.setGroupPeople(group.id, await this.#api.groupMembers(group.id));
    } catch (error) {
      if (isSignedOut(error)) this.#ended(error);
      // Names that are missing are shown as "?"; opening the room again asks again.
    }
  }

  #online() {
    this.outbox.wake();
    this.threads.retry();
    this.reading.check();
  }

  #announce(message) {
    if (message.sender === this.store.me.id || this.#announced.has(message.id)) return;
    this.#announced.add(message.id);
    if (message.conversation_id === this.store.selected) return;
    const conversation = this.store.conversations.get(message.conversation_id);
    const sender = this.store.person(message.sender, conversation);
    if (conversation) this.shell.announce(t('thread.incoming', { name: sender ? nameOf(sender) : titleOf(this.store, conversation) }));
  }

  // A message was refused: perhaps the account may not write any more, here or at all.
  #refused(problem) {
    if (problem.status === 403) this.#refreshSession();
  }

  #otherTab(id) {
    if (this.#left) return;
    if (id === null) this.#ended(null);
    else if (id !== this.store.me.id) location.reload();
  }

  #ended(problem) {
    if (this.#left) return;
    this.#left = true;
    const kept = this.store.unfinished();
    const notice = problem === null ? t('login.signedOut') : endText(problem);
    this.#leave({ notice, login: this.store.me.login, signedOut: problem === null, kept });
  }
}
