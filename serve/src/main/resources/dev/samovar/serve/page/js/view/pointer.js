// The pointer on a pane: its tool, the wheel, two fingers, and the crosshair. Each tool is a few lines: down, move, up.

import { command } from '../base/commands.js';
import { on, tell } from '../base/bus.js';
import { complain } from '../base/toast.js';
import { edit, someObject } from '../work/actions.js';
import { box, click, paintBox, paintPrompt, scribble, thinned } from '../work/prompts.js';
import { colourOf, isOpen, isVolume, look, state } from '../work/state.js';
import { alongOf } from './geometry.js';
import { strokeSeen } from './paint.js';
import { activePane, drawAll, moveTo, setCrossIn, tellPlace } from './viewer.js';

const DRAG = 5; // screen units beyond which a click is a drag

let gesture = null; // of the pointer that is down: { pane, tool, from, at, path, positive }
let corner = null; // of a box drawn by keys: { pane, at }
let hover = null; // where the brush is: { pane, at }
const fingers = new Map();

const brushing = () => state.tool === 'brush' || state.tool === 'eraser';
const far = (event) => Math.hypot(event.clientX - gesture.screen[0], event.clientY - gesture.screen[1]) > DRAG;

const TOOLS = {
  click: {
    up: (event) => {
      const pick = { pane: gesture.pane, at: gesture.from, taken: false };
      if (!far(event)) tell('pick', pick); // a panel may have painted what is clicked
      if (pick.taken) return null;
      if (!far(event)) return click(gesture.pane, gesture.from, gesture.positive);
      return gesture.positive ? box(gesture.pane, clipped(gesture.pane, gesture.from), clipped(gesture.pane, gesture.at)) : null;
    },
    paint: (context) => gesture.dragged && gesture.positive && paintBox(context, gesture.pane, gesture.from, gesture.at),
  },
  box: {
    up: (event) => (far(event) ? box(gesture.pane, clipped(gesture.pane, gesture.from), clipped(gesture.pane, gesture.at)) : null),
    paint: (context) => paintBox(context, gesture.pane, gesture.from, gesture.at),
  },
  scribble: {
    up: () => scribble(gesture.pane, thinned(gesture.path.filter((at) => gesture.pane.holds(at))), gesture.positive),
    paint: (context) => paintPath(context, gesture.positive ? '#1f9d55' : '#d92d20', 3),
  },
  brush: { up: () => stroke(gesture.pane, gesture.path, !gesture.positive), paint: (context) => paintStroke(context, !gesture.positive) },
  eraser: { up: () => stroke(gesture.pane, gesture.path, true), paint: (context) => paintStroke(context, true) },
  window: {
    move: (event) => {
      const [low, high] = gesture.window;
      const range = (state.case.range[1] - state.case.range[0]) / 700;
      const width = Math.max(range, high - low + (event.clientX - gesture.screen[0]) * range);
      const level = (low + high) / 2 - (event.clientY - gesture.screen[1]) * range;
      setWindow({ low: level - width / 2, high: level + width / 2 });
    },
  },
  hand: {
    move: (event) => {
      gesture.pane.frame.shift = [gesture.shift[0] + event.clientX - gesture.screen[0], gesture.shift[1] + event.clientY - gesture.screen[1]];
      drawAll();
    },
  },
  cross: { down: () => setCrossIn(gesture.pane, gesture.from), move: () => setCrossIn(gesture.pane, gesture.at) },
};

/** Shows numbers from `low` (black) to `high` (white). */
export function setWindow(window) {
  state.window = window;
  tell('window');
  drawAll();
}

function clipped({ plane }, [x, y]) {
  return [Math.max(0, Math.min(plane.width - 1, x)), Math.max(0, Math.min(plane.height - 1, y))];
}

async function stroke(pane, path, erase) {
  const object = await someObject();
  const points = path.length > 4096 ? thinned(path, 4096) : path;
  const inside = points.map((at) => clipped(pane, at).map((v) => Math.round(v * 100) / 100));
  await edit('brush', { object, axis: pane.plane.axis, index: pane.index, radius: state.brush / 2, path: inside, erase, over: true });
}

function begin(pane, event) {
  const from = pane.pixelAt(event);
  const other = event.button === 1 ? 'hand' : event.shiftKey && isVolume() ? 'cross' : null;
  const name = other ?? state.tool;
  const positive = event.button === 2 || event.altKey ? false : name === 'click' || name === 'scribble' ? state.positive : true;
  if (!pane.holds(from) && !['hand', 'window', 'box', 'click'].includes(name)) return;
  if (!pane.holds(from) && name === 'click' && !positive) return;
  if (pane.source !== 'labels' && !['hand', 'window', 'cross'].includes(name)) return;
  gesture = {
    pane,
    tool: TOOLS[name],
    from,
    at: from,
    path: [from],
    positive,
    screen: [event.clientX, event.clientY],
    shift: [...pane.frame.shift],
    window: [state.window.low, state.window.high],
  };
  gesture.tool.down?.(event);
}

async function end(event) {
  const { tool, pane, from } = gesture;
  try {
    if (tool !== TOOLS.click || far(event) || pane.holds(from)) {
      const done = tool.up?.(event);
      gesture = null;
      await done;
    }
  } catch (error) {
    complain(error);
  } finally {
    gesture = null;
    pane.draw();
  }
}

/** Connects the pointer to the tools on a pane. */
export function attachTools(pane) {
  const { canvas, element } = pane;
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  canvas.addEventListener('pointerdown', (event) => {
    element.focus({ preventScroll: true });
    state.keyboard = false;
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) gesture = null;
    else begin(pane, event);
  });
  canvas.addEventListener('pointermove', (event) => {
    const at = pane.pixelAt(event);
    tellPlace(pane, at);
    hover = { pane, at };
    if (fingers.size === 2) pinch(pane, event);
    else if (gesture?.pane === pane) {
      for (const step of event.getCoalescedEvents?.() ?? [event]) gesture.path.push(pane.pixelAt(step));
      gesture.at = at;
      gesture.dragged ||= far(event);
      gesture.tool.move?.(event);
      pane.draw();
    } else if (brushing()) pane.draw();
  });
  const up = (event) => {
    fingers.delete(event.pointerId);
    if (gesture?.pane === pane) end(event);
  };
  canvas.addEventListener('pointerup', up);
  canvas.addEventListener('pointercancel', (event) => {
    fingers.delete(event.pointerId);
    gesture = null;
    pane.draw();
  });
  canvas.addEventListener('pointerleave', () => {
    hover = null;
    pane.draw();
  });
  canvas.addEventListener('wheel', (event) => wheel(pane, event), { passive: false });
  canvas.addEventListener('dblclick', (event) => event.preventDefault());
  element.addEventListener('focus', () => tell('changed'));
  pane.extra = paintTools;
}

let turned = 0;

function wheel(pane, event) {
  event.preventDefault();
  const { left, top } = pane.canvas.getBoundingClientRect();
  if (event.ctrlKey || !isVolume()) {
    pane.frame.zoomAt(pane.screen, Math.exp(-event.deltaY / 400), event.clientX - left, event.clientY - top);
    drawAll();
    return;
  }
  turned += event.deltaMode === 0 ? event.deltaY / 50 : event.deltaY;
  const steps = Math.trunc(turned);
  turned -= steps;
  if (steps) moveTo(pane.plane.axis, pane.index - steps);
}

function pinch(pane, event) {
  const before = [...fingers.values()];
  fingers.set(event.pointerId, event);
  const now = [...fingers.values()];
  const middle = (two) => [(two[0].clientX + two[1].clientX) / 2, (two[0].clientY + two[1].clientY) / 2];
  const apart = (two) => Math.hypot(two[0].clientX - two[1].clientX, two[0].clientY - two[1].clientY);
  const { left, top } = pane.canvas.getBoundingClientRect();
  const [x, y] = middle(now);
  const [x0, y0] = middle(before);
  pane.frame.shift = [pane.frame.shift[0] + x - x0, pane.frame.shift[1] + y - y0];
  pane.frame.zoomAt(pane.screen, apart(now) / Math.max(1, apart(before)), x - left, y - top);
  drawAll();
}

function paintTools(context, pane) {
  paintPrompt(context, pane);
  if (gesture?.pane === pane) gesture.tool.paint?.(context);
  if (corner?.pane === pane) paintBox(context, pane, corner.at, crossIn(pane));
  const at = state.keyboard && activePane() === pane ? crossIn(pane) : hover?.pane === pane ? hover.at : null;
  if (brushing() && at) paintBrush(context, pane, at);
}

function crossIn(pane) {
  return alongOf(pane.plane.axis).map((axis) => state.cross[axis]);
}

function paintPath(context, colour, width) {
  const { pane, path } = gesture;
  context.beginPath();
  path.forEach((at, i) => context[i ? 'lineTo' : 'moveTo'](...pane.frame.toScreen(pane.screen, ...at)));
  context.lineCap = context.lineJoin = 'round';
  if (path.length === 1) context.lineTo(...pane.frame.toScreen(pane.screen, path[0][0] + 0.01, path[0][1]));
  strokeSeen(context, colour, width);
}

function paintStroke(context, erase) {
  const [sx] = gesture.pane.frame.scale(gesture.pane.screen);
  context.globalAlpha = 0.6;
  paintPath(context, erase ? '#000000' : colourOf(state.object), Math.max(1, state.brush * sx));
  context.globalAlpha = 1;
}

function paintBrush(context, pane, at) {
  const [x, y] = pane.frame.toScreen(pane.screen, ...at);
  const [sx, sy] = pane.frame.scale(pane.screen);
  context.beginPath();
  context.ellipse(x, y, Math.max(1, (state.brush / 2) * sx), Math.max(1, (state.brush / 2) * sy), 0, 0, 2 * Math.PI);
  strokeSeen(context, '#ffffff', 1.25);
}

/** What Enter does at the crosshair with the current tool, so that nothing needs a mouse. */
async function act(positive) {
  const pane = activePane();
  state.keyboard = true;
  const at = crossIn(pane);
  if (brushing()) await stroke(pane, [at], state.tool === 'eraser' || !positive);
  else if (state.tool === 'box' && positive) {
    if (corner?.pane === pane) {
      const from = corner.at;
      corner = null;
      await box(pane, from, at);
    } else corner = { pane, at };
    pane.draw();
  } else await click(pane, at, positive && state.positive);
}

/** The commands that choose a tool, and those that replace the pointer. */
export function startPointer() {
  const group = 'Tools';
  const seen = () => Boolean(state.case);
  const tools = [
    ['click', 'Click', 'Click on the object; right or Alt: what is not part of it. Dragging makes a box', 'c', isOpen],
    ['box', 'Box', 'Drag a box around the object', 'b', isOpen],
    ['scribble', 'Scribble', 'Draw a line on the object; right or Alt: where it is not', 'd', isOpen],
    ['brush', 'Brush', 'Paint the object by hand; right or Alt erases', 'p', isOpen],
    ['eraser', 'Eraser', 'Erase the object by hand', 'e', isOpen],
    ['window', 'Brightness', 'Drag up and down for brightness, left and right for contrast (radiologists say: level and window)', 'g', seen],
    ['hand', 'Move', 'Drag the picture; the middle button does so with every tool', 'v', seen],
    ['cross', 'Crosshair', 'Move the crosshair, and with it the other planes; Shift does so with every tool', 'k', isVolume],
  ];
  for (const [id, title, says, key, enabled] of tools) {
    const take = () => {
      state.tool = id;
      corner = null;
      tell('tool');
      tell('changed');
      drawAll();
    };
    command(`tool-${id}`, group, title, says, [key], take, enabled, { active: () => state.tool === id });
  }
  const says = 'Uses the tool at the crosshair: clicks, paints, or sets a corner of a box';
  command('act', 'Prompts', 'At the crosshair: on it', says, ['Enter'], () => act(true), isOpen);
  command('act-not', 'Prompts', 'At the crosshair: not', 'Clicks “not the object” at the crosshair', ['Backspace'], () => act(false), isOpen);
  const size = (change) => {
    look({ brush: Math.max(1, Math.min(99, state.brush + change)) });
    tell('changed');
    drawAll();
  };
  command('thinner', group, 'Thinner brush', 'Makes the brush smaller', ['['], () => size(-1));
  command('thicker', group, 'Thicker brush', 'Makes the brush larger', [']'], () => size(1));
  on('opened', () => {
    gesture = corner = hover = null;
    if (!isVolume() && state.tool === 'cross') state.tool = 'click';
    if (state.server.kind === 'run') state.tool = isVolume() ? 'cross' : 'hand';
  });
}
