// One conversation: its messages and the place to write.

import { bdi, fill, h, icon, reconcile, setAttribute, setText, show } from '../dom.js';
import { Drafting } from '../drafting.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { doublesOf, faceOf, isConference, isRoom, nameOf, others, receiptOf, titleOf, writingBlocked } from '../selectors.js';
import { avatar } from './avatar.js';
import { Composer } from './composer.js';
import { conferencePanel } from './conference.js';
import { groupPanel } from './group.js';
import { lineView, linesOf } from './message.js';
import { messageMenu } from './message_menu.js';
import { presenceText, unproven } from './person.js';
import { personPanel } from './person_panel.js';
import { Scroller } from './scroller.js';

export class ThreadView {
  #app;
  #shown = null;
  #newAfter = null;
  #newestSeen = null;
  #announce = null;

  constructor(app) {
    this.#app = app;
    this.composer = new Composer({
      onSend: (text) => {
        this.#newAfter = null;
        if (this.drafting.send(text)) this.#scroller.toEnd();
      },
      onDraft: (text) => this.drafting.changed(text),
      onFiles: (files) => this.drafting.attach(files),
      onStop: () => this.drafting.stop(),
    });
    this.drafting = new Drafting(app, this.composer);
    this.#build();
    this.#scroller = new Scroller(this.#scroll, () => this.#scrolled());
  }

  #typing; #typingTimer = null;
  #scroll; #scroller; #list; #older; #begin; #jump; #head; #body; #none; #failed;

  #build() {
    const { store, threads } = this.#app;
    this.#older = h('button', { type: 'button', class: 'button small load-older', 'data-test': 'load-older', onClick: () => threads.older(store.selected) });
    this.#begin = h('p', { class: 'begin' });
    this.#failed = h('div', { class: 'empty', hidden: true });
    this.#list = h('div', { class: 'messages', role: 'log', 'aria-live': 'off', 'aria-relevant': 'additions', 'data-test': 'messages' });
    this.#scroll = h('div', { class: 'thread-scroll', tabindex: '0', role: 'region' }, this.#older, this.#begin, this.#failed, this.#list);
    this.#jump = h('button', { type: 'button', class: 'button small jump', hidden: true, 'data-test': 'jump', onClick: () => this.#scroller.toEnd() });
    this.#head = this.#makeHead();
    this.#typing = h('p', { class: 'typing', role: 'status', 'data-test': 'typing' });
    this.#body = h('div', { class: 'thread-body', hidden: true },
      this.#head.node, h('div', { class: 'thread-middle' }, this.#scroll, this.#jump), this.#typing, this.composer.node);
    this.#none = h('p', { class: 'empty thread-none' }, t('thread.none'));
    this.node = h('section', { class: 'pane thread', id: 'thread', 'aria-label': t('app.thread'), 'data-test': 'thread' }, this.#none, this.#body);
  }

  #makeHead() {
    const picture = avatar();
    const name = h('h2', { class: 'thread-name', tabindex: '-1', 'data-test': 'thread-name' });
    const line = h('p', { class: 'row-line' });
    const back = h('button', { type: 'button', class: 'icon-button back', 'aria-label': t('thread.back'), 'data-test': 'back', onClick: () => this.#app.close() }, icon('back'));
    const details = h('button', { type: 'button', class: 'icon-button', hidden: true, 'data-test': 'thread-details', onClick: () => this.#details() }, icon('groups'));
    return { node: h('div', { class: 'thread-head' }, back, picture.node, h('div', { class: 'row-text' }, name, line), details), picture, name, line, details };
  }

  /** Puts the focus where one writes; where a keyboard would cover half the screen, on the name. */
  focus() {
    const touch = matchMedia('(hover: none) and (pointer: coarse)').matches;
    if (touch || this.composer.input.disabled) this.#head.name.focus();
    else this.composer.input.focus();
  }

  /** Whether the newest message is on the screen. */
  isEndSeen() {
    return !this.#body.hidden && this.node.offsetParent !== null && this.#scroller.atEnd();
  }

  update(topics) {
    const { store } = this.#app;
    const id = store.selected;
    if (topics.has('typing') || topics.has('selection')) this.#updateTyping();
    const switched = id !== this.#shown;
    const concerns = ['selection', 'session', 'people', 'conversations', `thread:${id}`].some((topic) => topics.has(topic));
    if (!switched && !concerns) return;
    const conversation = id ? store.conversations.get(id) : null;
    show(this.#body, Boolean(conversation));
    show(this.#none, !conversation);
    setText(this.#none, noneText(store, id));
    if (!conversation) {
      this.#shown = null;
      return;
    }
    if (switched) this.#switch(conversation);
    this.#updateHead(conversation, switched);
    this.#updateLines(conversation);
  }

  destroy() {
    clearTimeout(this.#announce);
    clearTimeout(this.#typingTimer);
    this.drafting.stop();
    this.#scroller.destroy();
  }

  #switch(conversation) {
    this.#shown = conversation.id;
    this.#newAfter = conversation.unread > 0 ? conversation.read_up_to : null;
    this.#newestSeen = null;
    reconcile(this.#list, [], () => '', () => null);
    this.drafting.open(conversation.id);
    this.#quietly();
    this.#scroller.toEnd();
  }

  // The log reads out what is added; not, however, the whole history that opening a thread adds.
  #quietly() {
    clearTimeout(this.#announce);
    setAttribute(this.#list, 'aria-live', 'off');
    this.#announce = setTimeout(() => setAttribute(this.#list, 'aria-live', 'polite'), 1_000);
  }

  #updateHead(conversation, switched) {
    const { store } = this.#app;
    const room = isRoom(conversation);
    const members = room ? [] : others(store, conversation);
    const name = titleOf(store, conversation);
    const doubles = doublesOf(store);
    const realm = members.length === 1 && doubles.has(members[0].id) ? members[0].realm_label : null;
    this.#head.picture.update(faceOf(store, conversation));
    fill(this.#head.name, bdi(name), realm && [' ', bdi(t('people.realm', { realm }), 'realm')], members.length === 1 && unproven(members[0]));
    setText(this.#head.line, lineOf(conversation, members));
    const details = room ? t('groups.details') : isConference(conversation) ? t('conference.participants') : t('people.more.label', { name });
    const several = room || isConference(conversation);
    show(this.#head.details, several || (members.length === 1 && !store.guest));
    if (switched) fill(this.#head.details, icon(several ? 'groups' : 'person'));
    setAttribute(this.#head.details, 'aria-label', details);
    setAttribute(this.#head.details, 'title', details);
    setAttribute(this.#list, 'aria-label', t('thread.log', { name }));
    setAttribute(this.#scroll, 'aria-label', t('thread.log', { name }));
    setText(this.#begin, t('thread.begin', { name }));
    const limit = store.front.limits?.max_message_bytes ?? 16_384;
    this.composer.configure({ name, room, limit, blocked: writingBlocked(store, conversation), files: store.options.attachments !== false && !store.guest });
  }

  #updateLines(conversation) {
    const { store } = this.#app;
    const thread = store.thread(conversation.id);
    const outbox = store.outbox(conversation.id);
    const drawing = () => {
      this.#updateEdges(thread);
      const lines = linesOf(thread.state === 'loading' ? [] : thread.messages, outbox, store.me, this.#newAfter);
      reconcile(this.#list, lines, (line) => line.key, (line) => lineView(line, this.#context()));
    };
    if (thread.older === 'loading') this.#quietly();
    this.#scroller.keep(drawing);
    this.#updateJump(thread);
  }

  #updateEdges(thread) {
    const ready = thread.state === 'ready';
    show(this.#older, ready && thread.more);
    this.#older.disabled = thread.older === 'loading';
    const words = { idle: 'thread.older', loading: 'thread.loadingOlder', failed: 'thread.olderFailed' };
    setText(this.#older, t(words[thread.older]));
    show(this.#begin, ready && !thread.more);
    show(this.#failed, !ready);
    if (thread.state === 'failed') {
      if (this.#failed.dataset.state !== 'failed') {
        fill(this.#failed, h('p', {}, `${t('thread.failed')} ${sentence(thread.error)}`),
          h('button', { type: 'button', class: 'button', onClick: () => this.#app.threads.open(this.#shown) }, t('app.retry')));
      }
    } else setText(this.#failed, ready ? '' : t('app.loading'));
    this.#failed.dataset.state = thread.state;
  }

  #context() {
    const { store, outbox } = this.#app;
    return {
      me: () => store.me,
      senderOf: (id) => store.person(id, store.conversations.get(this.#shown)),
      fileAddress: (id) => this.#app.api.fileAddress(id),
      receiptOf: (message) => receiptOf(store, store.conversations.get(this.#shown), message),
      onMenu: (button, message) => messageMenu(this.#app, this.drafting, button, message),
      onReact: (message, emoji, on) => this.#react(message, emoji, on),
      onRetry: (clientId) => outbox.retry(this.#shown, clientId),
      onDiscard: (clientId) => this.#discard(clientId),
    };
  }

  async #react(message, emoji, on) {
    const { api, store } = this.#app;
    try {
      const now = await api.react(message.conversation_id, message.id, emoji, on);
      store.apply({ type: 'reactions', conversation_id: message.conversation_id, ...now });
    } catch (error) {
      this.#app.failed(error);
    }
  }

  #details() {
    const conversation = this.#app.store.conversations.get(this.#shown);
    if (isRoom(conversation)) groupPanel(this.#app, conversation.group.id);
    else if (isConference(conversation)) conferencePanel(this.#app, conversation.id);
    else personPanel(this.#app, others(this.#app.store, conversation)[0]);
  }

  // Who writes is told for a few seconds at a time; when nobody goes on, the line goes.
  #updateTyping() {
    const { store } = this.#app;
    clearTimeout(this.#typingTimer);
    const writing = store.selected ? store.typing(store.selected, Date.now()) : [];
    const conversation = store.conversations.get(store.selected);
    const names = writing.map((id) => nameOf(store.person(id, conversation)));
    setText(this.#typing, names.length === 0 ? '' : names.length === 1 ? t('typing.one', { name: names[0] }) : t('typing.several'));
    if (names.length > 0) this.#typingTimer = setTimeout(() => this.#updateTyping(), 1_000);
  }

  // A message given up goes back where it was written, unless something else is there.
  #discard(clientId) {
    const { store, outbox } = this.#app;
    const text = outbox.discard(this.#shown, clientId);
    if (this.composer.input.value === '') {
      this.composer.setText(text);
      store.setDraft(this.#shown, text);
    }
    this.composer.input.focus();
  }

  // ---- the end of the thread

  #scrolled() {
    if (this.#shown === null) return;
    this.#updateJump(this.#app.store.thread(this.#shown));
    this.#app.reading.check();
  }

  #updateJump(thread) {
    const atEnd = this.#scroller.atEnd();
    const newest = thread.messages.at(-1)?.id ?? null;
    if (atEnd) this.#newestSeen = newest;
    const place = thread.messages.findIndex((message) => message.id === this.#newestSeen);
    const me = this.#app.store.me.id;
    const missed = place < 0 ? 0 : thread.messages.slice(place + 1).filter((message) => message.sender !== me).length;
    setText(this.#jump, missed > 0 ? t('thread.jumpNew', { n: missed }) : t('thread.jump'));
    show(this.#jump, !atEnd);
  }
}

function lineOf(conversation, members) {
  if (isRoom(conversation)) return roomLine(conversation.group);
  if (isConference(conversation)) return t('conference.line', { n: conversation.members.length });
  return presenceLine(members);
}

function presenceLine(members) {
  return members.length === 1 && members[0].presence ? presenceText(members[0]) : '';
}

function roomLine(group) {
  if (!group) return '';
  const members = [group.topic, t('room.members', { n: group.member_count })].filter(Boolean).join(' · ');
  return group.kind === 'public' ? members : `${members} · ${t('people.realm', { realm: group.realm_label })}`;
}

function noneText(store, id) {
  if (!id) return t('thread.none');
  return store.loaded ? t('thread.gone') : t('app.loading');
}
