// The list of my conversations, newest first.

import { bdi, fill, h, icon, reconcile, setAttribute, setText, show, spoken } from '../dom.js';
import { rove } from '../listnav.js';
import { plain } from '../markdown.js';
import { DAY_WORDS, t } from '../messages.js';
import { doublesOf, faceOf, isConference, isRoom, nameOf, others, sortedConversations, titleOf } from '../selectors.js';
import { opening, preview } from '../text.js';
import { brief, full } from '../time.js';
import { avatar } from './avatar.js';
import { Invitations, newConference } from './conference.js';

export class ConversationList {
  #app; #list; #empty; #refresh; #invitations; #new;

  constructor(app) {
    this.#app = app;
    this.#list = h('ul', { class: 'rows', 'data-test': 'conversations' });
    this.#empty = h('p', { class: 'empty' });
    this.#invitations = new Invitations(app);
    this.#new = h('button', { type: 'button', class: 'icon-button', 'aria-label': t('conference.new'), title: t('conference.new'), 'data-test': 'new-conference', onClick: () => newConference(app) }, icon('plus'));
    this.node = h('section', { class: 'pane conversations', 'aria-label': t('app.conversations') },
      h('div', { class: 'pane-head' }, h('h2', { class: 'pane-title' }, t('app.conversations')), this.#new),
      h('div', { class: 'pane-scroll' }, this.#invitations.node, this.#list, this.#empty));
    this.#refresh = rove(this.#list);
  }

  update(topics) {
    if (topics.has('session') || topics.has('groups')) this.#invitations.load();
    if (topics.has('session')) show(this.#new, !this.#app.store.guest && this.#app.store.options.conferences !== false);
    if (!['conversations', 'people', 'selection', 'session'].some((topic) => topics.has(topic))) return;
    const { store } = this.#app;
    const doubles = doublesOf(store);
    const items = sortedConversations(store).map((conversation) => ({ conversation, doubles }));
    reconcile(this.#list, items, (item) => item.conversation.id, () => this.#row());
    setText(this.#empty, store.loaded ? t('list.empty') : t('app.loading'));
    show(this.#empty, items.length === 0);
    this.#refresh();
  }

  /** Puts the focus on a conversation, or on the first. */
  focus(id) {
    const row = [...this.#list.children].find((node) => node.dataset.id === id) ?? this.#list.firstElementChild;
    row?.querySelector('button').focus();
  }

  #row() {
    const picture = avatar();
    const name = h('span', { class: 'row-name' });
    const time = h('time', { class: 'row-time' });
    const line = h('span', { class: 'row-line' });
    const unread = h('span', { class: 'badge', 'data-test': 'unread' });
    let id = null;
    const button = h('button', { type: 'button', class: 'row-main', onClick: () => this.#app.openConversation(id) },
      picture.node,
      h('span', { class: 'row-text' }, h('span', { class: 'row-top' }, name, time), h('span', { class: 'row-bottom' }, line, unread)));
    const node = h('li', { class: 'row', 'data-row': true, 'data-test': 'conversation' }, button);
    const update = ({ conversation, doubles }) => {
      const { store } = this.#app;
      id = conversation.id;
      setAttribute(node, 'data-id', id);
      const current = store.selected === id;
      setAttribute(node, 'data-current', String(current));
      setAttribute(button, 'aria-current', current ? 'true' : null);
      setAttribute(node, 'data-unread', conversation.unread > 0);
      setAttribute(node, 'data-kind', conversation.kind);
      picture.update(faceOf(store, conversation));
      fillName(name, store, conversation, doubles);
      fillTime(time, conversation.last_message?.sent_at);
      setText(line, this.#line(conversation, current));
      fillUnread(unread, conversation.unread);
    };
    return { node, update };
  }

  #line(conversation, current) {
    const { store } = this.#app;
    const draft = store.draft(conversation.id);
    if (draft !== '' && !current) return t('list.draft', { text: preview(draft, 60) });
    const last = conversation.last_message;
    if (!last) return t('list.emptyLine');
    const text = lastWords(last);
    if (last.sender === store.me.id) return t('list.mine', { text });
    const several = isRoom(conversation) || isConference(conversation);
    const sender = several ? store.person(last.sender, conversation) : null;
    return sender ? t('list.theirs', { name: nameOf(sender), text }) : text;
  }
}

function fillName(node, store, conversation, doubles) {
  const members = isRoom(conversation) ? [] : others(store, conversation);
  const realms = members.filter((member) => doubles.has(member.id) && member.realm_label).map((member) => member.realm_label);
  const title = titleOf(store, conversation);
  const signature = `${title}\n${realms.join('\n')}`;
  if (node.dataset.shown === signature) return;
  node.dataset.shown = signature;
  fill(node, bdi(title), realms.length > 0 && [' ', bdi(t('people.realm', { realm: realms.join(', ') }), 'realm')]);
}

function fillTime(node, time) {
  show(node, Boolean(time));
  if (!time) return;
  setText(node, brief(time, DAY_WORDS));
  setAttribute(node, 'datetime', time);
  setAttribute(node, 'title', full(time));
}

function fillUnread(node, count) {
  show(node, count > 0);
  if (node.dataset.count === String(count)) return;
  node.dataset.count = count;
  fill(node, h('span', { 'aria-hidden': 'true' }, count > 999 ? '999+' : count), spoken(t('list.unread', { n: count })));
}

// A message of files alone is named by its first file.
function lastWords(message) {
  if (message.kind === 'deleted') return t('message.deleted');
  return message.text ? preview(plain(opening(message.text)), 90) : preview(message.files?.[0]?.name ?? '', 90);
}
