/* number.jsx: the number that answers, with its unit; and how old a value is. */
import { useWords } from '../i18n/index.js';
import { useGlide, useNow } from './hooks.js';

/* Units as people write them; what is counted has none. */
const UNITS = {
  1: '', '% reduction': '%',
  m3: 'm³', m2: 'm²', km2: 'km²', kgCO2: 'kg CO₂', kgCO2e: 'kg CO₂e', 'tCO2/MWh': 't CO₂/MWh',
  'VND/kWh': '₫/kWh', 'VND/m3': '₫/m³', VND: '₫', 'kgCO2/kWh': 'kg CO₂/kWh', 'mg/m3': 'mg/m³', 'MJ/m3': 'MJ/m³',
};
export const unitText = (unit) => UNITS[unit] ?? unit ?? '';
/* The few units that are words ("person"). */
export const unitWord = (unit, { term }) => term('unit', unitText(unit));

export function BigNumber({ value, unit, children }) {
  return (
    <p className="big">
      <span className="big-value">{value}</span>
      {unit && <span className="big-unit"> {unitText(unit)}</span>}
      {children}
    </p>
  );
}

/* Glides from one reading to the next; read aloud only when it rests. */
export function LiveNumber({ value, decimals, unit }) {
  const { number } = useWords();
  const shown = useGlide(value);
  const digits = decimals ?? decimalsOf(value);
  return (
    <span className="live">
      <span aria-hidden="true">{number(shown, digits)}</span>
      <span className="hidden">{number(value, digits)}</span>
      {' '}<span className="unit">{unitText(unit)}</span>
    </span>
  );
}

export function decimalsOf(value) {
  const text = String(value ?? '');
  return text.includes('.') ? Math.min(4, text.split('.')[1].length) : 0;
}

export function ageText(seconds, t) {
  if (seconds < 2) return t('age.now');
  if (seconds < 60) return t('age.seconds', { n: Math.floor(seconds) });
  if (seconds < 3600) return t('age.minutes', { n: Math.floor(seconds / 60) });
  if (seconds < 86400) return t('age.hours', { n: Math.floor(seconds / 3600) });
  return t('age.days', { n: Math.floor(seconds / 86400) });
}

export function Age({ time }) {
  const { t } = useWords();
  const now = useNow();
  return <>{ageText(Math.max(0, (now - Date.parse(time)) / 1000), t)}</>;
}
