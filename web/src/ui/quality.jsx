/* quality.jsx: marks for what is unusual about an amount or a reading. Each has a shape of its own,
 * so that it does not need its colour, and a word in the legend. */
import { useWords } from '../i18n/index.js';

const SHAPES = {
  corrected: 'M0-5L5 0L0 5L-5 0Z',
  late: 'M0-5A5 5 0 1 1-.01-5ZM0-3V0H2.5',
  reset: 'M-4.5-4.5H4.5V4.5H-4.5Z',
  rollover: 'M-4.5-4.5H4.5V4.5H-4.5Z',
  replaced: 'M0-5L1.6-1.6L5 0L1.6 1.6L0 5L-1.6 1.6L-5 0L-1.6-1.6Z',
  suspect: 'M0-5L5 4H-5Z',
  negative: 'M-5-4H5L0 5Z',
};
const HOLLOW = new Set(['late', 'rollover']);

export const MARKED = Object.keys(SHAPES);

/* Other names that the same thing has. */
const SAME = { replaced_meter: 'replaced' };
export const marksOf = (flags = []) => [...new Set(flags.map((flag) => SAME[flag] ?? flag))]
  .filter((flag) => flag in SHAPES);

export function Mark({ flag, x = 0, y = 0 }) {
  return (
    <path d={SHAPES[flag]} transform={`translate(${x} ${y})`}
      className={HOLLOW.has(flag) ? 'mark mark-hollow' : 'mark'} />
  );
}

/* "corrected, late": empty when nothing is unusual. */
export function qualityText(reading, { term }) {
  const flags = (reading.quality ?? []).filter((flag) => flag !== 'good').map((f) => SAME[f] ?? f);
  if (reading.in_force === false) flags.push('overwritten');
  return flags.map((flag) => term('quality', flag)).join(', ');
}

export function flagsText(flags, { term }) {
  return (flags ?? []).map((flag) => term('quality', SAME[flag] ?? flag)).join(', ');
}

/* Only what is there is explained. */
export function Legend({ flags, children }) {
  const { term } = useWords();
  const shown = marksOf(flags);
  return (
    <ul className="legend">
      {children}
      {flags.includes('estimated') && (
        <li><span className="swatch swatch-hatch" aria-hidden="true" />{term('quality', 'estimated')}</li>
      )}
      {shown.map((flag) => (
        <li key={flag}>
          <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true"><Mark flag={flag} /></svg>
          {term('quality', flag)}
        </li>
      ))}
    </ul>
  );
}
