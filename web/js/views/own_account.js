// What the parts of the own account's panel share: what is known of the account, and the panel that they stand in.

export class OwnAccount {
  #app; #panel; #codes;
  #listeners = [];
  #shown = false;

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

  /** Where recovery codes are shown: `show(codes, onKept)`, below `heading`. */
  showsCodes(heading, show) {
    this.#codes = { heading, show };
  }

  /**
   * Does what may answer with recovery codes, which are told this once: from here until their person has kept them nothing
   * closes the panel but the button below them. `onDone()` then, or at once where there are none.
   */
  async withCodes(ask, onDone) {
    this.#panel.hold(this.#codes.heading);
    let codes = [];
    try {
      codes = (await ask()).recovery_codes ?? [];
    } finally {
      // Others may still be shown.
      this.#shown ||= codes.length > 0;
      if (!this.#shown) this.#panel.hold(null);
    }
    await this.changed();
    if (codes.length === 0) return onDone();
    this.#codes.show(codes, () => {
      this.#shown = false;
      this.#panel.hold(null);
      onDone();
    });
  }
}
