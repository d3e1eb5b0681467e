// One plane on the screen: a canvas with the slice, its labels, the crosshair and the tools' drawings.
// It requests what is missing and paints what is loaded.

import { el } from '../base/dom.js';
import { tell } from '../base/bus.js';
import { complain } from '../base/toast.js';
import { state, isVolume } from '../work/state.js';
import { comparedHere, labelsOf, readCompared } from '../server/labels.js';
import { fetchAhead, pixels, pixelsHere } from '../server/slices.js';
import { Frame, alongOf, flipsOf, lettersOf } from './geometry.js';
import { outlinesOf, packed, paintLabels, paintSlice, strokeSeen } from './paint.js';

/** The names of what a pane paints over its slice. */
const SOURCES = { labels: 'Labels', truth: 'Truth', prediction: 'Prediction' };

/** A plane of the case; `source` says whose labels it shows. */
export class Pane {
  extra = null; // draws for a tool or a panel: (context, pane) → void

  constructor(plane, source = 'labels') {
    this.plane = plane;
    this.source = source;
    this.index = state.cross[plane.axis];
    this.frame = new Frame(plane, flipsOf(plane, state.radiological));
    this.canvas = el('canvas', { class: 'slice' });
    this.slider = el('input', { type: 'range', class: 'slices', min: 0, max: plane.count - 1, step: 1, 'aria-label': `Slice of the ${plane.name} plane` });
    this.caption = el('figcaption', { class: 'caption' });
    const about = { class: 'pane', tabindex: 0, role: 'group', 'data-axis': plane.axis, 'data-source': source };
    this.element = el('figure', about, this.canvas, this.caption, plane.count > 1 && this.slider);
    this.base = surface(plane);
    this.over = surface(plane);
    this.basePainted = null;
    this.overPainted = null;
    this.outlines = new Map();
    this.waiting = false;
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.element);
    this.goTo(this.index);
  }

  /** Removes the pane. */
  close() {
    this.resizing.disconnect();
  }

  /** The canvas's width and height, in CSS pixels. */
  get screen() {
    return [this.canvas.clientWidth || 1, this.canvas.clientHeight || 1];
  }

  /** Shows a slice. */
  goTo(index) {
    const direction = Math.sign(index - this.index);
    this.index = index;
    if (this.plane.count > 1) {
      this.slider.value = index;
      this.caption.textContent = `${this.title()} ${index + 1} / ${this.plane.count}`;
    } else this.caption.textContent = this.source === 'labels' ? '' : SOURCES[this.source];
    this.element.setAttribute('aria-label', `${this.title()}${this.plane.count > 1 ? `, slice ${index + 1} of ${this.plane.count}` : ''}`);
    fetchAhead(this.plane.axis, index, direction);
    this.draw();
  }

  title() {
    const name = isVolume() ? this.plane.name[0].toUpperCase() + this.plane.name.slice(1) : 'Picture';
    return this.source === 'labels' ? name : `${SOURCES[this.source]} · ${name.toLowerCase()}`;
  }

  /** The labels of the voxels from … to, or of all, have changed. */
  relabel(changed) {
    const { axis } = this.plane;
    if (changed && (this.index < changed.from[axis] || this.index > changed.to[axis])) return;
    this.overPainted = null;
    this.draw();
  }

  /** Paints in the next frame. */
  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (this.element.isConnected) this.paint();
    });
  }

  async fetch() {
    const { axis } = this.plane;
    const { index } = this;
    const others = this.source === 'labels' || comparedHere(axis, index, this.source) ? null : readCompared(axis, index, this.source);
    try {
      await Promise.all([pixels(axis, index), others]);
    } catch (error) {
      complain(error);
      return;
    }
    if (index === this.index) this.draw();
  }

  /** Updates the images of the slice and its labels from what is loaded; false if something must be fetched. */
  prepare() {
    const { axis } = this.plane;
    const numbers = pixelsHere(axis, this.index);
    const look = `${this.index} ${state.window.low} ${state.window.high}`;
    if (numbers && this.basePainted !== look) {
      paintSlice(numbers, state.case.stored, state.window, this.base.image);
      this.base.context.putImageData(this.base.image, 0, 0);
      this.basePainted = look;
    }
    const over = `${this.index} ${this.coloursKey()}`;
    if (!numbers || this.overPainted === over) return Boolean(numbers);
    const named = this.source === 'labels' ? labelsOf(axis, this.index) : comparedHere(axis, this.index, this.source);
    if (!named) return false;
    this.outlines = outlinesOf(named, this.plane.width, this.plane.height);
    paintLabels(named, this.colours(), this.over.image);
    this.over.context.putImageData(this.over.image, 0, 0);
    this.overPainted = over;
    return true;
  }

  coloursKey() {
    return `${state.opacity} ${[...state.hidden]} ${state.work.objects.map((object) => object.colour)}`;
  }

  colours() {
    const colours = new Uint32Array(256);
    for (const { number, colour } of palette()) if (!state.hidden.has(number)) colours[number] = packed(colour, state.opacity);
    return colours;
  }

  paint() {
    const ratio = window.devicePixelRatio;
    const [width, height] = this.screen;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const complete = this.prepare();
    const context = this.canvas.getContext('2d', { alpha: false });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = '#000';
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const [a, b, c, d, e, f] = this.frame.transform(this.screen);
    context.setTransform(a * ratio, b, c, d * ratio, e * ratio, f * ratio);
    context.imageSmoothingEnabled = Math.min(Math.abs(a), Math.abs(d)) < 6;
    context.drawImage(this.base.canvas, 0, 0);
    if (!state.peek && this.overPainted) this.paintLabels(context, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.extra?.(context, this);
    tell('paint', { pane: this, context });
    this.paintLines(context);
    this.paintLetters(context);
    this.paintMarks(context);
    if (complete) tell('painted', this);
    else this.fetch();
  }

  paintLabels(context, ratio) {
    if (state.filled && !state.unsure) {
      context.imageSmoothingEnabled = false;
      context.drawImage(this.over.canvas, 0, 0);
    }
    const { a, b, c, d, e, f } = context.getTransform();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const { number, colour } of palette()) {
      const path = this.outlines.get(number);
      if (!path || state.hidden.has(number)) continue;
      const placed = new Path2D();
      placed.addPath(path, { a: a / ratio, b, c, d: d / ratio, e: e / ratio, f: f / ratio });
      strokeSeen(context, colour, number === state.object ? 2 : 1.25, placed);
    }
  }

  paintLines(context) {
    const shown = isVolume() ? state.lines : state.keyboard;
    if (!shown || state.peek) return;
    const [across, down] = alongOf(this.plane.axis);
    const [x, y] = this.frame.toScreen(this.screen, state.cross[across], state.cross[down]);
    const [width, height] = this.screen;
    const gap = 9;
    context.beginPath();
    for (const [x0, y0, x1, y1] of [
      [0, y, x - gap, y],
      [x + gap, y, width, y],
      [x, 0, x, y - gap],
      [x, y + gap, x, height],
    ]) {
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
    }
    strokeSeen(context, state.keyboard && document.activeElement === this.element ? '#ffd166' : '#78beff', 1);
  }

  paintLetters(context) {
    const letters = lettersOf(this.plane, this.frame.flips);
    if (!letters) return;
    const [width, height] = this.screen;
    context.font = '600 14px system-ui, sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineWidth = 3;
    context.strokeStyle = '#000';
    context.fillStyle = '#e9c46a';
    for (const [letter, x, y] of [
      [letters.left, 12, height / 2],
      [letters.right, width - 12, height / 2],
      [letters.top, width / 2, width < 320 ? 32 : 13],
      [letters.bottom, width / 2, height - 42],
    ]) {
      context.strokeText(letter, x, y);
      context.fillText(letter, x, y);
    }
  }

  /** Ticks on a dark strip over the slider: the slices with each object. */
  paintMarks(context) {
    const marks = state.marks.get(this.plane.axis);
    if (!marks || this.plane.count < 2) return;
    const [width, height] = this.screen;
    const step = (width - 32) / (this.plane.count - 1);
    context.fillStyle = '#000';
    context.fillRect(8, height - 32, width - 16, 8);
    state.work.objects.forEach(({ number, colour }, i) => {
      context.fillStyle = colour;
      const y = height - 31 + 2 * (i % 3); // three rows, so that objects do not overlap
      for (const slice of marks.get(number) ?? []) context.fillRect(16 + slice * step - Math.max(1, step) / 2, y, Math.max(1, step), 2);
    });
  }

  /** The slice's pixel under a pointer event, as fractions. */
  pixelAt(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return this.frame.toPixel(this.screen, event.clientX - left, event.clientY - top);
  }

  /** Whether a pixel lies in the slice. */
  holds([x, y]) {
    return x >= -0.5 && y >= -0.5 && x < this.plane.width - 0.5 && y < this.plane.height - 0.5;
  }
}

/** The colours of labels: of the case's objects, and of a run's classes without an object here. */
function palette() {
  const given = state.work.objects;
  const others = (state.server.run?.classes ?? []).map((_, number) => ({ number, colour: COLOURS[(number - 1) % COLOURS.length] }));
  return [...given, ...others.filter(({ number }) => number > 0 && !given.some((object) => object.number === number))];
}

/** Colours that are distinct on grey, also for people with red-green colour blindness. */
export const COLOURS = ['#ff9f1c', '#4cc9f0', '#f15bb5', '#9be564', '#ffe14d', '#b794ff', '#2ee6c5', '#ff6b6b'];

/** An off-screen canvas of a plane’s size. */
export function surface({ width, height }) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  return { canvas, context, image: context.createImageData(width, height) };
}
