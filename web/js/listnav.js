// One tab stop for a list: arrow keys go from row to row, Left and Right through the buttons of a row, Home and End to
// the ends. A row is `[data-row]`, its first button is where the focus lands.

/** Makes `container` such a list; call the answered function after its rows changed. */
export function rove(container) {
  let active = null;
  const rows = () => [...container.querySelectorAll('[data-row]')];

  function activate(row) {
    active = row;
    for (const other of rows()) {
      for (const button of buttonsOf(other)) button.tabIndex = other === row ? 0 : -1;
    }
  }

  container.addEventListener('focusin', (event) => {
    const row = event.target.closest('[data-row]');
    if (row && row !== active) activate(row);
  });
  container.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = targetOf(event, rows());
    if (!target) return;
    event.preventDefault();
    target.focus();
  });
  return function refresh() {
    const all = rows();
    const current = all.includes(active) ? active : all.find((row) => row.dataset.current === 'true') ?? all[0] ?? null;
    activate(current);
  };
}

function buttonsOf(row) {
  return [...row.querySelectorAll('button, a[href]')].filter((button) => !button.closest('[hidden]'));
}

function targetOf(event, rows) {
  const row = event.target.closest('[data-row]');
  const place = rows.indexOf(row);
  if (place < 0) return null;
  const buttons = buttonsOf(row);
  const within = buttons.indexOf(event.target);
  const first = (other) => (other ? buttonsOf(other)[0] : null);
  switch (event.key) {
    case 'ArrowDown': return first(rows[place + 1]);
    case 'ArrowUp': return first(rows[place - 1]);
    case 'Home': return first(rows[0]);
    case 'End': return first(rows.at(-1));
    case 'ArrowRight': return buttons[within + 1] ?? null;
    case 'ArrowLeft': return buttons[within - 1] ?? null;
    default: return null;
  }
}
