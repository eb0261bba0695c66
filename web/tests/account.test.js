import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { detailLines } from '../js/details.js';
import { plain } from '../js/markdown.js';
import { bytesOf, creationOptions, credentialJson, passkeysBarrier, requestOptions, textOf } from '../js/passkeys.js';
import { describe as describeProblem, describeInside, refusal } from '../js/problems.js';
import { qrCode } from '../js/qr.js';
import { rulesText } from '../js/rules.js';

const drawn = (rows) => rows.map((row) => row.map((dark) => (dark ? '#' : '.')).join(''));

test('a QR code is the one that other programs make', () => {
  assert.deepEqual(drawn(qrCode('a')), VERSION_1);
});

// SHA-256 of the rows, of codes that were compared with those of another encoder (python-qrcode 8, level M, bytes).
test('longer texts have larger codes, with version numbers and blocks of two lengths', () => {
  for (const [text, size, hash] of HASHES) {
    const rows = qrCode(text);
    assert.equal(rows.length, size, text);
    assert.equal(createHash('sha256').update(drawn(rows).join('\n')).digest('hex').slice(0, 16), hash, text);
  }
});

test('what does not fit into a code has none', () => {
  assert.equal(qrCode('w'.repeat(412)).length, 77);
  assert.equal(qrCode('w'.repeat(413)), null);
});

test('the rules of a password are a sentence', () => {
  const none = { min_length: 10, digit: false, letter: false, upper: false, lower: false, special: false };
  assert.equal(rulesText(null), null);
  assert.equal(rulesText(none), 'At least 10 characters.');
  assert.equal(rulesText({ ...none, min_length: 8, digit: true, letter: true }), 'At least 8 characters, and in it: a letter, a digit.');
  assert.equal(rulesText({ ...none, letter: true, upper: true }), 'At least 10 characters, and in it: a capital letter.');
});

test('the same refusal is about the door outside, and about what was asked for inside', () => {
  const refused = { slug: 'not-permitted', detail: 'the password is wrong', document: {} };
  assert.equal(describeProblem(refused).text, 'Your account may not enter here.');
  assert.deepEqual(describeInside(refused), { text: 'The password is wrong.', detail: '' });
  const rule = { slug: 'unacceptable', detail: 'a password has at least 10 characters', document: {} };
  assert.equal(describeInside(rule).text, 'A password has at least 10 characters.');
  assert.equal(describeInside({ slug: 'throttled', document: {} }).text, 'Too many attempts.');
});

test('what stands in the way is told to people, and not what programs are told while sending', () => {
  const full = { slug: 'conflict', detail: 'there are 10 passkeys already; take one away first', document: {} };
  assert.deepEqual(describeInside(full), { text: 'There are 10 passkeys already; take one away first.', detail: '' });
  assert.equal(describeProblem(full).detail, 'There are 10 passkeys already; take one away first.');
  assert.equal(describeInside({ slug: 'conflict', document: {} }).text, 'The situation has changed meanwhile.');
  const repeated = { slug: 'conflict', detail: 'this client_id was used for another text', document: {} };
  assert.equal(refusal(repeated), 'The server already holds another message in its place.');
});

test('passkeys belong to one host, and to no frame', () => {
  const page = (hostname, top) => {
    globalThis.window = {};
    window.top = top === 'other' ? {} : window;
    Object.defineProperty(globalThis, 'navigator', { value: { credentials: { create() {} } }, configurable: true });
    Object.assign(globalThis, { location: { hostname }, PublicKeyCredential: class {}, isSecureContext: true });
  };
  page('chat.example.org');
  assert.equal(passkeysBarrier('chat.example.org'), null);
  assert.equal(passkeysBarrier('example.org'), 'address');
  isSecureContext = false;
  assert.equal(passkeysBarrier('chat.example.org'), 'browser');
  assert.equal(passkeysBarrier('example.org'), 'address');
  page('chat.example.org', 'other');
  assert.equal(passkeysBarrier('chat.example.org'), 'frame');
  for (const name of ['window', 'location', 'PublicKeyCredential', 'isSecureContext']) delete globalThis[name];
});

test('bytes go to base64url and back', () => {
  for (const bytes of [[], [0], [255, 254], [251, 255, 191], [1, 2, 3, 4]]) {
    const text = textOf(Uint8Array.from(bytes).buffer);
    assert.match(text, /^[\w-]*$/u);
    assert.deepEqual([...bytesOf(text)], bytes);
  }
});

test('what browsers take for a passkey is made of what the server says', () => {
  const options = creationOptions({ challenge: 'AQID', rp: { id: 'a.example' }, user: { id: 'BA', name: 'ann' }, excludeCredentials: [{ type: 'public-key', id: 'BQ' }], timeout: 5 });
  assert.deepEqual([...options.challenge], [1, 2, 3]);
  assert.deepEqual([...options.user.id], [4]);
  assert.deepEqual([...options.excludeCredentials[0].id], [5]);
  assert.deepEqual([options.rp.id, options.timeout, options.user.name], ['a.example', 5, 'ann']);
  assert.deepEqual(requestOptions({ challenge: 'AQID' }).allowCredentials, []);
});

test('what browsers give for a passkey is what the server takes', () => {
  const buffer = (...bytes) => Uint8Array.from(bytes).buffer;
  const base = { id: 'Bg', rawId: buffer(6), type: 'public-key', getClientExtensionResults: () => ({}) };
  const made = credentialJson({ ...base, response: { clientDataJSON: buffer(1), attestationObject: buffer(2), getTransports: () => ['usb'] } });
  assert.deepEqual(made.response, { clientDataJSON: 'AQ', attestationObject: 'Ag', transports: ['usb'] });
  const proved = credentialJson({ ...base, response: { clientDataJSON: buffer(1), authenticatorData: buffer(3), signature: buffer(4), userHandle: null } });
  assert.deepEqual(proved.response, { clientDataJSON: 'AQ', authenticatorData: 'Aw', signature: 'BA' });
  assert.deepEqual([proved.id, proved.rawId, proved.type], ['Bg', 'Bg', 'public-key']);
});

test('of a directory only addresses and numbers become links', () => {
  const hrefs = (key, value) => detailLines([{ key, value }])[0].href;
  assert.equal(hrefs('mail', 'ann@example.org'), 'mailto:ann@example.org');
  assert.equal(hrefs('mail', 'ann@example.org?bcc=eve@example.org'), null);
  assert.equal(hrefs('mail', 'javascript:alert(1)'), null);
  assert.equal(hrefs('phone', '+49 (30) 123-45'), 'tel:+493012345');
  assert.equal(hrefs('phone', 'ask Bob'), null);
  assert.equal(hrefs('title', 'https://example.org'), null);
  assert.deepEqual(detailLines([{ key: 'phone', value: ' ' }, { key: 'room', value: '4' }]), [{ name: 'room', value: '4', href: null }]);
});

test('a preview shows a text without its markers', () => {
  assert.equal(plain('did the **north _jetty_** hold?'), 'did the north jetty hold?');
  assert.equal(plain('- one\n- two\n> three\n```\n4 * 4\n```'), 'one\ntwo\nthree\n4 * 4');
  assert.equal(plain('[here](https://a.example) 2 * 3 * 4'), 'here 2 * 3 * 4');
});

const VERSION_1 = [
  '#######..#.##.#######',
  '#.....#.#.##..#.....#',
  '#.###.#.##.#..#.###.#',
  '#.###.#.#.##..#.###.#',
  '#.###.#..#..#.#.###.#',
  '#.....#...##..#.....#',
  '#######.#.#.#.#######',
  '........##...........',
  '#.....#.#.##.##..###.',
  '#..##......###.###..#',
  '..#.###..##.#.##.....',
  '.#.#.#.##..#####.#.#.',
  '##.#..####.##########',
  '........##..#.....#.#',
  '#######..###.#..####.',
  '#.....#...#...#...###',
  '#.###.#..###.#..###..',
  '#.###.#..#.#####.#...',
  '#.###.#..#.###.###.##',
  '#.....#...######.#...',
  '#######.#.#.#..#..##.',
];

const HASHES = [
  ['otpauth://totp/Portico:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Portico', 37, '6413c6cec83e792b'],
  ['ä'.repeat(60), 45, 'a289acbf2d191ea9'],
  ['y'.repeat(200), 57, 'f3a557b93ceac0d8'],
  ['z'.repeat(330), 69, 'a43937011c4de4ee'],
];
