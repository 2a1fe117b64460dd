/* place.jsx: the first page: what a place promised for a year and where it stands. One sentence, a
 * bar for each target, the units below on a map, what was published beside what is computed, and
 * a door for everybody. A place without a plan shows its meters (the first page) or what is known
 * of it (/place/<code>).
 *
 *   /place/<code>?year=2026&units=missing&unit=<code>
 */
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { set } from '../route.jsx';
import { Badge, SimulatedBadge } from '../ui/badge.jsx';
import { useTitle } from '../ui/hooks.js';
import { ErrorBox, Waiting } from '../ui/state.jsx';
import { StartPage } from '../start/start.jsx';
import { TargetBars } from './bars.jsx';
import { Doors } from './doors.jsx';
import { Published } from './published.jsx';
import { UnitPage } from './unit.jsx';
import { Units, unitName } from './units.jsx';
import './place.css';

export const STANDING = '/api/v1/programme/do/place_standing';

/* Where a place stands: {data, error, code}. Without a code the server chooses the place. */
export function usePlaceStanding(code, year) {
  const place = useGet(code ? `/api/v1/core/places/by/code/${encodeURIComponent(code)}` : null);
  const id = place.data?.id;
  const isReady = !code || id !== undefined;
  const standing = useGet(isReady ? url(STANDING, { place: id, year }) : null);
  return { ...standing, error: place.error ?? standing.error, place: place.data };
}

export const yearOf = (view) => (/^\d{4}$/.test(view.query.year ?? '') ? view.query.year : '');

function YearStepper({ years, year }) {
  const { t } = useWords();
  const at = years.indexOf(String(year));
  const move = (to) => to >= 0 && to < years.length && set({ year: years[to] }, { isReplacing: true });
  const onKeyDown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) move(at + step);
  };
  return (
    <div className="segments years no-print" role="group" aria-label={t('programme.year')}
      onKeyDown={onKeyDown}>
      {years.map((one) => (
        <button key={one} type="button" aria-pressed={one === String(year)}
          onClick={() => set({ year: one }, { isReplacing: true })}>
          {one}
        </button>
      ))}
    </div>
  );
}

function Head({ data }) {
  const { t, pick } = useWords();
  useTitle(pick(data, 'title'));
  const years = String(data.years ?? '').split(',').filter(Boolean);
  return (
    <div className="place-head">
      <div className="place-title">
        <h1>{pick(data, 'title')} {data.is_simulated && <SimulatedBadge />}</h1>
        {years.length > 1 && <YearStepper years={years} year={data.year} />}
      </div>
      <p className="place-sentence">{pick(data, 'sentence')}</p>
      {data.missing > 0 && data.unit_count > 0 && (
        <p className="hidden">{t('place.counts', data)}</p>
      )}
    </div>
  );
}

/* On paper the map has no pointer: who is missing and late stands there by name. */
function PaperList({ units }) {
  const { t, lang } = useWords();
  return (
    <div className="paper-list">
      {['missing', 'late'].map((state) => {
        const named = units.filter((unit) => unit.state === state);
        return named.length > 0 && (
          <p key={state}><strong>{t(`units.is.${state}`)} ({named.length}):</strong>{' '}
            {named.map((unit) => unitName(unit, lang)).join(', ')}.</p>
        );
      })}
    </div>
  );
}

function Standing({ data, view }) {
  const { t } = useWords();
  const has = (list) => Array.isArray(list) && list.length > 0;
  return (
    <>
      <Head data={data} />
      {has(data.results) && <Published data={data} />}
      {(has(data.targets) || has(data.units)) && (
        <div className={has(data.targets) && has(data.units) ? 'place-grid' : undefined}>
          {has(data.targets) && <TargetBars data={data} />}
          {has(data.units) && <Units data={data} view={view} />}
        </div>
      )}
      {!has(data.targets) && !has(data.results) && (
        <p className="notice">{t('place.noNumbers', { year: data.year })}</p>
      )}
      {has(data.units) && <PaperList units={data.units} />}
      <Doors />
    </>
  );
}

/* Nothing but the place itself is told: it has no plan of its own. */
const isNothing = (data) => !data.has_place || !(data.targets?.length || data.results?.length
  || data.units?.some(({ code }) => code !== data.place_code));

export function PlacePage({ view }) {
  const { t } = useWords();
  const code = view.path[1] ?? '';
  const standing = usePlaceStanding(code, yearOf(view));
  const { data, error, place } = standing;
  if (!data && !error) return <Waiting tall />;
  if (!code && (!data || !data.has_place)) return <StartPage view={view} />;
  if (!data && error && !place) return <ErrorBox problem={error} onRetry={standing.reload} />;
  if (!data || (code && isNothing(data))) return <UnitPage place={place} year={yearOf(view)} />;
  return (
    <div aria-busy={standing.isLoading}>
      {error && <ErrorBox problem={error} onRetry={standing.reload} />}
      <Standing data={data} view={view} />
      <p className="hidden" role="status">{standing.isLoading ? t('state.loading') : ''}</p>
    </div>
  );
}

/* How far a number was verified, where that is not wholly. */
export function VerifiedMark({ value }) {
  const { t } = useWords();
  if (!value || value === 'yes') return null;
  return <Badge>{t(`verified.${value}`)}</Badge>;
}
