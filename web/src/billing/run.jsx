/* run.jsx: one run: its balance as a picture and a sentence, its accounts, and what may be done with
 * it: issue, withdraw, correct. A large one is worked on by the server; the page looks until it is
 * done. */
import { useEffect, useState } from 'react';
import { ask, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, go, hrefOf } from '../route.jsx';
import { SimulatedBadge, StateBadge } from '../ui/badge.jsx';
import { useTitle } from '../ui/hooks.js';
import { Answer, ErrorBox } from '../ui/state.jsx';
import { Flow } from './flow.jsx';
import { Lines } from './lines.jsx';

const RUNS = '/api/v1/billing/runs';
const WAYS = ['none', 'use', 'area', 'fixed'];
const LOOK_MS = 1000;

export function periodText(run, { day, month }) {
  const isMonth = run.period_from.endsWith('-01') && run.period_to.endsWith('-01')
    && Number(run.period_to.slice(5, 7)) === (Number(run.period_from.slice(5, 7)) % 12) + 1;
  return isMonth ? month(run.period_from) : `${day(run.period_from)} – ${day(run.period_to)}`;
}

export function WaySelect({ value, onChange }) {
  const { t } = useWords();
  return (
    <label>
      <span>{t('billing.allocate')}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {WAYS.map((way) => <option key={way} value={way}>{t(`billing.way.${way}`)}</option>)}
      </select>
    </label>
  );
}

/* ---- what may be done ---- */

function ReasonForm({ title, text, button, isNeeded, onDo, onCancel, problem, children }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  const submit = (event) => { event.preventDefault(); onDo(reason.trim()); };
  return (
    <form className="panel run-ask" onSubmit={submit}>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
      <label className="run-reason">
        <span>{t('billing.reason')}{isNeeded ? '' : ` (${t('billing.optional')})`}</span>
        <textarea rows="2" value={reason} required={isNeeded} onChange={(event) => setReason(event.target.value)} />
      </label>
      {problem && <ErrorBox problem={problem} />}
      <div className="actions">
        <button type="submit" className="primary">{button}</button>
        <button type="button" onClick={onCancel}>{t('form.cancel')}</button>
      </div>
    </form>
  );
}

function Actions({ run, onDone }) {
  const { t, exact, moneyMinor } = useWords();
  const [asked, setAsked] = useState('');
  const [problem, setProblem] = useState(null);
  const [way, setWay] = useState(run.allocate);
  const open = (what) => { setProblem(null); setAsked(what); };
  const send = (path, then) => async (reason) => {
    setProblem(null);
    try {
      const { data } = await ask('POST', path, { ...(reason ? { reason } : {}), ...(asked === 'correct' ? { allocate: way } : {}) });
      setAsked('');
      then(data);
    } catch (error) {
      setProblem(error);
    }
  };
  const needsReason = run.incomplete_count > 0 || Number(run.losses) < 0;
  const shared = { problem, onCancel: () => setAsked('') };
  if (asked === 'issue') {
    return (
      <ReasonForm {...shared} title={t('billing.issueTitle')} button={t('billing.issue')} isNeeded={needsReason}
        text={t('billing.issueText', { n: exact(run.bill_count), total: moneyMinor(run.total, run.currency) })}
        onDo={send(`${RUNS}/${run.id}/issue`, onDone)}>
        {needsReason && <p className="notice notice-warn">{t(Number(run.losses) < 0 ? 'billing.needNegative' : 'billing.needIncomplete', { n: exact(run.incomplete_count) })}</p>}
      </ReasonForm>
    );
  }
  if (asked === 'withdraw') {
    return (
      <ReasonForm {...shared} title={t('billing.withdraw')} button={t('billing.withdraw')} isNeeded
        text={t('billing.withdrawText')}
        onDo={send(`/api/v1/core/billing_runs/${run.id}/withdraw`, () => go(hrefOf(['billing'])))} />
    );
  }
  if (asked === 'correct') {
    return (
      <ReasonForm {...shared} title={t('billing.correct')} button={t('billing.preview')} isNeeded
        text={t('billing.correctText')}
        onDo={send(`${RUNS}/${run.id}/correct`, (made) => go(hrefOf(['billing', String(made.id)])))}>
        <div className="run-form"><WaySelect value={way} onChange={setWay} /></div>
      </ReasonForm>
    );
  }
  return (
    <div className="actions run-actions">
      {run.state === 'previewed' && (
        <button type="button" className="primary" disabled={run.problem_count > 0} onClick={() => open('issue')}>{t('billing.issueMany', { n: exact(run.bill_count) })}</button>
      )}
      {run.state === 'issued' && <button type="button" onClick={() => open('correct')}>{t('billing.correct')}</button>}
      {['previewed', 'draft'].includes(run.state) && <button type="button" className="quiet" onClick={() => open('withdraw')}>{t('billing.withdraw')}</button>}
    </div>
  );
}

/* ---- the page ---- */

function Progress({ run }) {
  const { t, exact } = useWords();
  const { done = 0, total = 0, last_error: failed } = run.progress ?? {};
  return (
    <section className="panel" aria-live="polite">
      <p>{t(run.state === 'draft' ? 'billing.computing' : 'billing.issuing', { done: exact(done), total: exact(total) })}</p>
      <progress max={total || 1} value={done} aria-label={t('billing.progress')} />
      {failed && <p className="soft" lang="en">{failed}</p>}
    </section>
  );
}

function Notices({ run }) {
  const { t, exact } = useWords();
  const told = [];
  if (Number(run.losses) < 0) told.push(t('billing.negative'));
  if (run.problem_count > 0) told.push(t('billing.problems', { n: exact(run.problem_count) }));
  if (run.incomplete_count > 0) told.push(t('billing.incomplete', { n: exact(run.incomplete_count) }));
  if (run.unusual_count > 0) told.push(t('billing.unusual', { n: exact(run.unusual_count) }));
  if (!told.length) return null;
  return <ul className="notice notice-warn run-notices">{told.map((text) => <li key={text}>{text}</li>)}</ul>;
}

function Facts({ run }) {
  const { t, exact, moneyMinor, number } = useWords();
  const facts = [
    ['total', moneyMinor(run.total, run.currency)],
    ['bills', exact(run.bill_count)],
    ['lossShare', `${number(run.losses_percent)} %`],
    ['not_billed', `${exact(run.not_billed)} ${run.unit}`],
    ['allocate', t(`billing.way.${run.allocate}`)],
  ];
  return (
    <dl className="run-facts">
      {facts.map(([name, text]) => <div key={name}><dt>{t(`billing.${name}`)}</dt><dd>{text}</dd></div>)}
    </dl>
  );
}

function Versions({ run }) {
  const { t } = useWords();
  const newer = useGet(run.state === 'corrected' ? `/api/v1/core/billing_runs?supersedes=${run.id}` : null);
  const next = newer.data?.items.at(-1);
  const link = (id, text) => <Link to={hrefOf(['billing', String(id)])}>{text}</Link>;
  return (
    <>
      {run.supersedes && <p>{t('billing.supersedes')} {link(run.supersedes, run.supersedes_label ?? run.supersedes)}{run.reason ? ` · ${run.reason}` : ''}</p>}
      {next && <p className="notice">{t('billing.superseded')} {link(next.id, next.code)}</p>}
    </>
  );
}

function Run({ run, onDone }) {
  const words = useWords();
  const { t, pick } = words;
  const isReady = run.lines.length > 0;
  const title = `${run.place_label ?? ''} · ${periodText(run, words)}`;
  useTitle(title);
  return (
    <>
      <div className="page-head">
        <p className="crumbs"><Link to={hrefOf(['billing'])}>{t('billing.title')}</Link></p>
        <h1>{title}</h1>
        <p className="run-head">
          <StateBadge value={run.state} /> <span className="soft">{run.code}</span>
          {run.is_simulated && <SimulatedBadge />}
        </p>
        <Versions run={run} />
      </div>
      {run.progress && <Progress run={run} />}
      {isReady && (
        <section className="panel" aria-labelledby="run-balance">
          <h2 id="run-balance">{t('billing.balance')}</h2>
          <p>{pick(run, 'sentence')}</p>
          <Flow run={run} />
          <Facts run={run} />
        </section>
      )}
      {isReady && <Notices run={run} />}
      <Actions key={run.version} run={run} onDone={onDone} />
      {isReady && <Lines run={run} />}
    </>
  );
}

export function RunPage({ id }) {
  const answer = useGet(`${RUNS}/${id}`);
  const isBusy = Boolean(answer.data?.progress);
  useEffect(() => {
    if (!isBusy) return undefined;
    const timer = setInterval(answer.reload, LOOK_MS);
    return () => clearInterval(timer);
  }, [isBusy, answer.reload]);
  return <Answer of={answer} tall>{(run) => <Run run={run} onDone={answer.reload} />}</Answer>;
}
