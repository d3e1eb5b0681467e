// A run that was opened: its settings, curves and scores, and the cases, the worst first; a case shows the prediction beside the truth.

import { button, command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { chart } from '../base/chart.js';
import { byId, el, fill } from '../base/dom.js';
import { complain } from '../base/toast.js';
import { get } from '../server/api.js';
import { openCase } from '../work/actions.js';
import { state } from '../work/state.js';

function figure(value) {
  return value === null || value === undefined || Number.isNaN(value) ? '–' : Number(value).toFixed(3);
}

function table(head, rows, words) {
  return el('table', {}, el('caption', {}, words), el('thead', {}, el('tr', {}, head.map((name) => el('th', { scope: 'col' }, name)))), el('tbody', {}, rows));
}

function mean(values) {
  const known = values.map((metrics) => metrics[0]).filter((value) => value !== null && value !== undefined);
  return known.length ? known.reduce((a, b) => a + b, 0) / known.length : null;
}

function show(run) {
  const { classes, metrics, summary, cases, log, settings } = run;
  const scores = summary.map((row) => el('tr', {}, el('th', { scope: 'row' }, row.class), row.values.map((value) => el('td', {}, figure(value)))));
  const ranked = cases.map((entry) => ({ ...entry, mean: mean(entry.values) })).sort((a, b) => (a.mean ?? 2) - (b.mean ?? 2));
  const listed = ranked.map((entry) => el('tr', {},
    el('th', { scope: 'row' }, el('button', { type: 'button', class: 'link', onclick: () => openCase(entry.id).catch(complain) }, entry.id)), el('td', {}, figure(entry.mean)),
    entry.values.map((values) => el('td', {}, figure(values[0])))));
  const points = (key) => log.filter((row) => row[key] !== null && row[key] !== undefined).map((row) => [row.epoch, row[key]]);
  const lines = [{ name: 'error', points: points('loss') }].filter(({ points: some }) => some.length);
  const dice = [{ name: 'agreement', points: points('dice') }, { name: 'on held-back cases', points: points('validation') }].filter(({ points: some }) => some.length);
  fill(byId('run-body'), el('h2', {}, run.name), el('p', { class: 'quiet' }, run.method),
    summary.length && table(['Class', ...metrics], scores, 'Scores on the test cases'),
    cases.length && table(['Case', metrics[0], ...classes.slice(1)], listed, `Cases, the worst first (${metrics[0]}); click one to see it`),
    lines.length && chart(lines, { words: 'Error over the rounds of the training', across: 'round' }), dice.length && chart(dice, { words: 'Agreement over the rounds', top: 1, across: 'round' }),
    el('details', {}, el('summary', {}, 'Settings'), el('dl', {}, settings.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]))));
}

/** Shows the run, if a run was opened. */
export async function startRun() {
  command('compare', { group: 'Look', title: 'Beside the truth', says: 'Shows the prediction beside the truth, or over all planes', keys: ['z'], run: () => {
    state.compare = !state.compare;
    tell('layout');
    tell('changed');
  }, enabled: () => state.server?.kind === 'run' && Boolean(state.case), active: () => Boolean(state.compare) });
  byId('look-tools').append(button('compare', { glyph: 'panes' }));
  on('changed', () => (byId('do-compare').hidden = state.server?.kind !== 'run'));
  if (state.server.kind !== 'run') return;
  state.compare = true;
  state.server.run = await get('run');
  show(state.server.run);
  tell('tab', 'run');
}
