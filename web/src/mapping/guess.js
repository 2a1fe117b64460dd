/* guess.js: a first rule for a message: which of its parts look like numbers, and what their names
 * say about them. A guess is shown, tried and corrected; nothing is decided here. */

/* What usual names are called, from the more to the less exact. */
const NAMES = [
  [/(^|_)(kwh|energy_kwh)$/i, { unit: 'kWh', kind: 'register', quantity: 'energy.electricity' }],
  [/(^|_)wh$/i, { unit: 'Wh', kind: 'register', quantity: 'energy.electricity' }],
  [/power|watt/i, { unit: 'W', kind: 'gauge', quantity: 'energy.power' }],
  [/volt/i, { unit: 'V', kind: 'gauge', quantity: 'energy.voltage' }],
  [/current|amp/i, { unit: 'A', kind: 'gauge', quantity: 'energy.current' }],
  [/temp/i, { unit: 'degC', kind: 'gauge', quantity: 'temperature' }],
  [/humid/i, { unit: '%', kind: 'gauge', quantity: 'humidity' }],
  [/pressure/i, { unit: 'hPa', kind: 'gauge', quantity: 'pressure' }],
  [/batt/i, { unit: '%', kind: 'gauge', quantity: 'battery' }],
];
const TIMES = /^(time|timestamp|ts|t|at|date|datetime|time_stamp)$/i;
const VALUES_MOST = 24;

const escaped = (name) => name.replaceAll('~', '~0').replaceAll('/', '~1');
const isNumber = (value) => typeof value === 'number' || typeof value === 'boolean'
  || (typeof value === 'string' && /^[+-]?\d+(\.\d+)?$/.test(value));

/* [{pointer, name, value}] of all leaves, in order. */
function leavesOf(value, pointer = '', names = []) {
  if (value === null || typeof value !== 'object') {
    return [{ pointer, name: names.join('_') || 'value', last: names.at(-1) ?? '', value }];
  }
  return Object.entries(value).flatMap(([name, child]) => leavesOf(child,
    `${pointer}/${escaped(name)}`, [...names, name]));
}

function timeFormatOf(value) {
  if (typeof value === 'string') return Number.isNaN(Number(value)) ? 'rfc3339' : 'unix_s';
  return value > 1e11 ? 'unix_ms' : 'unix_s';
}

function valueOf({ name, pointer }) {
  const known = NAMES.find(([pattern]) => pattern.test(name));
  return { name, pointer, unit: '1', kind: 'gauge', quantity: name, ...known?.[1] };
}

/* The level that differs from device to device is most likely the longest with a digit in it. */
function topicOf(topic) {
  const levels = topic.split('/');
  const candidates = levels.map((level, i) => ({ level, i })).filter(({ level }) => /\d/.test(level));
  candidates.sort((a, b) => b.level.length - a.level.length);
  if (candidates.length === 0) return { topic, device: levels.join('-') };
  levels[candidates[0].i] = '{device}';
  return { topic: levels.join('/'), device: '{topic.device}' };
}

export function guessRule({ topic, payload, is_hex: isHex }) {
  const { topic: pattern, device } = topicOf(topic);
  const rule = { topic: pattern, device_code: device, format: 'text', values: [] };
  if (isHex) return { ...rule, format: 'bytes', decoder: 'cayenne_lpp' };
  let json;
  try {
    json = JSON.parse(payload);
  } catch {
    return { ...rule, values: [{ name: 'value', unit: '1', kind: 'gauge', quantity: 'value' }] };
  }
  const leaves = leavesOf(json);
  const time = leaves.find((leaf) => TIMES.test(leaf.last) && (isNumber(leaf.value)
    || !Number.isNaN(Date.parse(leaf.value))));
  const values = leaves.filter((leaf) => leaf !== time && isNumber(leaf.value));
  return {
    ...rule,
    format: typeof json === 'object' ? 'json' : 'number',
    ...(time && { time_pointer: time.pointer, time_format: timeFormatOf(time.value) }),
    values: values.slice(0, VALUES_MOST).map(valueOf),
  };
}
