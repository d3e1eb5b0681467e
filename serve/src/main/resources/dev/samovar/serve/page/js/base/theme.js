// Dark or light: the system's preference until the user chooses; stored in this browser.

import { tell } from './bus.js';

const KEY = 'samovar.theme';
const system = window.matchMedia('(prefers-color-scheme: light)');

function apply() {
  const said = window.localStorage.getItem(KEY);
  document.documentElement.dataset.theme = said ?? (system.matches ? 'light' : 'dark');
  tell('theme');
}

/** Sets the theme and follows the system's changes. */
export function startTheme() {
  system.addEventListener('change', apply);
  apply();
}

/** Switches between dark and light. */
export function toggleTheme() {
  window.localStorage.setItem(KEY, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
  apply();
}
