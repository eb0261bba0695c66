// QR codes (ISO/IEC 18004) for short texts: bytes, error correction M, versions 1 to 15 (412 bytes). Pure: text in, squares out.

const encoder = new TextEncoder();
const LARGEST = 15;
// By version, from 1: how many codewords of error correction a block has, and how many blocks there are (table 9, level M).
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10];

const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** A text as rows of `true` (dark) and `false`, without the quiet zone of four around it; `null` when it is too long. */
export function qrCode(text) {
  const bytes = encoder.encode(text);
  const version = versionFor(bytes.length);
  if (version === null) return null;
  const bits = bitsOf(codewords(bytes, version));
  let best = null;
  MASKS.forEach((mask, number) => {
    const rows = draw(version, bits, mask, number);
    const cost = penalty(rows);
    if (best === null || cost < best.cost) best = { rows, cost };
  });
  return best.rows;
}

function versionFor(length) {
  for (let version = 1; version <= LARGEST; version += 1) {
    if (4 + lengthBits(version) + length * 8 <= dataLength(version) * 8) return version;
  }
  return null;
}

function lengthBits(version) {
  return version < 10 ? 8 : 16;
}

// All codewords of a version: what its patterns leave free.
function wholeLength(version) {
  let modules = (16 * version + 128) * version + 64;
  if (version > 1) {
    const places = Math.floor(version / 7) + 2;
    modules -= (25 * places - 10) * places - 55;
  }
  if (version > 6) modules -= 36;
  return Math.floor(modules / 8);
}

function dataLength(version) {
  return wholeLength(version) - CORRECTION[version - 1] * BLOCKS[version - 1];
}

// ---- data

function codewords(bytes, version) {
  const bits = [];
  const push = (value, count) => { for (let at = count - 1; at >= 0; at -= 1) bits.push((value >> at) & 1); };
  push(0b0100, 4);
  push(bytes.length, lengthBits(version));
  for (const byte of bytes) push(byte, 8);
  const room = dataLength(version) * 8;
  push(0, Math.min(4, room - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let filler = 0xec; bits.length < room; filler ^= 0xec ^ 0x11) push(filler, 8);
  const data = [];
  for (let at = 0; at < bits.length; at += 8) data.push(Number.parseInt(bits.slice(at, at + 8).join(''), 2));
  return interleaved(data, version);
}

// Blocks of two lengths, the shorter ones first; one codeword of each in turn.
function interleaved(data, version) {
  const count = BLOCKS[version - 1];
  const divisor = generator(CORRECTION[version - 1]);
  const short = Math.floor(data.length / count);
  const longer = data.length % count;
  const blocks = [];
  for (let at = 0, number = 0; number < count; number += 1) {
    const length = short + (number >= count - longer ? 1 : 0);
    blocks.push(data.slice(at, at + length));
    at += length;
  }
  const checks = blocks.map((block) => remainder(block, divisor));
  const turns = (lists) => Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, at) => lists.filter((list) => at < list.length).map((list) => list[at])).flat();
  return [...turns(blocks), ...turns(checks)];
}

function bitsOf(words) {
  return words.flatMap((word) => [7, 6, 5, 4, 3, 2, 1, 0].map((at) => (word >> at) & 1));
}

// ---- error correction: Reed-Solomon over GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1

function times(a, b) {
  let product = 0;
  for (let at = 7; at >= 0; at -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    if ((b >> at) & 1) product ^= a;
  }
  return product;
}

// (x - 1)(x - 2)(x - 4)… without its leading 1, the highest power first.
function generator(degree) {
  const result = new Array(degree).fill(0);
  result[degree - 1] = 1;
  for (let step = 0, root = 1; step < degree; step += 1, root = times(root, 2)) {
    for (let at = 0; at < degree; at += 1) result[at] = times(result[at], root) ^ (result[at + 1] ?? 0);
  }
  return result;
}

function remainder(data, divisor) {
  const rest = new Array(divisor.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    divisor.forEach((coefficient, at) => { rest[at] ^= times(coefficient, factor); });
  }
  return rest;
}

// ---- drawing

function draw(version, bits, mask, number) {
  const size = version * 4 + 17;
  const rows = Array.from({ length: size }, () => new Array(size).fill(null));
  const put = (x, y, dark) => { if (x >= 0 && y >= 0 && x < size && y < size) rows[y][x] = dark; };
  for (let at = 8; at < size - 8; at += 1) {
    put(6, at, at % 2 === 0);
    put(at, 6, at % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(put, x, y, 4, (distance) => distance !== 2 && distance !== 4);
  const places = alignments(version);
  const last = places.length - 1;
  places.forEach((x, i) => places.forEach((y, j) => {
    const taken = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0);
    if (!taken) square(put, x, y, 2, (distance) => distance !== 1);
  }));
  drawFormat(put, size, number);
  if (version > 6) drawVersion(put, size, version);
  fillIn(rows, bits, mask);
  return rows;
}

function square(put, x, y, radius, isDark) {
  for (let dy = -radius; dy <= radius; dy += 1) {
    for (let dx = -radius; dx <= radius; dx += 1) put(x + dx, y + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
  }
}

function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = version * 4 + 10;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, at) => last - (count - 2 - at) * step)];
}

// Ten bits that check five, of which two say "M".
function drawFormat(put, size, number) {
  let rest = number;
  for (let step = 0; step < 10; step += 1) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const word = ((number << 10) | rest) ^ 0x5412;
  const bit = (at) => ((word >> at) & 1) === 1;
  for (let at = 0; at < 8; at += 1) {
    put(8, at < 6 ? at : at + 1, bit(at));
    put(size - 1 - at, 8, bit(at));
  }
  put(7, 8, bit(8));
  for (let at = 9; at < 15; at += 1) put(14 - at, 8, bit(at));
  for (let at = 8; at < 15; at += 1) put(8, size - 15 + at, bit(at));
  put(8, size - 8, true);
}

function drawVersion(put, size, version) {
  let rest = version;
  for (let step = 0; step < 12; step += 1) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const word = (version << 12) | rest;
  for (let at = 0; at < 18; at += 1) {
    const dark = ((word >> at) & 1) === 1;
    const far = size - 11 + (at % 3);
    const near = Math.floor(at / 3);
    put(far, near, dark);
    put(near, far, dark);
  }
}

// From the right in columns of two, up and down by turns, around what is drawn already.
function fillIn(rows, bits, mask) {
  const size = rows.length;
  let at = 0;
  let up = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (rows[y][x] !== null) continue;
        rows[y][x] = (bits[at] === 1) !== mask(x, y);
        at += 1;
      }
    }
    up = !up;
  }
}

// How hard a code is to read: long runs, blocks, what looks like a corner, too much of one shade (7.8.3).
function penalty(rows) {
  const size = rows.length;
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  let cost = 0;
  for (const line of [...rows, ...columns]) {
    const text = line.map(Number).join('');
    for (const [run] of text.matchAll(/0{5,}|1{5,}/gu)) cost += run.length - 2;
    for (const corner of ['10111010000', '00001011101']) {
      for (let at = text.indexOf(corner); at >= 0; at = text.indexOf(corner, at + 1)) cost += 40;
    }
  }
  let dark = 0;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      dark += rows[y][x] ? 1 : 0;
      const same = x > 0 && y > 0 && rows[y][x] === rows[y - 1][x] && rows[y][x] === rows[y][x - 1] && rows[y][x] === rows[y - 1][x - 1];
      if (same) cost += 3;
    }
  }
  return cost + Math.floor(Math.abs(dark / size / size - 0.5) * 20) * 10;
}
