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
import { registerView } from './views/register.js';

const root = document.getElementById('root');
const api = new Api(new URL('api/v1/', document.baseURI));
const SIGNED_OUT = 'portico-signed-out';

let app = null;
let front = null;
let unfinished = null;

async function boot() {
  const view = bootView(front);
  showPage(root, view.node, front?.title ?? 'Portico');
  for (let failures = 0; ; failures += 1) {
    try {
      front = await api.front();
      const session = await currentSession();
      if (session) enter(session);
      else showLogin({});
      return;
    } catch (error) {
      if (!error?.slug) throw error;
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, delay(failures, { base: 2_000, retryAfter: error.retryAfter }));
        view.failed(error, () => { clearTimeout(timer); resolve(); });
      });
    }
  }
}

// The session of the cookie; else, where the browser can prove who it is without asking anybody, a new one.
async function currentSession() {
  try {
    return await api.session();
  } catch (error) {
    if (!isSignedOut(error)) throw error;
  }
  if (quietMethods(front).length === 0 || remembered(SIGNED_OUT)) return null;
  try {
    return await api.signIn({});
  } catch (error) {
    if (error?.slug) return null;
    throw error;
  }
}

function enter(session) {
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
  };
  place(loginView({ ...shared, notice, login, onRegister: () => showRegister() }), t('login.title'));
}

function showRegister() {
  const onRegistered = async ({ login, password }, state) => {
    if (state === 'pending') return showLogin({ notice: t('register.pending'), login });
    try {
      enter(await api.signIn({ login, password }));
    } catch (error) {
      if (!error?.slug) throw error;
      showLogin({ notice: sentence(error), login });
    }
  };
  place(registerView({ api, front, onRegistered, onBack: () => showLogin({}) }), t('register.title'));
}

function place(view, name) {
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
