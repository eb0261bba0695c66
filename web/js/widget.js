// Puts the chat on a page of another site: a launcher, and a small window that it opens. One line does it:
//
//   <script src="https://chat.example.org/im/widget.js" defer></script>
//
// Everything of the chat lives in two frames of its own origin; to the page around it belongs this script alone, which
// reads nothing of the page and adds one element, closed to the page's styles. What passes between them is "toggle", "opened",
// "closed" and "ticket". `data-ticket="/path"` on the line names a page of the site that answers `{"ticket":"…"}` for whoever is signed
// in there: then the window opens already signed in (docs: hand-over).
(() => {
  const script = document.currentScript;
  const base = new URL('.', script.src);
  const ticketPage = script.dataset.ticket ?? null;

  const host = document.createElement('div');
  host.setAttribute('data-portico', '');
  const place = {
    position: 'fixed', inset: 'auto 0 0 auto', 'z-index': '2147483000', margin: '0', padding: '0', border: '0', display: 'block',
    transform: 'none', filter: 'none', opacity: '1', visibility: 'visible', width: 'auto', height: 'auto', 'max-width': 'none', 'max-height': 'none',
  };
  for (const [name, value] of Object.entries(place)) host.style.setProperty(name, value, 'important');
  const root = host.attachShadow({ mode: 'closed' });

  function frame(path, title, styles) {
    const node = document.createElement('iframe');
    node.src = new URL(path, base).href;
    node.title = title;
    node.referrerPolicy = 'no-referrer';
    for (const [name, value] of Object.entries(styles)) node.style.setProperty(name, value);
    return node;
  }

  const launcher = frame(`launcher?origin=${encodeURIComponent(location.origin)}`, 'Chat', {
    position: 'absolute', inset: 'auto 12px 12px auto', width: '64px', height: '64px', border: '0', 'background-color': 'transparent', 'color-scheme': 'normal',
  });
  let chat = null;
  let open = false;

  function makeWindow() {
    const around = `origin=${encodeURIComponent(location.origin)}`;
    chat = frame(`embed?${around}${ticketPage ? '&ticket=1' : ''}`, 'Chat', {
      position: 'absolute', inset: 'auto 12px 84px auto', width: 'min(400px, calc(100vw - 24px))', height: 'min(600px, calc(100vh - 108px))',
      border: '1px solid rgba(128, 128, 128, 0.5)', 'border-radius': '12px', 'box-shadow': '0 8px 32px rgba(0, 0, 0, 0.25)', 'background-color': 'Canvas', 'color-scheme': 'normal',
    });
    root.append(chat);
  }

  // Asked by the window when it starts. Without a ticket nobody is signed in over there, and it asks for a name.
  async function ticketFromHere() {
    try {
      const answer = await fetch(ticketPage, { credentials: 'same-origin', headers: { Accept: 'application/json' }, cache: 'no-store' });
      const { ticket } = answer.ok ? await answer.json() : {};
      return typeof ticket === 'string' ? ticket : null;
    } catch {
      return null;
    }
  }

  function show(now) {
    open = now;
    if (open && !chat) makeWindow();
    chat?.style.setProperty('display', open ? 'block' : 'none');
    if (open) chat.focus();
    launcher.contentWindow?.postMessage({ portico: open ? 'opened' : 'closed' }, base.origin);
  }

  addEventListener('message', (event) => {
    if (event.origin !== base.origin) return;
    if (event.source === launcher.contentWindow && event.data?.portico === 'toggle') show(!open);
    if (chat && event.source === chat.contentWindow && event.data?.portico === 'ticket' && ticketPage) {
      ticketFromHere().then((ticket) => chat.contentWindow?.postMessage({ portico: 'ticket', ticket }, base.origin));
    }
  });

  root.append(launcher);
  const start = () => document.body.append(host);
  if (document.body) start();
  else addEventListener('DOMContentLoaded', start, { once: true });
})();
