/* billing.jsx: billing runs of parks: the list, a new one, and (/billing/<id>) one of them. */
import { useState } from 'react';
import { ask, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, go, hrefOf } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { addMonths, today } from '../ui/dates.js';
import { useTitle } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';
import { Answer, Empty, ErrorBox } from '../ui/state.jsx';
import { RunPage, WaySelect, periodText } from './run.jsx';
import './billing.css';

const RUNS = '/api/v1/core/billing_runs?sort=-period_from&limit=200';
const MAINS = '/api/v1/core/accounts?role=main&limit=1000';

/* Places that have a main meter, each once. */
function placesOf(accounts) {
  const places = new Map();
  for (const account of accounts) places.set(account.place, account.place_label ?? String(account.place));
  return [...places];
}

function NewRun({ places }) {
  const { t } = useWords();
  const [place, setPlace] = useState(String(places[0][0]));
  const [month, setMonth] = useState(addMonths(`${today().slice(0, 7)}-01`, -1).slice(0, 7));
  const [way, setWay] = useState('use');
  const [state, setState] = useState({});
  const preview = async (event) => {
    event.preventDefault();
    setState({ isBusy: true });
    try {
      const { data } = await ask('POST', '/api/v1/billing/runs', { place, month, allocate: way });
      go(hrefOf(['billing', String(data.id)]));
    } catch (problem) {
      setState({ problem });
    }
  };
  return (
    <form className="panel" onSubmit={preview} aria-labelledby="run-new">
      <h2 id="run-new">{t('billing.newTitle')}</h2>
      <div className="run-form">
        <label>
          <span>{t('billing.place')}</span>
          <select value={place} onChange={(event) => setPlace(event.target.value)}>
            {places.map(([id, label]) => <option key={id} value={id}>{label}</option>)}
          </select>
        </label>
        <label>
          <span>{t('billing.month')}</span>
          <input type="month" value={month} required onChange={(event) => setMonth(event.target.value)} />
        </label>
        <WaySelect value={way} onChange={setWay} />
        <button type="submit" className="primary" disabled={state.isBusy}>{t('billing.preview')}</button>
      </div>
      {state.problem && <ErrorBox problem={state.problem} />}
    </form>
  );
}

function Row({ run }) {
  const words = useWords();
  const { t, exact, moneyMinor } = words;
  const cell = (key, text) => <td className="num" data-label={t(`billing.${key}`)}>{text}</td>;
  return (
    <tr>
      <td className="run-name">
        <Link to={hrefOf(['billing', String(run.id)])}>{periodText(run, words)}</Link>
        <span className="soft block">{run.place_label}{run.revision > 1 ? ` · ${t('billing.version', { n: run.revision })}` : ''}</span>
      </td>
      <td data-label={t('billing.state')}><StateBadge value={run.state} /></td>
      {cell('main', `${exact(run.from_main)} ${unitText(run.unit)}`)}
      {cell('losses', exact(run.losses))}
      {cell('bills', exact(run.bill_count))}
      {cell('total', moneyMinor(run.total, run.currency ?? undefined))}
    </tr>
  );
}

function Runs({ runs }) {
  const { t } = useWords();
  return (
    <section className="panel">
      <h2 id="runs-title">{t('billing.runs')}</h2>
      {runs.length === 0 ? <p className="soft">{t('billing.none')}</p> : (
        <div className="scroll" tabIndex={0} role="region" aria-labelledby="runs-title">
          <table className="run-table">
            <thead>
              <tr>
                <th>{t('billing.period')}</th><th>{t('billing.state')}</th>
                {['main', 'losses', 'bills', 'total'].map((head) => <th key={head} className="num">{t(`billing.${head}`)}</th>)}
              </tr>
            </thead>
            <tbody>{runs.map((run) => <Row key={run.id} run={run} />)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function ListPage() {
  const { t } = useWords();
  const mains = useGet(MAINS);
  const runs = useGet(RUNS);
  useTitle(t('billing.title'));
  return (
    <>
      <div className="page-head">
        <h1>{t('billing.title')}</h1>
        <p className="lead">{t('billing.lead')}</p>
      </div>
      <Answer of={mains}>
        {({ items }) => (items.length > 0 ? <NewRun places={placesOf(items)} /> : (
          <Empty title={t('billing.noAccounts')}>
            <p>{t('billing.noAccountsHow')}</p>
            <Link className="button" to={hrefOf(['records', 'core', 'accounts'])}>{t('billing.accounts')}</Link>
          </Empty>
        ))}
      </Answer>
      <Answer of={runs} tall>{({ items }) => <Runs runs={items} />}</Answer>
      {mains.data?.items.length > 0 && (
        <p><Link to={hrefOf(['records', 'core', 'accounts'])}>{t('billing.accounts')}</Link></p>
      )}
    </>
  );
}

export function BillingPage({ view }) {
  const id = view.path[1];
  return id ? <RunPage id={id} /> : <ListPage />;
}
