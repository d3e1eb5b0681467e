// Learning: choose a way, start, watch the curves; let what was learnt propose labels for the next case, and see how much of them had to be corrected.

import { on } from '../base/bus.js';
import { chart } from '../base/chart.js';
import { byId, el, fill, update } from '../base/dom.js';
import { complain, note } from '../base/toast.js';
import { casePath, get, post } from '../server/api.js';
import { readState } from '../work/actions.js';
import { state } from '../work/state.js';

let learning = null; // answer of /api/learn

async function read() {
  learning = await get('learn');
  show();
}

function curves({ name, log }) {
  if (!log.length) return el('p', { class: 'quiet' }, 'The model looks at the slices first; curves begin after that.');
  const line = (title, key) => ({ name: title, points: log.filter((row) => row[key] !== null && row[key] !== undefined).map((row) => [row.epoch, row[key]]) });
  const last = log.at(-1);
  const scores = [line('agreement', 'dice'), line('on held-back cases', 'validation')].filter((each) => each.points.length);
  const made = [chart([line('error', 'loss')], { words: `Error of ${name} falls to ${last.loss.toPrecision(3)} after ${last.epoch} rounds`, across: 'round' })];
  if (scores.length) made.push(chart(scores, { words: 'Agreement with your labels (Dice), 1 is perfect', top: 1, across: 'round' }));
  return el('div', { class: 'curves' }, made);
}

function runRow(run) {
  const actions = [];
  const action = (words, says, does, main) =>
    actions.push(el('button', { type: 'button', class: main ? 'button main' : 'button', title: says, onclick: () => does().catch(complain) }, words));
  if (run.running) action('Stop', 'Ends the learning after this round; it can go on later', () => post(`jobs/${run.job}/stop`));
  if (!run.running && !run.finished) action('Go on', 'Goes on where it was stopped', () => post(`learn/${encodeURIComponent(run.name)}/resume`).then(read));
  if (!run.running && run.done > 0)
    action(
      'Propose labels here',
      `Labels the case that is open as ${run.name} would; correct them, and undo takes all of them back`,
      () => propose(run.name),
      true,
    );
  const how = run.running
    ? `round ${run.done} of ${run.epochs}`
    : run.finished
      ? `finished, ${run.done} rounds`
      : `stopped at round ${run.done} of ${run.epochs}`;
  return el(
    'details',
    { class: 'run', open: run.running || run === learning.runs.at(-1), 'data-key': run.name },
    el('summary', {}, el('strong', {}, run.name), el('span', { class: 'quiet' }, ` ${titleOf(run.method)}, ${how}`)),
    curves(run),
    el('div', { class: 'buttons' }, actions),
  );
}

function titleOf(method) {
  return learning.methods.find(({ name }) => name === method)?.title ?? method;
}

async function propose(run) {
  if (!state.case) throw new Error('Open the case that labels are to be proposed for.');
  await post(casePath(state.case.id, '/propose'), { run });
  note('Labels are being proposed; correct what is wrong with clicks or the brush.');
}

async function start() {
  const epochs = Number(byId('epochs').value);
  const { run } = await post('learn', { method: byId('method').value, epochs, validation: Number(byId('held').value) });
  note(`${run} has begun; you can go on labelling meanwhile.`);
  await read();
}

function corrections() {
  const { proposed } = learning;
  if (!proposed.length)
    return [
      el(
        'p',
        { class: 'quiet' },
        'Once labels were proposed and you corrected them, this chart shows how many voxels you had to change, case by case: it should fall.',
      ),
    ];
  const points = proposed.map(({ corrected }, i) => [i + 1, corrected]);
  const words = `Voxels corrected, case by case: ${points.map(([, y]) => y).join(', ')}`;
  return [
    chart([{ name: 'corrected voxels', points }], { words, across: 'case' }),
    el(
      'ol',
      { class: 'corrected' },
      proposed.map(({ id, run, corrected, of }) =>
        el('li', {}, `${id}: ${corrected.toLocaleString('en')}${of ? ` of ${of.toLocaleString('en')}` : ''} voxels corrected (${run})`),
      ),
    ),
  ];
}

function show() {
  if (!learning) return;
  const chosen = byId('method').value || learning.methods[0]?.name;
  fill(
    byId('method'),
    learning.methods.map(({ name, title }) => el('option', { value: name }, title)),
  );
  byId('method').value = chosen;
  explain();
  const n = learning.labelled.length;
  byId('labelled').textContent =
    n === 0 ? 'No case is labelled yet: label two or three first.' : `${n} ${n === 1 ? 'case is' : 'cases are'} labelled and will be learnt from.`;
  byId('learn-start').disabled = n === 0 || learning.runs.some((run) => run.running);
  update(byId('runs'), learning.runs.toReversed().map(runRow));
  fill(byId('corrections'), corrections());
}

function explain() {
  byId('about-method').textContent = learning.methods.find(({ name }) => name === byId('method').value)?.about ?? '';
}

function choose() {
  explain();
  byId('epochs').value = learning.methods.find(({ name }) => name === byId('method').value).epochs;
}

/** The panel and what it hears. */
export function startLearn() {
  byId('learn-start').addEventListener('click', () => start().catch(complain));
  byId('method').addEventListener('change', choose);
  on('shown', (tab) => tab === 'learn' && read().catch(complain));
  on('cases', () => !byId('panel-learn').hidden && read().catch(complain));
  on('server-epoch', ({ run, ...row }) => {
    const known = learning?.runs.find(({ name }) => name === run);
    if (!known) return;
    known.log = [...known.log.filter(({ epoch }) => epoch !== row.epoch), row];
    known.done = row.epoch;
    show();
  });
  on('jobs', (job) => {
    if (!['learn', 'propose'].includes(job.kind)) return;
    if (job.state !== 'running') {
      readState().catch(complain);
    }
    if (learning) read().catch(complain);
  });
}
