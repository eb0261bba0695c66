// What the parts of the own account's panel share: what is known of the account, and the panel that they stand in.

export class OwnAccount {
  #app; #panel;
  #listeners = [];

  /** `security`: the answer of `GET account/security`. `closing`: a signal that the panel is closed. */
  constructor(app, security, { panel, closing }) {
    this.#app = app;
    this.#panel = panel;
    this.security = security;
    this.closing = closing;
  }

  /** `listener()` shows what is known anew. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Something has changed: asks the server what is known now, and tells all parts. */
  async changed() {
    try {
      this.security = await this.#app.api.security();
    } catch (error) {
      // What was changed is changed; what is shown is then as old as the panel.
      this.#app.failed(error);
      return;
    }
    await Promise.all(this.#listeners.map((listener) => listener()));
  }

  /**
   * Recovery codes of an answer that tells them this once: from the question until `release`, nothing but the button below
   * them closes the panel. Answers an empty list, and holds nothing, where there are none. `at` is where they are shown.
   */
  async codesFrom(at, ask) {
    this.#panel.hold(at);
    let codes = [];
    try {
      codes = (await ask()).recovery_codes ?? [];
      return codes;
    } finally {
      if (codes.length === 0) this.release();
    }
  }

  /** The codes are kept. */
  release() {
    this.#panel.hold(null);
  }
}
