/* view.jsx: one report as it was handed in: answers, evidence with its photos, the duty, what became
 * of it. */
import { useEffect, useState } from 'react';
import { download, getBlob, url, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { History } from '../records/history.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { addDays } from '../ui/dates.js';
import { unitText } from '../ui/number.jsx';
import { ErrorBox } from '../ui/state.jsx';
import './review.css';

const FILE = /^\/api\/v1\/files\/\d+$/;

/* A file of ours is fetched with the reader's rights; what strangers wrote is never an address that
 * this page opens. */
function OwnFile({ evidence }) {
  const { t } = useWords();
  const [state, setState] = useState({});
  useEffect(() => {
    let address = '';
    let isCurrent = true;
    getBlob(evidence.reference).then((blob) => {
      if (!isCurrent) return;
      address = URL.createObjectURL(blob);
      setState({ address, isPicture: blob.type.startsWith('image/') });
    }, (problem) => isCurrent && setState({ problem }));
    return () => { isCurrent = false; if (address) URL.revokeObjectURL(address); };
  }, [evidence.reference]);
  const take = () => download(evidence.reference, evidence.title).catch((problem) => setState({ problem }));
  if (state.problem) return <ErrorBox problem={state.problem} />;
  return (
    <figure className="evidence">
      {state.isPicture && <img src={state.address} alt={evidence.title} />}
      <figcaption>{evidence.title}{' '}
        <button type="button" className="link no-print" onClick={take}>{t('review.download')}</button></figcaption>
    </figure>
  );
}

function Evidence({ items }) {
  const { t, term } = useWords();
  if (items.length === 0) return <p className="soft">{t('review.noEvidence')}</p>;
  return (
    <ul className="plain evidence-list">
      {items.map((evidence, i) => (
        <li key={i}>
          {FILE.test(evidence.reference) ? <OwnFile evidence={evidence} /> : (
            <p><strong>{evidence.title}</strong>{' '}
              <span className="soft">{term('evidence', evidence.kind)}: {evidence.reference}</span></p>
          )}
          {evidence.note && <p className="soft">{evidence.note}</p>}
        </li>
      ))}
    </ul>
  );
}

function answerText(answer, question, { t, exact }) {
  if (question?.kind === 'yes_no') return t(Number(answer.value) > 0 ? 'yes' : 'no');
  const value = answer.value === null || answer.value === undefined
    ? `${exact(answer.numerator)} / ${exact(answer.denominator)}` : exact(answer.value);
  return `${value} ${unitText(answer.unit)}`;
}

function Answers({ report }) {
  const words = useWords();
  const { t, pick } = words;
  const form = useGet(report.duty ? url('/api/v1/programme/do/report_form', { duty: report.duty }) : null);
  const questionOf = (answer) => form.data?.questions.find((one) => one.target === answer.target);
  if (report.answers.length === 0) return <p className="soft">{t('review.noAnswers')}</p>;
  return (
    <dl className="answers">
      {report.answers.map((answer, i) => {
        const question = questionOf(answer);
        return (
          <div key={i}>
            <dt>{question ? pick(question, 'label') : answer.target_label}{' '}
              <Link className="soft" to={hrefOf(['target', answer.target_label])}>{answer.target_label}</Link></dt>
            <dd className="answer-value">{answerText(answer, question, words)}</dd>
            {answer.note && <dd className="soft">{answer.note}</dd>}
          </div>
        );
      })}
    </dl>
  );
}

function Facts({ report }) {
  const { t, day, time } = useWords();
  const duty = useGet(report.duty ? `/api/v1/core/duties/${report.duty}` : null);
  const facts = [
    [t('review.party'), report.party_label], [t('review.place'), report.place_label],
    [t('review.period'), `${day(report.period_from)} – ${day(addDays(report.period_to, -1))}`],
    [t('review.submitted'), report.submitted_at && time(report.submitted_at)],
    [t('review.due'), duty.data && day(duty.data.due)],
    [t('review.basis'), duty.data?.basis],
  ].filter(([, value]) => value);
  return (
    <dl className="pairs">
      {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

export function ReportView({ report, level: Title = 'h1', children }) {
  const Head = Title === 'h1' ? 'h2' : 'h3';
  const { t } = useWords();
  const { data } = useMeta();
  const type = data?.rooms.find((room) => room.name === 'programme')?.records
    .find((one) => one.name === 'report');
  return (
    <article className="report-view">
      <header>
        <Title tabIndex={-1}>{report.title}</Title>
        <p><StateBadge value={report.state} /></p>
      </header>
      {children}
      {report.review && (
        <div className="notice notice-warn"><p><strong>{t('report.returned')}</strong></p><p>{report.review}</p></div>
      )}
      <section><Head>{t('review.answers')}</Head><Answers report={report} /></section>
      {report.summary && <section><Head>{t('report.summary')}</Head><p>{report.summary}</p></section>}
      <section><Head>{t('review.evidence')}</Head><Evidence items={report.evidence} /></section>
      <section><Head>{t('review.facts')}</Head><Facts report={report} /></section>
      {type && <section className="review-history"><History type={type} record={report} /></section>}
    </article>
  );
}
