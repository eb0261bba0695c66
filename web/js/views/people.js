// The people of the front: those who ask first, online before offline, a filter, and finding by name where that is the way.

import { fill, h, icon, reconcile, setText, show } from '../dom.js';
import { rove } from '../listnav.js';
import { t } from '../messages.js';
import { doublesOf, findsByName, lookAlikes, peopleGroups } from '../selectors.js';
import { field } from './form.js';
import { personRow } from './person.js';

const AT_ONCE = 200;

export class PeopleList {
  #app; #filter; #groups; #empty; #more; #find; #refresh;
  #filterText = '';
  #limit = AT_ONCE;

  constructor(app) {
    this.#app = app;
    this.#filter = h('input', {
      type: 'search', class: 'input', placeholder: t('people.filter'), 'aria-label': t('people.filter'),
      autocomplete: 'off', spellcheck: 'false', dir: 'auto', 'data-test': 'filter',
    });
    this.#filter.addEventListener('input', () => {
      this.#filterText = this.#filter.value;
      this.#limit = AT_ONCE;
      this.#draw();
    });
    this.#groups = h('div', { class: 'groups', 'data-test': 'people' });
    this.#empty = h('p', { class: 'empty' });
    this.#more = h('button', { type: 'button', class: 'button wide', hidden: true, onClick: () => this.#showMore() });
    this.#find = new FindByName(app);
    this.node = h('section', { class: 'pane people', 'aria-label': t('app.people') },
      h('h2', { class: 'pane-title' }, t('app.people')),
      h('div', { class: 'people-tools' }, this.#find.node, this.#filter),
      h('div', { class: 'pane-scroll' }, this.#groups, this.#empty, this.#more));
    this.#refresh = rove(this.#groups);
  }

  update(topics) {
    if (topics.has('people') || topics.has('session')) this.#draw();
  }

  #showMore() {
    this.#limit += AT_ONCE;
    this.#draw();
  }

  #draw() {
    const { store } = this.#app;
    const doubles = doublesOf(store);
    const groups = peopleGroups(store, this.#filterText);
    const total = groups.reduce((sum, group) => sum + group.people.length, 0);
    let room = this.#limit;
    const shown = groups.map((group) => {
      const people = group.people.slice(0, room);
      room -= people.length;
      return { id: group.id, count: group.people.length, items: people.map((person) => ({ person, double: doubles.has(person.id) })) };
    }).filter((group) => group.items.length > 0);
    reconcile(this.#groups, shown, (group) => group.id, () => this.#group());
    const left = total - Math.min(total, this.#limit);
    setText(this.#more, t('people.more', { n: Math.min(left, AT_ONCE) }));
    show(this.#more, left > 0);
    setText(this.#empty, this.#emptyText());
    show(this.#empty, total === 0);
    show(this.#find.node, findsByName(store.front));
    this.#find.update(doubles);
    this.#refresh();
  }

  #emptyText() {
    const { store } = this.#app;
    if (!store.loaded) return t('app.loading');
    if (this.#filterText.trim() !== '') return t('people.noMatch');
    return findsByName(store.front) ? t('people.noneNormal') : t('people.none');
  }

  #group() {
    const title = h('h3', { class: 'group-title' });
    const list = h('ul', { class: 'rows' });
    const node = h('section', { class: 'group' }, title, list);
    const update = (group) => {
      node.dataset.group = group.id;
      setText(title, `${t(`people.group.${group.id}`)} · ${group.count}`);
      reconcile(list, group.items, (item) => item.person.id, () => personRow(this.#app, (person, action, text) => this.#app.contacts.act(person, action, text)));
    };
    return { node, update };
  }
}

// Finding somebody who isn't in the list, by their exact name.
class FindByName {
  #app; #input; #answer; #found = null; #rows; #refresh;
  // Who of the found is in the list as well.
  #listed = new Set();

  constructor(app) {
    this.#app = app;
    const { node, input } = field(t('people.find'), {
      type: 'text', name: 'find', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '255', 'data-test': 'find-name',
    });
    this.#input = input;
    const submit = h('button', { type: 'submit', class: 'button', 'data-test': 'find-submit' }, t('people.findSubmit'));
    const frame = h('div', { class: 'with-submit' });
    input.replaceWith(frame);
    frame.append(input, submit);
    this.#rows = h('ul', { class: 'rows' });
    this.#refresh = rove(this.#rows);
    this.#answer = h('div', { class: 'found', role: 'status', 'data-test': 'found', hidden: true });
    const form = h('form', { class: 'find-form', role: 'search', 'data-test': 'find-form' }, node);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#search();
    });
    input.addEventListener('input', () => { if (input.value === '') this.#clear(); });
    this.node = h('div', { class: 'find' }, form, this.#answer);
  }

  async #search() {
    const login = this.#input.value.trim();
    if (login === '') return this.#clear();
    try {
      this.#found = await this.#find(login);
    } catch (error) {
      this.#app.failed(error);
      return;
    }
    this.#show(login);
  }

  // The exact name first: it is what finds somebody whom a search by parts of names may not show.
  async #find(login) {
    const exact = await this.#app.api.findPeople(login);
    return exact.length > 0 || login.length < 2 ? exact : this.#app.api.searchPeople(login);
  }

  #show(login) {
    const { me } = this.#app.store;
    const people = this.#found.filter((person) => person.id !== me.id);
    const clear = h('button', { type: 'button', class: 'icon-button', 'aria-label': t('people.clear'), onClick: () => this.#clear() }, icon('close'));
    const isMe = people.length === 0 && login.toLowerCase() === me.login.toLowerCase();
    const nobody = isMe ? t('people.isYou') : t('people.notFound');
    fill(this.#answer,
      h('div', { class: 'found-head' }, h('p', { class: 'group-title' }, people.length > 0 ? t('people.found') : nobody), clear),
      this.#rows);
    show(this.#answer, true);
    this.update(doublesOf(this.#app.store));
  }

  #clear() {
    this.#found = null;
    this.#listed.clear();
    this.#input.value = '';
    show(this.#answer, false);
  }

  /** Draws the found people as they are now: what the store knows of them is newer. */
  update(doubles) {
    if (this.#found === null) return;
    const { me, people } = this.#app.store;
    this.#found = this.#found.map((person) => people.get(person.id) ?? person);
    this.#noticeLeaving(people);
    const several = lookAlikes(this.#found);
    const items = this.#found.filter((person) => person.id !== me.id).map((person) => ({
      person,
      double: doubles.has(person.id) || several.has(person.id),
    }));
    reconcile(this.#rows, items, (item) => item.person.id, () => personRow(this.#app, (person, action, text) => this.#act(person, action, text)));
    this.#refresh();
  }

  // Who has left the list is told of no more by events: what is between us now has to be asked for.
  #noticeLeaving(people) {
    for (const { id } of this.#found) {
      if (people.has(id)) this.#listed.add(id);
      else if (this.#listed.delete(id)) this.#askAbout(id);
    }
  }

  async #askAbout(id) {
    try {
      this.#learn(await this.#app.api.relation(id));
    } catch (error) {
      if (error.slug !== 'not-found') this.#app.failed(error);
      else if (this.#found !== null) this.#clear();
    }
  }

  async #act(person, action, text) {
    const now = await this.#app.contacts.act(person, action, text);
    if (now) this.#learn(now);
  }

  #learn(now) {
    if (this.#found === null) return;
    this.#found = this.#found.map((known) => (known.id === now.id ? now : known));
    this.update(doublesOf(this.#app.store));
  }
}
