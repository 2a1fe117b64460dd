/* programme.jsx: what was promised and where it stands: indicators with numerator, denominator and
 * what is missing; targets by document, each with its verdict; reports and duties. The year stands
 * in the URL (?year=2026). */
import { url, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, set } from '../route.jsx';
import { today } from '../ui/dates.js';
import { useTitle } from '../ui/hooks.js';
import { Answer, Empty } from '../ui/state.jsx';
import { Badge, StateBadge } from '../ui/badge.jsx';
import { useFirst } from '../ui/more.jsx';
import { Indicator } from './indicator.jsx';
import { Targets } from './targets.jsx';
import './programme.css';

/* Rows of a list before its button. */
const FIRST = 12;

const inYear = (year) => ({ from: `${year}-01-01`, to: `${year + 1}-01-01` });

function YearPicker({ year }) {
  const { t } = useWords();
  const put = (value) => set({ year: value }, { isReplacing: true });
  return (
    <div className="period no-print" role="group" aria-label={t('period.label')}>
      <div className="period-step">
        <button type="button" onClick={() => put(year - 1)} aria-label={t('period.before')}>
          <span aria-hidden="true">‹</span>
        </button>
        <input type="number" value={year} min="1990" max="2100" aria-label={t('programme.year')}
          onChange={(event) => /^\d{4}$/.test(event.target.value) && put(event.target.value)} />
        <button type="button" onClick={() => put(year + 1)} aria-label={t('period.after')}>
          <span aria-hidden="true">›</span>
        </button>
      </div>
    </div>
  );
}

function Indicators({ rooms, year }) {
  const { t, pick } = useWords();
  const shown = rooms.filter((room) => room.indicators?.length > 0);
  return shown.map((room) => (
    <section key={room.name}>
      <h2>{room.name === 'programme' ? t('programme.indicators')
        : t('programme.indicatorsOf', { room: pick(room, 'label') })}</h2>
      <div className="indicators">
        {room.indicators.map((indicator) => (
          <Indicator key={indicator.name} about={indicator} range={inYear(year)} />
        ))}
      </div>
    </section>
  ));
}

function Reports() {
  const { t, day } = useWords();
  const reports = useGet(url('/api/v1/programme/reports', { limit: 50, sort: '-period_from' }));
  const { shown, more } = useFirst(reports.data?.items ?? [], FIRST);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('programme.reports')}</h2>
        <Link className="button primary no-print" to={hrefOf(['records', 'programme', 'reports', 'new'])}>
          {t('programme.newReport')}
        </Link>
      </div>
      <Answer of={reports}>{(data) => (data.items.length === 0 ? (
        <Empty title={t('programme.noReports')}><p>{t('programme.noReportsHow')}</p></Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={t('programme.reports')}>
          <table>
            <thead>
              <tr>
                <th>{t('programme.report')}</th><th>{t('programme.party')}</th>
                <th>{t('programme.period')}</th><th>{t('records.state')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((report) => (
                <tr key={report.id}>
                  <td><Link to={hrefOf(['records', 'programme', 'reports', String(report.id)])}>
                    {report.title}</Link></td>
                  <td>{report.party_label ?? report.place_label}</td>
                  <td>{day(report.period_from)}</td>
                  <td><StateBadge value={report.state} /></td>
                </tr>
              ))}
            </tbody>
          </table>
          {more}
        </div>
      ))}</Answer>
    </section>
  );
}

function Duties({ year }) {
  const { t, day, term } = useWords();
  const { from, to } = inYear(year);
  const duties = useGet(url('/api/v1/core/duties', {
    'due.ge': from, 'due.lt': to, sort: 'due', limit: 100,
  }));
  const { shown, more } = useFirst(duties.data?.items ?? [], FIRST);
  if (!duties.data?.items.length) return null;
  return (
    <section className="panel">
      <h2>{t('programme.duties')}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label={t('programme.duties')}>
        <table>
          <thead>
            <tr>
              <th>{t('programme.duty')}</th><th>{t('programme.party')}</th>
              <th>{t('programme.due')}</th><th>{t('programme.standing')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((duty) => (
              <tr key={duty.id}>
                <td><Link to={hrefOf(['records', 'core', 'duties', String(duty.id)])}>
                  {duty.title}</Link></td>
                <td>{duty.party_label ?? duty.place_label}</td>
                <td>{day(duty.due)}</td>
                <td><Badge kind={duty.standing === 'late' ? 'warn' : 'plain'}>
                  {term('standing', duty.standing)}</Badge></td>
              </tr>
            ))}
          </tbody>
        </table>
        {more}
      </div>
    </section>
  );
}

export function ProgrammePage({ view }) {
  const { t } = useWords();
  useTitle(t('nav.programme'));
  const meta = useMeta();
  const year = /^\d{4}$/.test(view.query.year ?? '') ? Number(view.query.year)
    : Number(today().slice(0, 4));
  return (
    <>
      <div className="page-head">
        <h1>{t('nav.programme')}</h1>
        <p className="lead">{t('programme.lead')}</p>
      </div>
      <YearPicker year={year} />
      <Answer of={meta} tall>{(data) => {
        const has = data.rooms.find((room) => room.name === 'programme');
        const order = [...data.rooms].sort((a, b) => (b.name === 'programme') - (a.name === 'programme'));
        const mayReport = has?.records?.some((type) => type.name === 'report'
          && type.may?.read !== 'not');
        return (
          <>
            {has && <Targets year={year} />}
            <Indicators rooms={order} year={year} />
            {mayReport && <Reports />}
            {has && <Duties year={year} />}
          </>
        );
      }}</Answer>
    </>
  );
}
