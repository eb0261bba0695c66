import assert from 'node:assert/strict';
import { test } from 'node:test';

import { byteLength, contactOf, initials, isBlank, matches, preview, safeHref, segments, sendable, shade, siteHref } from '../js/text.js';

const links = (text) => segments(text).filter((piece) => piece.href).map((piece) => piece.text);
const joined = (text) => segments(text).map((piece) => piece.text).join('');

test('http and https addresses become links, nothing else does', () => {
  assert.deepEqual(links('see http://a.example/x and https://b.example'), ['http://a.example/x', 'https://b.example']);
  assert.deepEqual(links('javascript:alert(1) data:text/html,x ftp://a.example www.a.example mailto:a@b.example'), []);
});

test('no character is lost or changed by cutting', () => {
  for (const text of ['', 'plain', 'https://a.example.', '(https://a.example/b_(c)) end', '<b>https://a.example/"x"</b>', 'a\nhttps://a.example\nb']) {
    assert.equal(joined(text), text);
  }
});

test('punctuation after an address belongs to the sentence', () => {
  assert.deepEqual(links('Look at https://a.example/b. Or (https://a.example/c)? https://a.example/d_(e)!'), [
    'https://a.example/b', 'https://a.example/c', 'https://a.example/d_(e)',
  ]);
});

test('markup around an address stays out of it', () => {
  assert.deepEqual(links('<a href="https://a.example/x">'), ['https://a.example/x']);
});

test('an address that poses as another with a user name is not a link', () => {
  assert.deepEqual(links('https://bank.example@evil.example/login'), []);
  assert.equal(safeHref('https://user:secret@a.example'), null);
});

test('direction-changing characters end an address', () => {
  assert.deepEqual(links('https://a.example/\u202Egpj.exe'), ['https://a.example/']);
});

test('links of the configuration may be relative, never scripts', () => {
  assert.equal(siteHref('/register', 'https://chat.example/im/'), 'https://chat.example/register');
  assert.equal(siteHref('javascript:alert(1)', 'https://chat.example/im/'), null);
  assert.equal(siteHref(null, 'https://chat.example/im/'), null);
});

test('lengths are counted in bytes of UTF-8', () => {
  assert.equal(byteLength('añ€😀'), 1 + 2 + 3 + 4);
});

test('what no server takes is not sent: U+0000 and half characters', () => {
  assert.equal(sendable('a\u0000b'), 'ab');
  assert.equal(sendable(' kept \n as is '), ' kept \n as is ');
  if (''.toWellFormed) assert.equal(sendable('a\ud800b'), 'a\ufffdb');
});

test('white space alone is blank', () => {
  assert.equal(isBlank(' \n\t\u00a0'), true);
  assert.equal(isBlank(' . '), false);
});

test('a preview is one line and cuts no character in two', () => {
  assert.equal(preview('a\n\n  b'), 'a b');
  assert.equal(preview('😀😀😀', 2), '😀😀…');
});

test('initials come from the first and the last word', () => {
  assert.equal(initials('Anna Maria Berger'), 'AB');
  assert.equal(initials('  zoë '), 'Z');
  assert.equal(initials('😀 smile'), '😀S');
  assert.equal(initials(' '), '?');
});

test('a person keeps their colour', () => {
  assert.equal(shade('abc', 6), shade('abc', 6));
  assert.ok(shade('another', 6) < 6);
});

test('filters ignore case and accents', () => {
  assert.equal(matches('zoe', 'Zoë'), true);
  assert.equal(matches('', null), true);
  assert.equal(matches('x', 'Zoë', null), false);
});

test('a contact is a link when it is a mail address or https, else a text', () => {
  assert.equal(contactOf(''), null);
  assert.equal(contactOf(null), null);
  const cases = [
    ['help@a.example', 'help@a.example', 'mailto:help@a.example'],
    [' mailto:help@a.example?subject=Chat ', 'help@a.example', 'mailto:help@a.example?subject=Chat'],
    ['https://a.example/help', 'https://a.example/help', 'https://a.example/help'],
    ['http://a.example/help', 'http://a.example/help', null],
    ['https://bank.example@evil.example', 'https://bank.example@evil.example', null],
    ['javascript:alert(1)', 'javascript:alert(1)', null],
    ['JavaScript:a@b', 'JavaScript:a@b', null],
    ['mailto:', 'mailto:', null],
    ['room 12, or help@a.example', 'room 12, or help@a.example', null],
    ['https://a.example and room 12', 'https://a.example and room 12', null],
  ];
  for (const [words, text, href] of cases) assert.deepEqual(contactOf(words), { text, href });
});
