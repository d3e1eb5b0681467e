// The list of cases: thumbnails, what is labelled, and what a run proposed.

import { button, command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { byId, el, fill } from '../base/dom.js';
import { complain } from '../base/toast.js';
import { casePath } from '../server/api.js';
import { openCase, readState } from '../work/actions.js';
import { state } from '../work/state.js';

let filter = '';
const rows = new Map(); // by case: { row, button, about }

function badges(entry) {
  const made = [];
  if (entry.truth) made.push(['truth', 'given', 'The data set came with labels for this case']);
  if (entry.labelled) made.push(['done', 'labelled', 'You have labelled something in this case']);
  if (entry.proposed) made.push(['proposed', 'proposed', `Labels were proposed by the run ${entry.proposed}`]);
  return made.map(([kind, words, says]) => el('span', { class: `badge ${kind}`, title: says }, words));
}

/** The row of a case; it is made once, so that its thumbnail is fetched once. */
function item(entry) {
  if (!rows.has(entry.id)) {
    const image = el('img', { src: `/api/${casePath(entry.id, '/thumbnail')}`, alt: '', loading: 'lazy', width: 56, height: 56 });
    image.addEventListener('error', () => image.classList.add('missing'));
    const about = el('span', { class: 'about' });
    const button = el('button', { type: 'button', class: 'case', 'data-case': entry.id, onclick: () => open(entry.id) }, image, about);
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
  return state.server.cases.filter((entry) => entry.name.toLowerCase().includes(filter));
}

function show() {
  const { cases, name } = state.server;
  byId('opened').textContent = name ?? '';
  const labelled = cases.filter((entry) => entry.labelled).length;
  byId('count').textContent = cases.length > 1 ? `${cases.length} cases, ${labelled} labelled` : '';
  byId('filter').hidden = cases.length < 8;
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

/** The commands of the list, and its news. */
export function startCases() {
  const several = () => (state.server?.cases.length ?? 0) > 1;
  command('next-case', { group: 'Look', title: 'Next case', says: 'Opens the next case of the list', keys: ['.'], run: () => step(1), enabled: several });
  command('previous-case', {
    group: 'Look',
    title: 'Previous case',
    says: 'Opens the case before in the list',
    keys: [','],
    run: () => step(-1),
    enabled: several,
  });
  command('cases', {
    group: 'Page',
    title: 'List of cases',
    says: 'Shows or hides the list of cases',
    keys: ['q'],
    run: () => document.body.classList.toggle('cases-open'),
    enabled: several,
  });
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
