/* report.jsx: a report written on a phone, one thing at a time: the question, the evidence, a look at
 * it all. What is written is kept in this browser at every step, so that neither a lost network nor
 * a reload loses it; it is sent once, when there is a network. */
import { useEffect, useState } from 'react';
import { get, url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, useView } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { useTitle } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';
import { parseNumber } from '../ui/parse.js';
import { Answer, Empty, ErrorBox, Waiting } from '../ui/state.jsx';
import { ReportView } from '../review/view.jsx';
import { addToOutbox, newKey, useOutbox } from './outbox.js';
import { PhotoInput } from './photo.jsx';
import { SendState } from './send_state.jsx';
import { drop, keep, kept } from './store.js';
import './report.css';

const PATH = '/api/v1/programme/reports';
const draftKey = (who, duty) => `draft ${who} ${duty}`;

/* ---- which duty ---- */

function DutyList({ who }) {
  const { t, day } = useWords();
  const me = useGet('/api/v1/me');
  const sent = useOutbox(who).filter((item) => item.kind === 'report');
  const duties = useGet(me.data ? url('/api/v1/core/duties', { state: 'open', sort: 'due', limit: 200,
    record_type: 'programme.report', party: me.data.party?.id }) : null);
  const owed = duties.data?.items ?? [];
  return (
    <>
      <h1>{t('report.which')}</h1>
      {sent.map((item) => <SendState key={item.key} item={item} />)}
      <Answer of={duties}>{() => (owed.length === 0 ? <Empty title={t('report.noDuty')} /> : (
        <ul className="duties">
          {owed.map((duty) => (
            <li key={duty.id} className="card">
              <strong>{duty.title}</strong>
              <span>{duty.party_label ?? duty.place_label}</span>
              <span className="soft">{t('report.due', { day: day(duty.due) })}{' '}
                {duty.standing === 'late' && <StateBadge value="late" />}</span>
              <span><Link className="button primary" to={hrefOf(['report', 'new'], { duty: duty.id })}>
                {t('report.begin')}</Link></span>
            </li>
          ))}
        </ul>
      ))}</Answer>
    </>
  );
}

/* ---- the draft ---- */

const empty = (who, form) => ({
  key: draftKey(who, form.duty), kind: 'draft', state: 'draft', who, at: Date.now(), form, sendKey: newKey(),
  step: 0, answers: {}, summary: '', reference: '', photos: [],
});

/* A report that was returned is written on from what was sent. */
function fromReport(draft, report) {
  const answers = {};
  for (const answer of report.answers) {
    const question = draft.form.questions.find((one) => one.target === answer.target);
    const isYes = Number(answer.value) > 0;
    answers[answer.target] = question?.kind === 'yes_no' ? (isYes ? 'yes' : 'no') : String(answer.value ?? '');
  }
  return { ...draft, id: report.id, review: report.review, summary: report.summary ?? '', answers,
    evidence: report.evidence.map(({ title, kind, reference, target, note }) => (
      { title, kind, reference, target, note })) };
}

/* What is kept here, else begun anew from what the duty asks; without a network what is kept is
 * enough. */
function useDraft(who, duty) {
  const [state, setState] = useState({ draft: null, problem: null });
  const load = async () => {
    const old = await kept(draftKey(who, duty));
    try {
      const form = await get(url('/api/v1/programme/do/report_form', { duty }));
      if (form.report && form.state !== 'draft' && form.state !== 'returned') {
        setState({ draft: null, sent: form.report, problem: null });
      } else if (old) {
        setState({ draft: { ...old, form }, problem: null });
      } else {
        const draft = empty(who, form);
        const report = form.report ? await get(`${PATH}/${form.report}`) : null;
        setState({ draft: report ? fromReport(draft, report) : draft, problem: null });
      }
    } catch (problem) {
      setState(old ? { draft: old, problem: null } : { draft: null, problem });
    }
  };
  useEffect(() => { load(); }, [who, duty]);
  const change = (changes) => {
    const draft = { ...state.draft, ...changes, at: Date.now() };
    setState({ draft, problem: null });
    keep(draft);
  };
  return { ...state, change, load };
}

function reportOf(draft, lang) {
  const { form } = draft;
  return {
    title: [form.title, form.party_name].filter(Boolean).join(', ').slice(0, 200),
    party: form.party, place: form.place, plan: form.plan, duty: form.duty,
    period_from: form.period_from, period_to: form.period_to, summary: draft.summary || null,
    answers: form.questions.map((question) => {
      const given = draft.answers[question.target];
      return { target: question.target, unit: question.kind === 'yes_no' ? null : question.unit,
        value: question.kind === 'yes_no' ? Number(given === 'yes') : Number(parseNumber(given, lang)) };
    }),
    evidence: [...(draft.evidence ?? []),
      ...(draft.reference ? [{ title: draft.reference.slice(0, 200), kind: 'document', reference: draft.reference }] : [])],
  };
}

const isGiven = (question, given, lang) => (question.kind === 'yes_no' ? Boolean(given)
  : parseNumber(given ?? '', lang) !== null);
const hasEvidence = (draft) => draft.photos.length > 0 || Boolean(draft.reference.trim())
  || (draft.evidence ?? []).length > 0;

/* ---- its steps ---- */

function Question({ question, draft, change, error }) {
  const { t, pick } = useWords();
  const given = draft.answers[question.target] ?? '';
  const answer = (value) => change({ answers: { ...draft.answers, [question.target]: value } });
  return (
    <fieldset className="plain-set">
      <legend className="report-question">{pick(question, 'label')}</legend>
      <p className="soft">{question.code}</p>
      {question.kind === 'yes_no' ? (
        <div className="choice-big">
          {['yes', 'no'].map((value) => (
            <label key={value}>
              <input type="radio" name={`q${question.target}`} checked={given === value}
                onChange={() => answer(value)} />
              {t(value)}
            </label>
          ))}
        </div>
      ) : (
        <label className="field">
          <span>{t('report.number')}</span>
          <span className="number-unit">
            <input inputMode="decimal" value={given} aria-invalid={Boolean(error)}
              onChange={(event) => answer(event.target.value)} />
            <span>{unitText(question.unit)}</span>
          </span>
        </label>
      )}
      {error && <p className="field-error" role="alert">{error}</p>}
    </fieldset>
  );
}

function EvidenceStep({ draft, change, error }) {
  const { t } = useWords();
  return (
    <fieldset className="plain-set">
      <legend className="report-question">{t('report.evidence')}</legend>
      <p className="soft">{t('report.evidenceHow')}</p>
      {(draft.evidence ?? []).length > 0 && (
        <ul>{draft.evidence.map((one) => <li key={one.reference}>{one.title}</li>)}</ul>
      )}
      <PhotoInput photos={draft.photos} onChange={(photos) => change({ photos })} />
      <label className="field">
        <span>{t('report.reference')}</span>
        <input value={draft.reference} onChange={(event) => change({ reference: event.target.value })} />
      </label>
      {error && <p className="field-error" role="alert">{error}</p>}
    </fieldset>
  );
}

function LastLook({ draft, change }) {
  const words = useWords();
  const { t, pick } = words;
  return (
    <fieldset className="plain-set">
      <legend className="report-question">{t('report.look')}</legend>
      <dl className="pairs">
        {draft.form.questions.map((question) => (
          <div key={question.target}>
            <dt>{pick(question, 'label')}</dt>
            <dd><strong>{question.kind === 'yes_no' ? t(draft.answers[question.target])
              : `${draft.answers[question.target]} ${unitText(question.unit)}`}</strong></dd>
          </div>
        ))}
        <div>
          <dt>{t('report.evidence')}</dt>
          <dd>{t('report.evidenceCount', { photos: draft.photos.length,
            documents: (draft.reference ? 1 : 0) + (draft.evidence ?? []).length })}</dd>
        </div>
      </dl>
      <label className="field">
        <span>{t('report.summary')}</span>
        <textarea rows="3" value={draft.summary} onChange={(event) => change({ summary: event.target.value })} />
      </label>
    </fieldset>
  );
}

function Steps({ count, at }) {
  const { t } = useWords();
  return (
    <>
      <p className="soft">{t('report.step', { n: at + 1, of: count })}</p>
      <ol className="report-steps" aria-hidden="true">
        {Array.from({ length: count }, (_, i) => <li key={i} className={i <= at ? 'is-done' : undefined} />)}
      </ol>
    </>
  );
}

function FormHead({ draft }) {
  const { t, day } = useWords();
  const isOnline = useOnline();
  return (
    <header>
      <h1>{draft.form.title}</h1>
      <p className="soft">{[draft.form.party_name, t('report.due', { day: day(draft.form.due) })]
        .filter(Boolean).join(' · ')}</p>
      <p className="report-saved" role="status">
        {t(isOnline ? 'report.saved' : 'report.savedOffline')}</p>
      {draft.review && (
        <div className="notice notice-warn"><p><strong>{t('report.returned')}</strong></p><p>{draft.review}</p></div>
      )}
    </header>
  );
}

export function useOnline() {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const note = () => setOnline(navigator.onLine);
    window.addEventListener('online', note);
    window.addEventListener('offline', note);
    return () => {
      window.removeEventListener('online', note);
      window.removeEventListener('offline', note);
    };
  }, []);
  return isOnline;
}

function ReportForm({ who, draft, change, onSend }) {
  const { t, lang } = useWords();
  const { questions } = draft.form;
  const [error, setError] = useState('');
  const count = questions.length + 2;
  const at = Math.min(draft.step, count - 1);
  const question = questions[at];
  const faultOf = () => {
    if (question) return isGiven(question, draft.answers[question.target], lang) ? '' : t('report.answerMissing');
    return at === count - 2 && !hasEvidence(draft) ? t('report.evidenceMissing') : '';
  };
  const go = async (event) => {
    event.preventDefault();
    const fault = faultOf();
    setError(fault);
    if (fault) return;
    if (at + 1 < count) {
      change({ step: at + 1 });
      return;
    }
    await addToOutbox({ key: draft.sendKey, who, kind: 'report', title: draft.form.title, duty: draft.form.duty,
      id: draft.id, report: reportOf(draft, lang), photos: draft.photos });
    await drop(draft.key);
    onSend();
  };
  return (
    <form className="report-form" onSubmit={go} noValidate>
      <FormHead draft={draft} />
      <Steps count={count} at={at} />
      <div className="panel">
        {question && <Question key={question.target} {...{ question, draft, change, error }} />}
        {at === count - 2 && <EvidenceStep {...{ draft, change, error }} />}
        {at === count - 1 && <LastLook {...{ draft, change }} />}
      </div>
      <div className="report-nav">
        {at > 0 && <button type="button" onClick={() => { setError(''); change({ step: at - 1 }); }}>
          {t('report.back')}</button>}
        <button type="submit" className="primary">{t(at + 1 < count ? 'report.next' : 'report.send')}</button>
      </div>
    </form>
  );
}

function Writing({ who, duty }) {
  const { t } = useWords();
  const { draft, sent, problem, change, load } = useDraft(who, duty);
  const [isSent, setSent] = useState(false);
  const waiting = useOutbox(who).filter((item) => item.kind === 'report' && String(item.duty) === String(duty));
  if (isSent || (waiting.length > 0 && !draft?.id)) {
    return (
      <div className="report-form">
        <h1>{t('report.done')}</h1>
        {waiting.map((item) => <SendState key={item.key} item={item} />)}
        <p><Link className="button" to={hrefOf(['report', 'new'])}>{t('report.another')}</Link></p>
      </div>
    );
  }
  if (problem) return <ErrorBox problem={problem} onRetry={load} />;
  if (sent) return <Existing id={sent} />;
  if (!draft) return <Waiting tall />;
  if (draft.form.questions.length === 0) return <Empty title={t('report.noQuestion')} />;
  return <ReportForm {...{ who, draft, change }} onSend={() => setSent(true)} />;
}

/* ---- one that is there ---- */

function Existing({ id }) {
  const { t } = useWords();
  const report = useGet(`${PATH}/${id}`);
  return (
    <Answer of={report} tall>{(data) => (
      <>
        <ReportView report={data} />
        {data.may?.includes('edit') && data.duty && (
          <p className="no-print"><Link className="button primary" to={hrefOf(['report', 'new'], { duty: data.duty })}>
            {t('report.goOn')}</Link></p>
        )}
      </>
    )}</Answer>
  );
}

export function ReportPage({ view }) {
  const { t } = useWords();
  const who = useView().query.as ?? '';
  useTitle(t('report.title'));
  const [, id] = view.path;
  const { duty } = view.query;
  if (id && id !== 'new') return <Existing id={id} />;
  return duty ? <Writing key={duty} who={who} duty={duty} /> : <DutyList who={who} />;
}
