/* dates.js: which days a view shows. Days are texts "2026-11-21"; a range is [from, to). */

const two = (n) => String(n).padStart(2, '0');
export const dayOf = (year, month, day) => `${year}-${two(month)}-${two(day)}`;

export function partsOf(text) {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  return { year, month: month || 1, day: day || 1 };
}

const utc = (text) => {
  const { year, month, day } = partsOf(text);
  return Date.UTC(year, month - 1, day);
};

export function addDays(text, count) {
  return new Date(utc(text) + count * 86400000).toISOString().slice(0, 10);
}

/* The first of the month that is `count` months on. */
export function addMonths(text, count) {
  const { year, month } = partsOf(text);
  const at = year * 12 + month - 1 + count;
  return dayOf(Math.floor(at / 12), (at % 12) + 1, 1);
}

export const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && !Number.isNaN(utc(text));

/* What a page can show at once, and how finely it is cut. */
export const VIEWS = { day: 'hour', month: 'day', year: 'month' };

export function rangeOf(view, on) {
  const { year, month } = partsOf(on);
  if (view === 'day') return { from: on, to: addDays(on, 1) };
  if (view === 'year') return { from: dayOf(year, 1, 1), to: dayOf(year + 1, 1, 1) };
  const from = dayOf(year, month, 1);
  return { from, to: addMonths(from, 1) };
}

export function step(view, on, count) {
  if (view === 'day') return addDays(on, count);
  if (view === 'month') return addMonths(on, count);
  return addMonths(dayOf(partsOf(on).year, 1, 1), 12 * count);
}

/* ---- an instant, as the clocks of a zone show it ---- */

const formats = new Map();

function formatOf(zone) {
  if (!formats.has(zone)) {
    const options = {
      year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
      second: 'numeric', hourCycle: 'h23',
    };
    try {
      formats.set(zone, new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }));
    } catch {
      formats.set(zone, new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }));
    }
  }
  return formats.get(zone);
}

/* {year, month, day, hour, minute, second}; of a bare day: that day at midnight. */
export function localOf(text, zone) {
  if (text.length <= 10) return { ...partsOf(text), hour: 0, minute: 0, second: 0 };
  const parts = {};
  for (const { type, value } of formatOf(zone || 'Asia/Ho_Chi_Minh').formatToParts(new Date(text))) {
    if (type !== 'literal') parts[type] = Number(value);
  }
  return parts;
}

export function localDay(text, zone) {
  const { year, month, day } = localOf(text, zone);
  return dayOf(year, month, day);
}

/* ---- now, by the server's clock: that of the demonstration may be days ahead ---- */

let ahead_ms = 0;

/* Who shows the time hears when the clock was put forward. */
export const CLOCK = 'xanh-clock';
const JUMP_MS = 60000;
export function setNow(text) {
  const before_ms = ahead_ms;
  ahead_ms = Date.parse(text) - Date.now() || 0;
  if (Math.abs(ahead_ms - before_ms) > JUMP_MS) window.dispatchEvent(new Event(CLOCK));
}
export const nowMs = () => Date.now() + ahead_ms;

export const today = (zone) => localDay(new Date(nowMs()).toISOString(), zone);
