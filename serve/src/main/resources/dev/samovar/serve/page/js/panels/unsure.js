// Where the model is unsure: the object's prompt is repeated with small shifts, and the differences of the answers are painted as a heat map.

import { button, command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { byId } from '../base/dom.js';
import { complain } from '../base/toast.js';
import { casePath, get, tab } from '../server/api.js';
import { fillRuns, labelsOf } from '../server/labels.js';
import { isAnswered, state } from '../work/state.js';
import { paintLabels } from '../view/paint.js';
import { surface } from '../view/pane.js';
import { activePane, drawAll } from '../view/viewer.js';

const REST = 200; // milliseconds without a change before the model is asked

/** Colours of a spread from 0 to 255: from nothing over red and yellow to white, fast at first, because small spreads matter. */
const HEAT = Uint32Array.from({ length: 256 }, (_, i) => {
  const heat = Math.sqrt(i / 255) * 3;
  const [red, green, blue] = [0, 1, 2].map((from) => 255 * Math.max(0, Math.min(1, heat - from)));
  return ((Math.min(1, heat) * 235) << 24) | (blue << 16) | (green << 8) | Math.max(red, 200);
});

let heat = null; // painted or requested: { key, axis, index, canvas }
let resting = 0;

function show(made, words) {
  heat = made;
  byId('unsure').textContent = words;
  drawAll();
}

async function ask() {
  if (!state.unsure || !state.case) return;
  const { id } = state.case;
  const { plane, index } = activePane();
  const { object, run } = state;
  const key = [id, state.work.revision, object, run, plane.axis, index].join();
  if (key === heat?.key) return;
  if (!labelsOf(plane.axis, index).includes(object)) {
    show(null, 'Click on something first');
    return;
  }
  const made = { key, axis: plane.axis, index, ...surface(plane) };
  show({ ...made, axis: -1 }, 'Asking …');
  const { disagreement, runs } = await get(casePath(id, `/uncertainty/${plane.axis}/${index}?object=${object}&tab=${tab}${run ? `&run=${run}` : ''}`));
  if (heat?.key !== key) return;
  const spread = new Uint8Array(plane.width * plane.height);
  fillRuns(spread, runs);
  paintLabels(spread, HEAT, made.image);
  made.context.putImageData(made.image, 0, 0);
  show(made, `${Math.round(disagreement * 100)} % unsure`);
}

function askSoon() {
  clearTimeout(resting);
  if (state.unsure) resting = setTimeout(() => ask().catch(complain), REST);
}

function paint({ pane, context }) {
  if (!heat || heat.axis !== pane.plane.axis || heat.index !== pane.index || pane.source !== 'labels' || state.peek) return;
  context.save();
  context.transform(...pane.frame.transform(pane.screen));
  context.drawImage(heat.canvas, 0, 0);
  context.restore();
}

/** The command and its events. */
export function startUnsure() {
  const toggle = () => {
    state.unsure = !state.unsure;
    show(null, '');
    tell('changed');
    askSoon();
  };
  const says = 'Asks again with the clicks moved a little, and paints as heat where the answers differ';
  command('unsure', 'Prompts', 'Where it is unsure', says, ['4'], toggle, isAnswered, { active: () => state.unsure });
  byId('look-tools').append(button('unsure'));
  on('paint', paint);
  for (const news of ['work', 'cross', 'opened']) on(news, askSoon);
}
