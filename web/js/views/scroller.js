// Keeps a scrolled place still while its content changes: at the end it stays at the end, elsewhere the line at the top
// of the view stays where it was.

const NEAR = 60;

export class Scroller {
  #node; #observer; #sticky = true; #height = 0;

  /** `onScroll()` after the place changed. */
  constructor(node, onScroll) {
    this.#node = node;
    node.addEventListener('scroll', () => {
      // A view that changed its height scrolls by itself; the observer below sees to that.
      if (node.clientHeight === this.#height) this.#sticky = this.#isNearEnd();
      onScroll();
    }, { passive: true });
    // The composer grows, a keyboard opens, the window turns: the end stays in sight.
    this.#observer = new ResizeObserver(() => {
      this.#height = node.clientHeight;
      if (this.#sticky) this.toEnd();
    });
    this.#observer.observe(node);
  }

  atEnd() {
    return this.#sticky;
  }

  toEnd() {
    this.#sticky = true;
    this.#node.scrollTop = this.#node.scrollHeight;
  }

  /** Runs `drawing`, which changes the content, without moving what is being read. */
  keep(drawing) {
    if (this.#sticky) {
      drawing();
      this.toEnd();
      return;
    }
    const anchor = this.#anchor();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    drawing();
    if (anchor?.isConnected) this.#node.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  destroy() {
    this.#observer.disconnect();
  }

  #isNearEnd() {
    return this.#node.scrollHeight - this.#node.scrollTop - this.#node.clientHeight < NEAR;
  }

  #anchor() {
    const top = this.#node.getBoundingClientRect().top;
    return [...this.#node.querySelectorAll('.message')].find((line) => line.getBoundingClientRect().bottom > top) ?? null;
  }
}
