// The planes of the case: one large, the others beside it, all through one voxel. Scrolling, zoom, the crosshair, and the value under the pointer.

import { button, command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { byId, fill } from '../base/dom.js';
import { iconButton } from '../base/icons.js';
import { post, casePath } from '../server/api.js';
import { pixelsHere } from '../server/slices.js';
import { isAnswered, isVolume, look, planeOf, state } from '../work/state.js';
import { alongOf, flipsOf, placeOf } from './geometry.js';
import { Pane } from './pane.js';
import { attachTools } from './pointer.js';

let panes = [];
let resting = 0;

/** The visible panes, the large one first. */
export function shownPanes() {
  return panes;
}

/** The pane for keys: the one with the focus, else the large one. */
export function activePane() {
  return panes.find((pane) => pane.element === document.activeElement) ?? panes[0];
}

function build() {
  const viewer = byId('viewer');
  panes.forEach((pane) => pane.close());
  const frames = new Map(panes.map((pane) => [pane.plane, pane.frame]));
  panes = [];
  if (!state.case) return;
  const axes = [state.main, ...state.case.planes.map((plane) => plane.axis).filter((axis) => axis !== state.main)];
  const shown = state.compare
    ? [
        [state.main, 'prediction'],
        [state.main, 'truth'],
      ]
    : (state.single ? [state.main] : axes).map((axis) => [axis, 'labels']);
  for (const [axis, source] of shown) {
    const pane = new Pane(planeOf(axis), source);
    if (frames.has(pane.plane)) pane.frame = frames.get(pane.plane);
    if (isVolume() && axis !== state.main) pane.element.append(enlarge(pane));
    pane.slider.addEventListener('input', () => moveTo(axis, Number(pane.slider.value)));
    attachTools(pane);
    panes.push(pane);
  }
  if (state.compare) panes[1].frame = panes[0].frame;
  viewer.dataset.panes = state.compare ? 'two' : panes.length > 1 ? 'three' : 'one';
  fill(viewer, ...panes.map((pane) => pane.element));
  tell('panes', panes);
}

function enlarge(pane) {
  const click = () => {
    state.main = pane.plane.axis;
    build();
  };
  return iconButton('fit', `Show the ${pane.plane.name} plane large`, 'Show this plane large', click, { class: 'plain enlarge' });
}

/** Shows a slice of a plane, and moves the crosshair of the others. */
export function moveTo(axis, index) {
  const cross = [...state.cross];
  cross[axis] = Math.max(0, Math.min(planeOf(axis).count - 1, index));
  setCross(cross);
}

/** Moves the crosshair to a voxel. */
export function setCross(cross) {
  const dims = state.case.dims;
  state.cross = cross.map((v, axis) => Math.max(0, Math.min(dims[axis] - 1, Math.round(v))));
  for (const pane of panes) {
    if (pane.index === state.cross[pane.plane.axis]) pane.draw();
    else pane.goTo(state.cross[pane.plane.axis]);
  }
  tell('cross');
  tell('changed');
  lookAhead();
}

/** Moves the crosshair within a plane. */
export function setCrossIn(pane, [x, y]) {
  const cross = [...state.cross];
  const [across, down] = alongOf(pane.plane.axis);
  cross[across] = x;
  cross[down] = y;
  setCross(cross);
}

function lookAhead() {
  clearTimeout(resting);
  if (!isAnswered()) return;
  resting = setTimeout(() => {
    const { axis } = activePane().plane;
    post(casePath(state.case.id, '/ahead'), { axis, index: state.cross[axis], run: state.run }).catch(() => {});
  }, 250);
}

/** Writes the position and value under the pointer, or the crosshair, into the foot. */
export function tellPlace(pane, [x, y]) {
  const where = byId('where');
  if (!pane.holds([x, y])) {
    where.textContent = '';
    return;
  }
  const [column, row] = [Math.round(x), Math.round(y)];
  const voxel = [0, 0, 0];
  const [across, down] = alongOf(pane.plane.axis);
  voxel[across] = column;
  voxel[down] = row;
  voxel[pane.plane.axis] = pane.index;
  const numbers = pixelsHere(pane.plane.axis, pane.index);
  const parts = isVolume() ? [`voxel ${voxel.join(', ')}`] : [`pixel ${column}, ${row}`];
  if (state.case.affine) parts.push(`${placeOf(state.case.affine, voxel)} mm`);
  if (numbers) parts.push(`value ${valueAt(numbers, row * pane.plane.width + column)}`);
  where.textContent = parts.join('   ');
}

function valueAt(numbers, at) {
  const { type, offset, scale } = state.case.stored;
  if (type === 'rgb8') return [...numbers.subarray(at * 3, at * 3 + 3)].join(', ');
  const value = offset + scale * numbers[at];
  return Number.isInteger(scale) && Number.isInteger(offset) ? value : Number(value.toPrecision(4));
}

function scroll(steps) {
  const { axis } = activePane().plane;
  moveTo(axis, state.cross[axis] + steps);
}

function nudge(right, down) {
  const pane = activePane();
  state.keyboard = true;
  const [across, along] = alongOf(pane.plane.axis);
  const { columns, rows } = pane.frame.flips;
  setCrossIn(pane, [state.cross[across] + (columns ? -right : right), state.cross[along] + (rows ? -down : down)]);
  tellPlace(pane, [state.cross[across], state.cross[along]]);
}

function zoom(factor) {
  const pane = activePane();
  pane.frame.zoomAt(pane.screen, factor, pane.screen[0] / 2, pane.screen[1] / 2);
  drawAll();
}

/** Paints all panes again. */
export function drawAll() {
  panes.forEach((pane) => pane.draw());
}

/** The commands of the view. */
export function startViewer() {
  const open = () => Boolean(state.case);
  const group = 'Look';
  command('next', group, 'Next slice', 'Goes one slice on', ['PageUp', 'w'], () => scroll(1), isVolume);
  command('previous', group, 'Previous slice', 'Goes one slice back', ['PageDown', 's'], () => scroll(-1), isVolume);
  command('next10', group, 'Ten slices on', 'Goes ten slices on', ['Shift+PageUp'], () => scroll(10), isVolume);
  command('previous10', group, 'Ten slices back', 'Goes ten slices back', ['Shift+PageDown'], () => scroll(-10), isVolume);
  const arrows = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };
  for (const [name, [right, down]] of Object.entries(arrows)) {
    const key = `Arrow${name[0].toUpperCase()}${name.slice(1)}`;
    const first = name === 'left'; // the help sheet has one line for all of them
    command(`go-${name}`, group, `Crosshair ${name}`, 'Moves the crosshair by a pixel', [key], () => nudge(right, down), open, {
      listed: first ? ['←', '→', '↑', '↓'] : [],
    });
    command(`run-${name}`, group, `Ten pixels ${name}`, 'Moves the crosshair by ten pixels', [`Shift+${key}`], () => nudge(right * 10, down * 10), open, {
      listed: first ? ['Shift+arrow'] : [],
    });
  }
  command('larger', group, 'Zoom in', 'Makes the picture larger', ['+', '='], () => zoom(1.25), open);
  command('smaller', group, 'Zoom out', 'Makes the picture smaller', ['-'], () => zoom(0.8), open);
  command('fit', group, 'Fit', 'Shows the whole slice', ['f'], fit, open);
  command('panes', group, 'One plane or three', 'Shows the large plane alone, or all three', ['m'], togglePanes, isVolume, { active: () => !state.single });
  command('lines', group, 'Crosshair', 'Shows or hides the crosshair', ['x'], () => change({ lines: !state.lines }), isVolume, { active: () => state.lines });
  command('outline', group, 'Outline or filled', 'Paints what is labelled as an outline, or filled', ['l'], () => change({ filled: !state.filled }), open, {
    active: () => !state.filled,
  });
  command('flip', group, 'Right on the left', 'The patient’s right on the left, as radiologists have it; or on the right', ['r'], flip, isVolume, {
    active: () => state.radiological,
  });
  const peek = (now) => {
    if (state.peek !== now) {
      state.peek = now;
      drawAll();
    }
  };
  command('peek', group, 'Hide for a moment', 'Hides all labels while the key is held', ['h'], () => peek(true), open);
  document.addEventListener('keyup', () => peek(false));
  fill(byId('look-tools'), ...['fit', 'outline', 'panes', 'lines', 'flip'].map((id) => button(id)));
  on('opened', () => ['panes', 'lines', 'flip'].forEach((id) => (byId(`do-${id}`).hidden = !isVolume())));
  on('opened', build);
  on('layout', build);
  on('labels', (changed) => panes.forEach((pane) => pane.relabel(changed)));
  on('look', drawAll);
  on('marks', drawAll);
  on('go', ({ axis, index }) => moveTo(axis, index));
}

function change(difference) {
  look(difference);
  tell('changed');
  drawAll();
}

function fit() {
  panes.forEach((pane) => pane.frame.fit());
  drawAll();
}

function togglePanes() {
  state.single = !state.single;
  tell('changed');
  build();
}

function flip() {
  look({ radiological: !state.radiological });
  for (const pane of panes) pane.frame.flips = flipsOf(pane.plane, state.radiological);
  tell('changed');
  drawAll();
}
