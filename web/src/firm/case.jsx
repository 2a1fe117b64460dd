/* case.jsx: a case file of a cleaner-production assessment: what was saved, the six steps with their
 * tasks, results before and after, options, balances, and what may be done with it now. */
import { useState } from 'react';
import { download, url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { History } from '../records/history.jsx';
import { Verbs } from '../records/verbs.jsx';
import { SimulatedBadge, StateBadge, VerifiedBadge } from '../ui/badge.jsx';
import { useTitle } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';
import { Empty, ErrorBox, Waiting } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { Locked, Section, isKnown, isRefused, useChoice, useList } from './asked.jsx';
import { cutText, stepsOf, useTasks } from './cases.jsx';
import { useRecord } from './measure.jsx';
import { OptionsTable } from './options.jsx';
import { BalanceCards } from './records.jsx';
import './firm.css';

const PATH = '/api/v1/industry/cases';
const KINDS = ['material', 'energy', 'dust', 'wastewater'];

function Heading({ file, party }) {
  const { t, day } = useWords();
  useTitle(file.title);
  return (
    <div className="page-head">
      <p className="crumbs">
        {party ? <Link to={hrefOf(['firm', party.code])}>{party.name}</Link> : file.party_label}
        {' '}<span aria-hidden="true">›</span> {t('firm.cases')}
      </p>
      <h1>{file.title} {party?.is_simulated && <SimulatedBadge />}</h1>
      <p className="measure-state">
        <StateBadge value={file.state} />
        <span className="soft">{[file.year, file.code, file.focus
          && t('case.focus', { focus: file.focus })].filter(Boolean).join(' · ')}</span>
        {isKnown(file.period_from) && (
          <span className="soft">{day(file.period_from)} – {day(file.period_to)}</span>
        )}
        <Why label={file.title} about={{ record: 'industry.case', id: file.id }} />
      </p>
    </div>
  );
}

/* A result that readings measure has no number of its own: what was measured is told by its reason. */
function useMeasured(file) {
  const isMeasured = (file.results ?? []).some((row) => row.line && !isKnown(row.after));
  const { data } = useGet(isMeasured ? url('/api/v1/why', { record: 'industry.case', id: file.id }) : null);
  return (kind) => {
    const row = (file.results ?? []).find((one) => one.kind === kind && one.line && !isKnown(one.after));
    return row && data?.parts.find(({ href }) => href?.includes(`record=industry.line&id=${row.line}`));
  };
}

function Numbers({ file }) {
  const { t, number, pick } = useWords();
  const measuredOf = useMeasured(file);
  return (
    <div className="case-numbers">
      {KINDS.filter((kind) => isKnown(file[`${kind}_cut_percent`])
        || (file.results ?? []).some((row) => row.kind === kind)).map((kind) => {
        const cut = file[`${kind}_cut_percent`];
        const measured = measuredOf(kind);
        return (
          <section key={kind} className="card">
            <h2 className="card-title">{t(`case.kind.${kind}`)}</h2>
            {measured && !isKnown(cut) ? (
              <>
                <p><strong>{pick(measured, 'label').replace(/^[^:]*: /, '')}</strong></p>
                <p className="soft">{t('case.measured')}</p>
              </>
            ) : <p className="big big-small">{isKnown(cut) ? cutText(cut, number) : '–'}</p>}
          </section>
        );
      })}
    </div>
  );
}

/* ---- the six steps ---- */

function Task({ task }) {
  const { t, pick, day } = useWords();
  return (
    <li>
      <span className={task.is_done ? 'tick' : 'todo'} aria-hidden="true">{task.is_done ? '✓' : '○'}</span>
      <span>
        <span className="hidden">{t(task.is_done ? 'case.isDone' : 'case.isOpen')}: </span>
        {task.task_no}. {pick(task, 'task')}{' '}
        {task.verified !== 'yes' && <VerifiedBadge value={task.verified} />}
        {isKnown(task.done) && <span className="soft"> · {day(task.done)}</span>}
        {task.note && <span className="soft block">{task.note}</span>}
      </span>
    </li>
  );
}

function Steps({ file }) {
  const { t, pick } = useWords();
  const answer = useTasks(file);
  return (
    <Section id="steps" title={t('case.steps')} of={answer}>
      <p className="soft">{t('case.tasksDone', {
        n: answer.data?.done_count, of: answer.data?.task_count,
      })}</p>
      <div className="case-steps">
        {stepsOf(answer.data?.tasks ?? []).map(([step, tasks]) => (
          <section key={step}>
            <h3>{step}. {pick(tasks[0], 'step')}</h3>
            <ul className="tasks">{tasks.map((task) => <Task key={task.task_no} task={task} />)}</ul>
          </section>
        ))}
      </div>
    </Section>
  );
}

/* ---- results ---- */

function Results({ file }) {
  const { t, exact } = useWords();
  const { word } = useChoice('industry.case');
  const rows = file.results ?? [];
  return (
    <section className="panel" aria-labelledby="results-title">
      <h2 id="results-title">{t('case.results')}</h2>
      {rows.length === 0 ? <Empty title={t('case.noResults')} /> : (
        <div className="scroll" tabIndex={0} role="region" aria-label={t('firm.table', { of: t('case.results') })}>
          <table>
            <thead><tr><th>{t('case.what')}</th><th className="num">{t('case.before')}</th>
              <th className="num">{t('case.after')}</th><th>{t('case.note')}</th></tr></thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i}>
                  <td>{word('kind', row.kind, 'results')}</td>
                  <td className="num">{exact(row.before)} {unitText(row.unit)}</td>
                  <td className="num">{isKnown(row.after) ? `${exact(row.after)} ${unitText(row.unit)}`
                    : !row.line && '–'}
                    {row.line && (
                      <span className="block soft">{t('case.measured')}{' '}
                        <Why label={row.line_label} about={{ record: 'industry.line', id: row.line }} /></span>
                    )}</td>
                  <td className="case-note">{row.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/* UNIDO's indicators: product for what is used, waste for a product. */
function Intensities({ file }) {
  const { t, number, exact, pick } = useWords();
  const fine = (value) => (isKnown(value) && Math.abs(value) < 1
    ? exact(Number(Number(value).toPrecision(3))) : number(value));
  const { data } = useGet(url('/api/v1/industry/do/intensities', { case_file: file.id }));
  const rows = (data?.intensities ?? []).filter((row) => isKnown(row.before) || isKnown(row.after));
  if (!rows.length) return null;
  return (
    <section className="panel" aria-labelledby="intensities-title">
      <h2 id="intensities-title">{t('case.intensities')}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label={t('firm.table', { of: t('case.intensities') })}>
        <table>
          <thead><tr><th>{t('case.what')}</th><th className="num">{t('case.before')}</th>
            <th className="num">{t('case.after')}</th><th>{t('case.unit')}</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.number}><td>{row.number} · {pick(row, 'label')}</td>
                <td className="num">{fine(row.before)}</td><td className="num">{fine(row.after)}</td>
                <td>{unitText(row.unit)}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/* The firm's balances in the file's period, with their terms. */
function Balances({ file }) {
  const { t } = useWords();
  const { data } = useGet(url('/api/v1/industry/do/balances', { case_file: file.id }));
  const items = (data?.balances ?? []).map((one) => ({ ...one, id: one.balance,
    terms: data.terms.filter((term) => term.balance === one.balance) }));
  if (!items.length) return null;
  return (
    <section className="panel" aria-labelledby="balances-title">
      <h2 id="balances-title">{t('firm.balances')}</h2><BalanceCards items={items} />
    </section>
  );
}

function Files({ file }) {
  const { t } = useWords();
  const [problem, setProblem] = useState(null);
  const take = (ending) => download(`${PATH}.${ending}?code=${encodeURIComponent(file.code)}`,
    `${file.code}.${ending}`).then(() => setProblem(null), setProblem);
  return (
    <div className="toolbar no-print">
      <button type="button" onClick={() => take('xlsx')}>XLSX</button>
      <button type="button" onClick={() => window.print()}>{t('case.print')}</button>
      {file.may?.includes('edit') && (
        <Link className="button" to={hrefOf(['records', 'industry', 'cases', String(file.id)], { edit: 1 })}>
          {t('records.edit')}</Link>
      )}
      {problem && <ErrorBox problem={problem} />}
    </div>
  );
}

function CaseFile({ file, etag, round, reload }) {
  const { t } = useWords();
  const { type } = useChoice('industry.case');
  const party = useGet(file.party ? `/api/v1/core/parties/${file.party}` : null);
  const options = useList('industry/options', { case_file: file.id });
  return (
    <>
      <Heading file={file} party={party.data} />
      <Files file={file} />
      {type && <Verbs key={`${file.version} ${round}`} type={type} record={file} etag={etag} onChange={reload} />}
      <Numbers file={file} />
      <Results file={file} />
      <Steps file={file} />
      <section className="panel" aria-labelledby="options-title">
        <h2 id="options-title">{t('option.title')}</h2>
        {options.items.length === 0 ? <Empty title={t('option.none')} /> : <OptionsTable items={options.items} />}
      </section>
      <Intensities file={file} />
      <Balances file={file} />
      {type && <History key={`h ${file.version} ${round}`} type={type} record={file} />}
    </>
  );
}

export function CasePage({ view }) {
  const { record, etag, error, round, reload } = useRecord(PATH, view.path[1] ?? '');
  if (error && isRefused(error)) return <Locked />;
  if (error) return <ErrorBox problem={error} onRetry={reload} />;
  if (!record) return <Waiting tall />;
  return <CaseFile file={record} {...{ etag, round, reload }} />;
}
