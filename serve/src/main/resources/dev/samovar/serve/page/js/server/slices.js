// Slices of the case that is looked at, and their labels: fetched once, the next ones ahead, the oldest given up when they would take too much memory.

import { state, planeOf } from '../work/state.js';
import { bytes, casePath, get } from './api.js';
import { labelsOf } from '../view/paint.js';

const MOST_BYTES = 400e6;
const AHEAD = 8;

let held = new Map(); // key → { pixels } in the order of use
let size = 0;
let wanted = new Map(); // key → promise
let labelled = new Map(); // key → labels
let generation = 0;

/** Forgets everything: another case is looked at. */
export function forgetSlices() {
  generation++;
  held = new Map();
  wanted = new Map();
  labelled = new Map();
  size = 0;
}

/** Forgets the labels of slices that go through the voxels from … to, or all. */
export function forgetLabels(changed) {
  for (const key of labelled.keys()) {
    const [axis, index] = key.split('/').map(Number);
    if (!changed || (index >= changed.from[axis] && index <= changed.to[axis])) labelled.delete(key);
  }
}

/** A slice's numbers, if they are here. */
export function pixelsHere(axis, index) {
  const key = `${axis}/${index}`;
  const found = held.get(key);
  if (!found) return null;
  held.delete(key);
  held.set(key, found);
  return found;
}

/** A slice's numbers. */
export function pixels(axis, index) {
  const here = pixelsHere(axis, index);
  if (here) return Promise.resolve(here);
  return once(`${axis}/${index}`, async (key, now) => {
    const buffer = await bytes(casePath(state.case.id, `/slice/${key}`));
    const found = state.case.stored.type === 'rgb8' ? new Uint8Array(buffer) : new Uint16Array(buffer);
    if (now !== generation) return found;
    held.set(key, found);
    size += buffer.byteLength;
    for (const [old, { byteLength }] of held) {
      if (size <= MOST_BYTES || old === key) break;
      held.delete(old);
      size -= byteLength;
    }
    return found;
  });
}

function once(key, work) {
  if (!wanted.has(key)) {
    const now = generation;
    wanted.set(key, work(key, now).finally(() => { if (now === generation) wanted.delete(key); }));
  }
  return wanted.get(key);
}

/** Fetches the slices that come next in a direction, so that scrolling finds them here. */
export function fetchAhead(axis, index, direction) {
  if (wanted.size > AHEAD) return;
  const { count } = planeOf(axis);
  for (let i = 1; i <= AHEAD; i++) {
    const next = index + i * (direction || 1);
    if (next >= 0 && next < count && !held.has(`${axis}/${next}`)) pixels(axis, next).catch(() => {});
  }
}

/** The labels of a slice, if they are here; of `labels`, `truth` or `prediction`. */
export function labelsHere(axis, index, of = 'labels') {
  const key = `${axis}/${index}/${of}`;
  const found = labelled.get(key);
  if (found) return found;
  if (of !== 'labels' || !state.marks.has(axis)) return null;
  for (const slices of state.marks.get(axis).values()) if (slices.has(index)) return null;
  return put(axis, index, [], of);
}

/** The labels of a slice. */
export function labels(axis, index, of = 'labels') {
  const here = labelsHere(axis, index, of);
  if (here) return Promise.resolve(here);
  const path = casePath(state.case.id, `/labels/${axis}/${index}${of === 'labels' ? '' : `?of=${of}`}`);
  return once(`${path} ${state.work.revision}`, async (_, now) => {
    const { runs } = await get(path);
    return now === generation ? put(axis, index, runs, of) : null;
  });
}

/** Keeps the labels of a slice that came with an answer. */
export function put(axis, index, runs, of = 'labels') {
  const { width, height } = planeOf(axis);
  const found = labelsOf(runs, width * height);
  labelled.set(`${axis}/${index}/${of}`, found);
  if (labelled.size * found.length > MOST_BYTES / 2) labelled.delete(labelled.keys().next().value);
  return found;
}
