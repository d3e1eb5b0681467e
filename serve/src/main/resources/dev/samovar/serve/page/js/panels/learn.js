// Learning: choose a method, start, watch the curves; let the trained model propose labels for the next case, and see how much was corrected.

import { on, tell } from '../base/bus.js';
import { chart, curves } from '../base/chart.js';
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

function action(words, says, does, main) {
  return el('button', { class: main ? 'button main' : 'button', title: says, onclick: () => does().catch(complain) }, words);
}

/** What a trained model can be used for. */
function uses({ name, prompted }) {
  if (!prompted)
    return [
      action('Propose labels here', `Labels the open case as ${name} would; correct them, and undo takes all of them back`, () => propose(name), true),
      action('Which case next?', 'Segments all cases without labels, and says how sure it is of each', () => post(`learn/${name}/rank`)),
    ];
  const answers = state.run === name;
  const says = 'Which model answers clicks and boxes in this tab, through the slices, too, and where it is unsure';
  return action(answers ? 'Let the first model answer again' : 'Let it answer clicks', says, async () => ask(answers ? null : name), !answers);
}

function runRow(run) {
  const { name, log, running, finished, done, epochs } = run;
  const actions = [
    running && action('Stop', 'Ends the learning after this round; it can go on later', () => post(`jobs/${run.job}/stop`)),
    !running && !finished && action('Go on', 'Goes on where it was stopped', () => post(`learn/${name}/resume`).then(read)),
    !running && done > 0 && uses(run),
  ].flat();
  const how = running ? `round ${done} of ${epochs}` : finished ? `finished, ${done} rounds` : `stopped at round ${done} of ${epochs}`;
  const says = ` ${methodOf(run.method)?.title ?? run.method}, ${how}${state.run === name ? ', answers clicks' : ''}`;
  return el(
    'details',
    { class: 'run', open: running || run === learning.runs.at(-1), 'data-key': name },
    el('summary', {}, el('strong', {}, name), el('span', { class: 'quiet' }, says)),
    log.length ? el('div', { class: 'curves' }, curves(log)) : el('p', { class: 'quiet' }, 'The model looks at the slices first; curves begin after that.'),
    el('div', { class: 'buttons' }, actions),
  );
}

function methodOf(method) {
  return learning.methods.find(({ name }) => name === method);
}

/** Lets a run answer prompts, or, if it is null, the model that the page was opened with. */
function ask(run) {
  state.run = run;
  byId('model').textContent = run ?? state.server.weights?.model ?? '';
  show();
  tell('work');
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
  const promise = 'Once labels were proposed and you corrected them, this chart shows how many voxels you had to change, case by case: it should fall.';
  if (!proposed.length) return el('p', { class: 'quiet' }, promise);
  const points = proposed.map(({ corrected }, i) => [i + 1, corrected]);
  const words = `Voxels corrected, case by case: ${points.map(([, y]) => y).join(', ')}`;
  const each = proposed.map(({ id, run, corrected, of }) => {
    const share = of ? ` of ${of.toLocaleString('en')}` : '';
    return el('li', {}, `${id}: ${corrected.toLocaleString('en')}${share} voxels corrected (${run})`);
  });
  return [chart([{ name: 'corrected voxels', points }], { words, across: 'case' }), el('ol', { class: 'corrected' }, each)];
}

function show() {
  if (!learning) return;
  const chosen = byId('method').value || learning.methods[0]?.name;
  const options = learning.methods.map(({ name, title }) => el('option', { value: name }, title));
  fill(byId('method'), options);
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
  byId('about-method').textContent = methodOf(byId('method').value)?.about ?? '';
}

function choose() {
  explain();
  byId('epochs').value = methodOf(byId('method').value).epochs;
}

/** The panel and its events. */
export function startLearn() {
  byId('learn-start').addEventListener('click', () => start().catch(complain));
  byId('method').addEventListener('change', choose);
  on('opened', () => ask(state.run));
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
    if (!['learn', 'propose', 'rank'].includes(job.kind)) return;
    if (job.state !== 'running' || job.kind === 'rank') readState().catch(complain);
    if (learning) read().catch(complain);
  });
}
