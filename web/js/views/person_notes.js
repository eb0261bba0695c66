// What I note about somebody for myself: favourite, my own name for them, a group, a rating; and reporting them.

import { fill, h } from '../dom.js';
import { t } from '../messages.js';
import { nameOf } from '../selectors.js';
import { askText, openDialog } from './dialog.js';
import { field } from './form.js';
import { reportPerson } from './report.js';

/** The buttons for it: `{ notes, report }`, beside those of the relation. `act(action, text)` does something to the relation. */
export function mineButtons(app, person, act) {
  const { options, guest } = app.store;
  if (guest) return { notes: [], report: null };
  const button = (key, test, work) => h('button', { type: 'button', class: 'button small', 'data-test': test, onClick: work }, t(key));
  const known = person.relation === 'accepted' || person.may?.write;
  const note = (wishes) => app.contacts.note(person, wishes);
  const notes = [
    person.relation === 'none' && person.may?.request && !person.may.write && button('people.ask.submit', 'person-ask', () => ask(person, act)),
    known && button(person.favourite ? 'people.unfavourite' : 'people.favourite', 'person-favourite', () => note({ favourite: !person.favourite })),
    known && options.contact_nicknames !== false && button('people.note', 'person-note', () => noteDialog(person, note)),
    person.relation === 'accepted' && options.contact_rating && options.contact_rating !== 'off' && rating(person, note),
  ];
  return { notes, report: button('people.report', 'person-report', () => reportPerson(app, person)) };
}

async function ask(person, act) {
  const name = nameOf(person);
  const text = await askText({ title: t('people.ask.title', { name }), name: 'ask', label: t('people.ask.text'), maxlength: 500, lines: 3, submit: t('people.ask.submit'), optional: true });
  if (text !== null) act('request', text || null);
}

function rating(person, note) {
  const choice = h('select', { class: 'input small', 'aria-label': t('people.rate'), 'data-test': 'person-rating', onChange: () => note({ rating: choice.value === '' ? null : Number(choice.value) }) },
    ['', '1', '2', '3', '4', '5'].map((value) => h('option', { value, selected: value === String(person.my_rating ?? '') }, value === '' ? t('people.rate') : value)));
  return choice;
}

function noteDialog(person, note) {
  const nickname = field(t('people.note.nickname'), { type: 'text', maxlength: '64', autocomplete: 'off', value: person.nickname ?? '', 'data-test': 'note-nickname' });
  const group = field(t('people.note.group'), { type: 'text', maxlength: '64', autocomplete: 'off', value: person.contact_group ?? '', 'data-test': 'note-group' });
  const form = h('form', { class: 'dialog-form' }, nickname.node, group.node,
    h('button', { type: 'submit', class: 'button primary', 'data-test': 'note-submit' }, t('people.note.save')));
  openDialog({
    title: t('people.note.title', { name: person.display_name || person.login }), name: 'note',
    fillBody: (body, close) => {
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        note({ nickname: nickname.input.value.trim() || null, group: group.input.value.trim() || null });
        close();
      });
      fill(body, form);
    },
  });
}
