import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blocks, pieces } from '../js/markdown.js';

/** Pieces in a short form: `<b>…</b>`, `<i>…</i>`, `<c>…</c>`, `<a HREF>…</a>`. */
function short(list) {
  return list.map((piece) => {
    if (piece.href) return `<a ${piece.href}>${piece.text}</a>`;
    if (piece.type === 'code') return `<c>${piece.text}</c>`;
    if (piece.type) return `<${piece.type[0]}>${short(piece.pieces)}</${piece.type[0]}>`;
    return piece.text;
  }).join('');
}

function everyPiece(list, visit) {
  for (const one of list) {
    visit(one);
    for (const inner of [one.pieces, one.blocks, ...(one.lines ?? []), ...(one.items ?? [])]) if (inner) everyPiece(inner, visit);
  }
}

function textOf(list) {
  let text = '';
  everyPiece(list, (one) => { if (typeof one.text === 'string') text += one.text; });
  return text;
}

test('bold, italic and code are marked', () => {
  for (const [line, wanted] of [
    ['**bold** and *italic* and _italic_', '<b>bold</b> and <i>italic</i> and <i>italic</i>'],
    ['`**code**` stays', '<c>**code**</c> stays'],
    ['**a *b* c**', '<b>a <i>b</i> c</b>'],
    ['(*x*), "_y_"!', '(<i>x</i>), "<i>y</i>"!'],
    ['**see `x`**', '<b>see <c>x</c></b>'],
  ]) assert.equal(short(pieces(line)), wanted, line);
});

test('what only looks like markup stays text', () => {
  for (const line of ['2*3*4', 'snake_case_name', '* a *', '**', '****', '*', '_', '``', '`open', '**open', 'a ** b ** c', '¯\\_(ツ)_/¯', '[x](y)', '[x] (y)']) {
    assert.equal(short(pieces(line)), line);
  }
});

test('addresses keep their underscores and stars', () => {
  assert.equal(short(pieces('https://a.example/b_c_d*e*')), '<a https://a.example/b_c_d*e>https://a.example/b_c_d*e</a>*');
});

test('links with a name go to http, https and mailto only', () => {
  assert.equal(short(pieces('[here](https://a.example/x)')), '<a https://a.example/x>here</a>');
  assert.equal(short(pieces('[write](mailto:a@b.example)')), '<a mailto:a@b.example>write</a>');
  for (const address of ['javascript:alert(1)', 'JaVaScRiPt:alert`1`', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '//a.example', '/x', 'x', 'https://u:p@a.example', 'mailto:a@b.example?body=x', '\u0001javascript:alert`1`', 'java\tscript:x', 'blob:https://a.example/1']) {
    everyPiece(pieces(`[x](${address})`), (piece) => assert.ok(!piece.href || /^https?:\/\/a\.example/.test(piece.href) && address.includes('blob'), address));
  }
});

test('a name that poses as another address is no link', () => {
  assert.equal(short(pieces('[bank.example](https://evil.example/)')), '[bank.example](<a https://evil.example/>https://evil.example/</a>)');
  everyPiece(pieces('[https://bank.example](https://evil.example/)'), (piece) => assert.ok(!piece.href || piece.href === piece.text));
  assert.equal(short(pieces('[www.a.example](https://www.a.example/login)')), '<a https://www.a.example/login>www.a.example</a>');
  assert.equal(short(pieces('[a@bank.example](mailto:b@evil.example)')), '[a@bank.example](mailto:b@evil.example)');
});

test('blocks: code, quotes and lists', () => {
  assert.deepEqual(blocks('```js\n<b>*x*</b>\n```\nafter'), [
    { type: 'code', text: '<b>*x*</b>' }, { type: 'text', lines: [[{ text: 'after' }]] },
  ]);
  assert.deepEqual(blocks('> a\n> > b\nc'), [
    { type: 'quote', blocks: [{ type: 'text', lines: [[{ text: 'a' }]] }, { type: 'quote', blocks: [{ type: 'text', lines: [[{ text: 'b' }]] }] }] },
    { type: 'text', lines: [[{ text: 'c' }]] },
  ]);
  assert.deepEqual(blocks('- a\n- b\n3. c\n4) d'), [
    { type: 'list', start: null, items: [[{ text: 'a' }], [{ text: 'b' }]] },
    { type: 'list', start: 3, items: [[{ text: 'c' }], [{ text: 'd' }]] },
  ]);
  assert.equal(blocks('```\nnever closed')[0].type, 'text');
  assert.equal(blocks('-no list\n1.no list')[0].lines.length, 2);
});

test('no markup of a page gets anywhere but into text', () => {
  const hostile = '<img src=x onerror=alert(1)> **<script>alert(1)</script>** [<svg/onload=alert(1)>](https://a.example/"onclick="x) `</code><b>`';
  const found = blocks(hostile);
  const known = new Set(['text', 'code', 'quote', 'list', 'bold', 'italic']);
  everyPiece(found, (one) => {
    assert.ok(one.type === undefined || known.has(one.type));
    if (one.href) assert.match(one.href, /^(https?:\/\/|mailto:)[^"<>\s]*$/u);
  });
  assert.match(textOf(found), /<script>alert\(1\)<\/script>/u);
});

test('nothing but markers is lost', () => {
  const bare = (text) => text.replace(/[*_`>\-[\]()\d.\s]/gu, '');
  for (const text of ['a **b** _c_ `d`', '> q\n\n- x\n- y', 'ein *Wort* und ** noch * eins', 'a\r\nb\r\n', '😀*😀*_😀_', '``` x\ny', '***three***', '**_a_ *b***']) {
    assert.equal(bare(textOf(blocks(text))), bare(text), text);
  }
});

test('long hostile texts cost little', () => {
  const begun = performance.now();
  for (const part of ['*', '**', '_', '`', '[', '](', '[a](', '> ', '>', '- ', '*a ', ' *a', '**a* ', '```\n', '1. ', '[x](https://a.example) ', 'https://a.example/(', '*_', '_*a', '\n']) {
    const text = part.repeat(Math.floor(16_384 / part.length));
    blocks(text);
  }
  assert.ok(performance.now() - begun < 2_000);
  let depth = 0;
  const measure = (list, level) => list.forEach((one) => {
    depth = Math.max(depth, level);
    for (const inner of [one.pieces, one.blocks, ...(one.lines ?? []), ...(one.items ?? [])]) if (inner) measure(inner, level + 1);
  });
  measure(blocks(`${'*a _b '.repeat(1000)}x${'_ *'.repeat(1000)}`), 1);
  measure(blocks('>'.repeat(5000)), 1);
  assert.ok(depth < 20, String(depth));
});
