// A part of a panel.

import { h } from '../dom.js';

/** A heading and what stands below it. `hook` names it for browser tests. */
export function accountPart(title, hook, ...content) {
  return h('section', { class: 'panel-part', 'data-test': hook }, h('h3', { class: 'part-title', tabindex: '-1' }, title), content);
}
