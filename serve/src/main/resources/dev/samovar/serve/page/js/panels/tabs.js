// The side panels, shown one at a time and chosen by tabs.

import { on, tell } from '../base/bus.js';
import { byId, set } from '../base/dom.js';
import { state } from '../work/state.js';

const NAMES = ['objects', 'everything', 'learn', 'run'];

function show(name) {
  for (const each of NAMES) {
    const tab = byId(`tab-${each}`);
    tab.setAttribute('aria-selected', String(each === name));
    tab.tabIndex = each === name ? 0 : -1;
    byId(`panel-${each}`).hidden = each !== name;
  }
  tell('shown', name);
  tell('look');
}

/** The tabs. Arrow keys move between them. */
export function startTabs() {
  for (const name of NAMES) {
    set(byId(`tab-${name}`), { role: 'tab', 'aria-controls': `panel-${name}`, onclick: () => show(name) });
    set(byId(`panel-${name}`), { role: 'tabpanel', 'aria-labelledby': `tab-${name}` });
  }
  show('objects');
  byId('tabs').addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!step) return;
    const there = NAMES.filter((name) => !byId(`tab-${name}`).hidden);
    const now = there.findIndex((name) => byId(`tab-${name}`).getAttribute('aria-selected') === 'true');
    const next = there[(now + step + there.length) % there.length];
    show(next);
    byId(`tab-${next}`).focus();
  });
  on('tab', show);
  on('cases', () => {
    const run = state.server.kind === 'run';
    byId('tab-run').hidden = !run;
    byId('tab-objects').hidden = run;
    byId('tab-everything').hidden = run;
    byId('tab-learn').hidden = run || state.server.cases.length < 2;
  });
}
