// Relations with other people: what may be done, and doing it.

import { t } from './messages.js';
import { nameOf } from './selectors.js';

/** The actions on a person, the likeliest first. "forget" takes back one's own refusal. */
export function actionsFor(person) {
  switch (person.relation) {
    case 'requested': return ['withdraw'];
    case 'requested-by-them': return ['accept', 'refuse'];
    case 'accepted': return [person.hidden ? 'unhide' : 'hide', 'remove', 'block'];
    case 'refused': return person.may?.request ? ['forget', 'request'] : ['forget'];
    default:
      if (!person.may?.request) return [];
      return person.may.write ? ['request', 'block'] : ['request'];
  }
}

/** Whether somebody waits for the action, so that it must not hide in a menu. */
export function isPressing(person) {
  return person.relation === 'requested-by-them' || (actionsFor(person).length > 0 && !person.may?.write && !['refused', 'accepted'].includes(person.relation));
}

// The server has one word for ending a contact and for taking back a refusal, and one for refusing asked and unasked.
const WORDS = { forget: 'remove', block: 'refuse' };

export class Contacts {
  #app;
  #busy = new Set();

  constructor(app) {
    this.#app = app;
  }

  /** Does one action; answers the person as they are then, or `null` when it failed. */
  async act(person, action, text = null) {
    const { api, store } = this.#app;
    if (this.#busy.has(person.id)) return null;
    this.#busy.add(person.id);
    try {
      const now = await api.contact(person.id, WORDS[action] ?? action, text);
      // On a front where the list holds contacts alone, who isn't one any more leaves it.
      if (now.relation === 'none' && store.front.mode === 'normal') store.removePerson(now.id);
      else store.putPerson(now);
      this.#app.notify(t(`done.${action}`, { name: nameOf(person) }));
      return now;
    } catch (error) {
      this.#app.failed(error);
      if (error.slug === 'conflict' || error.slug === 'not-found') await this.#refresh(person.id);
      return null;
    } finally {
      this.#busy.delete(person.id);
    }
  }

  /** Changes what is only mine about somebody: `{ favourite?, nickname?, group?, rating? }`. */
  async note(person, wishes) {
    try {
      this.#app.store.putPerson(await this.#app.api.note(person.id, wishes));
    } catch (error) {
      this.#app.failed(error);
    }
  }

  async #refresh(id) {
    try {
      this.#app.store.putPerson(await this.#app.api.relation(id));
    } catch (error) {
      if (error.slug === 'not-found') this.#app.store.removePerson(id);
    }
  }
}
