// The subset of Markdown that messages are shown in, as pieces: pure functions over text, so `node --test` can run them.
// docs/http-api.md says what the subset is. The work is linear in the length of the text, whatever stands in it.

import { safeHref, segments } from './text.js';

const FENCE = /^```[\w+#.-]{0,30}\s*$/u;
const QUOTE = /^> ?/u;
const BULLET = /^[-*] (?=\S)/u;
const NUMBER = /^(\d{1,4})[.)] (?=\S)/u;
const NAMED_LINK = /\[([^[\]]{1,200})\]\(([^\s<>()]{1,1000})\)/gu;
const ADDRESS = /^mailto:[^\s?&/\\%<>"']+@[^\s?&/\\%<>"'@]+$/iu;
const LOOKS_LIKE_AN_ADDRESS = /^\s*(?:[a-z][a-z0-9+.-]*:|\/\/|www\.)|[\p{L}\p{N}-]\.\p{L}{2,}/iu;
const MARKER = /\*\*|[*_]/gu;
const WORD = /[\p{L}\p{N}_\\/]/u;
const KINDS = { '**': 'bold', '*': 'italic', _: 'italic' };
const MOST_OPEN = 8;
const MOST_QUOTES = 3;

/**
 * A text as blocks: `{ type: 'text', lines: [pieces] }`, `{ type: 'code', text }`, `{ type: 'quote', blocks }`,
 * `{ type: 'list', start: null | number, items: [pieces] }`. A piece is `{ text }`, `{ text, href }`,
 * `{ type: 'code', text }` or `{ type: 'bold' | 'italic', pieces }`.
 */
export function blocks(text, depth = 0) {
  const lines = text.split('\n');
  const found = [];
  const ends = closings(lines);
  for (let at = 0; at < lines.length;) {
    const line = trimmed(lines[at]);
    if (FENCE.test(line) && ends[at] > 0) {
      found.push({ type: 'code', text: lines.slice(at + 1, ends[at]).join('\n') });
      at = ends[at] + 1;
    } else if (depth < MOST_QUOTES && QUOTE.test(line)) {
      const end = endOf(lines, at, QUOTE);
      found.push({ type: 'quote', blocks: blocks(lines.slice(at, end).map((one) => one.replace(QUOTE, '')).join('\n'), depth + 1) });
      at = end;
    } else if (BULLET.test(line)) {
      const end = endOf(lines, at, BULLET);
      found.push({ type: 'list', start: null, items: lines.slice(at, end).map((one) => pieces(one.replace(BULLET, ''))) });
      at = end;
    } else if (NUMBER.test(line)) {
      const end = endOf(lines, at, NUMBER);
      const start = Number(NUMBER.exec(line)[1]);
      found.push({ type: 'list', start, items: lines.slice(at, end).map((one) => pieces(one.replace(NUMBER, ''))) });
      at = end;
    } else {
      const last = found.at(-1);
      if (last?.type === 'text') last.lines.push(pieces(lines[at]));
      else found.push({ type: 'text', lines: [pieces(lines[at])] });
      at += 1;
    }
  }
  return found;
}

/** A text without its markers, as one line in a list shows it. */
export function plain(text) {
  return blocks(text).map(plainBlock).join('\n');
}

function plainBlock(block) {
  switch (block.type) {
    case 'code': return block.text;
    case 'quote': return block.blocks.map(plainBlock).join('\n');
    case 'list': return block.items.map(plainPieces).join('\n');
    default: return block.lines.map(plainPieces).join('\n');
  }
}

function plainPieces(list) {
  return list.map((piece) => (piece.pieces ? plainPieces(piece.pieces) : piece.text)).join('');
}

function trimmed(line) {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

// For each line the next line that is a bare fence, 0 where there is none: looked up from the end, once.
function closings(lines) {
  const ends = new Array(lines.length).fill(0);
  let next = 0;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    ends[at] = next;
    if (trimmed(lines[at]).trimEnd() === '```') next = at;
  }
  return ends;
}

function endOf(lines, at, pattern) {
  let end = at;
  while (end < lines.length && pattern.test(lines[end])) end += 1;
  return end;
}

/** One line as pieces. */
export function pieces(line) {
  let parts = cutCode(line);
  parts = parts.flatMap((part) => (isText(part) ? cutLinks(part.text) : [part]));
  parts = parts.flatMap((part) => (isText(part) ? segments(part.text) : [part]));
  return emphasised(parts);
}

function isText(part) {
  return !part.type && !part.href;
}

function cutCode(line) {
  const parts = [];
  let end = 0;
  for (let open = line.indexOf('`'); open >= 0; open = line.indexOf('`', end)) {
    const close = line.indexOf('`', open + 1);
    if (close < 0) break;
    if (close === open + 1) {
      parts.push({ text: line.slice(end, close + 1) });
    } else {
      if (open > end) parts.push({ text: line.slice(end, open) });
      parts.push({ type: 'code', text: line.slice(open + 1, close) });
    }
    end = close + 1;
  }
  if (end < line.length) parts.push({ text: line.slice(end) });
  return parts;
}

function cutLinks(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(NAMED_LINK)) {
    const href = linkHref(match[1], match[2]);
    if (!href) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: match[1], href });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** The address of a link with a name of its own, or `null`. A name that looks like another address is made to mislead. */
function linkHref(name, address) {
  if (ADDRESS.test(address)) return LOOKS_LIKE_AN_ADDRESS.test(name) && !address.toLowerCase().endsWith(name.trim().toLowerCase()) ? null : address;
  const href = safeHref(address);
  if (!href) return null;
  if (!LOOKS_LIKE_AN_ADDRESS.test(name)) return href;
  const shown = safeHref(name.trim()) ?? safeHref(`https://${name.trim()}`);
  return shown && new URL(shown).host === new URL(href).host ? href : null;
}

// Markers pair with the nearest one of their kind; what is left without a partner is text.
function emphasised(parts) {
  const out = [];
  let open = [];
  const around = (index, step) => {
    const other = parts[index + step];
    return other ? [...(step < 0 ? other.text.slice(-2) : other.text.slice(0, 2))].at(step < 0 ? -1 : 0) ?? '' : '';
  };
  parts.forEach((part, index) => {
    if (!isText(part)) {
      out.push(part);
      return;
    }
    let end = 0;
    for (const match of part.text.matchAll(MARKER)) {
      const marker = match[0];
      const after = match.index + marker.length;
      const before = match.index > 0 ? part.text[match.index - 1] : around(index, -1);
      const next = after < part.text.length ? part.text[after] : around(index, 1);
      const closes = isSolid(before) && !WORD.test(next) && open.some((one) => one.marker === marker);
      const opens = isSolid(next) && !WORD.test(before) && open.length < MOST_OPEN;
      if (!closes && !opens) continue;
      if (match.index > end) out.push({ text: part.text.slice(end, match.index) });
      end = after;
      if (closes) {
        const at = open.findLastIndex((one) => one.marker === marker);
        const inner = joinTexts(out.splice(open[at].place).slice(1));
        open = open.slice(0, at);
        out.push(inner.length > 0 ? { type: KINDS[marker], pieces: inner } : { text: marker + marker });
      } else {
        open.push({ marker, place: out.length });
        out.push({ text: marker });
      }
    }
    if (end < part.text.length) out.push({ text: part.text.slice(end) });
  });
  return joinTexts(out);
}

function isSolid(character) {
  return character !== '' && !/\s/u.test(character);
}

function joinTexts(list) {
  const joined = [];
  for (const part of list) {
    const last = joined.at(-1);
    if (isText(part) && last && isText(last)) joined[joined.length - 1] = { text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}
