// The masks that a click may mean, as buttons with a small picture and the model's own estimate of the mask's quality.

import { on } from '../base/bus.js';
import { byId, el, fill } from '../base/dom.js';
import { button } from '../base/commands.js';
import { candidates, chooseCandidate } from '../work/prompts.js';
import { complain } from '../base/toast.js';
import { colourOf, isVolume, objectOf, planeOf, state } from '../work/state.js';
import { eachRow } from '../view/paint.js';

const SIDE = 44;
let shown = null;

/** The part of a plane with all masks and some margin: [x, y, width, height]. */
function around(masks, plane) {
  let [x0, y0, x1, y1] = [plane.width, plane.height, 0, 0];
  const take = (x, y, length) => {
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x + length), Math.max(y1, y + 1)];
  };
  for (const { runs } of masks) eachRow(runs, plane.width, take);
  const room = 0.15 * Math.max(x1 - x0, y1 - y0, 8);
  return [x0 - room, y0 - room, x1 - x0 + 2 * room, y1 - y0 + 2 * room];
}

function picture(runs, plane, [x0, y0, width, height]) {
  const canvas = el('canvas', { width: SIDE, height: SIDE, 'aria-hidden': 'true' });
  const scale = Math.min(SIDE / (width * plane.pixel[0]), SIDE / (height * plane.pixel[1]));
  const context = canvas.getContext('2d');
  context.translate(SIDE / 2, SIDE / 2);
  if (plane.letters) context.scale(state.radiological ? -1 : 1, -1);
  context.scale(plane.pixel[0] * scale, plane.pixel[1] * scale);
  context.translate(-x0 - width / 2, -y0 - height / 2);
  context.fillStyle = colourOf(state.object);
  const thick = Math.max(1, 1.6 / (plane.pixel[1] * scale)); // so that there are no gaps between rows
  eachRow(runs, plane.width, (x, y, length) => context.fillRect(x, y, length, thick));
  return canvas;
}

/** Announces to screen readers what was found. */
function say() {
  const { name, voxels } = objectOf(state.work.open.object) ?? {};
  byId('said').textContent = name ? `${name}: ${voxels} ${isVolume() ? 'voxels' : 'pixels'}` : '';
}

function show() {
  const offered = candidates();
  const bar = byId('candidates');
  bar.hidden = !state.work?.open;
  if (bar.hidden || offered === shown) return;
  shown = offered;
  say();
  const plane = planeOf(state.work.open.axis);
  const part = offered.length < 2 || !offered[0].runs ? null : around(offered, plane);
  const made = (offered.length < 2 ? [] : offered).map(({ iou, runs }, n) => {
    const percent = `${Math.round(Math.max(0, Math.min(1, iou)) * 100)}\u00a0%`;
    const how = {
      class: 'candidate',
      'aria-pressed': String(n === state.work.open.chosen),
      'aria-label': `Mask ${n + 1}, estimated fit ${percent}`,
      title: `The model’s own estimate of how well this mask fits (${n + 1})`,
      onclick: () => chooseCandidate(n).catch(complain),
    };
    return el('button', how, runs && picture(runs, plane, part), el('span', {}, `${n + 1}`), el('span', { class: 'fit' }, percent));
  });
  fill(byId('candidate-list'), made);
}

/** Shows the masks of the open prompt. */
export function startCandidates() {
  fill(byId('candidate-ends'), button('accept', { show: 'both', glyph: 'check', words: 'Done' }), button('discard', { show: 'both', glyph: 'close' }));
  on('work', show);
  on('opened', show);
  on('look', show);
}
