// What can be done with a message.

import { h } from '../dom.js';
import { t } from '../messages.js';
import { askWhether } from './dialog.js';
import { closeMenu, openMenu } from './menu.js';
import { reportMessage } from './report.js';

const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

/** Opens the menu of a message at a button. */
export function messageMenu(app, drafting, button, message) {
  const { store } = app;
  const conversation = store.conversations.get(message.conversation_id);
  const mine = message.sender === store.me.id;
  const writes = !store.guest && conversation?.may_write !== false;
  const reacts = writes && store.options.reactions !== false;
  openMenu(button, [
    writes && { label: t('message.reply'), test: 'message-reply', act: () => drafting.reply(message, store.person(message.sender, conversation)) },
    mine && writes && { label: t('message.edit'), test: 'message-edit', act: () => drafting.edit(message) },
    (mine || conversation?.manages) && { label: t('message.delete'), test: 'message-delete', danger: true, act: () => remove(app, message) },
    !mine && !store.guest && { label: t('message.report'), test: 'message-report', act: () => reportMessage(app, message) },
  ], { label: t('message.actions'), head: reacts ? reactionRow(app, message) : null });
}

function reactionRow(app, message) {
  const given = new Set((message.reactions ?? []).filter((one) => one.mine).map((one) => one.emoji));
  return h('div', { class: 'menu-row' }, QUICK.map((emoji) => h('button', {
    type: 'button', class: 'menu-emoji', 'aria-pressed': String(given.has(emoji)), 'aria-label': t('message.react', { emoji }), 'data-test': 'react',
    onClick: () => { closeMenu(); react(app, message, emoji, !given.has(emoji)); },
  }, emoji)));
}

async function react(app, message, emoji, on) {
  try {
    const now = await app.api.react(message.conversation_id, message.id, emoji, on);
    app.store.apply({ type: 'reactions', conversation_id: message.conversation_id, ...now });
  } catch (error) {
    app.failed(error);
  }
}

async function remove(app, message) {
  const meant = await askWhether({ title: t('message.delete'), name: 'delete', text: t('message.deleteAsk'), submit: t('message.delete') });
  if (!meant) return;
  try {
    await app.api.deleteMessage(message.conversation_id, message.id);
  } catch (error) {
    app.failed(error);
  }
}
