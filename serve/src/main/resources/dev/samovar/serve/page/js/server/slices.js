// Slices of the case that is looked at: fetched once, the next ones ahead, the oldest given up when they would take too much memory.

import { planeOf, state } from '../work/state.js';
import { bytes, casePath } from './api.js';

const MOST_BYTES = 400e6;
const AHEAD = 8;

let held = new Map(); // 'axis/index' → numbers, in the order of use
let wanted = new Map(); // 'axis/index' → promise
let size = 0;

/** Forgets everything: another case is looked at. */
export function forgetSlices() {
  held = new Map();
  wanted = new Map();
  size = 0;
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
  const key = `${axis}/${index}`;
  if (!wanted.has(key)) {
    const asked = wanted;
    wanted.set(key, read(key).finally(() => asked.delete(key)));
  }
  return wanted.get(key);
}

async function read(key) {
  const { case: asked } = state;
  const buffer = await bytes(casePath(asked.id, `/slice/${key}`));
  const found = asked.stored.type === 'rgb8' ? new Uint8Array(buffer) : new Uint16Array(buffer);
  if (asked !== state.case) return found;
  held.set(key, found);
  size += buffer.byteLength;
  for (const [old, { byteLength }] of held) {
    if (size <= MOST_BYTES || old === key) break;
    held.delete(old);
    size -= byteLength;
  }
  return found;
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
