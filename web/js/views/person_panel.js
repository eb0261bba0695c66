// Somebody in full: picture, name, where they are, and what a directory says of them.

import { bdi, fill, h } from '../dom.js';
import { detailLines } from '../details.js';
import { t } from '../messages.js';
import { sentence } from '../problems.js';
import { nameOf } from '../selectors.js';
import { safeHref } from '../text.js';
import { avatar } from './avatar.js';
import { openDialog } from './dialog.js';
import { presenceText, unproven } from './person.js';

/** The lines of a `dl`. */
export function detailNodes(facts) {
  return detailLines(facts).flatMap(({ name, value, href }) => [
    h('dt', {}, name),
    h('dd', {}, href ? h('a', { href, rel: 'noopener noreferrer' }, bdi(value)) : bdi(value)),
  ]);
}

/** Opens the panel of a person. */
export function personPanel(app, person) {
  const content = h('div', { class: 'panel-content' });
  const panel = openDialog({ title: nameOf(person), name: 'person', fillBody: (body) => fill(body, content) });
  draw(person, null);
  load();

  async function load() {
    try {
      const known = await app.api.person(person.id);
      if (!panel.closed) draw({ ...person, ...known, ...app.store.people.get(person.id) }, detailNodes(known.details));
    } catch (error) {
      if (!error?.slug) throw error;
      // Whom one may not find (any more) can still be written to; there is nothing more to tell.
      if (!panel.closed && error.slug !== 'not-found') content.append(h('p', { class: 'hint' }, `${t('dialog.failed')} ${sentence(error)}`));
    }
  }

  function draw(now, details) {
    const picture = avatar();
    picture.update(now);
    const profile = safeHref(now.profile_url);
    const own = nameOf(now) !== now.display_name ? now.display_name : null;
    fill(content,
      h('div', { class: 'person-card' }, picture.node, h('div', { class: 'row-text' },
        h('p', { class: 'person-card-name' }, bdi(nameOf(now)), unproven(now)),
        own && h('p', { class: 'hint' }, bdi(own)),
        h('p', { class: 'hint' }, bdi(now.login), now.realm_label && [' · ', t('people.realm', { realm: now.realm_label })]),
        now.presence && h('p', { class: 'hint' }, presenceText(now)))),
      details?.length > 0 && h('dl', { class: 'person-facts', 'data-test': 'person-facts' }, details),
      profile && h('p', {}, h('a', { href: profile, target: '_blank', rel: 'noopener noreferrer' }, t('people.profile'))));
  }
}
