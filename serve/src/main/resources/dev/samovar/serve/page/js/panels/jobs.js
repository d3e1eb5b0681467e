// Jobs: their progress, the time left, and a button that stops them.

import { on, tell } from '../base/bus.js';
import { byId, el, fill, update } from '../base/dom.js';
import { complain, note } from '../base/toast.js';
import { casePath, post } from '../server/api.js';
import { state } from '../work/state.js';

const TITLES = {
  propagate: 'Following the object',
  box: 'Box through slices',
  everything: 'Looking for everything',
  propose: 'Proposing labels',
  rank: 'Looking through the cases',
  learn: 'Learning',
  run: 'Segmenting',
};

/** Starts a job on the open case. */
export async function startJob(kind, fields) {
  return post(casePath(state.case.id, `/${kind}`), fields);
}

/** A duration as text: `40 s`, `3 min`, `2 h 5 min`. */
function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function row(job) {
  const eta = Number.isFinite(job.eta) ? `${duration(job.eta)} to go` : '';
  const parts = [job.total ? `${job.done} of ${job.total}` : '', job.note ?? '', eta].filter(Boolean).join(' · ');
  const bar = el('progress', { max: Math.max(1, job.total), value: job.done, 'aria-label': TITLES[job.kind] });
  const stop = el(
    'button',
    { class: 'button small', title: 'Ends it here; what is done is kept', onclick: () => post(`jobs/${job.job}/stop`).catch(complain) },
    'Stop',
  );
  return el('div', { class: 'job', 'data-key': job.job }, el('strong', {}, TITLES[job.kind] ?? job.kind), bar, el('span', {}, parts), stop);
}

function hear(job) {
  if (job.state === 'running') state.jobs.set(job.job, job);
  else state.jobs.delete(job.job);
  if (job.state === 'failed') complain(job.error ?? 'That did not work.');
  if (job.state === 'done' && job.kind === 'learn') note('Learning is finished; the panel “Learn” says what it can do for the next case.');
  update(byId('jobs'), [...state.jobs.values()].map(row));
  tell('jobs', job);
  tell('changed');
}

/** Listens to the server's job events. */
export function startJobs() {
  on('server-job', hear);
  on('connection', (there) => {
    if (!there) {
      state.jobs.clear();
      fill(byId('jobs'));
    }
  });
}
