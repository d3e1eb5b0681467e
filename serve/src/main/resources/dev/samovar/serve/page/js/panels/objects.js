// The objects of the case: name, colour, size and visibility; and edits of one of them, in a slice or in the volume.

import { button, command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { byId, el, fill } from '../base/dom.js';
import { iconButton } from '../base/icons.js';
import { complain, note } from '../base/toast.js';
import { tab } from '../server/api.js';
import { addObject, choose, edit, inTurn } from '../work/actions.js';
import { isOpen, isVolume, look, objectOf, state } from '../work/state.js';
import { activePane, moveTo } from '../view/viewer.js';
import { startJob } from './jobs.js';

function amount({ voxels, ml }) {
  if (!voxels) return 'empty';
  if (Number.isFinite(ml)) return `${ml < 10 ? ml.toFixed(2) : ml.toFixed(1)} ml`;
  return `${voxels.toLocaleString('en')} px`;
}

function row(object) {
  const { number, name, colour } = object;
  const chosen = number === state.object;
  const hidden = state.hidden.has(number);
  const change = (fields) => edit('change-object', { object: number, ...fields }).catch(complain);
  const pick = el('input', { type: 'radio', name: 'object', checked: chosen, 'aria-label': `Work on ${name}`, onchange: () => choose(number) });
  const swatch = el('input', {
    type: 'color',
    value: colour,
    'aria-label': `Colour of ${name}`,
    title: 'Another colour',
    onchange: (event) => change({ colour: event.target.value }),
  });
  const text = el('input', {
    type: 'text',
    class: 'name',
    value: name,
    maxlength: 60,
    'aria-label': 'Name of the object',
    spellcheck: 'false',
    onfocus: () => number !== state.object && choose(number),
    onchange: (event) => change({ name: event.target.value.trim() || name }),
  });
  const eye = iconButton(hidden ? 'hidden' : 'eye', `Show ${name}`, hidden ? 'Show' : 'Hide', () => toggle(number), { 'aria-pressed': String(!hidden) });
  const remove = () => edit('remove-object', { object: number }).catch(complain);
  const bin = iconButton('trash', `Remove ${name}`, 'Remove the object and all that is labelled with it', remove);
  return el(
    'li',
    { class: chosen ? 'object chosen' : 'object', 'data-object': number },
    pick,
    swatch,
    text,
    el('span', { class: 'amount' }, amount(object)),
    eye,
    bin,
  );
}

function toggle(number) {
  if (!state.hidden.delete(number)) state.hidden.add(number);
  tell('work');
  tell('look');
}

/** Whether the user is typing a name, which must not be replaced. */
function beingNamed() {
  const field = document.activeElement;
  return field?.matches?.('#objects .name') && field.value !== objectOf(Number(field.closest('li').dataset.object))?.name;
}

function show() {
  const list = byId('objects');
  if (!state.work) return;
  const key = JSON.stringify([state.work.objects, state.object, [...state.hidden]]);
  if (list.dataset.key === key) return;
  const focused = document.activeElement?.closest?.('#objects') ? document.activeElement.getAttribute('aria-label') : null;
  if (beingNamed()) return;
  list.dataset.key = key;
  fill(list, state.work.objects.map(row));
  byId('no-objects').hidden = state.work.objects.length > 0;
  if (focused) [...list.querySelectorAll('[aria-label]')].find((element) => element.getAttribute('aria-label') === focused)?.focus();
}

function here() {
  const { axis } = activePane().plane;
  return { object: state.object, axis, index: state.cross[axis] };
}

function clean(action) {
  const { object, axis, index } = here();
  const whole = isVolume() && byId('whole').checked;
  return edit(action, whole ? { object } : { object, axis, index });
}

/** The nearest labelled slices of the object on both sides, the current one included: [before, after], or null. */
function around() {
  const { object, axis, index } = here();
  const slices = [...(state.marks.get(axis)?.get(object) ?? [])].sort((a, b) => a - b);
  const before = slices.filter((slice) => slice < index || (slice === index && !slices.includes(index + 1))).at(-1);
  const after = slices.find((slice) => slice > (before ?? index));
  if (before === undefined || after === undefined || after - before < 2) return null;
  return [before, after];
}

function fillBetween() {
  const { object, axis } = here();
  const ends = around();
  if (!ends) throw new Error('Label the object in two slices of this plane, go to one between them, and fill again.');
  return edit('between', { object, axis, from: ends[0], to: ends[1] });
}

let before = 0; // the object's voxels when a job on it began

function propagate() {
  before = objectOf(state.object).voxels;
  const stop = Number(byId('stop').value) / 100;
  return startJob('propagate', { ...here(), run: state.run, stop, up: byId('up').checked, down: byId('down').checked });
}

function boxThrough() {
  const { object, axis, index } = here();
  const { open } = state.work;
  if (!open?.box || open.axis !== axis || open.index !== index)
    throw new Error('Drag a box around the object in this slice first; then say through how many slices it goes.');
  before = objectOf(object).voxels;
  const slices = Number(byId('depth').value);
  const from = Math.max(0, index - slices);
  const to = Math.min(activePane().plane.count - 1, index + slices);
  return startJob('box', { object, axis, from, to, box: open.box, run: state.run });
}

function nextLabelled(direction) {
  const { object, axis, index } = here();
  const slices = [...(state.marks.get(axis)?.get(object) ?? [])].filter((slice) => (slice - index) * direction > 0).sort((a, b) => (a - b) * direction);
  if (slices.length) moveTo(axis, slices[0]);
}

/** The commands of objects, and the panel. */
export function startObjects() {
  const group = 'Objects';
  const some = () => isOpen() && Boolean(objectOf(state.object)?.voxels);
  const through = () => some() && isVolume();
  const asked = () => through() && Boolean(state.server.weights);
  command('add', group, 'New object', 'Begins another object, with a colour of its own', ['o'], () => addObject(), isOpen);
  const other = () => {
    const numbers = state.work.objects.map((object) => object.number);
    choose(numbers[(numbers.indexOf(state.object) + 1) % numbers.length]);
  };
  command('other', group, 'Next object', 'Works on the next object of the list', ['j'], other, () => isOpen() && state.work.objects.length > 1);
  const boxed = () => isVolume() && Boolean(state.work?.open?.box);
  command('through', group, 'Follow through the slices', 'Goes up and down from this slice until the object ends (propagation)', ['u'], propagate, asked);
  command('between', group, 'Fill between slices', 'Fills the slices between two that are labelled (interpolation of shape)', ['i'], fillBetween, through);
  command('box-through', group, 'Box through slices', 'Asks in a box, slice by slice, as many up and down as you say', [], boxThrough, boxed);
  command('next-labelled', group, 'Next labelled slice', 'Goes to the next slice where the object is', ['Alt+PageUp'], () => nextLabelled(1), through);
  command('previous-labelled', group, 'Labelled slice before', 'Goes to the slice before with the object', ['Alt+PageDown'], () => nextLabelled(-1), through);
  command('largest', group, 'Largest piece', 'Keeps the largest connected piece of the object and removes the others', [], () => clean('largest'), some);
  command('holes', group, 'Fill holes', 'Fills what is enclosed by the object', [], () => clean('holes'), some);
  command('smooth', group, 'Smooth', 'Evens out the object’s edge', [], () => clean('smooth'), some);
  command('clear', group, 'Clear', 'Removes the object here: from this slice, or from the whole volume', [], () => clean('clear'), some);
  byId('add-object').append(button('add', { show: 'both', glyph: 'plus' }));
  fill(byId('through-buttons'), button('through', { show: 'both' }), button('between', { show: 'both' }));
  byId('box-button').append(button('box-through', { show: 'both', glyph: 'box' }));
  fill(byId('clean-buttons'), ...['largest', 'holes', 'smooth', 'clear'].map((id) => button(id, { show: 'words' })));
  byId('opacity').addEventListener('input', (event) => {
    look({ opacity: Number(event.target.value) / 100 });
    tell('look');
  });
  byId('opacity').value = state.opacity * 100;
  byId('brush').value = state.brush;
  byId('brush').addEventListener('input', (event) => {
    look({ brush: Number(event.target.value) });
    tell('changed');
  });
  on('changed', () => {
    document.querySelector('.brush-only').hidden = !['brush', 'eraser'].includes(state.tool);
    byId('brush').value = state.brush;
    byId('brush-value').textContent = `${state.brush} px`;
  });
  byId('stop').addEventListener('input', () => (byId('stop-value').textContent = `${byId('stop').value} %`));
  on('jobs', (job) => {
    if (!['propagate', 'box'].includes(job.kind) || job.state !== 'done' || job.tab !== tab || job.case !== state.case?.id) return;
    const tellNothing = () =>
      objectOf(state.object)?.voxels === before &&
      note('Nothing was found in the slices beside: lower “stop below”, or label one of them and go on from there.');
    inTurn(tellNothing);
  });
  on('work', show);
  on('opened', () => {
    for (const part of document.querySelectorAll('.volumes-only')) part.hidden = !isVolume();
  });
}
