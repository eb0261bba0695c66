// Conferences: beginning one, who takes part, and being invited.

import { bdi, fill, h } from '../dom.js';
import { t } from '../messages.js';
import { isConference, nameOf } from '../selectors.js';
import { askText, askWhether, openDialog } from './dialog.js';
import { choosePeople } from './choose.js';
import { field } from './form.js';

/** Asks who is to take part, and begins. */
export async function newConference(app) {
  const topic = field(t('conference.topic'), { type: 'text', maxlength: '255', autocomplete: 'off', 'data-test': 'conference-topic' });
  const chosen = await choosePeople(app, { title: t('conference.new'), submit: t('conference.start'), extra: topic.node });
  if (!chosen) return;
  try {
    const conversation = await app.api.startConference(topic.input.value.trim(), chosen);
    app.store.putConversation(conversation);
    app.openConversation(conversation.id);
  } catch (error) {
    app.failed(error);
  }
}

/** Opens the panel of a conference of mine. */
export function conferencePanel(app, id) {
  const { api, store } = app;
  const content = h('div', { class: 'panel-content' });
  const ended = store.subscribe((topics) => { if (topics.has('conversations')) draw(); });
  const panel = openDialog({ title: t('conference.participants'), name: 'conference', onClose: ended, fillBody: (body) => fill(body, content) });

  const act = (work) => async () => {
    try {
      const now = await work();
      if (now?.id === id) store.putConversation(now);
    } catch (error) {
      app.failed(error);
    }
  };
  const button = (key, test, work) => h('button', { type: 'button', class: 'button small', 'data-test': test, onClick: act(work) }, t(key));

  function draw() {
    const conversation = store.conversations.get(id);
    if (!isConference(conversation)) return panel.close();
    const { topic, host, participants } = conversation.conference;
    const hosts = host === store.me.id || store.options.moderator;
    const row = ({ account, state, invited_by: by }) => h('li', { class: 'panel-row', 'data-test': 'participant', 'data-state': state }, h('div', { class: 'panel-line' },
      h('div', { class: 'row-text' }, h('span', { class: 'row-name' }, bdi(nameOf(store.people.get(account.id) ?? account))), state === 'invited' && h('span', { class: 'row-line' }, t('conference.invited'))),
      account.id !== store.me.id && (hosts || (state === 'invited' && by === store.me.id)) && button('conference.remove', 'conference-remove', () => api.removeParticipant(id, account.id))));
    fill(content, topic && h('p', { dir: 'auto' }, topic), h('ul', { class: 'panel-list' }, participants.map(row)),
      h('div', { class: 'dialog-actions' },
        h('button', { type: 'button', class: 'button small', 'data-test': 'conference-invite', onClick: () => more(conversation) }, t('conference.invite')),
        h('button', { type: 'button', class: 'button small', 'data-test': 'conference-retopic', onClick: () => retopic(topic) }, t('groups.changeTopic')),
        h('button', { type: 'button', class: 'button small', 'data-test': 'conference-leave', onClick: () => leave() }, t('conference.leave'))));
  }

  async function more(conversation) {
    const without = new Set(conversation.conference.participants.map(({ account }) => account.id));
    const chosen = await choosePeople(app, { title: t('conference.invite'), submit: t('conference.invite'), without });
    if (chosen) await act(() => api.invite(id, chosen))();
    conferencePanel(app, id);
  }

  async function retopic(topic) {
    const text = await askText({ title: t('conference.setTopic'), name: 'topic', label: t('conference.topic'), value: topic ?? '', maxlength: 255, submit: t('groups.rename'), optional: true });
    if (text !== null) await act(() => api.setTopic(id, text))();
    conferencePanel(app, id);
  }

  async function leave() {
    const meant = await askWhether({ title: t('conference.leave'), name: 'leave', text: t('conference.leaveAsk'), submit: t('conference.leave') });
    if (!meant) return conferencePanel(app, id);
    await act(() => api.leaveConference(id))();
    app.close();
  }
  draw();
}

/** The invitations that wait for me, above the list of conversations. */
export class Invitations {
  #app; #list;

  constructor(app) {
    this.#app = app;
    this.#list = h('ul', { class: 'rows', 'data-test': 'invitations' });
    this.node = this.#list;
  }

  /** Asks the server which there are. One that can't be loaded comes with the next event. */
  async load() {
    const { api, store } = this.#app;
    if (store.guest) return;
    try {
      const invitations = await api.invitations();
      fill(this.#list, invitations.map((one) => this.#row(one)));
    } catch (error) {
      if (!error?.slug) throw error;
    }
  }

  #row({ conversation_id: id, topic, invited_by: by }) {
    const name = nameOf(by);
    const answer = (word) => async () => {
      try {
        const conversation = await this.#app.api.answerInvitation(id, word);
        if (conversation) {
          this.#app.store.putConversation(conversation);
          this.#app.openConversation(id);
        }
      } catch (error) {
        this.#app.failed(error);
      }
      await this.load();
    };
    return h('li', { class: 'invitation', 'data-test': 'invitation' },
      h('p', {}, topic ? t('conference.asksTopic', { name, topic }) : t('conference.asks', { name })),
      h('div', { class: 'dialog-actions' },
        h('button', { type: 'button', class: 'button small primary', 'data-test': 'invitation-accept', onClick: answer('accept') }, t('conference.accept')),
        h('button', { type: 'button', class: 'button small', 'data-test': 'invitation-decline', onClick: answer('decline') }, t('conference.decline'))));
  }
}
