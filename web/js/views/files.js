// The files of a message: pictures as pictures, everything else as something to be saved.

import { fill, h, icon, show } from '../dom.js';
import { t } from '../messages.js';
import { sizeText } from '../text.js';

const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** Answers `{ node, update(files) }`. `addressOf(id)`: where a file is. */
export function filesView(addressOf) {
  const node = h('div', { class: 'message-files', hidden: true, 'data-test': 'message-files' });
  let shown = '[]';
  return {
    node,
    update(files) {
      const drawn = JSON.stringify(files);
      if (drawn === shown) return;
      shown = drawn;
      fill(node, files.map((file) => (PICTURES.has(file.media_type) ? picture(file, addressOf(file.id)) : link(file, addressOf(file.id)))));
      show(node, files.length > 0);
    },
  };
}

function picture(file, address) {
  return h('a', { class: 'message-picture', href: address, target: '_blank', rel: 'noopener noreferrer', 'aria-label': t('message.picture', { name: file.name }) },
    h('img', { src: address, alt: '', loading: 'lazy', decoding: 'async' }));
}

function link(file, address) {
  const size = sizeText(file.size);
  return h('a', { class: 'message-file', href: address, download: file.name, 'aria-label': t('message.file', { name: file.name, size }) },
    icon('clip'), h('span', { class: 'message-file-name' }, h('bdi', {}, file.name)), h('span', { class: 'message-file-size' }, size));
}
