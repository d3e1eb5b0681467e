package dev.samovar.serve.browser;

/// The contrast that WCAG 2.2, level AA, requires: 4.5 : 1 for text, and 3 : 1 for large text, icons and graphics (success criteria 1.4.3 and 1.4.11).
///
/// Elements over a picture are measured on black and on white, because a picture can have any colour. For the same reason, letters, outlines and ticks drawn into a picture must
/// have a contrasting edge or background that is drawn as well.
final class Contrast {
    private Contrast() {}

    /// A script that returns what has too little contrast in either theme: texts, values and placeholders of fields, texts of charts, icons, sliders, and drawings over pictures. It
    /// leaves out disabled elements, as WCAG does.
    static final String SCRIPT = """
            const numbers = (colour) => {
              if (colour.startsWith('#')) return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)).concat(1);
              const [r, g, b, alpha = 1] = colour.match(/[\\d.]+/g).map(Number);
              return [r, g, b, alpha];
            };
            const over = (top, under) => under.map((v, i) => top[i] * top[3] + v * (1 - top[3]));
            const light = (rgb) => {
              const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const upwards = (element) => (element ? [element, ...upwards(element.parentElement)] : []);
            const apart = (one, other) => (Math.max(light(one), light(other)) + 0.05) / (Math.min(light(one), light(other)) + 0.05);
            const say = (ratio, least, words) => (ratio >= least ? [] : [`${document.documentElement.dataset.theme}: ${ratio.toFixed(2)} of “${words.trim().slice(0, 40)}”`]);
            const grounds = (element) => {
              const all = upwards(element);
              const pane = all.findIndex((e) => e.classList.contains('pane'));
              const layers = (pane < 0 ? all : all.slice(0, pane)).map((e) => numbers(getComputedStyle(e).backgroundColor)).reverse();
              return (pane < 0 ? [255] : [0, 255]).map((grey) => layers.reduce((under, top) => over(top, under), [grey, grey, grey]));
            };
            const measure = (element, words, colour, least) => {
              if (upwards(element).some((e) => e.disabled)) return [];
              const [r, g, b, alpha] = numbers(colour);
              const opacity = upwards(element).reduce((product, e) => product * getComputedStyle(e).opacity, alpha);
              return say(Math.min(...grounds(element).map((under) => apart(over([r, g, b, opacity], under), under))), least, words);
            };
            const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
            const look = () => {
              const found = [];
              const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) {
                const { data, parentElement } = texts.currentNode;
                if (!data.trim() || !shown(parentElement) || parentElement.closest('option, script')) continue;
                const style = getComputedStyle(parentElement);
                const size = parseFloat(style.fontSize);
                const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
                found.push(...measure(parentElement, data, parentElement instanceof SVGElement ? style.fill : style.color, large ? 3 : 4.5));
              }
              for (const field of document.querySelectorAll('select, input:not([type=range], [type=checkbox], [type=radio], [type=color])')) {
                if (!shown(field)) continue;
                found.push(...measure(field, field.value || field.id, getComputedStyle(field).color, 4.5));
                if (field.placeholder) found.push(...measure(field, field.placeholder, getComputedStyle(field, '::placeholder').color, 4.5));
              }
              for (const icon of document.querySelectorAll('svg.icon'))
                if (shown(icon)) found.push(...measure(icon, icon.closest('button').title, getComputedStyle(icon).stroke, 3));
              for (const slider of document.querySelectorAll('input[type=range]'))
                if (shown(slider)) found.push(...measure(slider, slider.ariaLabel ?? slider.id, getComputedStyle(slider).accentColor, 3));
              return found;
            };
            const drawn = async () => {
              const own = CanvasRenderingContext2D.prototype;
              const names = ['beginPath', 'stroke', 'strokeRect', 'strokeText', 'fill', 'fillRect', 'fillText'];
              const before = names.map((name) => own[name]);
              const calls = [];
              let paths = 0;
              names.forEach((name, i) => {
                own[name] = function (...what) {
                  const style = name.startsWith('stroke') ? this.strokeStyle : this.fillStyle;
                  if (name === 'beginPath') paths++;
                  else calls.push({ name, what, path: what[0] ?? paths, colour: numbers(style), width: this.lineWidth, alpha: this.globalAlpha });
                  return before[i].apply(this, what);
                };
              });
              viewer.drawAll();
              for (let i = 0; i < 3; i++) await new Promise((done) => requestAnimationFrame(done));
              names.forEach((name, i) => (own[name] = before[i]));
              return calls.flatMap(({ name, what, path, colour, alpha }, i) => {
                if (alpha < 1 || (name === 'fill' && what[0] instanceof Path2D)) return []; // translucent areas over the picture
                if (name === 'fillRect' || name === 'strokeText') return name === 'fillRect' && light(colour) > 0 ? say(apart(colour, [0, 0, 0]), 3, 'a tick') : [];
                if (name === 'fillText') {
                  const edge = calls[i - 1];
                  return say(edge.name === 'strokeText' && edge.what[0] === what[0] && edge.width >= 3 ? apart(colour, edge.colour) : 0, 4.5, what[0]);
                }
                const near = calls.slice(Math.max(0, i - 3), i + 2).filter((one) => one.path === path || (one.name === 'fill' && !one.what.length));
                return say(Math.max(...near.map((one) => apart(colour, one.colour))), 3, `${name} in ${colour}`);
              });
            };
            const root = document.documentElement;
            const before = root.dataset.theme;
            const all = ['dark', 'light'].flatMap((theme) => {
              root.dataset.theme = theme;
              return look();
            });
            root.dataset.theme = before;
            return [...all, ...(await drawn())];""";
}
