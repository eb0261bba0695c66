// Times: RFC 3339 in, the reader's own zone and habits out.

const DAY = 86_400_000;
const formats = new Map();

function format(name, options) {
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(undefined, options));
  return formats.get(name);
}

/** Milliseconds since 1970 of an RFC 3339 time, or 0 for none. */
export function millis(time) {
  const value = time ? Date.parse(time) : Number.NaN;
  return Number.isNaN(value) ? 0 : value;
}

/** "14:05" */
export function clock(time) {
  return format('clock', { timeStyle: 'short' }).format(millis(time));
}

/** Date and time in full, for titles and sentences. */
export function full(time) {
  return format('full', { dateStyle: 'full', timeStyle: 'medium' }).format(millis(time));
}

/** Date and time, short enough for a sentence. */
export function moment(time) {
  return format('moment', { dateStyle: 'medium', timeStyle: 'short' }).format(millis(time));
}

/** A key that changes at midnight of the reader. */
export function dayKey(time) {
  const date = new Date(millis(time));
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** Whole days between the reader's today and the day of `time`: 0 today, 1 yesterday. */
export function daysAgo(time, now = Date.now()) {
  return Math.round((midnight(now) - midnight(millis(time))) / DAY);
}

function midnight(value) {
  const date = new Date(value);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}

/** The text of a day separator. `words` gives "Today" and "Yesterday". */
export function dayName(time, words, now = Date.now()) {
  const ago = daysAgo(time, now);
  if (ago === 0) return words.today;
  if (ago === 1) return words.yesterday;
  const sameYear = new Date(now).getFullYear() === new Date(millis(time)).getFullYear();
  if (sameYear) return format('day', { weekday: 'long', day: 'numeric', month: 'long' }).format(millis(time));
  return format('dayYear', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(millis(time));
}

/** A time for a list: the clock today, the weekday this week, the date before. */
export function brief(time, words, now = Date.now()) {
  const ago = daysAgo(time, now);
  if (ago <= 0) return clock(time);
  if (ago === 1) return words.yesterday;
  if (ago < 7) return format('weekday', { weekday: 'short' }).format(millis(time));
  const sameYear = new Date(now).getFullYear() === new Date(millis(time)).getFullYear();
  if (sameYear) return format('date', { day: 'numeric', month: 'short' }).format(millis(time));
  return format('dateYear', { day: 'numeric', month: 'short', year: 'numeric' }).format(millis(time));
}

const SPANS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a span as options write it ("90s", "1h30m"), `null` for what is none. */
export function spanOf(text) {
  if (!/^(?:\d+(?:ms|[smhd]))+$/u.test(text ?? '')) return null;
  return [...text.matchAll(/(\d+)(ms|[smhd])/gu)].reduce((sum, [, n, unit]) => sum + Number(n) * SPANS[unit], 0);
}
