// What changes the work: opening a case, edits, undo. The server has the truth; its answers come back here and become news for whoever shows them.

import { command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { complain, note } from '../base/toast.js';
import { casePath, get, post, tab } from '../server/api.js';
import { forgetSlices, put } from '../server/slices.js';
import { isVolume, objectOf, state } from './state.js';

let marking = 0;
let opening = 0;

/** Asks what was opened, and which cases there are. */
export async function readState() {
  state.server = await get(`state?tab=${tab}`);
  tell('cases');
  tell('changed');
}

/** Opens a case in the middle of its slices. */
export async function openCase(id) {
  const turn = ++opening;
  tell('opening', id);
  let opened;
  try {
    opened = await get(casePath(id, `?tab=${tab}`));
  } finally {
    if (turn === opening) tell('opening', null);
  }
  if (turn !== opening) return;
  forgetSlices();
  state.case = opened;
  state.work = opened;
  state.cross = opened.dims.map((n) => Math.floor(n / 2));
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
}

/** Takes over an answer of the server: the work state and, if it brings one, a slice's labels. */
export function adopt(answer) {
  if (answer.revision < state.work.revision) return;
  state.work = answer;
  if (!objectOf(state.object)) state.object = answer.objects[0]?.number ?? 0;
  if (answer.changed) {
    state.marks.clear();
    tell('labels', answer.changed);
    clearTimeout(marking);
    marking = setTimeout(readMarks, 300);
  }
  if (answer.slice) {
    put(answer.slice.axis, answer.slice.index, answer.slice.runs);
    tell('look');
  }
  tell('work');
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
export async function edit(action, fields = {}) {
  const { id } = state.case;
  const answer = await post(casePath(id, '/edit'), { action, ...fields });
  if (state.case.id === id) adopt(answer);
  return answer;
}

/** The number of the object that is worked on; makes one where there is none. */
export async function someObject() {
  if (!objectOf(state.object)) await addObject();
  return state.object;
}

/** A new object, which becomes the one that is worked on. */
export async function addObject() {
  const before = new Set(state.work.objects.map((object) => object.number));
  const { objects } = await edit('add-object');
  choose(objects.find((object) => !before.has(object.number)).number);
}

/** Chooses the object that is worked on. */
export function choose(number) {
  state.object = number;
  tell('work');
  tell('look');
  tell('changed');
}

async function refresh() {
  const { id } = state.case;
  const now = await get(casePath(id, `?tab=${tab}`));
  if (id !== state.case.id) return;
  state.marks.clear();
  adopt({ ...now, changed: null });
  tell('labels', null);
  readMarks();
}

/** The commands of working, and what is heard of the server. */
export function startActions() {
  const group = 'Work';
  const step = (name) => async () => {
    const { open } = await edit(name);
    if (open) tell('go', open);
  };
  command('undo', { group, title: 'Undo', says: 'Takes back what you did last in this tab', keys: ['Ctrl+z'], run: step('undo'), enabled: () => Boolean(state.work?.undo) });
  command('redo', { group, title: 'Redo', says: 'Does again what was taken back', keys: ['Ctrl+y', 'Ctrl+Shift+z'], run: step('redo'), enabled: () => Boolean(state.work?.redo) });
  on('server-case', (event) => {
    if (event.case === state.case?.id && event.revision > state.work.revision) refreshSoon(event);
  });
  on('server-saved', (event) => {
    if (event.error) complain(event.error);
    if (event.case === state.case?.id && !event.error) {
      state.work = { ...state.work, saved: event.revision };
      tell('work');
    }
  });
  on('restored', () => note('Samovar is here again.'));
}

let refreshing = 0;

/** Reads the work again if it is news: what this tab did is in the answer that is under way. */
function refreshSoon(event) {
  clearTimeout(refreshing);
  refreshing = setTimeout(() => {
    if (event.case === state.case.id && event.revision > state.work.revision) refresh().catch(complain);
  }, event.tab === tab ? 150 : 60);
}
