// A message's text as elements. What people write only ever becomes text nodes and attributes of links.

import { h } from '../dom.js';
import { blocks } from '../markdown.js';

/** The nodes of a text in the subset of Markdown that messages have. */
export function richText(text) {
  return blocks(text).map(blockNode);
}

function blockNode(block) {
  switch (block.type) {
    case 'code': return h('pre', { dir: 'ltr' }, h('code', {}, block.text));
    case 'quote': return h('blockquote', {}, block.blocks.map(blockNode));
    case 'list': return listNode(block);
    default: return h('p', {}, block.lines.map((line, index) => [index > 0 && '\n', line.map(pieceNode)]));
  }
}

function listNode({ start, items }) {
  const lines = items.map((item) => h('li', {}, item.map(pieceNode)));
  return start === null ? h('ul', {}, lines) : h('ol', { start }, lines);
}

function pieceNode(piece) {
  if (piece.href) {
    const props = { href: piece.href, title: piece.href, target: '_blank', rel: 'noopener noreferrer nofollow ugc' };
    return h('a', props, piece.text);
  }
  switch (piece.type) {
    case 'code': return h('code', {}, piece.text);
    case 'bold': return h('strong', {}, piece.pieces.map(pieceNode));
    case 'italic': return h('em', {}, piece.pieces.map(pieceNode));
    default: return document.createTextNode(piece.text);
  }
}
