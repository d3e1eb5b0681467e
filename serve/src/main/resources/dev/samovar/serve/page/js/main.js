// Starts the page: reads what was opened, sets up each part, opens the first case.

import { button, startKeys } from './base/commands.js';
import { byId, fill } from './base/dom.js';
import { startTheme } from './base/theme.js';
import { complain } from './base/toast.js';
import { startEvents } from './server/events.js';
import { openCase, readState, startActions } from './work/actions.js';
import { startPrompts } from './work/prompts.js';
import { state } from './work/state.js';
import { startCandidates } from './panels/candidates.js';
import { startCases } from './panels/cases.js';
import { startEverything } from './panels/everything.js';
import { startHead } from './panels/head.js';
import { startJobs } from './panels/jobs.js';
import { startLearn } from './panels/learn.js';
import { startObjects } from './panels/objects.js';
import { firstOfRun, startRun } from './panels/run.js';
import { startTabs } from './panels/tabs.js';
import { startUnsure } from './panels/unsure.js';
import { startPointer } from './view/pointer.js';
import { startViewer } from './view/viewer.js';

async function start() {
  history.replaceState(null, '', '/'); // removes the token from the address
  startTheme();
  startPointer();
  startPrompts();
  startObjects();
  startActions();
  startViewer();
  startHead();
  startEverything();
  startCandidates();
  startUnsure();
  startLearn();
  startJobs();
  startCases();
  startTabs();
  startKeys();
  const tools = ['click', 'box', 'scribble', 'brush', 'eraser', 'window', 'hand', 'cross'];
  fill(byId('tools'), ...tools.map((name) => button(`tool-${name}`, { glyph: name })), button('sign', { show: 'words', words: 'Not' }));
  await readState();
  byId('no-model').hidden = Boolean(state.server.weights) || ['run', 'empty'].includes(state.server.kind);
  startEvents();
  await startRun();
  const { kind, cases } = state.server;
  const first = (kind === 'run' && firstOfRun()) || (cases.find((entry) => !entry.labelled) ?? cases[0])?.id;
  if (first) await openCase(first);
  else document.body.classList.add('empty');
}

start().catch(complain);
