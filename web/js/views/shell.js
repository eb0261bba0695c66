// The frame: header, banner, and the three panes (conversations, people, thread). Which panes stand side by side is the
// business of css/layout.css; on narrow pages one is shown at a time.

import { bdi, fill, h, icon, setAttribute, setText, show, spoken } from '../dom.js';
import { t } from '../messages.js';
import { nameOf, totalUnread, waitingRequests } from '../selectors.js';
import { siteHref } from '../text.js';
import { accountPanel } from './account.js';
import { avatar } from './avatar.js';
import { Banner } from './banner.js';
import { ConversationList } from './conversations.js';
import { closeDialog, keepOver } from './dialog.js';
import { groupsPanel } from './groups.js';
import { House, houseMenu } from './house.js';
import { menuButton, openMenu } from './menu.js';
import { Notices } from './notices.js';
import { PeopleList } from './people.js';
import { PresenceButton } from './presence.js';
import { reportsPanel } from './report.js';
import { searchPanel } from './search.js';
import { settingsPanel } from './settings.js';
import { ThreadView } from './thread.js';
import { wallPanel } from './wall.js';

const WIDE = '(min-width: 70em)';

export class Shell {
  #app;
  #wide = matchMedia(WIDE);
  #listeners = new AbortController();

  constructor(app) {
    this.#app = app;
    this.banner = new Banner(app.store);
    this.house = new House(app.store);
    this.notices = new Notices();
    this.conversations = new ConversationList(app);
    this.people = new PeopleList(app);
    this.thread = new ThreadView(app);
    this.live = h('div', { class: 'visually-hidden', 'aria-live': 'polite', 'data-test': 'announcer' });
    this.#switch = this.#makeSwitch();
    this.#lists = h('div', { class: 'lists' }, this.#switch.node, this.conversations.node, this.people.node);
    this.#panes = h('main', { class: 'panes' }, this.#lists, this.thread.node);
    this.node = h('div', { class: 'app', 'data-open': 'lists', 'data-test': 'app' }, this.#skipLink(), this.#header(), this.banner.node, this.house.node, this.#panes, this.notices.node, this.live);
    keepOver(this.notices.node);
    this.#showList('conversations');
    this.#arrange();
    const { signal } = this.#listeners;
    this.#wide.addEventListener('change', () => this.#arrange(), { signal });
    this.node.addEventListener('keydown', (event) => this.#key(event));
  }

  #switch; #lists; #panes;
  #open = null;
  // The conversation just left from within: its row in the list takes the focus.
  #focusRow = null;

  /** Draws what the changed topics concern. */
  update(topics) {
    if (topics.has('connection')) this.banner.update();
    if (topics.has('session')) this.#updateMe();
    if (topics.has('session')) this.house.update();
    if (topics.has('session') || topics.has('presence')) this.#presence.update();
    if (topics.has('selection')) this.#updateSelection();
    if (topics.has('conversations') || topics.has('people')) this.#switch.update();
    this.conversations.update(topics);
    this.people.update(topics);
    this.thread.update(topics);
    if (this.#focusRow) this.conversations.focus(this.#focusRow);
    this.#focusRow = null;
  }

  /** Says something to screen readers alone. */
  announce(text) {
    setText(this.live, text);
  }

  destroy() {
    this.#listeners.abort();
    closeDialog();
    this.banner.destroy();
    this.notices.clear();
    this.thread.destroy();
  }

  #skipLink() {
    return h('a', {
      class: 'skip-link', href: '#thread',
      onClick: (event) => { event.preventDefault(); this.thread.focus(); },
    }, t('app.skip'));
  }

  #header() {
    this.#title = h('span', { class: 'header-title', dir: 'auto' });
    this.#avatar = avatar({ presence: false });
    this.#me = h('span', { class: 'header-me', 'data-test': 'me' });
    this.#signOut = h('span', { class: 'sign-out-text' }, t('app.signOut'));
    const signOut = h('button', { type: 'button', class: 'button quiet sign-out', 'data-test': 'sign-out', onClick: () => this.#app.signOut() },
      icon('exit'), this.#signOut);
    this.#inboxCount = h('span', { class: 'badge', hidden: true });
    this.#inbox = h('a', { class: 'button quiet inbox', target: '_blank', rel: 'noopener noreferrer', hidden: true, 'data-test': 'inbox' },
      icon('letter'), this.#inboxCount);
    this.#presence = new PresenceButton(this.#app);
    this.#menu = menuButton({ class: 'icon-button', 'aria-label': t('menu.more'), title: t('menu.more'), 'data-test': 'main-menu', onClick: () => this.#openMenu() }, icon('menu'));
    return h('header', { class: 'header' },
      h('img', { src: 'assets/icon.svg', alt: '', width: '28', height: '28' }),
      h('h1', { class: 'header-heading' }, this.#title),
      this.#inbox,
      this.#presence.node,
      this.#menu,
      h('span', { class: 'header-person' }, this.#avatar.node, this.#me),
      signOut);
  }

  #openMenu() {
    const app = this.#app;
    const { front, guest, options } = app.store;
    const { items, head } = houseMenu(front);
    openMenu(this.#menu, [
      !guest && options.search !== false && { label: t('search.open'), test: 'open-search', act: () => searchPanel(app) },
      !guest && { label: t('groups.open'), test: 'open-groups', act: () => groupsPanel(app) },
      options.shoutbox && { label: t('wall.open'), test: 'open-wall', act: () => wallPanel(app) },
      options.moderator && { label: t('reports.open'), test: 'open-reports', act: () => reportsPanel(app) },
      !guest && { label: t('account.open'), test: 'open-account', act: () => accountPanel(app) },
      !guest && { label: t('settings.open'), test: 'open-settings', act: () => settingsPanel(app) },
      ...items,
    ], { label: t('menu.more'), head });
  }

  #presence; #menu;
  #title; #avatar; #me; #inbox; #inboxCount; #signOut;

  // Private messages of the site that one comes from: how many are unread, and the way there.
  #updateInbox() {
    const { unread, url } = this.#app.store.inbox;
    const href = siteHref(url, document.baseURI);
    show(this.#inbox, href !== null && unread !== null);
    if (href === null || unread === null) return;
    setAttribute(this.#inbox, 'href', href);
    setAttribute(this.#inbox, 'data-count', String(unread));
    const words = unread > 0 ? t('inbox.unread', { n: unread }) : t('inbox.open');
    setAttribute(this.#inbox, 'aria-label', words);
    setAttribute(this.#inbox, 'title', words);
    setText(this.#inboxCount, unread > 99 ? '99+' : String(unread));
    show(this.#inboxCount, unread > 0);
  }

  #updateMe() {
    const { me, front } = this.#app.store;
    setText(this.#title, front.title);
    this.#updateInbox();
    setText(this.#signOut, this.#app.store.guest ? t('app.signIn') : t('app.signOut'));
    const { items, head } = houseMenu(front);
    show(this.#menu, !this.#app.store.guest || this.#app.store.options.shoutbox === true || head !== null || items.some(Boolean));
    this.#avatar.update(me);
    fill(this.#me, spoken(t('app.signedInAs', { name: '' }).replace(/[\u2068\u2069]/gu, '')), bdi(nameOf(me)));
    setAttribute(this.#me, 'title', me.login);
  }

  // ---- which list, which pane

  #makeSwitch() {
    const make = (list, text) => {
      const count = h('span', { class: 'badge', hidden: true });
      const button = h('button', { type: 'button', class: 'switch-button', 'data-test': `show-${list}`, onClick: () => this.#showList(list) },
        h('span', {}, text), count);
      return { button, count };
    };
    const conversations = make('conversations', t('app.conversations'));
    const people = make('people', t('app.people'));
    const node = h('nav', { class: 'switch', 'aria-label': t('app.lists') }, conversations.button, people.button);
    const put = ({ count }, n, key) => {
      if (count.dataset.n === String(n)) return;
      count.dataset.n = n;
      fill(count, n > 0 && h('span', { 'aria-hidden': 'true' }, n), n > 0 && spoken(t(key, { n })));
      show(count, n > 0);
    };
    return {
      node,
      update: () => {
        put(conversations, totalUnread(this.#app.store), 'list.unread');
        put(people, waitingRequests(this.#app.store), 'people.requests');
      },
      mark: (list) => {
        setAttribute(conversations.button, 'aria-current', list === 'conversations' ? 'true' : null);
        setAttribute(people.button, 'aria-current', list === 'people' ? 'true' : null);
      },
    };
  }

  #showList(list) {
    setAttribute(this.node, 'data-list', list);
    this.#switch.mark(list);
  }

  #updateSelection() {
    const { selected } = this.#app.store;
    const wasIn = document.activeElement === document.body || this.thread.node.contains(document.activeElement);
    setAttribute(this.node, 'data-open', selected ? 'thread' : 'lists');
    if (this.#open && !selected && wasIn) this.#focusRow = this.#open;
    this.#open = selected;
  }

  // With three panes side by side the people stand on the right, and the tab order follows the eye.
  #arrange() {
    if (this.#wide.matches) this.#panes.append(this.people.node);
    else this.#lists.append(this.people.node);
  }

  #key(event) {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
    if (!this.thread.node.contains(event.target)) return;
    event.preventDefault();
    this.#app.close();
  }
}
