// The labels of the case: a number for each voxel, read once and then updated by each edit. Slices of all planes are cut from them.
// The ground truth and a run's prediction, for comparison, come slice by slice.

import { planeOf, state } from '../work/state.js';
import { casePath, get } from './api.js';
import { cutAcross } from './slices.js';

let own = new Uint8Array(0); // labels[x + nx · (y + ny · z)]
let compared = new Map(); // 'axis/index/truth' → labels of a slice
let asked = new Map(); // the same → promise

/** Reads the labels of a case before it is shown. */
export async function readLabels({ id, dims }) {
  const { runs } = await get(casePath(id, '/labels'));
  const read = new Uint8Array(dims[0] * dims[1] * dims[2]);
  fillRuns(read, runs);
  return read;
}

/** Makes labels that were read those of the case shown. */
export function takeLabels(read) {
  own = read;
  compared = new Map();
  asked = new Map();
}

/** Writes runs `[value, count, …]` into zeros. */
export function fillRuns(labels, runs) {
  for (let i = 0, at = 0; i < runs.length; at += runs[i + 1], i += 2) if (runs[i] !== 0) labels.fill(runs[i], at, at + runs[i + 1]);
}

/** Writes the labels of a box of voxels, `from` to `to` inclusive, whose runs go along x, then y, then z. */
export function patch({ from, to, runs }) {
  const [nx, ny] = state.case.dims;
  const width = to[0] - from[0] + 1;
  let run = 0;
  let left = runs[1];
  for (let z = from[2]; z <= to[2]; z++) {
    for (let y = from[1]; y <= to[1]; y++) {
      let at = from[0] + nx * (y + ny * z);
      for (let open = width; open > 0;) {
        if (left === 0) {
          run += 2;
          left = runs[run + 1];
        }
        const length = Math.min(open, left);
        own.fill(runs[run], at, at + length);
        at += length;
        open -= length;
        left -= length;
      }
    }
  }
}

/** The labels of a slice, row by row. */
export function labelsOf(axis, index) {
  const { dims } = state.case;
  const area = dims[0] * dims[1];
  return axis === 2 ? own.subarray(index * area, (index + 1) * area) : cutAcross(own, dims, axis, index);
}

/** The labels of a slice in the data set (`truth`) or by a run (`prediction`), if they are loaded. */
export function comparedHere(axis, index, of) {
  return compared.get(`${axis}/${index}/${of}`) ?? null;
}

/** The same labels, fetched if they are not loaded; nothing if the server has none. */
export function readCompared(axis, index, of) {
  const key = `${axis}/${index}/${of}`;
  if (!asked.has(key)) asked.set(key, fetchCompared(key, axis, index, of));
  return asked.get(key);
}

async function fetchCompared(key, axis, index, of) {
  const { id } = state.case;
  const into = compared;
  const { width, height } = planeOf(axis);
  const slice = new Uint8Array(width * height);
  const { cases, run } = state.server;
  const has = of === 'truth' ? cases.find((one) => one.id === id)?.truth : run?.evaluation?.cases.some((one) => one.name === id);
  try {
    if (has) fillRuns(slice, (await get(casePath(id, `/labels/${axis}/${index}?of=${of}`))).runs);
  } finally {
    into.set(key, slice);
  }
}
