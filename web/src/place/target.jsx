/* target.jsx: one target: its number and what it is held against, who is behind it (missing ones
 * first), by which document, and what it rests on.
 *
 *   /target/<code>?year=2026
 */
import { useState } from 'react';
import { download, url, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { hasPage } from '../pages.js';
import { Link, hrefOf, set } from '../route.jsx';
import { identityOf } from '../shell/role.js';
import { SimulatedBadge, StateBadge, VerifiedBadge } from '../ui/badge.jsx';
import { saveCsv } from '../ui/download.js';
import { useTitle } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';
import { Answer, Empty, ErrorBox } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { TargetBar, WhyNumber, goalText, valueText, whyTarget } from './bars.jsx';
import { usePlaceStanding, yearOf } from './place.jsx';
import { Verdict } from './verdict.jsx';
import './place.css';

/* Who answers by a case file is a firm, who answers by a report has the report's page. */
function pageOfMember({ type, id, code }) {
  if (type === 'programme.report') {
    return hrefOf(hasPage('report') ? ['report', String(id)] : ['records', 'programme', 'reports', String(id)]);
  }
  return code ? hrefOf(['firm', code]) : null;
}

/* One member passes or fails what the target asks of all. */
const WORD = { passes: 'reached', fails: 'behind' };

function Member({ member }) {
  const { t, pick, exact } = useWords();
  const to = pageOfMember(member);
  const has = member.unit && member.value !== null && member.value !== undefined;
  return (
    <tr role="row"
      className={!member.verdict || member.verdict === 'not_known' ? 'member-missing' : undefined}>
      <th scope="row" role="rowheader">
        {to ? <Link to={to}>{member.name}</Link> : member.name}
        <span className="soft block">{member.code}</span>
      </th>
      <td className="num" role="cell">{has && (
        <strong>{exact(member.value)} <span className="unit">
          {member.unit === '% reduction' ? '%' : unitText(member.unit)}</span></strong>)}</td>
      <td role="cell">{member.verdict && <Verdict value={WORD[member.verdict] ?? member.verdict} />}</td>
      <td role="cell"><StateBadge value={member.state} /></td>
      <td className="soft" role="cell">
        {pick(member, 'sentence')}
        {member.type === 'industry.case' && (
          <> <Link to={hrefOf(['case', String(member.id)])}>{t('target.case')}</Link></>
        )}
      </td>
    </tr>
  );
}

function save(name, members) {
  const columns = ['type', 'id', 'code', 'name', 'value', 'unit', 'state', 'verdict'];
  saveCsv(name, [columns, ...members.map((member) => columns.map((column) => member[column]))]);
}

/* Who answered is not for everybody; in the demonstration one may look through an officer's eyes. */
function Hidden({ count }) {
  const { t, number } = useWords();
  const { data } = useMeta();
  const officer = identityOf(data?.identities, 'officer');
  return (
    <Empty title={t('target.hidden', { n: number(count) })}>
      <p>{t('target.hiddenWhy')}</p>
      {officer && (
        <button type="button" className="no-print" onClick={() => set({ as: officer.name })}>
          {t('target.asOfficer')}</button>
      )}
    </Empty>
  );
}

const FIRST = 25;

/* What the members said, as a sheet: their case files, or the answers of their reports. */
function sheetOf(target, year) {
  if (target.measured_by?.startsWith('industry.')) return url('/api/v1/industry/cases.xlsx', { year });
  return url('/api/v1/programme/reports/answers.xlsx', {
    target: target.id, from: `${year}-01-01`, to: `${Number(year) + 1}-01-01` });
}

function Members({ target, year }) {
  const { t, number } = useWords();
  const firms = useGet(url('/api/v1/programme/do/target_firms', { target: target.id }));
  const [isAll, setAll] = useState(false);
  const [problem, setProblem] = useState(null);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('target.who')}</h2>
        {firms.data?.members?.length > 0 && (
          <div className="actions no-print">
            <button type="button" onClick={() => save(`${target.code}-${year}`, firms.data.members)}>
              CSV</button>
            <button type="button" onClick={() => download(sheetOf(target, year),
              `${target.code}-${year}.xlsx`).catch(setProblem)}>XLSX</button>
          </div>
        )}
        {problem && <ErrorBox problem={problem} />}
      </div>
      <Answer of={firms} tall>{({ members = [] }) => {
        if (!members.length && firms.data.hidden > 0) return <Hidden count={firms.data.hidden} />;
        if (!members.length) return <Empty title={t('target.nobody')} />;
        return (
          <>
            <p className="sentence">{t('target.count', { n: number(members.length) })}</p>
            <div className="scroll" tabIndex={0} role="region" aria-label={t('target.who')}>
              <table className="members" role="table">
                <thead role="rowgroup">
                  <tr role="row">
                    <th role="columnheader">{t('target.member')}</th>
                    <th role="columnheader" className="num">{t('bars.value')}</th>
                    <th role="columnheader">{t('targets.standing')}</th>
                    <th role="columnheader">{t('records.state')}</th>
                    <th role="columnheader">{t('target.said')}</th>
                  </tr>
                </thead>
                <tbody role="rowgroup">{(isAll ? members : members.slice(0, FIRST)).map((member, i) => (
                  <Member key={`${member.type}-${member.id}-${i}`} member={member} />
                ))}</tbody>
              </table>
            </div>
            {!isAll && members.length > FIRST && (
              <button type="button" className="no-print" onClick={() => setAll(true)}>
                {t('target.all', { n: number(members.length) })}</button>
            )}
          </>
        );
      }}</Answer>
    </section>
  );
}

/* The address of this view, to hand on. */
function Share() {
  const { t } = useWords();
  const [isDone, setDone] = useState(false);
  const share = async () => {
    try {
      await navigator.clipboard.writeText(window.location.href);
      setDone(true);
    } catch {
      window.prompt(t('target.share'), window.location.href);
    }
  };
  return (
    <button type="button" onClick={share}>{isDone ? t('target.shared') : t('target.share')}</button>
  );
}

function Tools() {
  const { t } = useWords();
  return (
    <div className="toolbar no-print">
      <Share />
      <button type="button" onClick={() => window.print()}>{t('target.print')}</button>
    </div>
  );
}

/* "programme.awareness_parks" by its name. */
function Indicator({ code }) {
  const { pick } = useWords();
  const meta = useMeta();
  const about = meta.data?.rooms.flatMap((room) => room.indicators ?? [])
    .find((one) => one.name === code);
  return <>{about && pick(about, 'label')} <code className="soft">{code}</code></>;
}

function About({ record, measuredBy }) {
  const { t, day } = useWords();
  const years = [record.period_from, record.period_to].filter(Boolean)
    .filter((one, i, all) => all.indexOf(one) === i)
    .map((one) => (String(one).length > 4 ? day(one) : one)).join('–');
  return (
    <section className="panel">
      <h2>{t('target.about')}</h2>
      <dl className="pairs">
        <div><dt>{t('target.text')}</dt><dd>{record.indicator}</dd></div>
        {record.scope && <div><dt>{t('target.scope')}</dt><dd>{record.scope}</dd></div>}
        {years && <div><dt>{t('targets.years')}</dt><dd>{years}</dd></div>}
        <div><dt>{t('bars.document')}</dt><dd>{record.document || t('targets.noDocument')}</dd></div>
        <div><dt>{t('why.source')}</dt><dd>{record.source}{' '}
          <VerifiedBadge value={record.verified} /></dd></div>
        {measuredBy && <div><dt>{t('target.measuredBy')}</dt><dd><Indicator code={measuredBy} /></dd></div>}
        {record.note && <div><dt>{t('target.note')}</dt><dd>{record.note}</dd></div>}
      </dl>
      <p className="no-print"><Link to={hrefOf(['records', 'programme', 'targets', String(record.id)])}>
        {t('target.record')}</Link></p>
    </section>
  );
}

function Answered({ target, data, year }) {
  const words = useWords();
  const { t, pick } = words;
  return (
    <section className="panel target-answer">
      <div className="target-line">
        <p className="big">
          <WhyNumber about={whyTarget(target, year)} label={pick(target, 'label')} className="big-value">
            {valueText(target, words)}
          </WhyNumber>
          <Why about={{ record: 'programme.target', id: target.id, from: `${year}-01-01`,
            to: `${Number(year) + 1}-01-01` }} label={pick(target, 'label')} />
        </p>
        <Verdict value={target.verdict} />
      </div>
      <TargetBar target={target} height={22} />
      <p className="target-note">
        <span>{goalText(target, words)}</span>
        {data.is_simulated && <SimulatedBadge />}
      </p>
      {pick(target, 'sentence') && <p className="sentence">{pick(target, 'sentence')}</p>}
      {target.missing > 0 && (
        <p className="notice notice-warn">{t('target.isMissing', { n: target.missing })}</p>
      )}
    </section>
  );
}

export function TargetPage({ view }) {
  const { t, pick } = useWords();
  const code = view.path[1] ?? '';
  const record = useGet(`/api/v1/programme/targets/by/code/${encodeURIComponent(code)}`);
  const wanted = yearOf(view) || String(record.data?.period_from ?? '').slice(0, 4);
  const standing = usePlaceStanding('', wanted);
  const target = standing.data?.targets?.find((one) => one.code === code);
  const year = standing.data?.year ?? wanted;
  const label = pick(target, 'label') || pick(record.data, 'label') || record.data?.indicator;
  useTitle(label);
  return (
    <Answer of={record} tall>{(data) => (
      <>
        <div className="page-head">
          <p className="crumbs"><Link to={hrefOf([], { year: yearOf(view) })}>
            {pick(standing.data, 'title') || t('nav.place')}</Link></p>
          <h1>{label}</h1>
        </div>
        <Tools />
        {target ? <Answered target={target} data={standing.data} year={year} />
          : standing.data && <p className="notice">{t('target.elsewhere')}</p>}
        <Members target={data} year={year} />
        <About record={data} measuredBy={target?.measured_by ?? data.measured_by} />
      </>
    )}</Answer>
  );
}
