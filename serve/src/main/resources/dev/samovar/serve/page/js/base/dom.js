// Makes elements without markup in strings, so that no name of a file or an object can inject markup.

const isNothing = (value) => value === false || value === null || value === undefined;

/**
 * An element with attributes, listeners and children: `el('button', {class: 'tool', onclick: f}, 'Click')`.
 * A property that begins with `on` is a listener; `true` sets an empty attribute; `false`, `null` and `undefined` leave it out. A button does not submit.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  if (tag === 'button') element.type = 'button';
  set(element, properties);
  element.append(...children.flat().filter((child) => !isNothing(child)));
  return element;
}

/** An element of a drawing (SVG). */
export function drawn(tag, properties, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  set(element, properties);
  element.append(...children);
  return element;
}

/** Gives an element attributes and listeners, as above. */
export function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (isNothing(value)) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (['value', 'checked', 'disabled'].includes(name)) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
}

/** The element of the page that has this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Replaces an element's children. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter(Boolean));
  return element;
}

/**
 * Gives an element these children. Equal ones stay, so that a press that began on a button ends on it, and the focus is kept.
 * A child with a `data-key` always stays the same element; only its content changes.
 */
export function update(element, ...children) {
  children.flat().forEach((child, i) => {
    const at = element.childNodes[i];
    const key = child.dataset?.key;
    const known = key ? [...element.children].find((one) => one.dataset.key === key) : at?.isEqualNode(child) && at;
    const stays = known || child;
    if (stays !== at) element.insertBefore(stays, at ?? null);
    if (key && known) update(known, ...child.childNodes);
  });
  while (element.childNodes.length > children.flat().length) element.lastChild.remove();
}
