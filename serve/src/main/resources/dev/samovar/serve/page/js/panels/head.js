// The head of the page: the state of saving, saving in other formats, brightness, and the help sheet.

import { button, command, sheet } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { byId, el, fill } from '../base/dom.js';
import { note, complain } from '../base/toast.js';
import { toggleTheme } from '../base/theme.js';
import { casePath, post } from '../server/api.js';
import { isOpen, state } from '../work/state.js';
import { setWindow } from '../view/pointer.js';

let connected = true;

function showSaved() {
  const place = byId('saved');
  const { work } = state;
  if (!connected) place.textContent = 'Samovar does not answer';
  else if (!work || state.server.kind === 'run') place.textContent = '';
  else place.textContent = work.saved >= work.revision ? 'All saved' : 'Saving …';
  place.classList.toggle('bad', !connected);
  place.title = state.server ? `Everything is saved by itself in ${state.server.out}` : '';
}

async function save() {
  const chosen = [...byId('formats').querySelectorAll('input:checked')].map((input) => input.value);
  const { files } = await post(casePath(state.case.id, '/save'), { formats: chosen });
  note(`Saved: ${files.join(', ')}`);
  byId('save-sheet').close();
}

function offer() {
  const titles = new Map(state.server.formats.map(({ name, title }) => [name, title]));
  const already = new Set([...byId('formats').querySelectorAll('input:checked')].map((input) => input.value));
  const boxes = state.case.formats.map((name, i) => {
    const box = el('input', { type: 'checkbox', value: name, checked: already.size ? already.has(name) : i === 0 });
    return el('label', { class: 'check' }, box, titles.get(name));
  });
  fill(byId('formats'), boxes);
  byId('save-where').textContent = `Into ${state.server.out}`;
  byId('save-sheet').showModal();
}

function help() {
  const line = ({ says, keys }) => [el('dt', {}, ...keys.map((key) => el('kbd', {}, key))), el('dd', {}, says)];
  const groups = [...sheet()].map(([group, rows]) => el('section', {}, el('h3', {}, group), el('dl', {}, rows.flatMap(line))));
  fill(byId('keys'), groups);
  byId('help-sheet').showModal();
}

function usualWindow() {
  const [low, high] = state.case.window;
  setWindow({ low, high });
}

function offerWindows() {
  const options = [el('option', { value: '' }, 'Brightness …'), ...state.case.presets.map(({ name }, i) => el('option', { value: i }, name))];
  fill(byId('presets'), options);
}

function showWindow() {
  const { low, high } = state.window;
  byId('window').textContent = state.case ? `level ${Math.round((low + high) / 2)}, width ${Math.round(high - low)}` : '';
}

/** The head's commands and events. */
export function startHead() {
  const group = 'Page';
  command('save', group, 'Save as …', 'Saves in the formats that you choose; the work itself is saved all the time', ['Ctrl+s'], offer, isOpen);
  command('theme', group, 'Dark or light', 'Changes between the dark and the light page', ['t'], toggleTheme);
  command('help', group, 'Help and keys', 'Shows this sheet', ['?', 'F1'], help);
  command('reset-window', 'Look', 'Brightness as at first', 'Brings brightness and contrast back', ['0'], usualWindow, () => Boolean(state.case));
  fill(byId('head-buttons'), button('undo'), button('redo'), button('save', { show: 'both', words: 'Save as …' }), button('theme'), button('help'));
  byId('save-now').addEventListener('click', () => save().catch(complain));
  byId('presets').addEventListener('change', (event) => {
    setWindow(state.case.presets[event.target.value] ?? usualWindow());
  });
  for (const close of document.querySelectorAll('dialog .close')) close.addEventListener('click', () => close.closest('dialog').close());
  on('connection', (there) => {
    if (there && !connected) tell('restored');
    connected = there;
    showSaved();
  });
  on('work', showSaved);
  on('opened', () => {
    offerWindows();
    showWindow();
  });
  on('window', showWindow);
}
