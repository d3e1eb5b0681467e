// The numbers of the open case. A volume that is not too large is loaded whole, in slabs of slices, outwards from the current slice, and all planes
// are cut from it. Before that, and for larger volumes, single slices are fetched, and the least recently used ones dropped.

import { planeOf, state } from '../work/state.js';
import { bytes, casePath } from './api.js';

const MOST_WHOLE = 300e6; // bytes
const MOST_SINGLE = 400e6;
const SLAB = 16; // slices
const AHEAD = 8;

let whole = null; // { numbers, here: [whether each slab is] }, numbers[x + nx · (y + ny · z)]
let held = new Map(); // 'axis/index' → numbers, in order of use
let wanted = new Map(); // 'axis/index' → promise
let size = 0;

/** Drops everything, for another case. */
export function forgetSlices() {
  whole = null;
  held = new Map();
  wanted = new Map();
  size = 0;
}

/** Fetches the whole volume, if it is not too large. Meanwhile, loaded slabs can be used. */
export async function fetchWhole() {
  const { case: asked } = state;
  const [nx, ny, nz] = asked.dims;
  if (asked.kind !== 'volume' || asked.stored.type !== 'u16' || nx * ny * nz * 2 > MOST_WHOLE) return;
  const mine = { numbers: new Uint16Array(nx * ny * nz), here: new Array(Math.ceil(nz / SLAB)).fill(false) };
  whole = mine;
  while (whole === mine) {
    const near = Math.floor(state.cross[2] / SLAB);
    const missing = mine.here.map((_, slab) => slab).filter((slab) => !mine.here[slab]);
    if (!missing.length) break;
    const next = missing.reduce((a, b) => (Math.abs(b - near) < Math.abs(a - near) ? b : a));
    const to = Math.min(nz, (next + 1) * SLAB) - 1;
    const slab = new Uint16Array(await bytes(casePath(asked.id, `/voxels?from=${next * SLAB}&to=${to}`)));
    mine.numbers.set(slab, next * SLAB * nx * ny);
    mine.here[next] = true;
  }
  if (whole !== mine) return;
  held.clear();
  size = 0;
}

/** A slice of the whole volume, or null if not all of it is loaded. */
function cut(axis, index) {
  if (!whole) return null;
  const [nx, ny, nz] = state.case.dims;
  const { numbers, here } = whole;
  if (axis === 2) return here[Math.floor(index / SLAB)] ? numbers.subarray(index * nx * ny, (index + 1) * nx * ny) : null;
  if (here.includes(false)) return null;
  return cutAcross(numbers, [nx, ny, nz], axis, index);
}

/** A slice across x or y of numbers in the order x, y, z. */
export function cutAcross(numbers, [nx, ny, nz], axis, index) {
  const slice = new numbers.constructor((axis === 1 ? nx : ny) * nz);
  for (let z = 0; z < nz; z++) {
    if (axis === 1) slice.set(numbers.subarray(nx * (index + ny * z), nx * (index + ny * z) + nx), z * nx);
    else for (let y = 0; y < ny; y++) slice[z * ny + y] = numbers[index + nx * (y + ny * z)];
  }
  return slice;
}

/** A slice's numbers, if they are loaded. */
export function pixelsHere(axis, index) {
  const key = `${axis}/${index}`;
  const found = held.get(key);
  if (!found) return cut(axis, index);
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
    const reading = read(key).finally(() => asked.delete(key));
    wanted.set(key, reading);
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
    if (size <= MOST_SINGLE || old === key) break;
    held.delete(old);
    size -= byteLength;
  }
  return found;
}

/** Fetches the next slices in a direction, if the volume is not loaded whole. */
export function fetchAhead(axis, index, direction) {
  if (whole || wanted.size > AHEAD) return;
  const { count } = planeOf(axis);
  for (let i = 1; i <= AHEAD; i++) {
    const next = index + i * (direction || 1);
    if (next >= 0 && next < count && !pixelsHere(axis, next)) pixels(axis, next).catch(() => {});
  }
}
