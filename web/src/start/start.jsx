/* start.jsx: the first page: the place in one number, its meters, and how to add your own. Which
 * place stands in the URL (?place=code). */
import { useEffect, useMemo, useState } from 'react';
import { get, url, useEvents, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, set } from '../route.jsx';
import { useTitle } from '../ui/hooks.js';
import { PeriodPicker, usePeriod } from '../ui/period.jsx';
import { Answer, Empty, ErrorBox, Waiting } from '../ui/state.jsx';
import { localDay } from '../ui/dates.js';
import { fold } from '../ui/fold.js';
import { Indicator } from '../programme/indicator.jsx';
import '../programme/programme.css';
import { CurlLine } from './curl.jsx';
import { Meters } from './meters.jsx';
import { PlaceSums } from './sums.jsx';
import './start.css';

const SERIES_MAX = 1000;

/* Places of a kind that an operator draws: sites and buildings, not the 3,321 official units. */
function usePlaces() {
  const sites = useGet(url('/api/v1/core/places', { kind: 'site', limit: 100 }));
  return sites.data?.items ?? null;
}

function Search({ series, onFind }) {
  const { t } = useWords();
  return (
    <label className="search">
      <span className="hidden">{t('shell.search')}</span>
      <input type="search" placeholder={t('shell.search')}
        onChange={(event) => onFind(event.target.value)} disabled={!series.length} />
    </label>
  );
}

function Hero({ place, count, children }) {
  const { t } = useWords();
  useTitle(place?.name);
  return (
    <div className="page-head">
      <h1>{place?.name ?? t('start.title')}</h1>
      <p className="lead">{count > 0 ? t('start.lead', { n: count }) : t('app.tagline')}</p>
      {children}
    </div>
  );
}

function PlacePicker({ places, place }) {
  const { t } = useWords();
  if (places.length < 2) return null;
  return (
    <label className="compare">
      <span>{t('start.place')}</span>
      <select value={place?.code ?? ''} onChange={(event) => set({ place: event.target.value })}>
        {places.map((item) => <option key={item.id} value={item.code}>{item.name}</option>)}
      </select>
    </label>
  );
}

function Nothing() {
  const { t } = useWords();
  return (
    <Empty title={t('start.empty')}>
      <p>{t('start.emptyHow')}</p>
      <CurlLine series="home-7/electricity" value="1234.5" />
      <p><Link to={hrefOf(['data'])}>{t('start.emptyMore')}</Link></p>
    </Empty>
  );
}

/* So many codes fit into an address; events come for so many meters, more are asked for now and then. */
const CODES_AT_ONCE = 100;
const AGAIN_MS = 15000;

async function readLasts(codes) {
  const pieces = [];
  for (let at = 0; at < codes.length; at += CODES_AT_ONCE) {
    pieces.push(get(url('/api/v1/readings/last', {
      series: codes.slice(at, at + CODES_AT_ONCE).join(','),
    })));
  }
  return { items: (await Promise.all(pieces)).flatMap((piece) => piece.items) };
}

/* The newest value of each meter, kept fresh. */
function useLasts(series) {
  const codes = series.map((item) => item.code);
  const lasts = useGet(codes.length ? codes.join() : null, () => readLasts(codes));
  const [arrived, setArrived] = useState({});
  const hasMore = codes.length > CODES_AT_ONCE;
  const followed = codes.slice(0, CODES_AT_ONCE).join();
  useEvents(followed ? url('/api/v1/events', { series: followed }) : null, {
    reading: (reading) => setArrived((old) => ({ ...old, [reading.series]: reading })),
  });
  useEffect(() => {
    if (!hasMore) return undefined;
    const timer = setInterval(lasts.reload, AGAIN_MS);
    return () => clearInterval(timer);
  }, [hasMore, lasts.reload]);
  return useMemo(() => {
    const all = {};
    for (const item of lasts.data?.items ?? []) all[item.series] = item;
    for (const item of Object.values(arrived)) {
      const stored = all[item.series]?.time;
      if (!stored || Date.parse(item.time) >= Date.parse(stored)) all[item.series] = item;
    }
    return all;
  }, [lasts.data, arrived]);
}

const newest = (lasts) => Object.values(lasts).map((item) => item.time).filter(Boolean)
  .sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1);

function Place({ place, series, places }) {
  const { t } = useWords();
  const [wanted, setWanted] = useState('');
  const lasts = useLasts(series);
  const last = newest(lasts);
  const latest = last ? localDay(last) : undefined;
  const period = usePeriod(latest);
  const found = series.filter((item) => fold(
    `${item.name} ${item.place_label ?? ''} ${item.code}`).includes(fold(wanted)));
  return (
    <>
      <Hero place={place} count={series.length} />
      <div className="toolbar">
        <PlacePicker places={places} place={place} />
        <PeriodPicker period={period} latest={latest} />
      </div>
      {place && last && <PlaceSums {...{ place, period, series }} />}
      <section className="panel">
        <div className="panel-head">
          <h2>{t('start.meters')}</h2>
          <Search series={series} onFind={setWanted} />
        </div>
        {found.length > 0 && <Meters {...{ lasts, period }} series={found} />}
        {found.length === 0 && series.length > 0 && <p className="empty">{t('start.notFound')}</p>}
        {series.length === 0 && <Nothing />}
      </section>
      {series.length > 0 && (
        <section className="panel">
          <h2>{t('start.own')}</h2>
          <p>{t('start.ownHow')}</p>
          <CurlLine series={series[0].code} value={lasts[series[0].code]?.value ?? '1234.5'} />
          <p><Link to={hrefOf(['data'])}>{t('start.emptyMore')}</Link></p>
        </section>
      )}
    </>
  );
}

/* The place of all that one sees: chosen, or the first site, or where the only home is. */
function useHome(series, places, wanted) {
  const own = new Set(series.map((item) => item.place));
  const single = own.size === 1 ? [...own][0] : null;
  const listed = places.find((place) => place.code === wanted) ?? places[0] ?? null;
  const single_place = useGet(single && !wanted ? `/api/v1/core/places/${single}` : null);
  return single_place.data ?? listed;
}

function Loaded({ items, places, view }) {
  const place = useHome(items, places, view.query.place);
  return <Place place={place} series={items} places={places} />;
}

export function StartPage({ view }) {
  const { t } = useWords();
  const series = useGet(url('/api/v1/core/series', { limit: SERIES_MAX }));
  const places = usePlaces();
  if (series.error?.status === 403 || series.error?.status === 401) return <PublicPlace />;
  if (series.error) return <ErrorBox problem={series.error} onRetry={series.reload} />;
  if (!series.data || !places) return <Waiting tall />;
  return <Answer of={series}>{(data) => (data.items.length === 0 && places.length > 0
    ? <PublicPlace /> : <Loaded items={data.items} places={places} view={view} />)}</Answer>;
}

/* What the rooms tell everybody: sums and shares of all that is here, never one home. */
function OpenNumbers({ period }) {
  const { t } = useWords();
  const { data } = useMeta();
  const range = { from: period.from, to: period.to };
  const indicators = (data?.rooms ?? []).flatMap((room) => room.indicators ?? []);
  return (
    <section>
      <h2>{t('start.openNumbers')}</h2>
      <div className="indicators">
        {indicators.map((about) => <Indicator key={about.name} about={about} range={range} />)}
      </div>
    </section>
  );
}

/* Who may see no meter sees the numbers that are open to all. */
function PublicPlace() {
  const { t } = useWords();
  const period = usePeriod();
  return (
    <>
      <Hero />
      <PeriodPicker period={period} hasCompare={false} />
      <OpenNumbers period={period} />
      <p className="soft">{t('start.public')}</p>
    </>
  );
}
