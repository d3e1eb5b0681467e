// News within the page: who changes something says so here, who shows it listens.

const listeners = new Map();

/** Calls `listener` at each news of this name. */
export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, []);
  listeners.get(name).push(listener);
}

/** Tells the listeners of this name, in the order in which they began to listen. */
export function tell(name, detail) {
  for (const listener of listeners.get(name) ?? []) listener(detail);
}
