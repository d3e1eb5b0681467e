// Makes elements without markup in strings, so that no name of a file or an object can become part of the page.

/**
 * An element with attributes, listeners and children: `el('button', {class: 'tool', onclick: f}, 'Click')`.
 * A property that begins with `on` is a listener; `true` sets an empty attribute; `false`, `null` and `undefined` leave it out.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (name === 'value' || name === 'checked' || name === 'disabled') element[name] = value;
  else element.setAttribute(name, value === true ? '' : value);
}

/** The element of the page that has this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter(Boolean));
  return element;
}
