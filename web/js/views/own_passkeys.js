// Passkeys: a second step without codes, kept by a device or a key in one's pocket.

import { bdi, fill, h, show } from '../dom.js';
import { t } from '../messages.js';
import { isBrokenOff, makePasskey, passkeysBarrier } from '../passkeys.js';
import { asSentence, sentence } from '../problems.js';
import { moment } from '../time.js';
import { field, passwordField } from './form.js';
import { hiddenName } from './own_password.js';
import { accountPart } from './part.js';
import { step } from './steps.js';

/** The part of the panel for it. */
export function passkeysPart(app, own) {
  const list = h('ul', { class: 'panel-list', 'data-test': 'passkeys' });
  const content = h('div', { class: 'form' }, t('app.loading'));
  const part = accountPart(t('passkeys.title'), 'account-passkeys', h('p', { class: 'hint' }, t('passkeys.hint')), list, content);
  let known = null;
  let resting = true;
  const draw = (nodes, focus) => {
    fill(content, nodes);
    focus?.focus();
  };

  async function load() {
    try {
      known = await app.api.passkeys();
      fill(list, known.passkeys.map(row));
      show(list, known.passkeys.length > 0);
      if (resting) rest();
    } catch (error) {
      if (!error?.slug) throw error;
      fill(content, `${t('dialog.failed')} ${sentence(error)}`);
    }
  }

  function rest(focused = false) {
    resting = true;
    const why = known.available ? barrierWords(known.rp_id) : asSentence(known.why);
    const room = known.passkeys.length < known.limit;
    const add = !why && room && h('button', { type: 'button', class: 'button', 'data-test': 'passkey-add', onClick: begin }, t('passkeys.add'));
    const heading = part.querySelector('h3');
    draw([why && h('p', { class: 'hint', 'data-test': 'passkeys-why' }, why), !room && h('p', { class: 'hint' }, t('passkeys.full', { n: known.limit })), add], focused ? add || heading : null);
  }

  function row(passkey) {
    const facts = [t('passkeys.made', { time: moment(passkey.made_at) }), passkey.used_at ? t('passkeys.used', { time: moment(passkey.used_at) }) : t('passkeys.unused')];
    return h('li', { class: 'panel-row', 'data-test': 'passkey', 'data-id': passkey.id }, h('div', { class: 'panel-line' },
      h('div', { class: 'row-text' }, h('span', { class: 'row-name' }, bdi(passkey.name)), h('span', { class: 'row-line' }, facts.join(' · '))),
      h('button', { type: 'button', class: 'button small', 'aria-label': t('passkeys.removeLabel', { name: passkey.name }), 'data-test': 'passkey-remove', onClick: () => remove(passkey) }, t('passkeys.remove'))));
  }

  function begin() {
    resting = false;
    // Whoever goes on to something else wants no passkey any more.
    const breaking = new AbortController();
    const { signal } = breaking;
    own.closing.addEventListener('abort', () => breaking.abort(), { once: true });
    const name = field(t('passkeys.name'), { type: 'text', name: 'passkey-name', autocomplete: 'off', maxlength: '64', 'data-test': 'passkey-name' }, t('passkeys.nameHint'));
    const password = ownPassword();
    const form = step({
      app, name: 'passkey', content: [name.node, hiddenName(app.store.me.login), password.node], submit: t('passkeys.add'), hook: 'passkey-submit', back: () => { breaking.abort(); rest(true); },
      check: () => (name.input.value.trim() === '' ? [t('passkeys.empty'), name.input] : missing(password)),
      work: async (error) => {
        const { id, options } = await app.api.beginPasskey(password.input.value);
        if (signal.aborted) return;
        let credential;
        try {
          credential = await makePasskey(options, signal);
        } catch (failure) {
          if (!signal.aborted) error.say(failed(failure));
          return;
        }
        if (signal.aborted) return;
        await own.withCodes(async () => {
          const answer = await app.api.keepPasskey({ id, name: name.input.value.trim(), credential });
          resting = true;
          return answer;
        }, () => {
          app.notify(t('passkeys.added'));
          rest(true);
        });
      },
    });
    draw(form, name.input);
  }

  function remove(passkey) {
    resting = false;
    const password = ownPassword();
    const form = step({
      app, name: 'passkey', content: [h('p', {}, t('passkeys.removeAsk', { name: passkey.name })), hiddenName(app.store.me.login), password.node],
      submit: t('passkeys.remove'), hook: 'passkey-remove-submit', danger: true, back: () => rest(true), check: () => missing(password),
      work: async () => {
        await app.api.removePasskey(passkey.id, password.input.value);
        app.notify(t('passkeys.removed'));
        await own.changed();
        rest(true);
      },
    });
    draw(form, password.input);
  }

  load();
  own.onChange(load);
  return part;
}

function barrierWords(rpId) {
  const barrier = passkeysBarrier(rpId);
  return barrier && t(`passkeys.${barrier}`, { host: rpId });
}

function ownPassword() {
  return passwordField(t('factor.password'), { name: 'password', autocomplete: 'current-password', 'data-test': 'passkey-password' });
}

function missing(password) {
  return password.input.value === '' ? [t('factor.emptyPassword'), password.input] : null;
}

function failed(failure) {
  if (isBrokenOff(failure)) return t('passkeys.brokenOff');
  return failure?.name === 'InvalidStateError' ? t('passkeys.known') : t('passkeys.failed');
}
