// Everything the user can do is defined once, with a name, a sentence and keys. Buttons, tooltips and the help sheet use this.

import { el } from './dom.js';
import { icon } from './icons.js';
import { complain } from './toast.js';
import { on } from './bus.js';

const commands = new Map();
const buttons = [];

/**
 * A command: its group in the help sheet, its title, what it does in a sentence, its keys as in `KeyboardEvent.key`
 * with `Ctrl+`, `Shift+` and `Alt+` before them, what it runs,
 * whether it can be run now, and optionally whether it is `active`; both are asked after a change.
 * `listed` are the keys shown in the help sheet, if different; an empty list leaves the command out.
 */
export function command(id, group, title, says, keys, run, enabled = () => true, { listed = keys, active = null } = {}) {
  commands.set(id, { id, group, title, says, keys, listed, run, enabled, active });
}

/** Runs a command by its id, if it can be run now. */
async function run(id, event) {
  const chosen = commands.get(id);
  if (!chosen.enabled()) return;
  try {
    await chosen.run(event);
  } catch (error) {
    complain(error);
  }
}

/** A button for a command, with its icon, its words or both, enabled while the command can be run. */
export function button(id, { show = 'icon', glyph = id, words = null } = {}) {
  const chosen = commands.get(id);
  const keys = chosen.keys.length ? ` (${chosen.keys.map(readable).join(' or ')})` : '';
  const content = [show !== 'words' && icon(glyph), show !== 'icon' && el('span', {}, words ?? chosen.title)];
  const made = el(
    'button',
    {
      id: `do-${id}`,
      class: show === 'icon' ? 'tool' : 'button',
      title: `${chosen.says}${keys}`,
      'aria-label': chosen.title,
      'aria-keyshortcuts': chosen.keys.join(' ').replaceAll('Ctrl', 'Control'),
      onclick: (event) => run(id, event),
    },
    ...content,
  );
  buttons.push([made, chosen]);
  refresh(made, chosen);
  return made;
}

function refresh(made, chosen) {
  made.disabled = !chosen.enabled();
  if (chosen.active) made.setAttribute('aria-pressed', String(Boolean(chosen.active())));
}

on('changed', () => buttons.forEach(([made, chosen]) => refresh(made, chosen)));

const NAMES = { ' ': 'Space', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Delete: 'Del', PageUp: 'PgUp', PageDown: 'PgDn' };

function readable(keys) {
  const parts = keys.split(/\+(?=.)/);
  const last = parts.pop();
  return [...parts, NAMES[last] ?? (last.length === 1 ? last.toUpperCase() : last)].join('+');
}

/** The help sheet's rows: the groups in the order of their definition, each with its sentences and keys. */
export function sheet() {
  const groups = new Map();
  for (const { group, says, listed } of commands.values()) {
    if (!groups.has(group)) groups.set(group, []);
    if (listed.length) groups.get(group).push({ says, keys: listed.map(readable) });
  }
  return groups;
}

function pressed(event) {
  const before = [(event.ctrlKey || event.metaKey) && 'Ctrl', event.altKey && 'Alt', event.shiftKey && event.key.length > 1 && 'Shift'].filter(Boolean);
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.shiftKey && (event.ctrlKey || event.metaKey) && event.key.length === 1) before.push('Shift');
  return [...before, key].join('+');
}

const TYPED = 'select, textarea, input:not([type=range], [type=checkbox], [type=radio], [type=color])';

/** Whether a key belongs to the focused element: text, Enter, Space and Backspace on a control, arrows within one. */
function isIts(element, keys) {
  if (element.matches(TYPED)) return keys !== 'Ctrl+s';
  if (['Enter', ' ', 'Backspace'].includes(keys)) return Boolean(element.closest('button, input, summary, a'));
  return keys.startsWith('Arrow') && (element.matches('input') || Boolean(element.closest('[role=tablist]')));
}

/** Listens to the keyboard. */
export function startKeys() {
  document.addEventListener('keydown', (event) => {
    const keys = pressed(event);
    if (isIts(event.target, keys) || document.querySelector('dialog[open]')) return;
    for (const chosen of commands.values()) {
      if (chosen.keys.some((k) => k.toLowerCase() === keys.toLowerCase()) && chosen.enabled()) {
        event.preventDefault();
        run(chosen.id, event);
        return;
      }
    }
  });
}
