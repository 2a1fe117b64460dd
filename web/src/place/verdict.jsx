/* verdict.jsx: where a target stands, by word, shape and colour. */
import { useWords } from '../i18n/index.js';

const KINDS = { on_track: 'good', reached: 'good', behind: 'bad', not_known: 'open',
  passes: 'good', fails: 'bad', proved: 'good', not_proved: 'open', pending: 'open' };
const SHAPES = {
  good: 'M3 8.5l3.2 3.2L13 4.8', bad: 'M8 3v6.2M8 12.2v.6', open: 'M5.6 6a2.4 2.4 0 1 1 3.4 2.2c-.7.4-1 .8-1 1.6M8 12.4v.5',
};

export const kindOf = (verdict) => KINDS[verdict] ?? 'open';

export function Verdict({ value }) {
  const { term } = useWords();
  const kind = kindOf(value);
  return (
    <span className={`verdict verdict-${kind}`}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path d={SHAPES[kind]} fill="none" stroke="currentColor" strokeWidth="2"
          strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      {term('verdict', value)}
    </span>
  );
}
