// What the server tells by itself: work that goes on, what was saved, what another tab has changed. The browser connects again by itself.

import { tell } from '../base/bus.js';
import { tab } from './api.js';

const NAMES = ['case', 'saved', 'job', 'epoch', 'embedded'];

/** Listens; each event becomes news of the page, `server-case`, `server-saved` and so on. */
export function startEvents() {
  const source = new EventSource(`/api/events?tab=${tab}`);
  source.onopen = () => tell('connection', true);
  source.onerror = () => tell('connection', false);
  for (const name of NAMES) source.addEventListener(name, (event) => tell(`server-${name}`, JSON.parse(event.data)));
  addEventListener('pagehide', () => source.close());
}
