// Events from the server: jobs, saving, changes by other tabs. The browser reconnects by itself.

import { tell } from '../base/bus.js';
import { complain } from '../base/toast.js';
import { tab } from './api.js';

const NAMES = ['case', 'saved', 'job', 'epoch', 'embedded'];

/** Listens. Each event becomes an event of the page, `server-case`, `server-saved` and so on. */
export function startEvents() {
  const source = new EventSource(`/api/events?tab=${tab}`);
  source.onopen = () => tell('connection', true);
  source.onerror = () => {
    tell('connection', false);
    if (source.readyState === EventSource.CLOSED) complain('Samovar was started anew: open the address that it printed; all that you did is saved.');
  };
  for (const name of NAMES) source.addEventListener(name, (event) => tell(`server-${name}`, JSON.parse(event.data)));
  window.addEventListener('pagehide', () => source.close());
}
