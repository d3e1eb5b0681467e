// Everything in a slice: masks of all objects that the model finds, and three sliders that choose which are shown. The accepted ones become objects.

import { button, command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { byId } from '../base/dom.js';
import { complain } from '../base/toast.js';
import { casePath, get, tab } from '../server/api.js';
import { edit } from '../work/actions.js';
import { isAnswered, state } from '../work/state.js';
import { COLOURS } from '../view/pane.js';
import { eachRow } from '../view/paint.js';
import { activePane, drawAll } from '../view/viewer.js';
import { startJob } from './jobs.js';

const SLIDERS = ['iou', 'stability', 'overlap'];

let found = null; // { axis, index, masks: Map by id, kept: [id], out: Set of ids not taken }
let asking = 0;
let place = null; // where it was searched: { axis, index }

async function look() {
  const { axis } = activePane().plane;
  place = { axis, index: state.cross[axis] };
  await startJob('everything', { ...place, points: Number(byId('points').value) });
}

async function read({ axis, index }) {
  const { masks, floor } = await get(casePath(state.case.id, `/everything/${axis}/${index}`));
  found = { axis, index, masks: new Map(masks.map((mask) => [mask.id, mask])), kept: [], out: new Set(), floor };
  for (const name of ['iou', 'stability']) byId(name).min = Math.round((floor[name] ?? 0) * 100);
  await sift();
  if (masks.length && !found.kept.length) await lower(masks);
}

/** If the model is unsure of all masks, the sliders go down to its best ones. */
async function lower(masks) {
  for (const name of ['iou', 'stability']) {
    const values = masks.map((mask) => mask[name]).sort((a, b) => b - a);
    byId(name).value = Math.floor(values[Math.min(values.length - 1, name === 'iou' ? 24 : Math.floor(values.length / 2))] * 100);
  }
  await sift();
}

/** Asks which masks the sliders keep. The server answers from its results without computing again. */
async function sift() {
  for (const name of SLIDERS) byId(`${name}-value`).textContent = `${byId(name).value} %`;
  if (!found) return;
  const turn = ++asking;
  const query = SLIDERS.map((name) => `${name}=${Number(byId(name).value) / 100}`).join('&');
  const { kept } = await get(casePath(state.case.id, `/everything/${found.axis}/${found.index}/kept?${query}`));
  if (turn !== asking || !found) return;
  found.kept = kept;
  say();
  drawAll();
}

const isTaken = (id) => !found.out.has(id);

function say() {
  const taken = found ? found.kept.filter(isTaken).length : 0;
  const become = taken === 1 ? '1 would become an object' : `${taken} would become objects`;
  byId('found').textContent = found
    ? `${found.kept.length} of ${found.masks.size} masks fit the sliders; ${become}. A click on a mask leaves it out or takes it in.`
    : '';
  tell('changed');
}

function shownOn(pane) {
  return found && found.axis === pane.plane.axis && found.index === pane.index && !byId('panel-everything').hidden;
}

function bySize() {
  return found.kept.map((id) => found.masks.get(id)).sort((a, b) => b.area - a.area);
}

function paint({ pane, context }) {
  if (!shownOn(pane) || state.peek) return;
  context.save();
  context.transform(...pane.frame.transform(pane.screen));
  for (const mask of bySize()) {
    if (!mask.path) {
      mask.path = new Path2D();
      eachRow(mask.runs, pane.plane.width, (x, y, length) => mask.path.rect(x, y, length, 1));
    }
    context.fillStyle = COLOURS[mask.id % COLOURS.length];
    context.globalAlpha = found.out.has(mask.id) ? 0.1 : Math.max(0.3, state.opacity);
    context.fill(mask.path);
  }
  context.restore();
}

/** Leaves out the smallest mask at a pixel, or takes it again; false if there is none. */
function toggleAt(pane, [x, y]) {
  if (!shownOn(pane)) return false;
  const at = Math.round(y) * pane.plane.width + Math.round(x);
  const holds = ({ runs }) => runs.some((start, i) => i % 2 === 0 && at >= start && at < start + runs[i + 1]);
  const hit = bySize().findLast(holds);
  if (!hit) return false;
  if (!found.out.delete(hit.id)) found.out.add(hit.id);
  say();
  drawAll();
  return true;
}

async function take() {
  const masks = bySize().map(({ id }) => id);
  await edit('adopt', { axis: found.axis, index: found.index, masks: masks.filter(isTaken) });
  forget();
  tell('tab', 'objects');
}

function forget() {
  found = null;
  say();
  drawAll();
}

/** The commands, sliders and events. */
export function startEverything() {
  const group = 'Everything';
  const begin = () => {
    tell('tab', 'everything');
    return look();
  };
  command('everything', group, 'Find everything', 'Looks for all things in this slice, without a click', ['y'], begin, isAnswered);
  const some = () => Boolean(found?.kept.some(isTaken));
  command('take', group, 'Make objects of them', 'Every mask that is shown becomes an object of its own', [], take, some);
  command('forget', group, 'Forget them', 'Takes the masks off the picture', [], forget, () => Boolean(found));
  byId('everything-start').append(button('everything', { show: 'both', glyph: 'all' }));
  byId('everything-ends').append(button('take', { show: 'both', glyph: 'check' }), button('forget', { show: 'words' }));
  for (const name of SLIDERS) byId(name).addEventListener('input', () => sift().catch(complain));
  on('jobs', (job) => {
    if (job.kind === 'everything' && job.state === 'done' && job.tab === tab && job.case === state.case?.id && place) read(place).catch(complain);
  });
  on('paint', paint);
  on('opened', () => (found = place = null));
  on('pick', (pick) => {
    if (toggleAt(pick.pane, pick.at)) pick.taken = true;
  });
}
