// Every request of the page. Answers are plain objects; what went wrong is a `Problem` or `Unreachable`.

/** The server answered with an error: an RFC 9457 document, or a bare status from something on the way to it. */
export class Problem extends Error {
  constructor(status, document, retryAfter) {
    super(document?.title ?? `HTTP status ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.slug = slugOf(document?.type) ?? (status >= 500 ? 'unavailable' : 'internal');
    this.title = document?.title ?? '';
    this.detail = document?.detail ?? '';
    this.retryAfter = retryAfter;
    this.document = document ?? {};
  }

  /** Whether the same request may succeed a little later. */
  get passing() {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** No answer: no network, no server, a time-out, or an answer that isn't the API's. */
export class Unreachable extends Error {
  constructor(message, cause) {
    super(message, { cause });
    this.name = 'Unreachable';
    this.slug = 'unreachable';
    this.detail = '';
    this.retryAfter = null;
  }

  get passing() {
    return true;
  }
}

/** `true` when the server said that there is no session (any more). */
export function isSignedOut(error) {
  return error instanceof Problem && error.status === 401;
}

function slugOf(type) {
  return /\/problems\/([a-z0-9-]+)$/u.exec(type ?? '')?.[1] ?? null;
}

function secondsOf(response, document) {
  const header = response.headers.get('Retry-After');
  const seconds = Number(document?.retry_after ?? header);
  if (Number.isFinite(seconds) && (document?.retry_after || header)) return Math.max(0, seconds);
  const until = header ? Date.parse(header) : Number.NaN;
  return Number.isNaN(until) ? null : Math.max(0, (until - Date.now()) / 1000);
}

const PAGE = 200;

export class Api {
  #base;

  /** `base`: the address of `api/v1/`, with its final slash. */
  constructor(base) {
    this.#base = base;
  }

  front() { return this.#call('GET', 'front'); }
  /** How many are here, and who, as far as the front tells everybody. */
  whoIsHere() { return this.#call('GET', 'who'); }
  session() { return this.#call('GET', 'session'); }
  /** Signs in: `{login, password}`, `{challenge_id, response}`, or `{}` where the browser brings the proof itself. */
  signIn(credentials) { return this.#call('POST', 'session', { body: credentials, timeout: 45_000 }); }
  signOut() { return this.#call('DELETE', 'session'); }
  register(wishes) { return this.#call('POST', 'account', { body: wishes, timeout: 45_000 }); }
  /** Without a session: an expired password becomes another. */
  replacePassword(wishes) { return this.#call('POST', 'account/password', { body: wishes, timeout: 45_000 }); }
  /** Asks for a letter by which a new password can be chosen. */
  forgotPassword(who) { return this.#call('POST', 'account/reset', { body: { login_or_email: who }, timeout: 45_000 }); }
  finishReset(token, password) { return this.#call('POST', 'account/reset/finish', { body: { token, new_password: password }, timeout: 45_000 }); }
  verifyAddress(token) { return this.#call('POST', 'account/verify', { body: { token } }); }

  security() { return this.#call('GET', 'account/security'); }
  changePassword(password, next) { return this.#call('PUT', 'account/password', { body: { password, new_password: next }, timeout: 45_000 }); }
  changeProfile(wishes) { return this.#call('PATCH', 'account/profile', { body: wishes, timeout: 45_000 }); }
  /** Begins a second step: `{ secret, uri }`, in force once a code of it confirms it. */
  enrolFactor(password) { return this.#call('POST', 'account/totp', { body: { password }, timeout: 45_000 }); }
  confirmFactor(code) { return this.#call('PUT', 'account/totp', { body: { code } }); }
  removeFactor(code) { return this.#call('DELETE', 'account/totp', { body: { code } }); }
  passkeys() { return this.#call('GET', 'account/passkeys'); }
  /** Begins a passkey: `{ id, options }` for the browser. */
  beginPasskey(password) { return this.#call('POST', 'account/passkeys', { body: { password }, timeout: 45_000 }); }
  keepPasskey(wishes) { return this.#call('PUT', 'account/passkeys', { body: wishes }); }
  removePasskey(id, password) { return this.#call('DELETE', `account/passkeys/${encodeURIComponent(id)}`, { body: { password }, timeout: 45_000 }); }
  /** New recovery codes; the old ones are no good any more. */
  renewRecoveryCodes(password) { return this.#call('POST', 'account/recovery-codes', { body: { password }, timeout: 45_000 }); }
  async ownSessions() { return (await this.#call('GET', 'account/sessions')).sessions; }
  endSession(id) { return this.#call('DELETE', `account/sessions/${encodeURIComponent(id)}`); }
  /** Leaves for good: `{ password?, messages? }`. */
  deleteAccount(wishes) { return this.#call('DELETE', 'account', { body: wishes, timeout: 60_000 }); }

  /** Everybody this front lets me see, all pages. */
  roster(signal) { return this.#all('roster', 'people', signal); }
  /** My conversations, newest first, all pages. */
  conversations(signal) { return this.#all('conversations', 'conversations', signal); }

  async findPeople(login) { return (await this.#call('GET', 'people', { query: { login } })).people; }
  /** Somebody with what a directory says of them: `details` is a list of `{ key, value }`. */
  person(account) { return this.#call('GET', `people/${encodeURIComponent(account)}`); }
  relation(account) { return this.#call('GET', `contacts/${encodeURIComponent(account)}`); }
  contact(account, action, text = null) {
    const body = text ? { action, text } : { action };
    return this.#call('PUT', `contacts/${encodeURIComponent(account)}`, { body });
  }
  /** My own side of a relation: `{ favourite?, nickname?, group?, rating? }`. */
  note(account, wishes) { return this.#call('PATCH', `contacts/${encodeURIComponent(account)}`, { body: wishes }); }
  async searchPeople(q) { return (await this.#call('GET', 'people', { query: { q } })).people; }
  startConversation(account) { return this.#call('POST', 'conversations', { body: { with: [account] } }); }

  /** The members of one of my groups: `[{ account, manager }]`. */
  groupMembers(group) {
    return this.#all(`groups/${encodeURIComponent(group)}/members`, 'members', null);
  }

  messages(conversation, { before = null, limit = 50 } = {}) {
    return this.#call('GET', `conversations/${encodeURIComponent(conversation)}/messages`, { query: { before, limit } });
  }

  /** `extras`: `{ reply_to?, files? }`. */
  send(conversation, text, clientId, extras = {}) {
    const body = { text, client_id: clientId, ...extras };
    return this.#call('POST', `conversations/${encodeURIComponent(conversation)}/messages`, { body, timeout: 30_000 });
  }

  edit(conversation, message, text) { return this.#message('PATCH', conversation, message, { body: { text } }); }
  deleteMessage(conversation, message) { return this.#message('DELETE', conversation, message); }
  react(conversation, message, emoji, on) {
    const path = `${messagePath(conversation, message)}/reactions/${encodeURIComponent(emoji)}`;
    return this.#call(on ? 'PUT' : 'DELETE', path);
  }
  saveDraft(conversation, text) { return this.#call('PUT', `conversations/${encodeURIComponent(conversation)}/draft`, { body: { text } }); }
  typing(conversation) { return this.#call('POST', `conversations/${encodeURIComponent(conversation)}/typing`); }
  search(q, { conversation = null, before = null } = {}) { return this.#call('GET', 'search', { query: { q, conversation, before, limit: 30 } }); }

  /** Sends a file as it is; answers it as messages carry it. */
  upload(file) {
    const query = { name: file.name || 'file' };
    return this.#call('POST', 'files', { query, raw: file, timeout: 3_600_000 });
  }
  discardFile(id) { return this.#call('DELETE', `files/${encodeURIComponent(id)}`); }

  presence() { return this.#call('GET', 'presence'); }
  choosePresence(state, reason = null) { return this.#call('PUT', 'presence', { body: reason ? { state, reason } : { state } }); }
  deviceIs(wishes) { return this.#call('PUT', 'presence/device', { body: wishes }); }

  preferences() { return this.#call('GET', 'account/preferences'); }
  prefer(wishes) { return this.#call('PATCH', 'account/preferences', { body: wishes }); }

  groups() { return this.#all('groups', 'groups', null); }
  joinableGroups() { return this.#all('groups?scope=joinable', 'groups', null); }
  group(id) { return this.#call('GET', `groups/${encodeURIComponent(id)}`); }
  makeGroup(wishes) { return this.#call('POST', 'groups', { body: wishes }); }
  changeGroup(id, wishes) { return this.#call('PATCH', `groups/${encodeURIComponent(id)}`, { body: wishes }); }
  dissolveGroup(id) { return this.#call('DELETE', `groups/${encodeURIComponent(id)}`); }
  joinGroup(id) { return this.#call('PUT', `groups/${encodeURIComponent(id)}/members/me`); }
  leaveGroup(id) { return this.#call('DELETE', `groups/${encodeURIComponent(id)}/members/me`); }
  async groupRequests(id) { return (await this.#call('GET', `groups/${encodeURIComponent(id)}/requests`)).requests; }
  seatInGroup(id, account, action) { return this.#call('PUT', `groups/${encodeURIComponent(id)}/members/${encodeURIComponent(account)}`, { body: { action } }); }
  unseatFromGroup(id, account) { return this.#call('DELETE', `groups/${encodeURIComponent(id)}/members/${encodeURIComponent(account)}`); }
  manageGroup(id, account, manager) { return this.#call('PATCH', `groups/${encodeURIComponent(id)}/members/${encodeURIComponent(account)}`, { body: { manager } }); }
  announce(id, text) { return this.#call('POST', `groups/${encodeURIComponent(id)}/announcements`, { body: { text } }); }
  async groupInvitations() { return (await this.#call('GET', 'groups/invitations')).invitations; }

  startConference(topic, invite) { return this.#call('POST', 'conversations', { body: { conference: topic ? { topic, invite } : { invite } } }); }
  async invitations() { return (await this.#call('GET', 'conversations/invitations')).invitations; }
  answerInvitation(id, answer) { return this.#call('PUT', `conversations/${encodeURIComponent(id)}/membership`, { body: { answer } }); }
  leaveConference(id) { return this.#call('DELETE', `conversations/${encodeURIComponent(id)}/membership`); }
  invite(id, accounts) { return this.#call('POST', `conversations/${encodeURIComponent(id)}/participants`, { body: { invite: accounts } }); }
  removeParticipant(id, account) { return this.#call('DELETE', `conversations/${encodeURIComponent(id)}/participants/${encodeURIComponent(account)}`); }
  setTopic(id, topic) { return this.#call('PATCH', `conversations/${encodeURIComponent(id)}`, { body: { topic: topic || null } }); }
  conversation(id) { return this.#call('GET', `conversations/${encodeURIComponent(id)}`); }

  wall(query = {}) { return this.#call('GET', 'shouts', { query }); }
  shout(text, group = null) { return this.#call('POST', 'shouts', { body: group ? { text, group } : { text } }); }
  voteOnShout(id, vote) { return this.#call('PUT', `shouts/${encodeURIComponent(id)}/vote`, { body: { vote } }); }
  decideShout(id, decision) { return this.#call('PUT', `shouts/${encodeURIComponent(id)}`, { body: { decision } }); }
  removeShout(id) { return this.#call('DELETE', `shouts/${encodeURIComponent(id)}`); }

  report(about) { return this.#call('POST', 'reports', { body: about }); }
  reports() { return this.#call('GET', 'moderation/reports', { query: { state: 'open' } }); }
  reportInFull(id) { return this.#call('GET', `moderation/reports/${encodeURIComponent(id)}`); }
  decideReport(id, wishes) { return this.#call('PUT', `moderation/reports/${encodeURIComponent(id)}`, { body: wishes }); }

  /** The address of everything that is kept of me, to be saved. */
  get exportAddress() { return new URL('export', this.#base).href; }
  /** The address of a file that a message carries. */
  fileAddress(id) { return new URL(`files/${encodeURIComponent(id)}`, this.#base).href; }

  #message(method, conversation, message, options) { return this.#call(method, messagePath(conversation, message), options); }

  markRead(conversation, messageId) {
    const body = { message_id: messageId };
    return this.#call('PUT', `conversations/${encodeURIComponent(conversation)}/read`, { body });
  }

  /** Events after `cursor`, waiting up to `wait` seconds for the first; without a cursor the current one, at once. */
  events(cursor, wait, signal) {
    const query = { cursor, wait: wait || null };
    return this.#call('GET', 'events', { query, signal, timeout: (wait + 15) * 1000 });
  }

  /** The open event stream as a `Response`; the caller reads its body and ends it through `signal`. */
  async eventStream(cursor, signal) {
    const response = await this.#fetch('GET', 'events/stream', { query: { cursor }, signal, accept: 'text/event-stream' });
    const type = response.headers.get('Content-Type') ?? '';
    if (!response.ok) throw await problemOf(response);
    if (!type.startsWith('text/event-stream') || !response.body) throw new Unreachable('the answer is not an event stream');
    return response;
  }

  async #all(path, list, signal) {
    const items = [];
    let after = null;
    do {
      const page = await this.#call('GET', path, { query: { after, limit: PAGE }, signal });
      items.push(...page[list]);
      after = page.next ?? null;
    } while (after);
    return items;
  }

  async #call(method, path, { timeout = 20_000, signal = null, ...options } = {}) {
    const clock = AbortSignal.timeout(timeout);
    const response = await this.#fetch(method, path, { ...options, signal: signal ? anyOf(signal, clock) : clock });
    if (!response.ok) throw await problemOf(response);
    if (response.status === 204) return null;
    try {
      return await response.json();
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Unreachable('the answer is not JSON', error);
    }
  }

  async #fetch(method, path, { query = {}, body, raw, signal, accept = 'application/json' }) {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== null && value !== undefined) url.searchParams.set(name, value);
    }
    const headers = { Accept: accept };
    if (method !== 'GET') headers['X-Portico-CSRF'] = '1';
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (raw !== undefined) headers['Content-Type'] = 'application/octet-stream';
    const init = { method, headers, signal, cache: 'no-store', credentials: 'same-origin', redirect: 'error' };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (raw !== undefined) init.body = raw;
    try {
      return await fetch(url, init);
    } catch (error) {
      throw new Unreachable('the server does not answer', error);
    }
  }
}

function messagePath(conversation, message) {
  return `conversations/${encodeURIComponent(conversation)}/messages/${encodeURIComponent(message)}`;
}

async function problemOf(response) {
  let document = null;
  try {
    document = await response.json();
  } catch {
    // Not a problem document: a proxy's own page. The status alone has to do.
  }
  return new Problem(response.status, document, secondsOf(response, document));
}

// AbortSignal.any is younger than the browsers this page wants to serve.
function anyOf(...signals) {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}
