// What changes the work: opening a case, edits, undo. The server holds the state. Its answers become events for the parts that show them.

import { command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { complain, note } from '../base/toast.js';
import { casePath, get, post, tab } from '../server/api.js';
import { patch, readLabels, takeLabels } from '../server/labels.js';
import { fetchWhole, forgetSlices } from '../server/slices.js';
import { isVolume, objectOf, state } from './state.js';

let marking = 0;
let opening = 0;
let last = Promise.resolve();
const mine = new Set(); // revisions made by this tab, whose events are ignored

/** Runs work after all earlier work, so that answers are handled in the server's order. */
export function inTurn(work) {
  const done = last.then(work);
  last = done.catch(() => {});
  return done;
}

/** Reads what was opened, and the list of cases. */
export async function readState() {
  state.server = await get(`state?tab=${tab}`);
  tell('cases');
  tell('changed');
}

/** Opens a case at its middle slice, or at the last position. */
export async function openCase(id, cross = null) {
  const turn = ++opening;
  tell('opening', id);
  let opened;
  let labels;
  try {
    opened = await get(casePath(id, `?tab=${tab}`));
    labels = await readLabels(opened);
  } finally {
    if (turn === opening) tell('opening', null);
  }
  if (turn !== opening) return;
  forgetSlices();
  takeLabels(labels);
  mine.clear();
  state.case = opened;
  state.work = opened;
  state.cross = cross ?? opened.dims.map((n) => Math.floor(n / 2));
  state.window = { low: opened.window[0], high: opened.window[1] };
  state.main = 2;
  state.hidden.clear();
  state.keyboard = false;
  state.marks.clear();
  if (!objectOf(state.object)) state.object = opened.objects[0]?.number ?? 0;
  tell('opened');
  tell('work');
  tell('changed');
  readMarks();
  fetchWhole().catch(complain);
}

/** Applies an answer of the server: the state of the work, and the changed labels. */
export function adopt(answer) {
  mine.add(answer.revision);
  take(answer);
}

function take(answer) {
  state.work = { ...answer, saved: Math.max(answer.saved, state.work.saved) };
  if (!objectOf(state.object)) state.object = answer.objects[0]?.number ?? 0;
  if (answer.patch) {
    patch(answer.patch);
    tell('labels', answer.patch);
    clearTimeout(marking);
    marking = setTimeout(readMarks, 300);
  }
  tell('work');
  tell('look');
  tell('changed');
}

async function readMarks() {
  if (!isVolume()) return;
  const { case: asked, work } = state;
  try {
    const answers = await Promise.all(asked.planes.map(({ axis }) => get(casePath(asked.id, `/slices/${axis}`))));
    if (asked !== state.case || work.revision !== state.work.revision) return;
    asked.planes.forEach(({ axis }, i) => {
      state.marks.set(axis, new Map(Object.entries(answers[i].objects).map(([number, slices]) => [Number(number), new Set(slices)])));
    });
    tell('marks');
  } catch (error) {
    complain(error);
  }
}

/** An edit of the case, by its name. */
export function edit(action, fields = {}) {
  const { id } = state.case;
  return inTurn(async () => {
    const answer = await post(casePath(id, '/edit'), { action, ...fields });
    if (state.case.id === id) adopt(answer);
    return answer;
  });
}

/** The number of the current object; makes one if there is none. */
export async function someObject() {
  if (!objectOf(state.object)) await addObject();
  return state.object;
}

/** Adds an object and makes it the current one. */
export async function addObject() {
  const before = new Set(state.work.objects.map((object) => object.number));
  const { objects } = await edit('add-object');
  choose(objects.find((object) => !before.has(object.number)).number);
}

/** Chooses the current object. */
export function choose(number) {
  state.object = number;
  tell('work');
  tell('look');
  tell('changed');
}

/** Another tab or a job has changed the case. */
async function catchUp({ revision, changed }) {
  if (mine.delete(revision)) return;
  const { id } = state.case;
  const now = await get(casePath(id, `?tab=${tab}`));
  const box = changed?.from ? await get(casePath(id, `/labels?from=${changed.from}&to=${changed.to}`)) : null;
  if (id === state.case.id)
    take({ ...now, open: state.work.open?.candidates && now.open ? { ...now.open, candidates: state.work.open.candidates } : now.open, patch: box });
}

/** The commands for editing, and the server's events. */
export function startActions() {
  const group = 'Work';
  const step = (name) => async () => {
    const { open } = await edit(name);
    if (open) tell('go', open);
  };
  command('undo', group, 'Undo', 'Takes back what you did last in this tab', ['Ctrl+z'], step('undo'), () => Boolean(state.work?.undo));
  command('redo', group, 'Redo', 'Does again what was taken back', ['Ctrl+y', 'Ctrl+Shift+z'], step('redo'), () => Boolean(state.work?.redo));
  on('server-case', (event) => {
    if (event.case === state.case?.id) inTurn(() => (event.case === state.case.id ? catchUp(event) : null)).catch(complain);
  });
  on('server-saved', (event) => {
    if (event.error) complain(event.error);
    if (event.case === state.case?.id && !event.error) {
      state.work.saved = Math.max(event.revision, state.work.saved);
      tell('work');
    }
  });
  on('restored', async () => {
    try {
      await readState();
      if (state.case) await openCase(state.case.id, state.cross);
      note('Samovar is here again.');
    } catch (error) {
      complain(error);
    }
  });
}
