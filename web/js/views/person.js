// One row of a people list: who it is, whether they are there, and what one may do.

import { bdi, fill, h, icon, setAttribute, setText, show } from '../dom.js';
import { actionsFor, isPressing } from '../contacts.js';
import { DAY_WORDS, t } from '../messages.js';
import { isOnline, nameOf } from '../selectors.js';
import { fold, safeColour, safeHref } from '../text.js';
import { brief } from '../time.js';
import { avatar } from './avatar.js';
import { mineButtons } from './person_notes.js';
import { detailNodes } from './person_panel.js';

/**
 * Answers `{ node, update({ person, double }) }`; `double` asks for the realm's label. `onAct(person, action)` does an action;
 * `app` opens conversations.
 */
export function personRow(app, onAct) {
  const picture = avatar();
  const name = h('span', { class: 'row-name' });
  const line = h('span', { class: 'row-line' });
  const main = h('button', { type: 'button', class: 'row-main', onClick: () => open() },
    picture.node, h('span', { class: 'row-text' }, name, line));
  const toggle = h('button', { type: 'button', class: 'icon-button row-more', 'aria-expanded': 'false', 'data-test': 'person-more', onClick: () => unfold() }, icon('more'));
  const pressing = h('div', { class: 'row-actions', hidden: true });
  const actions = h('div', { class: 'row-actions', hidden: true });
  const details = h('dl', { class: 'row-details', hidden: true, 'data-test': 'person-details' });
  const node = h('li', { class: 'row person', 'data-row': true, 'data-test': 'person' }, h('div', { class: 'row-head' }, main, toggle), pressing, details, actions);
  let person = null;
  let unfolded = false;
  let signature = '';

  function open() {
    if (person.may?.write || app.store.directWith(person.id)) app.openPerson(person);
    else {
      const key = person.may?.request ? 'people.mustRequest' : 'people.cantWrite';
      app.notify(t(key, { name: nameOf(person) }));
    }
  }

  function unfold() {
    unfolded = !unfolded;
    place();
    if (!unfolded) return;
    actions.querySelector('button, a, select')?.focus();
    showDetails();
  }

  /** What a directory says, asked for when somebody wants to know. */
  async function showDetails() {
    const { id } = person;
    try {
      const facts = (await app.api.person(id)).details;
      if (person.id !== id) return;
      fill(details, detailNodes(facts));
      place();
    } catch {
      // Nothing is shown then; the row is as good without.
    }
  }

  function place() {
    const any = actions.childElementCount > 0;
    show(pressing, pressing.childElementCount > 0);
    show(actions, any && unfolded);
    show(details, unfolded && details.childElementCount > 0);
    show(toggle, any);
    setAttribute(toggle, 'aria-expanded', String(unfolded));
  }

  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !unfolded) return;
    event.preventDefault();
    unfold();
    toggle.focus();
  });

  function update({ person: now, double }) {
    person = now;
    setAttribute(node, 'data-id', person.id);
    setAttribute(node, 'data-login', person.login);
    setAttribute(node, 'data-presence', person.presence?.state ?? 'offline');
    setAttribute(node, 'data-relation', person.relation);
    picture.update(person);
    setText(line, lineOf(person, double));
    setAttribute(toggle, 'aria-label', t('people.more.label', { name: nameOf(person) }));
    const drawn = JSON.stringify([nameOf(person), person.login, double, person.colour, person.profile_url, person.proven, actionsFor(person), person.favourite, person.nickname, person.contact_group, person.my_rating]);
    if (drawn !== signature) {
      signature = drawn;
      fillName(name, person, double);
      fillActions({ pressing, actions }, person, (action, text) => { unfolded = false; onAct(person, action, text); }, app);
    }
    place();
  }
  return { node, update };
}

function fillName(node, person, double) {
  const login = double && person.login && fold(person.login) !== fold(nameOf(person));
  fill(node, bdi(nameOf(person)), login && [' ', bdi(`(${person.login})`, 'realm')], unproven(person));
  node.style.setProperty('--name-colour', safeColour(person.colour) ?? '');
}

/** A mark beside the name of somebody behind whom only a claim stands. */
export function unproven(person) {
  if (person?.proven !== false) return null;
  return [' ', h('span', { class: 'unproven', title: t('people.unproven.title'), 'data-test': 'unproven' }, t('people.unproven'))];
}

function lineOf(person, double) {
  const parts = [presenceText(person)];
  if (double && person.realm_label) parts.unshift(t('people.realm', { realm: person.realm_label }));
  if (person.contact_group) parts.push(person.contact_group);
  if (person.rating) parts.push(t('people.rating', { rating: person.rating }));
  if (person.relation !== 'none' && person.relation !== 'accepted' && person.relation) parts.push(t(`relation.${person.relation}`));
  if (person.relation === 'requested-by-them' && person.request_text) parts.push(t('people.asks', { text: person.request_text }));
  return parts.join(' · ');
}

/** "online", "busy: in a meeting", "last here …" or "offline". */
export function presenceText(person) {
  if (isOnline(person)) {
    const { state, reason } = person.presence;
    const words = state === 'online' ? t('people.online') : t(`presence.${state}`);
    return reason ? t('presence.because', { state: words, reason }) : words;
  }
  const since = person?.presence?.since;
  return since ? t('people.since', { time: brief(since, DAY_WORDS) }) : t('people.offline');
}

// What waits for an answer is seen at once; the rest is behind the button, and what parts two people comes last.
function fillActions({ pressing, actions }, person, act, app) {
  const name = nameOf(person);
  const profile = safeHref(person.profile_url);
  const waits = isPressing(person);
  const buttons = actionsFor(person).map((action, place) => h('button', {
    type: 'button', class: `button small${waits && place === 0 && action !== 'withdraw' ? ' primary' : ''}`,
    'aria-label': t(`action.${action}.label`, { name }), 'data-test': `person-${action}`, onClick: () => act(action),
  }, t(`action.${action}`)));
  const profileLink = profile && h('a', { class: 'button small', href: profile, target: '_blank', rel: 'noopener noreferrer' }, t('people.profile'));
  const { notes, report } = mineButtons(app, person, act);
  fill(pressing, waits && buttons);
  fill(actions, notes, profileLink, !waits && buttons, report);
}
