/* bill.jsx: the bill of a month, every line a sentence with the row it stands on, and the bills that
 * were issued for it. */
import { useState } from 'react';
import { ask, url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { flagsText } from '../ui/quality.jsx';
import { ErrorBox, Waiting } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { BillDrawing, BillLines } from './lines.jsx';

/* The bits of a bill's flags, as the amounts it was computed from have them. */
const FLAGS = ['estimated', 'incomplete', 'reset', 'rollover', 'replaced', 'negative', 'corrected',
  'suspect', 'simulated'];
const flagsOf = (bits) => FLAGS.filter((_, i) => ((bits ?? 0) >> i) & 1);

function Revisions({ list }) {
  const { t, moneyMinor, time } = useWords();
  if (!list.length) return <p className="soft">{t('bill.notIssued')}</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('bill.revisions')}>
      <table>
        <thead>
          <tr>
            <th>{t('bill.revision')}</th><th className="num">{t('bill.total')}</th>
            <th>{t('bill.asKnown')}</th><th>{t('bill.state')}</th><th>{t('bill.reason')}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((bill) => (
            <tr key={bill.id} className={bill.state === 'superseded' ? 'gone' : undefined}>
              <td><Link to={hrefOf(['records', 'core', 'bills', String(bill.id)])}>
                {t('bill.revisionOf', { n: bill.revision })}</Link></td>
              <td className="num">{moneyMinor(bill.total, bill.currency)}</td>
              <td>{time(bill.as_known)}</td>
              <td><StateBadge value={bill.state} /></td>
              <td>{bill.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Issue({ series, month, isAgain, onDone }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  const [state, setState] = useState({});
  const issue = async (event) => {
    event.preventDefault();
    setState({ isBusy: true });
    try {
      const { data } = await ask('POST', '/api/v1/bill', {
        series: series.code, month, ...(reason ? { reason } : {}),
      });
      setState({ done: data });
      setReason('');
      onDone();
    } catch (error) {
      setState({ error });
    }
  };
  return (
    <form className="issue no-print" onSubmit={issue}>
      {isAgain && (
        <label>
          <span>{t('bill.reasonAgain')}</span>
          <input value={reason} onChange={(event) => setReason(event.target.value)} />
        </label>
      )}
      <button type="submit" className="primary" disabled={state.isBusy}>
        {t(isAgain ? 'bill.issueAgain' : 'bill.issue')}
      </button>
      <p role="status" className="soft">
        {state.done && t('bill.issued', { number: state.done.number ?? '', n: state.done.revision })}
      </p>
      {state.error && <ErrorBox problem={state.error} />}
    </form>
  );
}

/* The note has a line in Vietnamese, then one in English. */
function noteOf(bill, lang) {
  const lines = (bill.note ?? '').split('\n').filter(Boolean);
  return lines.length === 2 ? lines[lang === 'en' ? 1 : 0] : lines.join(' ');
}

function Notes({ bill }) {
  const words = useWords();
  const flags = flagsOf(bill.flags).filter((flag) => flag !== 'simulated');
  const note = noteOf(bill, words.lang)
    || (flags.length > 0 ? `${words.t('bill.flags')}: ${flagsText(flags, words)}.` : '');
  if (!note) return null;
  return <p className={flags.length > 0 ? 'notice notice-warn' : 'soft'}>{note}</p>;
}

export function BillPanel({ bill, series, month, tariff }) {
  const words = useWords();
  const { t, pick, moneyMinor, exact } = words;
  const me = useGet('/api/v1/me');
  const issued = useGet(url('/api/v1/core/bills', {
    series: series.id, period_from: `${month}-01`, sort: '-period_from', limit: 50,
  }));
  const list = [...(issued.data?.items ?? [])].sort((a, b) => b.revision - a.revision);
  const mayIssue = me.data?.roles?.some((role) => role === 'operator' || role === 'admin');
  const data = bill.data;
  return (
    <>
      <div className="panel-head">
        <div>
          <h2>{t('bill.of', { month: words.month(`${month}-01`) })}</h2>
          <p className="soft">
            {tariff ? pick(tariff, 'label') : series.tariff}
            {data?.heads > 1 && ` · ${exact(data.heads)} ${pick(tariff, 'head')}`}
          </p>
        </div>
        {data && (
          <p className="big big-small">
            {moneyMinor(data.total, data.currency)}
            {data.id ? <Why about={{ bill: data.id }} label={t('bill.total')} /> : null}
          </p>
        )}
      </div>
      {!data && (bill.error ? <ErrorBox problem={bill.error} onRetry={bill.reload} />
        : <Waiting tall />)}
      {data && (
        <>
          <p className="sentence">{pick(data, 'sentence')}</p>
          <BillDrawing bill={data} />
          <BillLines bill={data} />
          <Notes bill={data} />
        </>
      )}
      <h3>{t('bill.revisions')}</h3>
      {issued.data ? <Revisions list={list} /> : !issued.error && <Waiting />}
      {mayIssue && data && (
        <Issue {...{ series, month }} isAgain={list.some((b) => b.state === 'issued')}
          onDone={() => { issued.reload(); bill.reload(); }} />
      )}
    </>
  );
}
