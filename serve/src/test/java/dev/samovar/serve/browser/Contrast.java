package dev.samovar.serve.browser;

/// What WCAG 2.2, level AA, asks of colours: 4.5 : 1 for text, 3 : 1 for large text and for icons (success criteria 1.4.3 and 1.4.11).
final class Contrast {
    private Contrast() {}

    /// A script that returns what is shown with too little of it, in either theme: texts, what fields hold and suggest, the words of charts, and icons. What cannot be used now is left out, as there.
    static final String SCRIPT = """
            const numbers = (colour) => {
              const [r, g, b, alpha = 1] = colour.match(/[\\d.]+/g).map(Number);
              return [r, g, b, alpha];
            };
            const over = (top, under) => under.map((v, i) => top[i] * top[3] + v * (1 - top[3]));
            const light = (rgb) => {
              const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const upwards = (element) => (element ? [element, ...upwards(element.parentElement)] : []);
            const ground = (element) => upwards(element).map((e) => numbers(getComputedStyle(e).backgroundColor)).reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
            const measure = (element, words, colour, least) => {
              if (upwards(element).some((e) => e.disabled)) return [];
              const [r, g, b, alpha] = numbers(colour);
              const opacity = upwards(element).reduce((product, e) => product * getComputedStyle(e).opacity, alpha);
              const under = ground(element);
              const both = [light(over([r, g, b, opacity], under)), light(under)].sort((one, other) => other - one);
              const ratio = (both[0] + 0.05) / (both[1] + 0.05);
              return ratio >= least ? [] : [`${document.documentElement.dataset.theme}: ${ratio.toFixed(2)} of “${words.trim().slice(0, 40)}”`];
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
              return found;
            };
            const root = document.documentElement;
            const before = root.dataset.theme;
            const all = ['dark', 'light'].flatMap((theme) => {
              root.dataset.theme = theme;
              return look();
            });
            root.dataset.theme = before;
            return all;""";
}
