// Small charts in SVG: lines over numbered steps. Colours and sizes come from the page's style. The figures are given in words, too.

import { drawn } from './dom.js';

const [WIDTH, HEIGHT] = [280, 130];
const EDGE = { left: 38, right: 8, top: 10, bottom: 22 };

function short(value) {
  if (value >= 10000) return `${Math.round(value / 1000)}k`;
  return String(Number(value.toPrecision(2)));
}

/**
 * A chart of lines: `lines` are `{ name, points: [[x, y], …] }`, in the order of the style's colours; `words` is for screen readers.
 * The vertical axis begins at 0. `top` sets its end.
 */
export function chart(lines, { words, top = null, across = '' }) {
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(([x]) => x);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs, Math.min(...xs) + 1)];
  const y1 = top ?? Math.max(...points.map(([, y]) => y), 1e-6) * 1.05;
  const at = ([x, y]) => [
    EDGE.left + ((x - x0) / (x1 - x0)) * (WIDTH - EDGE.left - EDGE.right),
    HEIGHT - EDGE.bottom - (Math.min(y, y1) / y1) * (HEIGHT - EDGE.top - EDGE.bottom),
  ];
  const svg = drawn('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'chart', role: 'img', 'aria-label': words });
  for (const share of [0, 0.5, 1]) {
    const [, y] = at([x0, y1 * share]);
    svg.append(drawn('line', { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y, y2: y, class: 'grid' }));
    svg.append(drawn('text', { x: EDGE.left - 5, y: y + 4, class: 'tick end' }, short(y1 * share)));
  }
  svg.append(
    drawn('text', { x: EDGE.left, y: HEIGHT - 6, class: 'tick' }, short(x0)),
    drawn('text', { x: WIDTH - EDGE.right, y: HEIGHT - 6, class: 'tick end' }, `${across} ${short(x1)}`.trim()),
  );
  lines.forEach((line, i) => {
    const path = line.points.map(at).join('L');
    if (line.points.length > 1) svg.append(drawn('path', { d: `M${path}`, class: `line line-${i}` }));
    for (const point of line.points.length > 24 ? line.points.slice(-1) : line.points) {
      const [cx, cy] = at(point);
      svg.append(drawn('circle', { cx, cy, r: 2.5, class: `dot line-${i}` }));
    }
    svg.append(drawn('text', { x: EDGE.left + 8 + i * 90, y: EDGE.top + 4, class: `tick name line-${i}` }, line.name));
  });
  return svg;
}

/** The curves of a training: the loss, and the agreement with labels if it was measured. */
export function curves(log) {
  const line = (name, key) => ({ name, points: log.filter((row) => Number.isFinite(row[key])).map((row) => [row.epoch, row[key]]) });
  const error = chart([line('error', 'loss')], { words: `Error, ${log.at(-1).loss.toPrecision(3)} after ${log.length} rounds`, across: 'round' });
  const scores = [line('agreement', 'dice'), line('on held-back cases', 'validation')].filter(({ points }) => points.length);
  return [error, scores.length > 0 && chart(scores, { words: 'Agreement with the labels (Dice), 1 is perfect', top: 1, across: 'round' })];
}
