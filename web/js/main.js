// Start: who is here? Straight in, or to the sign-in page; and back there when a session ends.

import { Api, isSignedOut } from './api.js';
import { App } from './app.js';
import { delay } from './backoff.js';
import { t } from './messages.js';
import { sentence } from './problems.js';
import { bootView } from './views/boot.js';
import { showPage } from './views/card.js';
import { challengeView } from './views/challenge.js';
import { loginView, quietMethods } from './views/login.js';
import { expiredView, forgottenView, resetView, verifyView } from './views/passwords.js';
import { registerView } from './views/register.js';

const root = document.getElementById('root');
const api = new Api(new URL('api/v1/', document.baseURI));
const SIGNED_OUT = 'portico-signed-out';

let app = null;
let front = null;
let unfinished = null;
let ended = null;
// The page at the door, while somebody is there.
let door = null;

async function boot() {
  const view = bootView(front);
  showPage(root, view.node, front?.title ?? 'Portico');
  for (let failures = 0; ; failures += 1) {
    try {
      front = await api.front();
      if (openLetter()) return;
      const session = await currentSession();
      if (session) enter(session);
      else showLogin({ notice: ended });
      return;
    } catch (error) {
      if (!error?.slug) throw error;
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, delay(failures, { base: 2_000, retryAfter: error.retryAfter }));
        view.failed(error, () => { clearTimeout(timer); resolve(); }, front);
      });
    }
  }
}

// What the link of a letter asks for (`#reset=TOKEN`, `#verify=TOKEN`). The token leaves the address bar and the history at once.
function openLetter() {
  const [, what, token] = /^#(reset|verify)=([\w.~-]{1,512})$/u.exec(location.hash) ?? [];
  if (!token) return false;
  history.replaceState(null, '', location.pathname + location.search);
  const done = () => { ended = null; boot(); };
  if (what === 'verify') place(verifyView({ api, front, token, onDone: done }), t('verify.title'));
  else place(resetView({ api, front, token, onDone: () => showLogin({ notice: t('reset.done') }), onBack: done }), t('reset.title'));
  return true;
}

// A letter's link opened in this very tab changes the address alone.
addEventListener('hashchange', () => {
  if (/^#(?:reset|verify)=/u.test(location.hash)) location.reload();
});

// In a frame on another site's page that can say who is signed in there: its ticket, or `null`.
const around = new URLSearchParams(location.search);

function ticketFromAround() {
  const origin = around.get('origin');
  if (parent === window || around.get('ticket') === null || !origin) return null;
  return new Promise((resolve) => {
    const take = (event) => {
      if (event.source !== parent || event.origin !== origin || event.data?.portico !== 'ticket') return;
      removeEventListener('message', take);
      resolve(typeof event.data.ticket === 'string' ? event.data.ticket : null);
    };
    addEventListener('message', take);
    setTimeout(() => { removeEventListener('message', take); resolve(null); }, 5_000);
    parent.postMessage({ portico: 'ticket' }, origin);
  });
}

// The session of the cookie; else, where the browser can prove who it is without asking anybody, a new one.
async function currentSession() {
  let known = null;
  try {
    known = await api.session();
  } catch (error) {
    if (!isSignedOut(error)) throw error;
    if (error.slug === 'session-ended') ended = sentence(error);
  }
  // A session that another site's session stands behind is proved anew by it at each start: whoever signed out there, or
  // is somebody else there by now, is so here.
  if (remembered(SIGNED_OUT)) return known;
  const ticket = front.hand_over ? await ticketFromAround() : null;
  const lent = known?.proof === 'external-session' || known?.proof === 'hand-over';
  if (known && !(lent && (ticket !== null || known.proof === 'external-session'))) return known;
  if (ticket === null && quietMethods(front).length === 0) return known;
  try {
    return await api.signIn(ticket === null ? {} : { ticket });
  } catch (error) {
    if (!error?.slug) throw error;
    if (known && !error.passing) await api.signOut().catch(() => {});
    return known && error.passing ? known : null;
  }
}

function enter(session) {
  goFromDoor();
  // Two answers to one challenge may both have been good.
  app?.destroy();
  remember(SIGNED_OUT, false);
  app = new App({ root, api, front: session.front ?? front, session, unfinished, leave });
  unfinished = null;
}

function leave({ notice, login = '', signedOut = false, kept = null }) {
  app?.destroy();
  app = null;
  unfinished = kept;
  if (signedOut) remember(SIGNED_OUT, true);
  showLogin({ notice, login });
}

function showLogin({ notice = null, login = '' }) {
  const shared = {
    api, front,
    onSignedIn: enter,
    onChallenge: (challenge) => place(challengeView({ ...shared, challenge, onBack: () => showLogin({ login }) }), t('challenge.title')),
    onExpired: (proof) => showExpired(proof, shared),
    onForgotten: (name) => place(forgottenView({ api, front, login: name, onBack: () => showLogin({ login: name }) }), t('forgotten.title')),
  };
  place(loginView({ ...shared, notice, login, onRegister: () => showRegister() }), t('login.title'));
}

function showExpired({ login, password }, shared) {
  const onChanged = async (next) => {
    try {
      enter(await api.signIn({ login, password: next }));
    } catch (error) {
      if (!error?.slug) throw error;
      const challenge = error.slug === 'challenge-required' ? error.document?.challenge : null;
      if (challenge) shared.onChallenge(challenge);
      else showLogin({ notice: t('reset.done'), login });
    }
  };
  place(expiredView({ api, front, login, password, onChanged, onBack: () => showLogin({ login }) }), t('expired.title'));
}

function showRegister() {
  const onRegistered = async ({ login, password }, state) => {
    if (state === 'pending' || state === 'unverified') return showLogin({ notice: t(`register.${state}`), login });
    try {
      enter(await api.signIn({ login, password }));
    } catch (error) {
      if (!error?.slug) throw error;
      showLogin({ notice: sentence(error), login });
    }
  };
  place(registerView({ api, front, onRegistered, onBack: () => showLogin({}) }), t('register.title'));
}

function goFromDoor() {
  door?.leave?.();
  door = null;
}

function place(view, name) {
  goFromDoor();
  door = view;
  showPage(root, view.node, `${name} · ${front.title}`);
  view.focus();
}

// Storage may be refused to a page; then a sign-out is forgotten with the page, and nothing else is lost.
function remember(key, value) {
  try {
    if (value) sessionStorage.setItem(key, '1');
    else sessionStorage.removeItem(key);
  } catch {
    // As said above.
  }
}

function remembered(key) {
  try {
    return sessionStorage.getItem(key) !== null;
  } catch {
    return false;
  }
}

boot();
