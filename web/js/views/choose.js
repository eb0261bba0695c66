// Choosing some of the people one sees.

import { bdi, fill, h } from '../dom.js';
import { t } from '../messages.js';
import { nameOf } from '../selectors.js';
import { matches } from '../text.js';
import { openDialog } from './dialog.js';

const AT_ONCE = 100;

/**
 * Asks for people. Answers their ids, `null` when nobody was wanted. `extra`: nodes above the list; `without`: ids that are left
 * out.
 */
export function choosePeople(app, { title, submit, extra = null, without = new Set() }) {
  return new Promise((resolve) => {
    const chosen = new Set();
    let answer = null;
    const filter = h('input', { type: 'search', class: 'input', placeholder: t('people.filter'), 'aria-label': t('people.filter'), autocomplete: 'off', dir: 'auto', 'data-test': 'choose-filter' });
    const list = h('ul', { class: 'panel-list choose-list', 'data-test': 'choose-list' });
    const button = h('button', { type: 'submit', class: 'button primary', disabled: true, 'data-test': 'choose-submit' }, submit);
    const compare = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true }).compare;

    function draw() {
      const people = [...app.store.people.values()].filter((person) => !without.has(person.id) && person.may?.call !== false && matches(filter.value, person.nickname, person.display_name, person.login));
      people.sort((a, b) => compare(nameOf(a), nameOf(b)));
      fill(list, people.slice(0, AT_ONCE).map((person) => h('li', {}, h('label', { class: 'check' },
        h('input', { type: 'checkbox', checked: chosen.has(person.id), 'data-test': 'choose', onChange: () => toggle(person.id) }), bdi(nameOf(person))))));
    }

    function toggle(id) {
      if (!chosen.delete(id)) chosen.add(id);
      button.disabled = chosen.size === 0;
    }

    filter.addEventListener('input', draw);
    const form = h('form', { class: 'dialog-form' }, extra, filter, list, button);
    openDialog({
      title, name: 'choose', onClose: () => resolve(answer),
      fillBody: (body, close) => {
        form.addEventListener('submit', (event) => {
          event.preventDefault();
          answer = [...chosen];
          close();
        });
        fill(body, form);
        draw();
      },
    });
  });
}
