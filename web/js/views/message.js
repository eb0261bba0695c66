// What stands in a thread: messages, those on their way, separators.

import { bdi, fill, h, icon, setAttribute, setText, show, spoken } from '../dom.js';
import { plain } from '../markdown.js';
import { DAY_WORDS, t } from '../messages.js';
import { refusal } from '../problems.js';
import { nameOf } from '../selectors.js';
import { opening, preview, safeColour } from '../text.js';
import { clock, dayKey, dayName, full, millis } from '../time.js';
import { filesView } from './files.js';
import { menuButton } from './menu.js';
import { richText } from './rich.js';

const TOGETHER = 5 * 60_000;

/**
 * The lines of a thread, oldest first: `{ kind: "day" | "new" | "message" | "pending", key, … }`. `newAfter`: the id of
 * the last message read when the thread was opened.
 */
export function linesOf(messages, outbox, me, newAfter) {
  const lines = [];
  let before = null;
  let day = null;
  let mark = newAfter !== null && messages.some((message) => message.id === newAfter);
  let passed = false;
  for (const message of messages) {
    if (dayKey(message.sent_at) !== day) {
      day = dayKey(message.sent_at);
      lines.push({ kind: 'day', key: `day ${day}`, at: message.sent_at });
      before = null;
    }
    if (mark && passed && message.sender !== me.id) {
      lines.push({ kind: 'new', key: 'new' });
      mark = false;
      before = null;
    }
    passed ||= message.id === newAfter;
    lines.push({ kind: 'message', key: keyOf(message, me), message, joined: isJoined(before, message) });
    before = message;
  }
  for (const entry of outbox) {
    if (dayKey(entry.at) !== day) {
      day = dayKey(entry.at);
      lines.push({ kind: 'day', key: `later ${day}`, at: entry.at });
      before = null;
    }
    const line = { sender: me.id, sent_at: entry.at };
    lines.push({ kind: 'pending', key: `client ${entry.clientId}`, entry, joined: isJoined(before, line) });
    before = line;
  }
  return lines;
}

// A message of mine keeps the line it had while it was on its way: it isn't drawn, or read out, twice.
function keyOf(message, me) {
  return message.sender === me.id && message.client_id ? `client ${message.client_id}` : `message ${message.id}`;
}

function isJoined(before, message) {
  return before !== null && before.sender === message.sender && millis(message.sent_at) - millis(before.sent_at) < TOGETHER;
}

/**
 * A line of `linesOf`. `context`: `me()`, `senderOf(id)`, `fileAddress(id)`, `receiptOf(message)` (words or ''), and what is done:
 * `onRetry`, `onDiscard` (of the outbox), `onMenu(button, message)`, `onReact(message, emoji, on)`.
 */
export function lineView(line, context) {
  if (line.kind === 'day') return dayView();
  if (line.kind === 'new') return newView();
  return messageView(context);
}

function dayView() {
  const text = h('span', {});
  return {
    node: h('div', { class: 'separator day', 'data-test': 'day' }, text),
    update: ({ at }) => setText(text, dayName(at, DAY_WORDS)),
  };
}

function newView() {
  return { node: h('div', { class: 'separator new', 'data-test': 'new-messages' }, h('span', {}, t('thread.new'))), update() {} };
}

function messageView(context) {
  const { me, senderOf, onRetry, onDiscard } = context;
  const sender = h('span', { class: 'message-sender' });
  const quote = h('div', { class: 'message-quote', hidden: true, dir: 'auto', 'data-test': 'message-quote' });
  const text = h('div', { class: 'message-text', dir: 'auto', 'data-test': 'message-text' });
  const files = filesView(context.fileAddress);
  const time = h('time', { class: 'message-time' });
  const reactions = h('div', { class: 'reactions', hidden: true, 'data-test': 'reactions' });
  const state = h('div', { class: 'message-state', hidden: true, 'data-test': 'message-state' });
  const more = menuButton({ class: 'icon-button message-more', 'aria-label': t('message.actions'), 'data-test': 'message-more', onClick: () => context.onMenu(more, shown) }, icon('more'));
  const bubble = h('div', { class: 'bubble' }, sender, quote, text, files.node, time);
  const node = h('div', { class: 'message', 'data-test': 'message' }, h('div', { class: 'message-line' }, bubble, more), reactions, state);
  let shown = null;
  let shownText;
  let shownState = '';
  let shownReactions = '';

  function update(line) {
    const pending = line.kind === 'pending' ? line.entry : null;
    const message = pending ? { text: pending.text, sent_at: pending.at, sender: me().id, files: pending.files, reply_to: quoteOf(pending.replyTo) } : line.message;
    shown = pending ? null : message;
    const mine = message.sender === me().id;
    const deleted = message.kind === 'deleted';
    setAttribute(node, 'data-id', message.id ?? null);
    setAttribute(node, 'data-mine', String(mine));
    setAttribute(node, 'data-joined', line.joined);
    setAttribute(node, 'data-state', pending ? pending.state : 'sent');
    setAttribute(node, 'data-deleted', deleted);
    setAttribute(node, 'data-mentioned', message.mentioned === true);
    show(more, shown !== null && !deleted);
    fillSender(sender, mine, senderOf(message.sender));
    fillQuote(quote, message.reply_to, senderOf, me());
    const wanted = deleted ? null : message.text;
    if (wanted !== shownText || shownText === undefined) fill(text, deleted ? t('message.deleted') : richText(message.text));
    shownText = wanted;
    show(text, deleted || message.text !== '');
    files.update(deleted ? [] : message.files ?? []);
    setText(time, message.edited_at && !deleted ? t('message.edited', { time: clock(message.sent_at) }) : clock(message.sent_at));
    setAttribute(time, 'datetime', message.sent_at);
    setAttribute(time, 'title', full(message.sent_at));
    const votes = deleted ? [] : message.reactions ?? [];
    const drawnReactions = JSON.stringify(votes);
    if (drawnReactions !== shownReactions) fillReactions(reactions, message, votes, context);
    shownReactions = drawnReactions;
    const receipt = pending || !mine ? '' : context.receiptOf(message);
    const drawn = pending ? `${pending.state} ${pending.error?.slug ?? ''}` : receipt;
    if (drawn !== shownState) fillState(state, pending, receipt, { onRetry, onDiscard });
    shownState = drawn;
  }
  return { node, update };
}

function quoteOf(message) {
  return message ? { id: message.id, sender: message.sender, text: preview(message.text, 200), deleted: false } : null;
}

function fillSender(node, mine, person) {
  const name = mine ? t('app.you') : nameOf(person);
  if (node.dataset.shown === name) return;
  node.dataset.shown = name;
  fill(node, mine ? name : bdi(name), spoken(':'));
  node.style.setProperty('--name-colour', (mine ? null : safeColour(person?.colour)) ?? '');
}

function fillQuote(node, original, senderOf, me) {
  show(node, Boolean(original));
  const text = !original || original.deleted ? t('message.gone') : preview(plain(opening(original.text)), 200);
  const name = !original?.sender ? '' : original.sender === me.id ? t('app.you') : nameOf(senderOf(original.sender));
  const drawn = `${name}\n${text}`;
  if (!original || node.dataset.shown === drawn) return;
  node.dataset.shown = drawn;
  fill(node, name && h('span', { class: 'message-quote-name' }, bdi(name), spoken(':')), h('span', {}, text));
}

function fillReactions(node, message, reactions, { senderOf, onReact }) {
  show(node, reactions.length > 0);
  fill(node, reactions.map(({ emoji, count, accounts, mine }) => {
    const names = accounts.slice(0, 8).map((id) => nameOf(senderOf(id)));
    if (count > names.length) names.push(t('message.others', { n: count - names.length }));
    return h('button', {
      type: 'button', class: 'reaction', 'aria-pressed': String(mine === true), title: names.join(', '),
      'aria-label': t('message.reactions', { emoji, names: names.join(', ') }), 'data-test': 'reaction',
      onClick: () => onReact(message, emoji, mine !== true),
    }, h('span', { 'aria-hidden': 'true' }, emoji), h('span', { 'aria-hidden': 'true' }, String(count)));
  }));
}

function fillState(node, entry, receipt, { onRetry, onDiscard }) {
  show(node, entry !== null || receipt !== '');
  if (!entry) {
    fill(node, receipt);
    return;
  }
  if (entry.state === 'sending') {
    fill(node, t('send.sending'));
    return;
  }
  const failed = entry.state === 'failed';
  const why = failed ? `${t('send.failed')} ${entry.error ? refusal(entry.error) : ''}` : t('send.waiting');
  const { clientId } = entry;
  fill(node, h('span', {}, why.trim()), ' ',
    h('button', { type: 'button', class: 'link', 'data-test': 'message-retry', onClick: () => onRetry(clientId) }, t('send.retry')), ' ',
    failed && h('button', { type: 'button', class: 'link', 'data-test': 'message-discard', onClick: () => onDiscard(clientId) }, t('send.discard')));
}
