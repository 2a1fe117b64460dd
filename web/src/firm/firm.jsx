/* firm.jsx: the page of a firm: the answer first, whether it keeps the norm; then the months, what
 * new hours would cost it, what it does, what it owes and what it paid. */
import { useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { SimulatedBadge, StateBadge } from '../ui/badge.jsx';
import { useTitle } from '../ui/hooks.js';
import { ErrorBox, Waiting } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { Locked, isRefused, useChoice, useList } from './asked.jsx';
import { CasesPanel, Cuts } from './cases.jsx';
import { MeasuresPanel } from './measures.jsx';
import { OptionsPanel } from './options.jsx';
import { PeakPanel } from './peak.jsx';
import { ProcessPanel } from './process.jsx';
import { BalancesPanel, BillsPanel, DutiesPanel } from './records.jsx';
import { LinePanel } from './sec.jsx';
import './firm.css';

/* The meter that the firm pays by: the main one, else the one that is called so. */
function mainMeter(items) {
  const all = items.filter((one) => one.unit === 'kWh' && one.tariff
    && ['use', '', null, undefined].includes(one.direction));
  return all.find((one) => one.is_main) ?? all.find((one) => /\/electricity$/.test(one.code)) ?? all[0];
}

function Heading({ party }) {
  const { t } = useWords();
  const { word } = useChoice('core.party');
  useTitle(party.name);
  return (
    <div className="page-head">
      <p className="crumbs">
        <Link to={hrefOf([])}>{t('nav.home')}</Link>
        {party.parent_label && <> <span aria-hidden="true">›</span> {party.parent_label}</>}
      </p>
      <h1>{party.name} {party.is_simulated && <SimulatedBadge />}</h1>
      <p className="soft">
        {[word('kind', party.kind), party.sector && t('firm.sector', { code: party.sector }),
          party.place_label].filter(Boolean).join(' · ')}
        {' · '}<Link to={hrefOf(['records', 'core', 'parties', String(party.id)])}>{t('firm.record')}</Link>
      </p>
    </div>
  );
}

/* A firm whose lines are not measured: what its newest file saved and what it paid last. */
function Summary({ cases, bills }) {
  const { t, month, moneyMinor } = useWords();
  const [file] = [...cases.items].sort((a, b) => b.year - a.year);
  const bill = bills.items.find((one) => one.state === 'issued');
  if (!file && !bill) return null;
  return (
    <div className="firm-summary">
      {file && (
        <section className="card">
          <h2 className="card-title">{t('firm.saved', { year: file.year })}</h2>
          <Cuts file={file} />
          <p className="measure-state"><StateBadge value={file.state} />
            <Why label={file.title} about={{ record: 'industry.case', id: file.id }} /></p>
        </section>
      )}
      {bill && (
        <section className="card">
          <h2 className="card-title">{t('biz.lastBill', { month: month(bill.period_from) })}</h2>
          <p className="big big-small">{moneyMinor(bill.total, bill.currency)}
            <Why label={bill.number} about={{ bill: bill.id }} /></p>
          <p className="soft">{bill.series_label}</p>
        </section>
      )}
    </div>
  );
}

const PARTS = ['peak', 'measures', 'options', 'cases', 'balances', 'duties', 'bills'];

function Jump({ shown }) {
  const { t } = useWords();
  return (
    <nav className="firm-jump no-print" aria-label={t('firm.parts')}>
      {PARTS.filter((part) => shown[part]).map((part) => (
        <a key={part} href={`#${part}`}>{t(`firm.part.${part}`)}</a>
      ))}
    </nav>
  );
}

function Body({ party }) {
  const of = { party: party.id };
  const lines = useList('industry/lines', of);
  const series = useList('core/series', { owner: party.id });
  const measures = useList('core/measures', of);
  const options = useList('industry/options', of);
  const cases = useList('industry/cases', { ...of, parts: 'true' });
  const balances = useList('core/balances', { parts: 'true', sort: '-period_from' });
  const duties = useList('core/duties', of);
  const bills = useList('core/bills', { owner: party.id, sort: '-period_from', limit: 24 });
  const own = { ...balances, items: balances.items.filter((one) => one.party === party.id) };
  const meter = mainMeter(series.items);
  /* Of a firm an empty list is told; of an office it would only be noise. */
  const has = (list) => list.items.length > 0 || (party.kind === 'firm' && list.data);
  const shown = { peak: meter, measures: has(measures), options: options.items.length,
    cases: has(cases), balances: own.items.length, duties: duties.data, bills: has(bills) };
  return (
    <>
      <Jump shown={shown} />
      {lines.data && !lines.items.length && <Summary cases={cases} bills={bills} />}
      {lines.items.map((line) => <LinePanel key={line.id} line={line} party={party} />)}
      {lines.items.map((line) => <ProcessPanel key={line.id} line={line} />)}
      {meter && <PeakPanel series={meter} />}
      {shown.measures && <MeasuresPanel list={measures} />}
      {(options.items.length > 0 || options.error) && <OptionsPanel list={options} />}
      {shown.cases && <CasesPanel list={cases} />}
      {own.items.length > 0 && <BalancesPanel list={own} />}
      <div className="firm-two">
        <DutiesPanel list={duties} />
        {shown.bills && <BillsPanel list={bills} />}
      </div>
    </>
  );
}

export function FirmPage({ view }) {
  const code = view.path.slice(1).join('/');
  const path = /^\d+$/.test(code) ? code : `by/code/${encodeURIComponent(code)}`;
  const party = useGet(`/api/v1/core/parties/${path}`);
  if (party.error && isRefused(party.error)) return <Locked />;
  if (party.error) return <ErrorBox problem={party.error} onRetry={party.reload} />;
  if (!party.data) return <Waiting tall />;
  return (
    <>
      <Heading party={party.data} />
      <Body party={party.data} />
    </>
  );
}
