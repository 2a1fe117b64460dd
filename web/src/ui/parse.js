/* parse.js: a number as somebody typed it, as the text that the API takes; null when it is none.
 *
 * 1.234,5 and 1234,5 are read in Vietnamese, 1,234.5 in English. A single mark that groups nothing
 * ("1.5" in Vietnamese, "1,5" in English) is taken as the decimal mark: that is what was meant. */
export function parseNumber(text, lang) {
  const given = String(text).trim().replace(/[\s\u00a0]/g, '').replace('−', '-');
  const [group, mark] = lang === 'en' ? [',', '.'] : ['.', ','];
  const groups = new RegExp(`^-?\\d{1,3}(\\${group}\\d{3})+(\\${mark}\\d+)?$`);
  let plain = given;
  if (groups.test(given)) plain = given.replaceAll(group, '').replace(mark, '.');
  else if (given.includes(mark)) plain = given.replace(mark, '.');
  else plain = given.replace(group, '.');
  return /^-?\d+(\.\d+)?$/.test(plain) ? plain : null;
}

/* The other way: what stands in the field at first. */
export function editText(value, lang) {
  if (value === null || value === undefined) return '';
  return lang === 'en' ? String(value) : String(value).replace('.', ',');
}
