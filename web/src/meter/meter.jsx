/* meter.jsx: the page of one meter. The answer first, in words and one large number; then the
 * picture; then what it costs, line by line; then the readings that it all comes from. */
import { useEffect, useRef, useState } from 'react';
import { url, useEvents, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { SimulatedBadge } from '../ui/badge.jsx';
import { colorOf } from '../ui/color.js';
import { localDay } from '../ui/dates.js';
import { useTitle } from '../ui/hooks.js';
import { PeriodPicker, usePeriod } from '../ui/period.jsx';
import { Answer, Empty, ErrorBox, Waiting } from '../ui/state.jsx';
import { CurlLine } from '../start/curl.jsx';
import { AnswerCards } from './answer.jsx';
import { BillPanel } from './bill.jsx';
import { RegisterChart } from './register.jsx';
import { UseChart } from './use_chart.jsx';
import './meter.css';

/* Asks again after news, but not more often than every few seconds. */
const RELOAD_EVERY_MS = 4000;
function useFollow(news, reload) {
  const last = useRef(0);
  useEffect(() => {
    if (!news) return undefined;
    const wait = Math.max(300, last.current + RELOAD_EVERY_MS - Date.now());
    const timer = setTimeout(() => { last.current = Date.now(); reload(); }, wait);
    return () => clearTimeout(timer);
  }, [news, reload]);
}

/* The last reading, kept fresh by events; `news` counts them. */
function useLive(code) {
  const last = useGet(url('/api/v1/readings/last', { series: code }));
  const [arrived, setArrived] = useState(null);
  const [news, setNews] = useState(0);
  const isLost = useEvents(url('/api/v1/events', { series: code }), {
    reading: (reading) => {
      if (reading.series !== code) return;
      setNews((n) => n + 1);
      setArrived((old) => (old && Date.parse(old.time) > Date.parse(reading.time) ? old : reading));
    },
  });
  const stored = last.data?.items?.[0];
  const isNewer = arrived
    && (!stored?.time || Date.parse(arrived.time) >= Date.parse(stored.time));
  return { ...last, reading: isNewer ? arrived : stored, news, isLost };
}

/* The codes of tariffs are the rooms'; a meter without one has no bill. */
function useTariff(code) {
  const { data } = useMeta();
  for (const room of data?.rooms ?? []) {
    const found = (room.tariffs ?? []).find((tariff) => tariff.code === code);
    if (found) return found;
  }
  return null;
}

function Heading({ series, isSimulated }) {
  const { t } = useWords();
  useTitle(`${series.name} · ${series.place_label ?? series.code}`);
  return (
    <div className="page-head">
      <p className="crumbs">
        <Link to={hrefOf([])}>{t('nav.home')}</Link> <span aria-hidden="true">›</span>{' '}
        {series.place_label}
      </p>
      <h1>{series.name} {isSimulated && <SimulatedBadge />}</h1>
      <p className="soft">
        {series.device_label !== series.name && `${series.device_label} · `}<code>{series.code}</code> ·{' '}
        <Link to={hrefOf(['records', 'core', 'series', String(series.id)])}>{t('meter.record')}</Link>
      </p>
    </div>
  );
}

function Body({ series, live }) {
  const words = useWords();
  const { t } = words;
  const latest = live.reading?.time ? localDay(live.reading.time, series.zone) : undefined;
  const period = usePeriod(latest);
  const compare = period.compare === 'none' ? '' : period.compare;
  const use = useGet(url('/api/v1/use', {
    series: series.code, from: period.from, to: period.to, period: period.period, compare,
  }));
  const tariff = useTariff(series.tariff);
  const month = period.on.slice(0, 7);
  const bill = useGet(series.tariff ? url('/api/v1/bill', { series: series.code, month }) : null);
  useFollow(live.news, use.reload);
  useFollow(live.news, bill.reload);
  const color = colorOf(series);
  const isSimulated = live.reading?.quality?.includes('simulated')
    || use.data?.windows?.some((window) => window.flags?.includes('simulated'));
  return (
    <>
      <Heading series={series} isSimulated={isSimulated} />
      <PeriodPicker period={period} latest={latest} />
      {use.error && <ErrorBox problem={use.error} onRetry={use.reload} />}
      <AnswerCards {...{ series, period, use, live, bill, tariff, month, color }} />
      <section className="panel">
        <Answer of={use} tall>
          {(data) => <UseChart {...{ data, series, period, color }} />}
        </Answer>
      </section>
      {series.tariff && (
        <section className="panel" id="bill" aria-label={t('bill.title')}>
          <BillPanel {...{ bill, series, month, tariff }} />
        </section>
      )}
      <section className="panel">
        <RegisterChart {...{ series, period, color, live }} windows={use.data?.windows} />
      </section>
    </>
  );
}

export function MeterPage({ view }) {
  const { t } = useWords();
  const code = view.path.slice(1).join('/');
  const series = useGet(`/api/v1/core/series/by/code/${encodeURIComponent(code)}`);
  const live = useLive(code);
  if (series.error) return <ErrorBox problem={series.error} onRetry={series.reload} />;
  if (live.error) return <ErrorBox problem={live.error} onRetry={live.reload} />;
  if (!series.data || (live.isLoading && !live.reading)) return <Waiting tall />;
  if (!live.reading?.time) {
    return (
      <>
        <Heading series={series.data} />
        <Empty title={t('meter.empty')}>
          <p>{t('meter.emptyHow')}</p>
          <CurlLine series={series.data.code} value="1234.5" />
        </Empty>
      </>
    );
  }
  return <Body series={series.data} live={live} />;
}
