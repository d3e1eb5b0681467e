// What the page knows: what was opened, the case looked at, its objects, and how it is shown. Only this file and `actions.js` change it.

/** The page's one state. Settings of how things look are kept in this browser. */
export const state = {
  server: null, // answer of /api/state
  case: null, // answer of /api/cases/ID: sizes, planes, windows
  work: null, // objects, the open prompt, undo, saved
  jobs: new Map(), // work that goes on, by its name
  run: null, // the run that answers prompts; null for the model that the page was opened with
  object: 0, // number of the object that prompts and brush are for
  cross: [0, 0, 0], // the voxel that the crosshair is at
  main: 2, // axis of the large plane
  single: false, // the large plane alone
  tool: 'click',
  positive: true, // what a click says: on it, or not
  window: { low: 0, high: 255 },
  hidden: new Set(), // objects not shown
  unsure: false, // the heat of what the model is not sure of is painted
  peek: false, // nothing painted while a key is held
  keyboard: false, // the crosshair is moved by keys, so a picture shows it, too
  marks: new Map(), // by axis: in which slices each object is
  ...{ filled: true, opacity: 0.4, lines: true, radiological: true, brush: 6 },
  ...JSON.parse(window.localStorage.getItem('samovar.look') ?? '{}'),
};

/** Changes how things look, and remembers it. */
export function look(change) {
  Object.assign(state, change);
  const { filled, opacity, lines, radiological, brush } = state;
  window.localStorage.setItem('samovar.look', JSON.stringify({ filled, opacity, lines, radiological, brush }));
}

/** The plane across an axis; a picture has but one. */
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

/** Whether a case is open that may be worked on: of a run nothing is changed. */
export function isOpen() {
  return Boolean(state.case) && state.server.kind !== 'run';
}

/** Whether clicks on it are answered. */
export function isAnswered() {
  return isOpen() && Boolean(state.server.weights);
}

/** Whether the case is a volume, with slices to go through. */
export function isVolume() {
  return state.case?.kind === 'volume';
}
