// The list of cases: thumbnails, labelled cases, and a run's proposals.

import { button, command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { byId, el, fill } from '../base/dom.js';
import { complain } from '../base/toast.js';
import { casePath } from '../server/api.js';
import { openCase, readState } from '../work/actions.js';
import { state } from '../work/state.js';

let filter = '';
let leastCertainFirst = false;
const rows = new Map(); // by case: { row, button, about }

function badges(entry) {
  const made = [];
  if (entry.truth) made.push(['truth', 'given', 'The data set came with labels for this case']);
  if (entry.labelled) made.push(['done', 'labelled', 'You have labelled something in this case']);
  if (entry.proposed) made.push(['proposed', 'proposed', `Labels were proposed by the run ${entry.proposed}`]);
  if (Number.isFinite(entry.uncertainty)) {
    const says = `How far ${state.server.ranked} expects its labels to be from the truth (1 − expected Dice); too low, so compare cases`;
    made.push(['unsure', `${Math.round(entry.uncertainty * 100)} % unsure`, says]);
  }
  return made.map(([kind, words, says]) => el('span', { class: `badge ${kind}`, title: says }, words));
}

/** The row of a case, made once so that its thumbnail is fetched once. */
function item(entry) {
  if (!rows.has(entry.id)) {
    const image = el('img', { src: `/api/${casePath(entry.id, '/thumbnail')}`, alt: '', loading: 'lazy', width: 56, height: 56 });
    image.addEventListener('error', () => image.classList.add('missing'));
    const about = el('span', { class: 'about' });
    const button = el('button', { class: 'case', 'data-case': entry.id, onclick: () => open(entry.id) }, image, about);
    rows.set(entry.id, { row: el('li', {}, button), button, about });
  }
  const { row, button, about } = rows.get(entry.id);
  button.setAttribute('aria-current', String(entry.id === state.case?.id));
  fill(about, el('span', { class: 'name', title: entry.name }, entry.name), el('span', { class: 'badges' }, badges(entry)));
  return row;
}

function open(id) {
  openCase(id).catch(complain);
  document.body.classList.remove('cases-open');
}

function listed() {
  const found = state.server.cases.filter((entry) => entry.name.toLowerCase().includes(filter));
  return leastCertainFirst ? found.sort((a, b) => (b.uncertainty ?? -1) - (a.uncertainty ?? -1)) : found;
}

function show() {
  const { cases, name } = state.server;
  byId('opened').textContent = name ?? '';
  const labelled = cases.filter((entry) => entry.labelled).length;
  byId('count').textContent = cases.length > 1 ? `${cases.length} cases, ${labelled} labelled` : '';
  byId('filter').hidden = cases.length < 8;
  byId('order').hidden = !state.server.ranked;
  const shown = listed().map(item);
  const list = byId('cases');
  if (shown.length !== list.children.length || shown.some((row, i) => row !== list.children[i])) fill(list, shown);
  document.body.classList.toggle('alone', cases.length < 2);
}

function step(by) {
  const cases = listed();
  const next = cases[cases.findIndex((entry) => entry.id === state.case?.id) + by];
  if (next) open(next.id);
}

/** The list's commands and events. */
export function startCases() {
  const several = () => (state.server?.cases.length ?? 0) > 1;
  command('next-case', 'Look', 'Next case', 'Opens the next case of the list', ['.'], () => step(1), several);
  command('previous-case', 'Look', 'Previous case', 'Opens the case before in the list', [','], () => step(-1), several);
  command('cases', 'Page', 'List of cases', 'Shows or hides the list of cases', ['q'], () => document.body.classList.toggle('cases-open'), several);
  const order = () => {
    leastCertainFirst = !leastCertainFirst;
    show();
    tell('changed');
  };
  const says = 'Lists the cases where the trained model is least sure first: they are worth labelling next';
  command('least-certain', 'Look', 'Least certain first', says, ['5'], order, () => Boolean(state.server?.ranked), { active: () => leastCertainFirst });
  byId('order').append(button('least-certain', { show: 'words' }));
  byId('cases-button').append(button('cases'));
  byId('filter').addEventListener('input', (event) => {
    filter = event.target.value.toLowerCase();
    show();
  });
  on('cases', show);
  on('opened', show);
  let again = 0;
  on('server-saved', () => {
    clearTimeout(again);
    again = setTimeout(() => readState().catch(() => {}), 800);
  });
  on('opening', (id) => {
    byId('viewer').classList.toggle('busy', Boolean(id));
    for (const entry of byId('cases').querySelectorAll('.case')) entry.toggleAttribute('aria-busy', entry.dataset.case === id);
    tell('changed');
  });
}
