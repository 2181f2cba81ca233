// The page reads without this script: it adds values on hover and the gate explorer's row slider.
'use strict';

// The root title would pop up over everything; say it to screen readers only.
for (const svg of document.querySelectorAll('svg.plot')) {
  const title = svg.querySelector(':scope > title');
  svg.setAttribute('aria-label', title.textContent);
  title.remove();
}

function svgElement(parent, name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

function htmlElement(parent, name, className, text = '') {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}

// An axis as the plot describes it: kind;from;to;min;max;unit;label, from and to in canvas units.
function readAxis(text) {
  const [kind, from, to, min, max, unit, ...label] = text.split(';');
  const [a, b, low, high] = [from, to, min, max].map(Number);
  return {
    from: a, to: b, label: label.join(';'),
    value(position) {
      const fraction = (position - a) / (b - a);
      return kind === 'log' ? low * (high / low) ** fraction : low + (high - low) * fraction;
    },
    show(value) {
      const digits = unit === 'Percent' ? value * 100 : value;
      return Number(digits.toPrecision(4)) + (unit === 'Percent' ? '\u2009%' : '');
    },
  };
}

// The height of a line at x, null where it has none.
function heightAt(points, x) {
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1], [x1, y1] = points[i];
    if (x >= x0 && x <= x1) return x1 === x0 ? y1 : y0 + (y1 - y0) * (x - x0) / (x1 - x0);
  }
  return null;
}

function addHover(svg, plot) {
  const x = readAxis(plot.dataset.x), y = readAxis(plot.dataset.y);
  const series = [...plot.querySelectorAll('[data-part=series]')].map(group => ({
    name: group.querySelector('title')?.textContent.split(':')[0],
    lines: [...group.querySelectorAll('polyline')].map(line =>
      line.getAttribute('points').trim().split(' ').map(point => point.split(',').map(Number))),
  })).filter(one => one.name && one.lines.length > 0);
  plot.querySelectorAll('title').forEach(title => title.remove());
  if (series.length === 0) return;
  const cursor = svgElement(svg, 'line', { class: 's-muted', y1: y.from, y2: y.to, visibility: 'hidden' });
  const values = htmlElement(document.body, 'div', 'values');
  values.hidden = true;

  function hide() {
    values.hidden = true;
    cursor.setAttribute('visibility', 'hidden');
  }
  svg.addEventListener('pointerleave', hide);
  svg.addEventListener('pointermove', event => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    if (at.x < x.from || at.x > x.to || at.y < y.to || at.y > y.from) return hide();
    cursor.setAttribute('x1', at.x);
    cursor.setAttribute('x2', at.x);
    cursor.setAttribute('visibility', 'visible');
    values.replaceChildren();
    htmlElement(htmlElement(values, 'div', ''), 'i', '', `${x.label} ${x.show(x.value(at.x))}`);
    for (const one of series) {
      const heights = one.lines.map(line => heightAt(line, at.x)).filter(height => height !== null);
      if (heights.length > 0) htmlElement(values, 'div', '', `${one.name} ${y.show(y.value(heights[0]))}`);
    }
    values.hidden = false;
    values.style.top = `${Math.min(event.clientY + 14, innerHeight - values.offsetHeight - 8)}px`;
    values.style.left = `${Math.min(event.clientX + 14, innerWidth - values.offsetWidth - 8)}px`;
  });
}

function addExplorer(figure, gates) {
  const { steps, left, width, height, tops, classes, probabilities } = gates.dataset;
  const names = classes.split('\t');
  const values = probabilities.split(' ').map(Number);
  const rowHeight = height / steps;
  const svg = figure.querySelector('svg');
  const frames = tops.split(' ').map(top => ({
    top: Number(top),
    frame: svgElement(svg, 'rect', { class: 's-text', fill: 'none', 'stroke-width': 1.4, x: left, width, height: rowHeight }),
  }));

  const explorer = htmlElement(figure, 'div', 'explorer');
  const label = htmlElement(explorer, 'label', '');
  const said = htmlElement(label, 'output', '');
  const slider = htmlElement(label, 'input', '');
  Object.assign(slider, { type: 'range', min: 1, max: steps, value: steps });
  const bars = htmlElement(explorer, 'div', 'bars');
  const columns = names.map(name => {
    const column = htmlElement(bars, 'div', '');
    return { column, bar: htmlElement(column, 'b', ''), name: htmlElement(column, 'span', '', name) };
  });

  function show() {
    const row = Number(slider.value);
    const now = values.slice((row - 1) * names.length, row * names.length);
    const best = now.indexOf(Math.max(...now));
    said.textContent = `After row ${row} of ${steps}: ${names[best]} with ${(now[best] * 100).toFixed(1)}\u2009%`;
    for (const { top, frame } of frames) frame.setAttribute('y', top + (row - 1) * rowHeight);
    columns.forEach(({ column, bar }, c) => {
      bar.style.height = `${now[c] * 85}px`;
      column.classList.toggle('best', c === best);
    });
  }
  slider.addEventListener('input', show);
  show();
}

for (const plot of document.querySelectorAll('[data-part=plot]')) addHover(plot.closest('svg'), plot);
for (const gates of document.querySelectorAll('[data-part=gates]')) addExplorer(gates.closest('figure'), gates);
