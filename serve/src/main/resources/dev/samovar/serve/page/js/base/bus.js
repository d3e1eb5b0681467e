// Events within the page: code that makes a change announces it here, code that shows it listens.

const listeners = new Map();

/** Calls `listener` for each event of this name. */
export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, []);
  listeners.get(name).push(listener);
}

/** Calls the listeners of this name, in the order in which they were added. */
export function tell(name, detail) {
  for (const listener of listeners.get(name) ?? []) listener(detail);
}
