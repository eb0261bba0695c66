// How long to wait before trying again.

/**
 * Milliseconds before attempt number `failures + 1`: doubles from `base` to `cap`, and a random part keeps the pages
 * that lost the same server from coming back in the same instant. `retryAfter` (seconds) is obeyed as a minimum.
 */
export function delay(failures, { base = 500, cap = 30_000, retryAfter = null, random = Math.random } = {}) {
  const ceiling = Math.min(cap, base * 2 ** Math.min(failures, 20));
  const jittered = ceiling / 2 + (ceiling / 2) * random();
  const asked = retryAfter === null ? 0 : retryAfter * 1000 * (1 + 0.1 * random());
  return Math.round(Math.max(jittered, asked));
}
