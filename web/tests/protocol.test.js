import assert from 'node:assert/strict';
import { test } from 'node:test';

import { delay } from '../js/backoff.js';
import { t } from '../js/messages.js';
import { describe, sentence } from '../js/problems.js';
import { EventStreamParser } from '../js/sse.js';
import { brief, dayName, daysAgo } from '../js/time.js';

function parse(...pieces) {
  const events = [];
  const parser = new EventStreamParser((event) => events.push(event));
  for (const piece of pieces) parser.push(piece);
  return events;
}

test('an event is whole however its bytes are cut', () => {
  const stream = ': hello\r\n\r\nid: 7\r\ndata: {"a":1}\r\n\r\nid: 8\ndata: x\ndata: y\n\n';
  const expected = [{ id: '7', type: 'message', data: '{"a":1}' }, { id: '8', type: 'message', data: 'x\ny' }];
  assert.deepEqual(parse(stream), expected);
  assert.deepEqual(parse(...stream), expected);
});

test('comments and events without data are no events, but an id stays', () => {
  assert.deepEqual(parse(': keep-alive\n\n', 'id: 3\n\n', 'data: z\n\n'), [{ id: '3', type: 'message', data: 'z' }]);
});

test('an unfinished event is not delivered', () => {
  assert.deepEqual(parse('data: half'), []);
});

test('waiting doubles up to the cap, with a random part, and obeys Retry-After', () => {
  const worst = (failures) => delay(failures, { random: () => 1 });
  assert.deepEqual([0, 1, 2, 3].map(worst), [500, 1000, 2000, 4000]);
  assert.equal(worst(100), 30_000);
  assert.equal(delay(3, { random: () => 0 }), 2000);
  assert.ok(delay(0, { retryAfter: 12 }) >= 12_000);
});

test('every problem has a text; the server’s reason is shown where it says more', () => {
  assert.equal(sentence({ slug: 'login-refused', detail: 'Unknown name or wrong password.' }), 'The name or the password is wrong.');
  assert.equal(sentence({ slug: 'banned', detail: 'too much noise' }), 'You are banned here. Too much noise.');
  assert.match(sentence({ slug: 'banned', detail: 'Noise.', document: { until: '2031-03-03T10:00:00.000Z' } }), /^You are banned here\. Noise\. Until .*2031.*\.$/u);
  assert.deepEqual(describe({ slug: 'some-new-problem', title: 'New', detail: 'Because.' }), { text: 'New', detail: 'Because.' });
});

test('two refusals of a login read the same', () => {
  const unknown = describe({ slug: 'login-refused', detail: 'a' });
  assert.deepEqual(unknown, describe({ slug: 'login-refused', detail: 'b' }));
});

test('names in sentences are isolated, numbers choose the plural', () => {
  assert.equal(t('done.request', { name: 'نور' }), 'Request sent to \u2068نور\u2069.');
  assert.equal(t('list.unread', { n: 1 }), '1 unread message');
  assert.equal(t('list.unread', { n: 2 }), '2 unread messages');
  assert.throws(() => t('no such text'), /no text for/);
});

test('days are counted between midnights of the reader', () => {
  const now = new Date(2026, 4, 10, 0, 5).getTime();
  const words = { today: 'Today', yesterday: 'Yesterday' };
  assert.equal(daysAgo(new Date(2026, 4, 9, 23, 55).toISOString(), now), 1);
  assert.equal(dayName(new Date(2026, 4, 10, 0, 1).toISOString(), words, now), 'Today');
  assert.equal(dayName(new Date(2026, 4, 9, 23, 55).toISOString(), words, now), 'Yesterday');
  assert.equal(brief(new Date(2026, 4, 9, 1, 0).toISOString(), words, now), 'Yesterday');
});
