// Pictures that are as wide as their place: text in them stays as large as that around them.

/** An element in which `draw(width)` puts a picture, again whenever the width changes; `redraw()` does it at once. */
export function fitted(element, draw, least = 300) {
  let width = 0;
  const redraw = () => { if (width) element.replaceChildren(draw(width)); };
  new ResizeObserver(([{contentRect}]) => {
    const found = Math.max(least, Math.floor(contentRect.width));
    if (found === width) return;
    width = found;
    redraw();
  }).observe(element);
  return {element, redraw};
}

/** From about three to six round numbers between two others. */
export function ticks(low, high) {
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(n => n * power).find(one => one >= rough);
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high + step * 1e-9; n++) found.push(n * step);
  return found;
}
