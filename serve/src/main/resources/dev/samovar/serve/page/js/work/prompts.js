// Prompts: clicks, boxes and scribbles on the current slice. The whole prompt is sent to the server each time;
// while a request is running, only the newest prompt waits.

import { command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { casePath, post } from '../server/api.js';
import { strokeSeen } from '../view/paint.js';
import { adopt, edit, inTurn, someObject } from './actions.js';
import { colourOf, isOpen, state } from './state.js';

const MOST_POINTS = 64;

let draft = null; // the prompt not answered yet
let busy = false;

/** The current prompt of a slice, answered or not; null if none is open there. */
function promptOn(axis, index) {
  const said = draft ?? state.work?.open;
  return said && said.axis === axis && said.index === index && said.object === state.object ? said : null;
}

/** The server's candidates for the open prompt. */
export function candidates() {
  return state.work?.open && !draft ? state.work.open.candidates : [];
}

async function say(axis, index, change) {
  if (!state.server.weights) throw new Error('There is no model to answer clicks: start Samovar with --weights FILE; the brush works without one.');
  const object = await someObject();
  const before = promptOn(axis, index) ?? { object, axis, index, points: [], box: null };
  draft = { object, axis, index, points: before.points, box: before.box, chosen: null, ...change(before) };
  if (draft.points.length > MOST_POINTS) draft.points = draft.points.slice(-MOST_POINTS);
  tell('look');
  if (!busy) await send();
}

async function send() {
  busy = true;
  try {
    while (draft) {
      const sent = draft;
      const { id } = state.case;
      await inTurn(async () => {
        const answer = await post(casePath(id, '/prompt'), { ...sent, run: state.run });
        if (draft === sent) draft = null;
        if (state.case.id === id) adopt({ ...answer, open: { ...answer.open, candidates: answer.candidates } });
      });
    }
  } catch (error) {
    draft = null;
    tell('look');
    throw error;
  } finally {
    busy = false;
  }
}

/** A click on the object, or outside it. */
export function click(pane, [x, y], positive) {
  return say(pane.plane.axis, pane.index, ({ points }) => ({ points: [...points, { x: rounded(x), y: rounded(y), label: positive ? 1 : 0 }] }));
}

/** Several clicks at once, along a line. */
export function scribble(pane, path, positive) {
  const points = path.map(([x, y]) => ({ x: rounded(x), y: rounded(y), label: positive ? 1 : 0 }));
  return say(pane.plane.axis, pane.index, (before) => ({ points: [...before.points, ...points] }));
}

/** A box around the object, which replaces an earlier one. */
export function box(pane, [x0, y0], [x1, y1]) {
  const sorted = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)].map(rounded);
  return say(pane.plane.axis, pane.index, () => ({ box: sorted }));
}

/** Chooses another of a prompt's masks. */
export function chooseCandidate(chosen) {
  const { open } = state.work;
  return say(open.axis, open.index, () => ({ points: open.points, box: open.box, chosen }));
}

function rounded(v) {
  return Math.round(v * 100) / 100;
}

/** A few pixels of a path, evenly spaced. */
export function thinned(path, most = 12) {
  const step = Math.max(1, (path.length - 1) / (most - 1));
  const chosen = [];
  for (let i = 0; i < path.length; i += step) chosen.push(path[Math.round(i)]);
  return chosen;
}

/** The commands of prompts. */
export function startPrompts() {
  const group = 'Prompts';
  const open = () => Boolean(state.work?.open);
  command('accept', group, 'Done here', 'Keeps the mask; the next click begins anew', ['a'], () => edit('accept'), open);
  command('discard', group, 'Discard', 'Takes the mask of these prompts away', ['Escape', 'Delete'], () => edit('discard'), open);
  const keys = ['1', '2', '3'];
  keys.forEach((key, n) => {
    const which = 'Takes the first, second or third of the masks that the click may mean';
    command(`candidate-${key}`, group, `Candidate ${key}`, which, [key], () => chooseCandidate(n), () => candidates().length > n, {
      listed: n === 0 ? keys : [],
    });
  });
  const turn = () => {
    state.positive = !state.positive;
    tell('changed');
  };
  const says = 'What the next click says: on the object, or not on it. Right button or Alt: not';
  command('sign', group, 'On it or not', says, ['n'], turn, isOpen, { active: () => !state.positive });
  on('opening', () => (draft = null));
}

/** Draws a box between two pixels of a pane's slice. */
export function paintBox(context, pane, from, to) {
  const [x0, y0] = pane.frame.toScreen(pane.screen, ...from);
  const [x1, y1] = pane.frame.toScreen(pane.screen, ...to);
  context.beginPath();
  context.rect(x0, y0, x1 - x0, y1 - y0);
  context.setLineDash([6, 4]);
  strokeSeen(context, colourOf(state.object), 2);
  context.setLineDash([]);
}

/** Draws the points and the box of a pane's slice. */
export function paintPrompt(context, pane) {
  const said = promptOn(pane.plane.axis, pane.index);
  if (!said || state.peek) return;
  if (said.box) paintBox(context, pane, said.box.slice(0, 2), said.box.slice(2));
  for (const { x, y, label } of said.points) {
    const [px, py] = pane.frame.toScreen(pane.screen, x, y);
    context.beginPath();
    context.arc(px, py, 5.5, 0, 2 * Math.PI);
    context.fillStyle = label ? '#1f9d55' : '#d92d20';
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = '#fff';
    context.stroke();
    context.beginPath();
    context.moveTo(px - 2.5, py);
    context.lineTo(px + 2.5, py);
    if (label) {
      context.moveTo(px, py - 2.5);
      context.lineTo(px, py + 2.5);
    }
    context.lineWidth = 1.5;
    context.stroke();
  }
}
