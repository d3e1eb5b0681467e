// Requests to this page's server, and to no other. An error has the server's own sentence.

import { tell } from '../base/bus.js';

const RELOADED = performance.getEntriesByType('navigation')[0]?.type === 'reload';

/** This tab's name: kept over a reload, new in a new tab, so that undo reverts only this tab's edits. */
export const tab = (RELOADED && window.sessionStorage.getItem('samovar.tab')) || crypto.randomUUID();
window.sessionStorage.setItem('samovar.tab', tab);

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    tell('connection', false);
    throw new Error('Samovar does not answer: start it again where you started it before; what you did until now is saved.');
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new Error(told.error ?? `Samovar answered with status ${response.status} and said no more.`);
}

/** The JSON at a path of the API, say `cases/ID`. */
export async function get(path) {
  return (await request(`/api/${path}`)).json();
}

/** The bytes at a path of the API, or null if there are none. */
export async function bytes(path) {
  return (await request(`/api/${path}`)).arrayBuffer();
}

/** Sends JSON, with this tab's name, and returns the JSON of the answer. */
export async function post(path, body = {}) {
  const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ tab, ...body }) };
  return (await request(`/api/${path}`, options)).json();
}

/** The path of a case, with its name encoded. */
export function casePath(id, rest = '') {
  return `cases/${encodeURIComponent(id)}${rest}`;
}
