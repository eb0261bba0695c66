// Signing in, made from what the front offers.

import { h, show } from '../dom.js';
import { t } from '../messages.js';
import { siteHref } from '../text.js';
import { cardPage } from './card.js';
import { FormError, field, passwordField, submitting } from './form.js';
import { houseLines, welcomeCard } from './house.js';

const QUIET_METHODS = { guest: 'login.guest', 'external-session': 'login.site', 'trusted-name': 'login.site', negotiate: 'login.windows' };

/** The methods where the browser brings the proof itself and `POST session {}` is all there is to do. */
export function quietMethods(front) {
  return front.login_methods.filter((method) => method in QUIET_METHODS);
}

/**
 * The sign-in page. `notice`: a sentence above the form (why one is here). `login`: the name to begin with.
 * `onSignedIn(answer)`, `onChallenge(challenge)`, `onExpired({ login, password })`, `onForgotten(login)`, `onRegister()`.
 */
export function loginView({ api, front, notice = null, login = '', onSignedIn, onChallenge, onExpired, onForgotten, onRegister }) {
  if (siteHref(front.moved_to)) return movedView(front, notice);
  const error = new FormError('login-error');
  const signIn = async (credentials) => {
    try {
      onSignedIn(await api.signIn(credentials));
    } catch (failure) {
      // Where Portico keeps this one's password, it is changed here and now.
      if (failure.slug === 'expired-password' && failure.document?.changeable && credentials.password) return onExpired(credentials);
      const challenge = failure.slug === 'challenge-required' ? failure.document?.challenge : null;
      // The browser answers this one by itself. It did not: it has no ticket for this server.
      if (!challenge || challenge.kind === 'negotiate') throw failure;
      onChallenge(challenge);
    }
  };
  const byPassword = front.login_methods.includes('password');
  const quiet = quietMethods(front);
  const form = byPassword ? passwordForm({ error, login, signIn }) : null;
  const byClaim = front.login_methods.includes('claimed-name');
  const claimed = byClaim ? claimedForm({ error: form ? new FormError('claim-error') : error, login, signIn }) : null;
  const page = cardPage(front,
    h('h1', {}, t('login.title')),
    notice && h('p', { class: 'notice', role: 'status', 'data-test': 'login-notice' }, notice),
    welcomeCard(front),
    forcedHint(front),
    closedNotice(front),
    form?.node,
    claimed?.node,
    !form && !claimed && error.node,
    quiet.map((method) => quietButton({ method, error, signIn, plain: !byPassword })),
    !byPassword && !claimed && quiet.length === 0 && h('p', {}, t('login.noMethod')),
    front.guests && quietButton({ method: 'guest', error, signIn, plain: false }),
    firstLoginHint(front),
    links(front, onRegister, () => onForgotten(form?.login() ?? login)),
    houseLines(front));
  return { node: page, focus: () => (form ?? claimed ? (form ?? claimed).focus() : page.querySelector('button')?.focus()) };
}

// Nobody logs in any more at a front that has moved: no form is there to try in vain.
function movedView(front, notice) {
  const moved = siteHref(front.moved_to);
  const link = h('a', { href: moved, rel: 'noopener noreferrer' }, moved);
  const node = cardPage(front,
    notice && h('p', { class: 'notice', role: 'status', 'data-test': 'login-notice' }, notice),
    h('p', { class: 'notice', role: 'status', 'data-test': 'front-moved' }, `${t('login.moved')} `, link),
    houseLines(front));
  return { node, focus: () => link.focus() };
}

// Why nobody comes in at the moment.
function closedNotice(front) {
  if (!front.maintenance) return null;
  const text = `${t('login.maintenance')} ${front.maintenance}`;
  return h('p', { class: 'notice', role: 'status', 'data-test': 'front-maintenance' }, text);
}

function passwordForm({ error, login, signIn }) {
  const name = field(t('login.name'), {
    name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, maxlength: '255', 'data-test': 'login-name',
  });
  name.input.value = login;
  const password = passwordField(t('login.password'), { name: 'password', autocomplete: 'current-password', 'data-test': 'login-password' });
  const words = { rest: t('login.submit'), busy: t('login.busy') };
  const submit = h('button', { type: 'submit', class: 'button primary wide', 'data-test': 'login-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true, 'data-test': 'login-form' }, name.node, password.node, error.node, submit);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (name.input.value.trim() === '' || password.input.value === '') {
      error.say(t('login.empty'));
      (name.input.value.trim() === '' ? name.input : password.input).focus();
      return;
    }
    password.hide();
    await submitting({
      form, submit, error, words,
      work: () => signIn({ login: name.input.value, password: password.input.value }),
    });
    if (form.isConnected && !error.node.hidden && !error.waiting) {
      password.input.focus();
      password.input.select();
    }
  });
  return { node: form, login: () => name.input.value.trim(), focus: () => (name.input.value === '' ? name.input : password.input).focus() };
}

/** Where a network believes names: a name, and nothing else. */
function claimedForm({ error, login, signIn }) {
  const name = field(t('login.claimed'), {
    name: 'claimed', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, maxlength: '255', 'data-test': 'claimed-name',
  });
  name.input.value = login;
  const words = { rest: t('login.claimedSubmit'), busy: t('login.busy') };
  const submit = h('button', { type: 'submit', class: 'button wide', 'data-test': 'claimed-submit' }, words.rest);
  const form = h('form', { class: 'form', novalidate: true, 'data-test': 'claimed-form' }, name.node, h('p', { class: 'hint' }, t('login.claimedHint')), error.node, submit);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (name.input.value.trim() === '') {
      error.say(t('login.claimedEmpty'));
      name.input.focus();
      return;
    }
    await submitting({ form, submit, error, words, work: () => signIn({ claimed_name: name.input.value }) });
  });
  return { node: form, focus: () => name.input.focus() };
}

/** Where names are forced: whose name it will be. */
function forcedHint(front) {
  if (front.username !== 'forced') return null;
  const more = front.login_methods.includes('password') ? ` ${t('login.forcedPassword')}` : '';
  return h('p', { class: 'hint', 'data-test': 'forced-hint' }, t('login.forced') + more);
}

function quietButton({ method, error, signIn, plain }) {
  const text = t(QUIET_METHODS[method] ?? 'login.other');
  const submit = h('button', { type: 'submit', class: plain ? 'button primary wide' : 'button wide', 'data-test': `login-${method}` }, text);
  const form = h('form', { class: 'form' }, submit);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const work = async () => {
      try {
        await signIn(method === 'guest' ? { guest: true } : {});
      } catch (failure) {
        if (!['login-refused', 'session-required', 'challenge-required'].includes(failure.slug)) throw failure;
        error.say(t(method === 'negotiate' ? 'login.windowsFailed' : 'login.siteFailed'));
      }
    };
    await submitting({ form, submit, error, words: { rest: text, busy: t('login.busy') }, work });
  });
  return form;
}

function firstLoginHint(front) {
  const hints = { 'first-login': 'login.firstLogin', 'first-login-approval': 'login.firstLoginApproval' };
  const key = hints[front.registration];
  return key ? h('p', { class: 'hint', 'data-test': 'first-login-hint' }, t(key)) : null;
}

function links(front, onRegister, onForgotten) {
  const register = siteHref(front.links?.register, document.baseURI);
  const forgotten = siteHref(front.links?.forgotten_password, document.baseURI);
  const form = front.registration === 'form' || front.registration === 'form-approval';
  const list = h('p', { class: 'card-links' },
    form && h('button', { type: 'button', class: 'link', onClick: onRegister, 'data-test': 'register' }, t('login.register')),
    !form && register && h('a', { href: register, rel: 'noopener noreferrer', 'data-test': 'register' }, t('login.register')),
    front.password_reset && h('button', { type: 'button', class: 'link', onClick: onForgotten, 'data-test': 'forgotten-password' }, t('login.forgotten')),
    // One of another system's is forgotten there.
    forgotten && h('a', { href: forgotten, rel: 'noopener noreferrer', 'data-test': 'forgotten-elsewhere' },
      front.password_reset ? t('login.forgottenAt', { host: new URL(forgotten).host }) : t('login.forgotten')));
  show(list, list.childElementCount > 0);
  return list;
}
