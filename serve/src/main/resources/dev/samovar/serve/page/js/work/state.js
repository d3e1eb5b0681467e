// The page's state: what was opened, the current case, its objects, and how it is shown. Only this file and `actions.js` change it.

/** The page's state. Display settings are stored in this browser. */
export const state = {
  server: null, // answer of /api/state
  case: null, // answer of /api/cases/ID: sizes, planes, windows
  work: null, // objects, the open prompt, undo, saved
  jobs: new Map(), // running jobs, by name
  run: null, // the run that answers prompts; null for the model that the page was opened with
  object: 0, // number of the object for prompts and brush
  cross: [0, 0, 0], // the voxel at the crosshair
  main: 2, // axis of the large plane
  single: false, // the large plane alone
  tool: 'click',
  positive: true, // whether a click is positive
  window: { low: 0, high: 255 },
  hidden: new Set(), // objects not shown
  unsure: false, // whether the heat map of uncertainty is shown
  peek: false, // hides everything painted while a key is held
  keyboard: false, // the crosshair is moved by keys, so a picture shows it, too
  marks: new Map(), // by axis: the slices of each object
  ...{ filled: true, opacity: 0.4, lines: true, radiological: true, brush: 6 },
  ...JSON.parse(window.localStorage.getItem('samovar.look') ?? '{}'),
};

/** Changes display settings and stores them. */
export function look(change) {
  Object.assign(state, change);
  const { filled, opacity, lines, radiological, brush } = state;
  window.localStorage.setItem('samovar.look', JSON.stringify({ filled, opacity, lines, radiological, brush }));
}

/** The plane across an axis; a picture has only one. */
export function planeOf(axis) {
  return state.case.planes.find((plane) => plane.axis === axis);
}

/** An object by its number. */
export function objectOf(number) {
  return state.work?.objects.find((object) => object.number === number);
}

/** The colour of the object by its number; white if there is none. */
export function colourOf(number) {
  return objectOf(number)?.colour ?? '#ffffff';
}

/** Whether the open case may be edited; a run is read-only. */
export function isOpen() {
  return Boolean(state.case) && state.server.kind !== 'run';
}

/** Whether clicks on it are answered. */
export function isAnswered() {
  return isOpen() && Boolean(state.server.weights);
}

/** Whether the case is a volume with several slices. */
export function isVolume() {
  return state.case?.kind === 'volume';
}
