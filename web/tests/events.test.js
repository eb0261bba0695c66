import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { Problem, Unreachable } from '../js/api.js';
import { EventFeed } from '../js/events.js';

const problem = (status, slug) => new Problem(status, { type: `/problems/${slug}` }, null);
const settle = async () => { for (let i = 0; i < 50; i += 1) await Promise.resolve(); };

// A server that answers from a script: each entry is an answer, an error, or a function of the request.
function script(steps) {
  const calls = [];
  const answer = async (kind, cursor, wait, signal) => {
    calls.push({ kind, cursor, wait });
    const step = steps.shift();
    if (step === undefined) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Unreachable('aborted'))));
    if (step instanceof Error) throw step;
    return step;
  };
  return {
    calls,
    events: (cursor, wait, signal) => answer('poll', cursor, wait, signal),
    eventStream: (cursor, signal) => answer('stream', cursor, null, signal),
  };
}

function stream(...pieces) {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  return { body };
}

function feed(api) {
  const heard = { events: [], states: [], ended: [], lost: 0 };
  const made = new EventFeed(api, {
    onEvent: (event) => heard.events.push(event.type),
    onState: (state) => heard.states.push(state),
    onEnded: (error) => heard.ended.push(error.slug),
    onCursorLost: async () => { heard.lost += 1; return 'new'; },
  });
  return { made, heard };
}

async function run(steps, time, check) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const api = script(steps);
  const { made, heard } = feed(api);
  try {
    made.start('c0');
    for (let passed = 0; passed < time; passed += 100) {
      await settle();
      mock.timers.tick(100);
    }
    await settle();
    check(api.calls, heard);
  } finally {
    made.stop();
    mock.timers.reset();
  }
}

test('events come from the stream, and their ids are the cursor to go on from', async () => {
  const first = stream(': hello\n\n', 'id: c1\ndata: {"type":"a"}\n\nid: c2\ndata: {"type":"b"}\n\n');
  await run([first], 2_000, (calls, heard) => {
    assert.deepEqual(heard.events, ['a', 'b']);
    assert.deepEqual(calls[1], { kind: 'poll', cursor: 'c2', wait: 0 });
  });
});

test('after a break a poll that does not wait finds out whether the server is back, then the stream goes on', async () => {
  const steps = [stream(': hello\n\n'), new Unreachable('down'), new Unreachable('down'), { events: [{ type: 'missed' }], cursor: 'c5' }, stream(': hello\n\n')];
  await run(steps, 10_000, (calls, heard) => {
    assert.deepEqual(calls.slice(0, 5).map((call) => call.kind), ['stream', 'poll', 'poll', 'poll', 'stream']);
    assert.equal(calls[4].cursor, 'c5');
    assert.deepEqual(heard.events, ['missed']);
    assert.deepEqual(heard.states.filter((state, i, all) => state !== all[i - 1]), ['live', 'down', 'live']);
  });
});

test('without streams long polls do the work', async () => {
  const steps = [problem(404, 'not-found'), { events: [], cursor: 'c1' }, { events: [{ type: 'a' }], cursor: 'c2' }];
  await run(steps, 5_000, (calls, heard) => {
    assert.deepEqual(calls.map((call) => [call.kind, call.cursor, call.wait]), [
      ['stream', 'c0', null], ['poll', 'c0', 0], ['poll', 'c1', 50], ['poll', 'c2', 50],
    ]);
    assert.deepEqual(heard.events, ['a']);
  });
});

test('a stream that opens but stays silent is given up after a few seconds', async () => {
  const silent = (signal) => new ReadableStream({ start: (controller) => signal.addEventListener('abort', () => controller.error(new Error('aborted'))) });
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const kinds = [];
  const { made } = feed({
    eventStream: async (_, signal) => { kinds.push('stream'); return { body: silent(signal) }; },
    events: async (cursor) => { kinds.push('poll'); return kinds.length > 3 ? new Promise(() => {}) : { events: [], cursor }; },
  });
  made.start('c0');
  for (let passed = 0; passed < 10_000; passed += 100) { await settle(); mock.timers.tick(100); }
  assert.deepEqual(kinds, ['stream', 'poll', 'poll', 'poll']);
  made.stop();
  mock.timers.reset();
});

test('polls that another tab ends at once back off', async () => {
  const empty = { events: [], cursor: 'c1' };
  await run([problem(404, 'not-found'), ...Array.from({ length: 100 }, () => empty)], 20_000, (calls) => {
    assert.ok(calls.length < 10, `${calls.length} requests in 20 seconds`);
  });
});

test('a 401 ends the feed, once', async () => {
  await run([problem(401, 'session-required')], 3_000, (calls, heard) => {
    assert.deepEqual(heard.ended, ['session-required']);
    assert.equal(calls.length, 1);
  });
});

test('a cursor the server does not know is replaced after loading everything', async () => {
  await run([problem(400, 'invalid-request'), stream(': hello\n\n')], 2_000, (calls, heard) => {
    assert.equal(heard.lost, 1);
    assert.equal(calls[1].cursor, 'new');
  });
});
