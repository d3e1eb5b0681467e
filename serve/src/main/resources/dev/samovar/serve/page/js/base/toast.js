// Short messages at the foot of the page, read out by screen readers. An error stays until it is closed.

import { byId, el } from './dom.js';
import { iconButton } from './icons.js';

const SECONDS = 5;

function show(kind, sentence) {
  const list = byId(kind === 'error' ? 'errors' : 'notes');
  for (const old of list.children) if (old.dataset.sentence === sentence) old.remove();
  const close = iconButton('close', 'Close this message', 'Close', () => toast.remove());
  const toast = el('div', { class: `toast ${kind}`, 'data-sentence': sentence }, el('p', {}, sentence), close);
  list.append(toast);
  while (list.children.length > 3) list.firstChild.remove();
  if (kind !== 'error') setTimeout(() => toast.remove(), SECONDS * 1000);
}

/** Shows a note. */
export function note(sentence) {
  show('note', sentence);
}

/** Shows an error, given as an `Error` or a string. */
export function complain(error) {
  show('error', error instanceof Error ? error.message : String(error));
}
