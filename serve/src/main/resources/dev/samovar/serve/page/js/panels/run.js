// An opened run: its settings, curves and scores, and the cases, worst first. A case shows the prediction beside the ground truth.

import { button, command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { curves } from '../base/chart.js';
import { byId, el, fill } from '../base/dom.js';
import { complain } from '../base/toast.js';
import { get, post } from '../server/api.js';
import { openCase } from '../work/actions.js';
import { state } from '../work/state.js';

const METRICS = [
  ['dice', 'Dice', 'Agreement of prediction and truth; 1 is perfect'],
  ['nsd', 'NSD', 'Share of both surfaces that lie close together; 1 is perfect'],
  ['hd95', 'HD95', 'How far the surfaces are apart, but for the worst 5 %; in mm, 0 is perfect'],
];

function figure(value, key) {
  return Number.isFinite(value) ? value.toFixed(key === 'hd95' ? 1 : 3) : '–';
}

function cells(scores) {
  return METRICS.map(([key]) => el('td', {}, figure(scores[key], key)));
}

function table(first, rows, words) {
  const head = METRICS.map(([, name, says]) => el('th', { scope: 'col', title: says }, name));
  return el('table', {}, el('caption', {}, words), el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, first), head)), el('tbody', {}, rows));
}

function scores({ mean, cases }) {
  const classes = [...mean.classes, { ...mean, name: 'mean' }].map((row) => el('tr', {}, el('th', { scope: 'row' }, row.name), cells(row)));
  const ranked = cases.toSorted((a, b) => (a.dice ?? -1) - (b.dice ?? -1));
  const listed = ranked.map((entry) => {
    const link = el('button', { class: 'link', onclick: () => openCase(entry.name).catch(complain) }, entry.name);
    return el('tr', {}, el('th', { scope: 'row' }, link), cells(entry));
  });
  return [table('Class', classes, 'Scores on the test cases'), table('Case', listed, 'The worst first; click one to see it')];
}

function show({ name, method, settings, log, evaluation, judged }) {
  const judge = el('button', { class: 'button main', onclick: () => post('run/judge').catch(complain) }, 'Segment and score the test cases');
  const unjudged = [el('p', {}, `${judged.length} test cases were not scored yet.`), el('div', { class: 'buttons' }, judge)];
  const listed = settings.flatMap(([key, value]) => [el('dt', {}, key), el('dd', {}, value)]);
  fill(
    byId('run-body'),
    el('h2', {}, name),
    el('p', { class: 'quiet' }, method),
    evaluation ? scores(evaluation) : judged.length ? unjudged : el('p', { class: 'hint' }, 'No case was left for a test.'),
    log.length > 0 && curves(log),
    el('details', {}, el('summary', {}, 'Settings'), el('dl', {}, listed)),
  );
}

async function read() {
  state.server.run = await get('run');
  show(state.server.run);
}

/** The case shown first: the worst of the scored ones. */
export function firstOfRun() {
  const { evaluation, judged } = state.server.run;
  return evaluation ? evaluation.cases.reduce((a, b) => ((b.dice ?? -1) < (a.dice ?? -1) ? b : a)).name : judged[0];
}

/** Shows the run, if one was opened. */
export async function startRun() {
  const ready = () => state.server?.kind === 'run' && Boolean(state.case);
  const turn = () => {
    state.compare = !state.compare;
    tell('layout');
    tell('changed');
  };
  command('compare', 'Look', 'Beside the truth', 'Shows the prediction beside the truth', ['z'], turn, ready, { active: () => Boolean(state.compare) });
  if (state.server.kind !== 'run') return;
  byId('look-tools').append(button('compare', { glyph: 'between' }));
  state.compare = true;
  await read();
  tell('tab', 'run');
  on('jobs', async (job) => {
    if (job.kind !== 'run' || job.state !== 'done') return;
    try {
      await read();
      await openCase(firstOfRun());
    } catch (error) {
      complain(error);
    }
  });
}
