// What is being written: text, files, what is answered or corrected; kept on the server so that another device can go on.

import { isSignedOut } from './api.js';
import { t } from './messages.js';
import { sentence } from './problems.js';
import { nameOf } from './selectors.js';

const SAVE_AFTER = 1_500;
const TELL_EVERY = 3_000;
const MOST_FILES = 10;

export class Drafting {
  #app; #composer;
  #id = null;
  #replyTo = null;
  #editing = null;
  // Files by conversation: who looks elsewhere meanwhile finds them again.
  #files = new Map();
  #numbers = 0;
  #saving = null;
  #told = 0;

  constructor(app, composer) {
    this.#app = app;
    this.#composer = composer;
  }

  /** Another conversation is shown. */
  open(id) {
    this.#save();
    this.#id = id;
    this.#replyTo = null;
    this.#editing = null;
    this.#composer.setAbout(null);
    this.#composer.setText(this.#app.store.draft(id));
    this.#showFiles(id);
  }

  /** The text was changed. */
  changed(text) {
    if (this.#editing) return;
    this.#app.store.setDraft(this.#id, text);
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#save(), SAVE_AFTER);
    if (text !== '') this.#tell();
  }

  reply(message, person) {
    this.#endEditing();
    this.#replyTo = message;
    this.#composer.setAbout({ kind: 'reply', name: nameOf(person), text: message.text });
    this.#composer.input.focus();
  }

  edit(message) {
    this.#replyTo = null;
    this.#editing = message;
    this.#composer.setAbout({ kind: 'edit', text: message.text });
    this.#composer.setText(message.text);
    this.#composer.input.focus();
  }

  /** Gives up an answer or a correction; the draft is as it was. */
  stop() {
    this.#replyTo = null;
    this.#endEditing();
    this.#composer.setAbout(null);
  }

  /** Sends what is written, or corrects. Answers whether a new message came of it. */
  send(text) {
    const { outbox, store } = this.#app;
    if (this.#editing) {
      this.#correct(this.#editing, text);
      this.stop();
      return false;
    }
    const files = this.#of(this.#id).filter(({ state }) => state === 'ready').map(({ file }) => file);
    outbox.send(this.#id, text, { files, replyTo: this.#replyTo });
    this.#files.delete(this.#id);
    this.#showFiles(this.#id);
    store.setDraft(this.#id, '');
    this.#save();
    this.stop();
    return true;
  }

  async #correct(message, text) {
    try {
      const changed = await this.#app.api.edit(message.conversation_id, message.id, text);
      this.#app.store.apply({ type: 'message-changed', message: changed });
    } catch (error) {
      this.#app.failed(error);
    }
  }

  #endEditing() {
    if (!this.#editing) return;
    this.#editing = null;
    this.#composer.setText(this.#app.store.draft(this.#id));
  }

  // ---- files

  attach(files) {
    const id = this.#id;
    for (const file of files) {
      if (this.#of(id).length >= MOST_FILES) {
        this.#app.notify(t('composer.tooMany'));
        return;
      }
      this.#numbers += 1;
      const entry = { key: this.#numbers, name: file.name || 'file', state: 'sending' };
      this.#files.set(id, [...this.#of(id), entry]);
      this.#upload(id, entry.key, file);
    }
    this.#showFiles(id);
  }

  async #upload(id, key, file) {
    try {
      const stored = await this.#app.api.upload(file);
      // Taken back meanwhile: nobody needs it.
      if (!this.#of(id).some((entry) => entry.key === key)) await this.#app.api.discardFile(stored.id);
      this.#patch(id, key, { state: 'ready', name: stored.name, file: stored });
    } catch (error) {
      if (isSignedOut(error) || !error?.slug) return this.#app.failed(error);
      this.#patch(id, key, { state: 'failed', words: t('composer.uploadFailed', { name: file.name, why: sentence(error) }) });
    }
  }

  #patch(id, key, patch) {
    if (!this.#files.has(id)) return;
    this.#files.set(id, this.#of(id).map((entry) => (entry.key === key ? { ...entry, ...patch } : entry)));
    this.#showFiles(id);
  }

  #remove(id, key) {
    const entry = this.#of(id).find((one) => one.key === key);
    this.#files.set(id, this.#of(id).filter((one) => one.key !== key));
    this.#showFiles(id);
    if (entry?.file) this.#app.api.discardFile(entry.file.id).catch(() => {});
  }

  #of(id) {
    return this.#files.get(id) ?? [];
  }

  #showFiles(id) {
    if (id === this.#id) this.#composer.setFiles(this.#of(id), (key) => this.#remove(id, key));
  }

  // ---- the server is told

  // A draft that can't be saved is still here; the next change tries again.
  #save() {
    clearTimeout(this.#saving);
    const id = this.#id;
    const { api, store } = this.#app;
    if (this.#saving === null || id === null || store.guest) return;
    this.#saving = null;
    api.saveDraft(id, store.draft(id)).catch(() => {});
  }

  #tell() {
    const { api, store } = this.#app;
    if (store.options.typing === false || Date.now() - this.#told < TELL_EVERY) return;
    this.#told = Date.now();
    api.typing(this.#id).catch(() => {});
  }
}
