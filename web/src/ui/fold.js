/* fold.js: text as people search for it: without case and without the marks of Vietnamese. */
export function fold(text) {
  return String(text ?? '').normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase()
    .replaceAll('đ', 'd');
}
