/* period.jsx: one picker for the whole page. It stands in the URL: view=day|month|year, on=a day,
 * compare=previous|year. Arrow keys step, Home goes to now. */
import { useRef } from 'react';
import { useWords } from '../i18n/index.js';
import { set, useView } from '../route.jsx';
import { VIEWS, isDay, partsOf, rangeOf, step, today } from './dates.js';

/* {view, on, from, to, period, compare}; `latest` is the day that is shown when none is chosen. */
export function usePeriod(latest) {
  const { query } = useView();
  const view = query.view in VIEWS ? query.view : 'month';
  const on = isDay(query.on) ? query.on : latest ?? today();
  const compare = ['previous', 'year', 'none'].includes(query.compare) ? query.compare : 'previous';
  return { view, on, ...rangeOf(view, on), period: VIEWS[view], compare };
}

export function periodTitle({ view, on }, words) {
  if (view === 'day') return words.day(on);
  if (view === 'year') return words.t('period.yearOf', { year: partsOf(on).year });
  return words.month(on);
}

/* The period in the reader's words; pressed, the browser's own calendar opens. */
function Choose({ period }) {
  const words = useWords();
  const input = useRef(null);
  const open = () => {
    input.current.focus();
    input.current.showPicker?.();
  };
  return (
    <span className="period-choose">
      <button type="button" onClick={open} aria-haspopup="dialog">
        <span className="hidden">{words.t('period.choose')}: </span>
        {periodTitle(period, words)}
      </button>
      <input type="date" ref={input} value={period.on} tabIndex={-1}
        aria-label={words.t('period.choose')} onChange={(event) => isDay(event.target.value)
          && set({ on: event.target.value }, { isReplacing: true })} />
    </span>
  );
}

function onKey(event, period, latest) {
  if (event.target.tagName === 'INPUT' || event.target.tagName === 'SELECT') return;
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  if (event.key in steps) {
    event.preventDefault();
    set({ on: step(period.view, period.on, steps[event.key]) }, { isReplacing: true });
  } else if (event.key === 'Home') {
    event.preventDefault();
    set({ on: latest ?? '' }, { isReplacing: true });
  }
}

export function PeriodPicker({ period, latest, hasCompare = true }) {
  const words = useWords();
  const { t } = words;
  const move = (count) => set({ on: step(period.view, period.on, count) }, { isReplacing: true });
  return (
    <div className="period no-print" role="group" aria-label={t('period.label')}
      onKeyDown={(event) => onKey(event, period, latest)}>
      <div className="segments">
        {Object.keys(VIEWS).map((view) => (
          <button key={view} type="button" aria-pressed={view === period.view}
            onClick={() => set({ view, on: period.on })}>
            {t(`period.${view}`)}
          </button>
        ))}
      </div>
      <div className="period-step">
        <button type="button" onClick={() => move(-1)} aria-label={t('period.before')}>
          <span aria-hidden="true">‹</span>
        </button>
        <Choose period={period} />
        <button type="button" onClick={() => move(1)} aria-label={t('period.after')}>
          <span aria-hidden="true">›</span>
        </button>
      </div>
      {hasCompare && (
        <label className="compare">
          <span>{t('period.compare')}</span>
          <select value={period.compare} onChange={(event) => set({ compare: event.target.value })}>
            {['previous', 'year', 'none'].map((value) => (
              <option key={value} value={value}>{t(`period.compare.${value}.${period.view}`)}</option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
