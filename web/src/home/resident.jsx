/* resident.jsx: what a resident opens first, on a phone: the bill so far and to come, one thing to do,
 * the number on the meter; and what is theirs to take along or to erase. */
import { useState } from 'react';
import { ask, download, url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { useView } from '../route.jsx';
import { SimulatedBadge } from '../ui/badge.jsx';
import { addDays, today } from '../ui/dates.js';
import { Answer, Empty, ErrorBox } from '../ui/state.jsx';
import { CurlLine } from '../start/curl.jsx';
import { MonthCard } from './month.jsx';
import { ReadMeter } from './read_meter.jsx';
import './resident.css';

const FIRST_DAY = '2000-01-01';
const ROWS_MOST = 100000;

/* Meters of their own that cost something, electricity before water. */
const KINDS = [['electricity', /kWh|Wh|MWh/], ['water', /^m3|^L$/]];
const kindOf = (series) => KINDS.find(([, units]) => units.test(series.unit))?.[0] ?? 'other';

function useMeters(party) {
  const list = useGet(party ? url('/api/v1/core/series', { owner: party.id, limit: 50 }) : null);
  const meters = (list.data?.items ?? [])
    .filter((series) => series.tariff && series.kind !== 'gauge' && series.kind !== 'state')
    .map((series) => ({ ...series, sort: kindOf(series) }))
    .sort((a, b) => a.sort.localeCompare(b.sort));
  return { ...list, meters };
}

/* ---- one thing to do ---- */

function Advice({ series }) {
  const { t, pick, moneyMinor, number } = useWords();
  const of = useGet(url('/api/v1/energy/do/advice', { series: series.id }));
  return (
    <section className="card advice">
      <Answer of={of}>{(advice) => {
        const tip = advice.tips[0];
        if (!tip) return <><h2>{t('advice.title')}</h2><p>{pick(advice, 'sentence')}</p></>;
        return (
          <>
            <p className="card-title">{t('advice.title')} {advice.is_simulated && <SimulatedBadge />}</p>
            <h2 className="advice-what">{pick(tip, 'title')}</h2>
            <p className="big"><span className="big-value advice-saving">
              {moneyMinor(tip.saving_vnd, advice.currency)}</span></p>
            <p>{t('advice.saves', { n: number(tip.saving_kwh) })}</p>
            <details>
              <summary>{t('advice.why')}</summary>
              <p>{pick(tip, 'why')}</p>
            </details>
          </>
        );
      }}</Answer>
    </section>
  );
}

/* ---- what is theirs ---- */

function EraseForm({ series, onDone }) {
  const { t, exact } = useWords();
  const [range, setRange] = useState({ from: addDays(today(series.zone), -365), to: today(series.zone) });
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  const run = async (isReal) => {
    setProblem(null);
    try {
      const { data } = await ask('POST', '/api/v1/readings/erase', { series: series.code, from: range.from,
        to: addDays(range.to, 1), count_only: !isReal, reason: t('mine.eraseReason') });
      if (isReal) onDone(data.readings);
      else setFound(data);
    } catch (refusal) { setProblem(refusal); }
  };
  const change = (name) => (event) => {
    setFound(null);
    setRange({ ...range, [name]: event.target.value });
  };
  return (
    <div className="erase">
      <p>{t('mine.eraseHow')}</p>
      <div className="erase-days">
        <label className="field"><span>{t('mine.from')}</span>
          <input type="date" value={range.from} onChange={change('from')} /></label>
        <label className="field"><span>{t('mine.to')}</span>
          <input type="date" value={range.to} onChange={change('to')} /></label>
      </div>
      {problem && <ErrorBox problem={problem} />}
      {!found && <button type="button" onClick={() => run(false)}>{t('mine.count')}</button>}
      {found && (
        <div className="notice notice-warn" role="alert">
          <p>{t('mine.found', { n: exact(found.readings), bills: exact(found.bills) })}</p>
          {found.readings > 0
            && <button type="button" onClick={() => run(true)}>{t('mine.eraseNow')}</button>}
        </div>
      )}
    </div>
  );
}

function Mine({ meters }) {
  const { t, exact } = useWords();
  const [erasing, setErasing] = useState(null);
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState(null);
  const take = async (series) => {
    setProblem(null);
    try {
      await download(url('/api/v1/readings', { series: series.code, from: FIRST_DAY,
        to: addDays(today(series.zone), 1), format: 'csv', limit: ROWS_MOST }),
      `${series.code.replaceAll('/', '-')}.csv`);
    } catch (refusal) { setProblem(refusal); }
  };
  return (
    <section className="card mine">
      <h2>{t('mine.title')}</h2>
      <p className="soft">{t('mine.how')}</p>
      <ul className="plain">
        {meters.map((series) => (
          <li key={series.id}>
            <strong>{series.name}</strong>
            <span className="actions">
              <button type="button" onClick={() => take(series)}>{t('mine.take')}</button>
              <button type="button" aria-expanded={erasing === series.id}
                onClick={() => { setNote(''); setErasing(erasing === series.id ? null : series.id); }}>
                {t('mine.erase')}
              </button>
            </span>
            {erasing === series.id && <EraseForm series={series}
              onDone={(n) => { setErasing(null); setNote(t('mine.erased', { n: exact(n) })); }} />}
          </li>
        ))}
      </ul>
      {note && <p className="notice" role="status">{note}</p>}
      {problem && <ErrorBox problem={problem} />}
    </section>
  );
}

/* The latest bill that was issued, as a statement on paper. */
function LastBill({ series }) {
  const { t, month } = useWords();
  const [problem, setProblem] = useState(null);
  const bills = useGet(url('/api/v1/core/bills', { series: series.id, state: 'issued', sort: '-period_from', limit: 1 }));
  const bill = bills.data?.items[0];
  if (!bill) return null;
  const take = () => download(`/api/v1/bills/${bill.id}/statement.pdf`, `${bill.number.replaceAll('/', '-')}.pdf`)
    .catch(setProblem);
  return (
    <>
      <button type="button" className="link" onClick={take}>
        {t('month.lastBill', { month: month(bill.period_from) })}</button>
      {problem && <ErrorBox problem={problem} />}
    </>
  );
}

export function ResidentHome({ me }) {
  const { t } = useWords();
  useView();
  const { meters, ...list } = useMeters(me.party);
  if (!me.party) return <Empty title={t('resident.noHome')} />;
  const power = meters.find((series) => series.sort === 'electricity');
  const registers = meters.filter((series) => series.kind === 'register');
  return (
    <Answer of={list} tall>{() => {
      if (meters.length === 0) {
        return (
          <Empty title={t('resident.noMeter')}>
            <p>{t('meter.emptyHow')}</p>
            <CurlLine series={`${me.party.code}/electricity`} value="1234.5" />
          </Empty>
        );
      }
      return (
        <>
          <div className="resident-month">
            {meters.map((series) => (
              <MonthCard key={series.id} series={series} kind={series.sort}><LastBill series={series} /></MonthCard>
            ))}
          </div>
          <div className="resident-side">
            {power && <Advice series={power} />}
            {registers.length > 0 && <ReadMeter meters={registers} />}
            <Mine meters={meters} />
          </div>
        </>
      );
    }}</Answer>
  );
}
