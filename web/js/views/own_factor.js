// A second step at the sign-in: codes of an authenticator program (RFC 6238), and recovery codes for the day it is lost.

import { fill, h } from '../dom.js';
import { t } from '../messages.js';
import { qrCode } from '../qr.js';
import { field, passwordField } from './form.js';
import { hiddenName } from './own_password.js';
import { accountPart } from './part.js';
import { step } from './steps.js';

const SVG = 'http://www.w3.org/2000/svg';
/** The quiet zone around a QR code, in squares. */
const QUIET = 4;

/** The part of the panel for it. */
export function factorPart(app, own) {
  const content = h('div', { class: 'form' });
  const part = accountPart(t('factor.title'), 'account-factor', content);
  let resting = true;
  // What is drawn takes the place of what had the focus.
  const draw = (nodes, focus) => {
    fill(content, nodes);
    focus?.focus();
  };

  function rest(focused = false) {
    resting = true;
    const on = own.security.totp;
    const button = on
      ? h('button', { type: 'button', class: 'button', 'data-test': 'factor-remove', onClick: remove }, t('factor.remove'))
      : h('button', { type: 'button', class: 'button', 'data-test': 'factor-begin', onClick: begin }, t('factor.begin'));
    draw([h('p', { class: 'hint', 'data-test': 'factor-state', 'data-on': String(on) }, t(on ? 'factor.on' : 'factor.off')), button], focused ? button : null);
  }

  function begin() {
    resting = false;
    const password = passwordField(t('factor.password'), { name: 'password', autocomplete: 'current-password', 'data-test': 'factor-password' });
    const form = step({
      app, name: 'factor', content: [hiddenName(app.store.me.login), password.node], submit: t('factor.continue'), hook: 'factor-continue', back: () => rest(true),
      check: () => (password.input.value === '' ? [t('factor.emptyPassword'), password.input] : null),
      work: async () => enrol(await app.api.enrolFactor(password.input.value)),
    });
    draw(form, password.input);
  }

  function enrol({ secret, uri }) {
    const code = codeField(t('factor.code'), 'factor-code');
    const shown = secret.replace(/(.{4})(?=.)/gu, '$1 ');
    const form = step({
      app, name: 'factor', submit: t('factor.confirm'), hook: 'factor-confirm', back: () => rest(true),
      content: [h('p', {}, t('factor.scan')), picture(uri),
        h('p', {}, t('factor.secret'), ': ', h('code', { class: 'secret', dir: 'ltr', 'data-test': 'factor-secret' }, shown)),
        h('p', {}, h('a', { href: uri.startsWith('otpauth:') ? uri : null, 'data-test': 'factor-link' }, t('factor.link'))),
        code.node],
      check: () => (code.input.value.trim() === '' ? [t('factor.empty'), code.input] : null),
      // Who has passkeys has recovery codes already.
      work: () => own.withCodes(async () => {
        const answer = await app.api.confirmFactor(code.input.value.replace(/\s/gu, ''));
        resting = true;
        return answer;
      }, () => {
        app.notify(t('factor.isOn'));
        rest(true);
      }),
    });
    draw(form, code.input);
  }

  function remove() {
    resting = false;
    const code = codeField(t('factor.removeCode'), 'factor-remove-code', t('factor.removeHint'));
    const form = step({
      app, name: 'factor', content: [code.node], submit: t('factor.remove'), hook: 'factor-remove-submit', danger: true, back: () => rest(true),
      check: () => (code.input.value.trim() === '' ? [t('factor.empty'), code.input] : null),
      work: async () => {
        await app.api.removeFactor(code.input.value.trim());
        app.notify(t('factor.isOff'));
        await own.changed();
        rest(true);
      },
    });
    draw(form, code.input);
  }

  rest();
  own.onChange(() => resting && rest());
  return part;
}

function codeField(label, hook, hint = null) {
  return field(label, { type: 'text', name: 'code', autocomplete: 'one-time-code', autocapitalize: 'none', spellcheck: 'false', maxlength: '64', 'data-test': hook }, hint);
}

/** A QR code; nothing where a text is too long for one: the key below it does as well. */
function picture(text) {
  const rows = qrCode(text);
  if (rows === null) return null;
  const size = rows.length + 2 * QUIET;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`);
  svg.setAttribute('class', 'qr');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', t('factor.qr'));
  svg.setAttribute('data-test', 'factor-qr');
  svg.setAttribute('shape-rendering', 'crispEdges');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ''))).join(''));
  svg.append(path);
  return svg;
}
