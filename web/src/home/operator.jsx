/* operator.jsx: what an operator opens first: the place now, the billing run, incidents. */
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { SimulatedBadge, StateBadge } from '../ui/badge.jsx';
import { addDays, localDay } from '../ui/dates.js';
import { unitText } from '../ui/number.jsx';
import { Spark } from '../ui/spark.jsx';
import { Answer } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { isKnown, useList, useMany } from '../firm/asked.jsx';
import { MeasureRows } from './business.jsx';
import '../firm/firm.css';

const HOURS = 24;

/* ---- the place now ---- */

/* The last day of a main meter by its hours: of the day that its newest reading is of. */
function Meter({ account, last }) {
  const words = useWords();
  const { t, number, day } = words;
  const { time } = last ?? {};
  const on = time ? localDay(time) : null;
  const use = useGet(on ? url('/api/v1/use', {
    series: last.series ?? account.series_code, from: on, to: addDays(on, 1), period: 'hour',
  }) : null);
  const windows = use.data?.windows ?? [];
  /* the hour that still goes on would look like a fall */
  const whole = windows.filter((one) => isKnown(one.amount) && Date.parse(one.to) <= Date.parse(time));
  const newest = whole.at(-1) ?? windows.find((one) => isKnown(one.amount));
  return (
    <div>
      <p className="card-title">{account.name}</p>
      {newest && (
        <>
          <p className="big">
            <span className="big-value">{number(newest.amount)}</span>
            <span className="big-unit"> {unitText(use.data.unit)}</span>
          </p>
          <p className="soft">{t('ops.power', {
            from: words.clock(newest.from, use.data.zone), to: words.clock(newest.to, use.data.zone),
          })}</p>
          <Spark amounts={(whole.length ? whole : windows).slice(0, HOURS).map((one) => one.amount)} color="use" />
          <p>{t('ops.day', { day: day(on) })}: <strong>{number(use.data.total)}{' '}
            {unitText(use.data.unit)}</strong>{' '}
          <Why label={account.name} about={{ series: last.series, from: on, to: addDays(on, 1) }} /></p>
        </>
      )}
    </div>
  );
}

function Losses({ run }) {
  const { t, exact, number, month } = useWords();
  if (!isKnown(run?.losses)) return null;
  return (
    <div>
      <p className="card-title">{t('ops.loss', { month: month(run.period_from) })}</p>
      <p className="big big-small">
        {exact(run.losses)} <span className="big-unit">{unitText(run.unit)}</span>
        {isKnown(run.losses_percent) && <span className="big-unit"> · {number(run.losses_percent)} %</span>}
      </p>
      <p className="soft">{t('ops.lossHow')}</p>
    </div>
  );
}

function PlaceNow({ run }) {
  const { t } = useWords();
  const accounts = useList('core/accounts', { role: 'main' });
  const series = useMany(accounts.items.map((one) => `/api/v1/core/series/${one.series}`));
  const codes = (series.data ?? []).filter(Boolean).map((one) => one.code);
  const last = useGet(codes.length ? url('/api/v1/readings/last', { series: codes.join(',') }) : null);
  const byCode = new Map((last.data?.items ?? []).map((one) => [one.series, one]));
  const isSimulated = last.data?.items?.some((one) => one.quality?.includes('simulated'));
  return (
    <section className="card">
      <h2>{t('ops.now')} {isSimulated && <SimulatedBadge />}</h2>
      <Answer of={accounts}>{() => (accounts.items.length === 0
        ? <p className="soft">{t('ops.noPark')}</p>
        : accounts.items.map((account, i) => (
          <Meter key={account.id} account={account} last={byCode.get(series.data?.[i]?.code)} />
        )))}</Answer>
      <Losses run={run} />
    </section>
  );
}

/* ---- the billing run ---- */

function Billing({ runs }) {
  const { t, month, moneyMinor } = useWords();
  const [run] = runs.items;
  return (
    <section className="card">
      <h2>{t('ops.billing')}</h2>
      <Answer of={runs}>{() => (!run ? <p className="soft">{t('ops.noRun')}</p> : (
        <>
          <p>{run.place_label} · {month(run.period_from)} <StateBadge value={run.state} /></p>
          {isKnown(run.total) && <p className="big big-small">{moneyMinor(run.total, run.currency)}</p>}
        </>
      ))}</Answer>
      <p><Link className="button primary" to={hrefOf(['billing'])}>{t('ops.openBilling')}</Link></p>
    </section>
  );
}

/* ---- incidents ---- */

function Incidents() {
  const { t, exact } = useWords();
  const devices = useGet(url('/api/v1/devices', { state: 'care', limit: 1 }));
  const counts = useGet('/api/v1/core/do/vee_counts');
  const measures = useList('core/measures', { state: 'running' });
  const care = devices.data?.counts?.care ?? 0;
  const findings = counts.data?.open_findings ?? 0;
  const silent = counts.data?.silent ?? 0;
  const isCalm = devices.data && counts.data && !care && !findings && !silent;
  return (
    <section className="card">
      <h2>{t('ops.incidents')}</h2>
      <Answer of={devices}>{() => (
        <ul className="rows">
          {care > 0 && <li><Link to={hrefOf(['devices'], { state: 'care' })}>
            {t('ops.devices', { n: exact(care) })}</Link></li>}
          {findings > 0 && <li><Link to={hrefOf(['quality'])}>
            {t('ops.findings', { n: exact(findings) })}</Link></li>}
          {silent > 0 && <li><Link to={hrefOf(['devices'], { state: 'silent' })}>
            {t('ops.silent', { n: exact(silent) })}</Link></li>}
          {isCalm && <li>{t('ops.calm')}</li>}
        </ul>
      )}</Answer>
      {measures.items.length > 0 && (
        <>
          <h3>{t('ops.measures')}</h3>
          <MeasureRows items={measures.items} />
        </>
      )}
    </section>
  );
}

export function OperatorHome() {
  const runs = useList('core/billing_runs', { sort: '-period_from', limit: 5 });
  const run = runs.items.find((one) => one.state === 'issued') ?? runs.items[0];
  return (
    <>
      <PlaceNow run={run} />
      <Billing runs={runs} />
      <Incidents />
    </>
  );
}
