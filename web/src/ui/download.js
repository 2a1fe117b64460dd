/* download.js: a picture or a table as a file, made of what is on the page. */

export function save(name, content, type) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

const cell = (value) => {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/* RFC 4180; numbers as the server gave them. */
export function saveCsv(name, rows) {
  save(`${name}.csv`, `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`,
    'text/csv;charset=utf-8');
}

const COPIED = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'opacity',
  'font-family', 'font-size', 'font-weight', 'text-anchor', 'stroke-linecap', 'stroke-linejoin'];

/* What is drawn on a canvas below the drawing comes along as a picture. */
function paste(svg, copy, { width, height }) {
  const canvas = svg.parentElement.querySelector('canvas');
  if (!canvas) return;
  const image = document.createElementNS('http://www.w3.org/2000/svg', 'image');
  image.setAttribute('href', canvas.toDataURL('image/png'));
  image.setAttribute('width', width);
  image.setAttribute('height', height);
  copy.children[0].after(image);
}

/* The drawing with its looks written into it, on the page's own ground. */
function standalone(svg) {
  const copy = svg.cloneNode(true);
  const from = [svg, ...svg.querySelectorAll('*')];
  const to = [copy, ...copy.querySelectorAll('*')];
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of COPIED) to[i].setAttribute(name, style.getPropertyValue(name));
    to[i].removeAttribute('class');
  });
  const box = svg.getBoundingClientRect();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', box.width);
  copy.setAttribute('height', box.height);
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  ground.setAttribute('width', '100%');
  ground.setAttribute('height', '100%');
  ground.setAttribute('fill', getComputedStyle(document.documentElement)
    .getPropertyValue('--panel').trim());
  copy.prepend(ground);
  paste(svg, copy, box);
  return { text: new XMLSerializer().serializeToString(copy), width: box.width, height: box.height };
}

export function saveSvg(name, svg) {
  save(`${name}.svg`, standalone(svg).text, 'image/svg+xml');
}

export function savePng(name, svg) {
  const { text, width, height } = standalone(svg);
  const address = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement('canvas');
    const sharpness = 2;
    canvas.width = width * sharpness;
    canvas.height = height * sharpness;
    const context = canvas.getContext('2d');
    context.scale(sharpness, sharpness);
    context.drawImage(image, 0, 0, width, height);
    URL.revokeObjectURL(address);
    canvas.toBlob((blob) => save(`${name}.png`, blob), 'image/png');
  };
  image.src = address;
}
