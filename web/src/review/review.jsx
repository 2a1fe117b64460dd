/* review.jsx: the officer's desk: what waits, what was returned, what is late, what is done; one
 * opened beside the list. j and k walk, a approves, r returns, / searches. */
import { useEffect, useRef, useState } from 'react';
import { ask, download, getAll, url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, go, hrefOf, set, useView } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { today } from '../ui/dates.js';
import { fold } from '../ui/fold.js';
import { useTitle } from '../ui/hooks.js';
import { Answer, Empty, ErrorBox } from '../ui/state.jsx';
import { LateRow } from './late.jsx';
import { ReportView } from './view.jsx';
import './review.css';

const REPORTS = '/api/v1/programme/reports';
const CASES = '/api/v1/industry/cases';
const TABS = ['submitted', 'returned', 'late', 'approved'];

/* Reports and case files in a state; who may not see one kind sees the other. */
async function readQueue(state) {
  const [reports, cases] = await Promise.all([
    getAll(REPORTS, { state }),
    getAll(CASES, { state }).catch(() => ({ items: [] })),
  ]);
  return [...reports.items.map((item) => ({ ...item, sort: 'report' })),
    ...cases.items.map((item) => ({ ...item, sort: 'case' }))];
}
const readLate = (path) => ask('GET', path).then(({ data }) => data.items);
const latePath = () => url(`${REPORTS}/overdue`, { day: today() });

function useQueue(tab) {
  const queue = useGet(tab === 'late' ? null : tab, readQueue);
  const late = useGet(tab === 'late' ? latePath() : null, readLate);
  return tab === 'late' ? late : queue;
}

/* ---- what is shown of it ---- */

/* What a report is about: its duty, or the first words of its title. */
const aboutOf = (item) => item.duty_label ?? item.title.split(',')[0];
/* The one that is open stands in the query, so that the list beside it stays where it is. */
const addressOf = (item, { tab, about, q }) => hrefOf(['review'], { tab, about, q, report: item.id });
const whereOf = (item) => item.place_label ?? item.place_name ?? '';
const whoOf = (item) => item.party_label ?? item.party_name ?? item.who_owes ?? '';

function filtered(items, { about, text }) {
  const wanted = fold(text ?? '');
  return items.filter((item) => (!about || (item.duty ? aboutOf(item) : item.title) === about)
    && (!wanted || fold(`${whoOf(item)} ${whereOf(item)} ${item.title}`).includes(wanted)));
}

function Filters({ items, query }) {
  const { t } = useWords();
  const about = [...new Set(items.map((item) => (item.duty ? aboutOf(item) : item.title)))].sort();
  return (
    <div className="review-filters no-print">
      <label><span className="hidden">{t('review.about')}</span>
        <select value={query.about ?? ''} onChange={(event) => set({ about: event.target.value })}>
          <option value="">{t('review.allAbout')}</option>
          {about.map((one) => <option key={one} value={one}>{one}</option>)}
        </select>
      </label>
      <label><span className="hidden">{t('review.search')}</span>
        <input id="review-search" type="search" placeholder={t('review.search')} value={query.q ?? ''}
          onChange={(event) => set({ q: event.target.value }, { isReplacing: true })} />
      </label>
    </div>
  );
}

function Tabs({ tab }) {
  const { t } = useWords();
  return (
    <nav className="segments review-tabs no-print" aria-label={t('review.title')}>
      {TABS.map((one) => (
        <button key={one} type="button" aria-pressed={one === tab}
          onClick={() => go(hrefOf(['review'], { tab: one }))}>{t(`review.tab.${one}`)}</button>
      ))}
    </nav>
  );
}

/* A case file has a page of its own; its file is at hand here already. */
function CaseFile({ item }) {
  const name = `${item.code}.xlsx`;
  return (
    <button type="button" className="review-file no-print" aria-label={`XLSX, ${item.title}`}
      onClick={() => download(url(`${CASES}.xlsx`, { code: item.code }), name)}>XLSX</button>
  );
}

function Row({ item, isHere, query }) {
  const { t, day } = useWords();
  const to = item.sort === 'case' ? hrefOf(['case', String(item.id)])
    : addressOf(item, query);
  return (
    <li className={item.sort === 'case' ? 'review-case' : undefined}>
      <Link to={to} className="review-row" aria-current={isHere ? 'true' : undefined}>
        <strong>{whoOf(item) || item.title}</strong>
        <span className="soft block">{item.sort === 'case' ? item.title : aboutOf(item)}</span>
        <span className="soft block">{item.sort === 'case' ? t('review.case')
          : [whereOf(item), item.submitted_at && day(item.submitted_at)].filter(Boolean).join(' · ')}</span>
      </Link>
      {item.sort === 'case' && <CaseFile item={item} />}
    </li>
  );
}

/* ---- one report ---- */

function ReturnForm({ onReturn, onCancel, isBusy }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  const [error, setError] = useState('');
  const field = useRef(null);
  useEffect(() => field.current?.focus(), []);
  const submit = (event) => {
    event.preventDefault();
    if (!reason.trim()) { setError(t('form.missing')); return; }
    onReturn(reason.trim());
  };
  return (
    <form className="return-form" onSubmit={submit}>
      <label className="field"><span>{t('review.reason')}</span>
        <textarea ref={field} rows="3" value={reason} onChange={(event) => setReason(event.target.value)} /></label>
      {error && <p className="field-error" role="alert">{error}</p>}
      <div className="actions">
        <button type="submit" disabled={isBusy}>{t('review.return')}</button>
        <button type="button" className="quiet" onClick={onCancel}>{t('form.cancel')}</button>
      </div>
    </form>
  );
}

function Decide({ report, isReturning, setReturning, decide, state, onNext }) {
  const { t } = useWords();
  const may = (verb) => report.may?.includes(verb);
  return (
    <div className="decide no-print">
      <div className="actions">
        {may('approve') && <button type="button" className="primary" disabled={state.isBusy}
          onClick={() => decide('approve', {})}>{t('review.approve')} <kbd>a</kbd></button>}
        {may('return') && !isReturning && <button type="button" onClick={() => setReturning(true)}>
          {t('review.returnHow')} <kbd>r</kbd></button>}
        {onNext && <button type="button" onClick={onNext}>{t('review.next')} <kbd>j</kbd></button>}
        <button type="button" onClick={() => download(url(`${REPORTS}.xlsx`, { id: report.id }), `report-${report.id}.xlsx`)}>
          {t('review.xlsx')}</button>
        <button type="button" onClick={() => window.print()}>{t('review.print')}</button>
      </div>
      {isReturning && <ReturnForm isBusy={state.isBusy} onCancel={() => setReturning(false)}
        onReturn={(reason) => decide('return', { reason })} />}
      {state.problem && <ErrorBox problem={state.problem} />}
    </div>
  );
}

const isTyping = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;

/* One letter each; not while somebody types, or with a key that means something to the browser. */
function useKeys(keys) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)
        || document.querySelector('dialog[open]')) return;
      const run = latest.current[event.key];
      if (run) { event.preventDefault(); run(); }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

function Opened({ id, onDone, onNext, onBefore, say }) {
  const { t } = useWords();
  const report = useGet(`${REPORTS}/${id}`);
  const [isReturning, setReturning] = useState(false);
  const [state, setState] = useState({});
  const decide = async (verb, body) => {
    setState({ isBusy: true });
    try {
      await ask('POST', `${REPORTS}/${id}/${verb}`, body, { 'If-Match': `"${report.data.version}"` });
      say(t(`review.said.${verb}`, { title: report.data.title }));
      onDone();
    } catch (problem) { setState({ problem }); }
  };
  const may = (verb) => report.data?.may?.includes(verb) && !state.isBusy;
  useKeys({
    j: () => onNext?.(),
    k: () => onBefore?.(),
    a: () => may('approve') && decide('approve', {}),
    r: () => may('return') && setReturning(true),
    '/': () => document.getElementById('review-search')?.focus(),
  });
  return (
    <Answer of={report} tall>{(data) => (
      <ReportView report={data} level="h2">
        <Decide report={data} {...{ isReturning, setReturning, decide, state, onNext }} />
      </ReportView>
    )}</Answer>
  );
}

/* ---- the desk ---- */

function LateList({ rows }) {
  const { t } = useWords();
  if (rows.length === 0) return <Empty title={t('review.none.late')} />;
  return <ul className="plain late-list">{rows.map((row) => <LateRow key={row.duty} row={row} />)}</ul>;
}

function Desk({ items, tab, id, query, reload }) {
  const { t } = useWords();
  const [said, setSaid] = useState('');
  const shown = filtered(items, { about: query.about, text: query.q });
  const reports = shown.filter((item) => item.sort === 'report');
  const at = reports.findIndex((item) => String(item.id) === id);
  const open = (item) => set({ report: item.id });
  const next = reports[at + 1];
  const before = at > 0 ? reports[at - 1] : null;
  const done = () => {
    const after = next ?? before;
    reload();
    set({ report: after?.id ?? '' });
  };
  useKeys(id ? {} : { j: () => reports[0] && open(reports[0]),
    '/': () => document.getElementById('review-search')?.focus() });
  return (
    <>
      <div role="status">{said && <p className="notice">{said}</p>}</div>
      <Filters items={items} query={query} />
      {tab === 'late' ? <LateList rows={shown} /> : (
        <div className={id ? 'desk desk-open' : 'desk'}>
          <section className="desk-list no-print" aria-label={t(`review.tab.${tab}`)}>
            {shown.length === 0 ? <Empty title={t(`review.none.${tab}`)} /> : (
              <ul className="plain">
                {shown.map((item) => <Row key={`${item.sort}${item.id}`} item={item} query={query}
                  isHere={item.sort === 'report' && String(item.id) === id} />)}
              </ul>
            )}
          </section>
          <section className="desk-report">
            {id ? <Opened key={id} id={id} say={setSaid} onDone={done}
              onNext={next ? () => open(next) : null} onBefore={before ? () => open(before) : null} />
              : shown.length > 0 && <p className="soft desk-hint">{t('review.pick')}</p>}
          </section>
        </div>
      )}
    </>
  );
}

export function ReviewPage({ view }) {
  const { t } = useWords();
  const { query } = useView();
  useTitle(t('review.title'));
  const tab = TABS.includes(query.tab) ? query.tab : 'submitted';
  const queue = useQueue(tab);
  const id = query.report ?? view.path[1];
  const xlsx = tab === 'late' ? url(`${REPORTS}/overdue.xlsx`, { day: today() }) : url(`${REPORTS}.xlsx`, { state: tab });
  return (
    <>
      <div className="page-head review-head">
        <h1>{t('review.title')}</h1>
        <p className="soft no-print review-keys">{t('review.keys')}</p>
      </div>
      <div className="toolbar no-print">
        <Tabs tab={tab} />
        <button type="button" onClick={() => download(xlsx, `${tab}.xlsx`)}>{t('review.listXlsx')}</button>
      </div>
      <Answer of={queue} tall>{(items) => (
        <Desk {...{ items, tab, id, query }} reload={queue.reload} />
      )}</Answer>
    </>
  );
}
