// Dark or light: as the system prefers, until the user says otherwise; remembered in this browser.

import { tell } from './bus.js';

const KEY = 'samovar.theme';
const system = window.matchMedia('(prefers-color-scheme: light)');

function apply() {
  const said = window.localStorage.getItem(KEY);
  document.documentElement.dataset.theme = said ?? (system.matches ? 'light' : 'dark');
  tell('theme');
}

/** Puts the theme on and follows the system's changes. */
export function startTheme() {
  system.addEventListener('change', apply);
  apply();
}

/** From dark to light and back. */
export function toggleTheme() {
  window.localStorage.setItem(KEY, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
  apply();
}
