// The page's icons: strokes on a grid of 24 units, in the colour of the text around them.

import { drawn, el } from './dom.js';

const STROKES = {
  click: 'M4 3l13 7-5.5 1.8L9 17zM17 14v7M13.5 17.5h7',
  cross: 'M12 2v7M12 15v7M2 12h7M15 12h7',
  box: 'M4 6h16v12H4zM4 6h.01M20 6h.01M4 18h.01M20 18h.01',
  scribble: 'M3 17c3-9 6-9 7-4s3 5 5-1 4-5 6-3',
  brush: 'M14 4l6 6-8 6-4-4zM8 12c-3 0-4 2-4 5 0 1-1 2-1 2 5 1 9 0 9-3',
  eraser: 'M8 20h12M5 15l9-10 6 5-9 10H9z M9.5 10.5l6 5',
  window: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16',
  hand: 'M12 3v18M3 12h18M12 3l-3 3M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3',
  undo: 'M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6',
  redo: 'M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6',
  save: 'M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6',
  help: 'M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 18h.01M12 2.5a9.5 9.5 0 1 0 .01 0',
  theme: 'M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z',
  eye: 'M2 12c4-8 16-8 20 0-4 8-16 8-20 0zM12 9a3 3 0 1 0 .01 0',
  hidden: 'M2 12c4-8 16-8 20 0-4 8-16 8-20 0zM4 20L20 4',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  plus: 'M12 5v14M5 12h14',
  check: 'M5 13l5 5L20 6',
  close: 'M6 6l12 12M18 6L6 18',
  cases: 'M4 5h16M4 12h16M4 19h16',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  lines: 'M12 3v6M12 15v6M3 12h6M15 12h6M12 12h.01',
  panes: 'M4 4h16v16H4zM12 4v16M12 12h8',
  flip: 'M12 3v18M9 7L3 17h6zM15 7l6 10h-6z',
  outline: 'M6 8c4-6 14-4 13 4s-9 9-13 5-3-5 0-9z',
  through: 'M12 3v18M8 7l4-4 4 4M8 17l4 4 4-4M4 12h16',
  unsure: 'M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 18h.01M3 8V3h5M16 3h5v5M21 16v5h-5M8 21H3v-5',
  between: 'M4 5h16M4 19h16M8 12h8M12 9v6',
  all: 'M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM14 14h5v5h-5z',
};

/** An icon by its name. It is decoration, so its button must say what it does. */
export function icon(name) {
  return drawn('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' }, drawn('path', { d: STROKES[name] }));
}

/** A small button without text. */
export function iconButton(glyph, label, title, onclick, more = {}) {
  return el('button', { class: 'plain', 'aria-label': label, title, onclick, ...more }, icon(glyph));
}
