/* officer.jsx: what an officer opens first: where the targets stand, what waits for a decision, who is
 * late. */
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { today } from '../ui/dates.js';
import { Answer } from '../ui/state.jsx';
import { StandingCard } from './standing_card.jsx';

const SHOWN = 5;

function ToReview() {
  const { t, exact, day } = useWords();
  const waiting = useGet(url('/api/v1/programme/reports', { state: 'submitted', limit: SHOWN, count: 1 }));
  const cases = useGet(url('/api/v1/industry/cases', { state: 'submitted', limit: SHOWN, count: 1 }));
  const count = Number(waiting.data?.count ?? 0) + Number(cases.data?.count ?? 0);
  return (
    <section className="card">
      <h2>{t('officer.review')}</h2>
      <Answer of={waiting}>{(data) => (
        <>
          <p className="big"><span className="big-value">{exact(count)}</span>
            <span className="big-unit">{t('officer.waiting')}</span></p>
          <ul className="rows">
            {data.items.map((report) => (
              <li key={report.id}>
                <span><Link to={hrefOf(['review'], { report: report.id })}>{report.party_label ?? report.title}</Link>
                  <span className="soft block">{report.duty_label ?? report.title}</span></span>
                <span className="num">{report.submitted_at && day(report.submitted_at)}</span>
              </li>
            ))}
            {(cases.data?.items ?? []).map((file) => (
              <li key={`case${file.id}`}>
                <span><Link to={hrefOf(['case', String(file.id)])}>{file.party_label ?? file.title}</Link>
                  <span className="soft block">{file.title}</span></span>
              </li>
            ))}
          </ul>
        </>
      )}</Answer>
      <p><Link className="button primary" to={hrefOf(['review'])}>{t('officer.openReview')}</Link></p>
    </section>
  );
}

function Late() {
  const { t, exact } = useWords();
  const late = useGet(url('/api/v1/programme/reports/overdue', { day: today() }));
  return (
    <section className="card">
      <h2>{t('officer.late')}</h2>
      <Answer of={late}>{({ items }) => (
        <>
          <p className="big"><span className="big-value">{exact(items.length)}</span>
            <span className="big-unit">{t('officer.lateUnit')}</span></p>
          <ul className="rows">
            {items.slice(0, SHOWN).map((row) => (
              <li key={row.duty}>
                <span>{row.party_name ?? row.place_name ?? row.who_owes}
                  <span className="soft block">{row.title}</span></span>
                <span className="num late-days">{t('late.days', { n: row.days_late })}</span>
              </li>
            ))}
          </ul>
        </>
      )}</Answer>
      <p className="actions">
        <Link className="button" to={hrefOf(['review'], { tab: 'late' })}>{t('officer.openLate')}</Link>
        <Link className="button" to={hrefOf(['report', 'new'])}>{t('officer.write')}</Link>
      </p>
    </section>
  );
}

export function OfficerHome() {
  const { t } = useWords();
  return (
    <>
      <StandingCard title={t('officer.targets')} />
      <ToReview />
      <Late />
    </>
  );
}
