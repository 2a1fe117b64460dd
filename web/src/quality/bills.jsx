/* bills.jsx: issued bills that would come out differently now, and issuing them again. All bills are
 * computed for it, so it is asked for and not shown by itself. */
import { useState } from 'react';
import { ask, get } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { ErrorBox } from '../ui/state.jsx';

const BILLS = '/api/v1/core/do/vee_bills';

function Table({ bills }) {
  const { t, day, money } = useWords();
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('vee.bills')}>
      <table>
        <thead>
          <tr>
            <th>{t('vee.bill.number')}</th><th>{t('vee.bill.period')}</th>
            <th className="num">{t('vee.bill.issued')}</th><th className="num">{t('vee.bill.now')}</th>
          </tr>
        </thead>
        <tbody>
          {bills.map((bill) => (
            <tr key={bill.bill}>
              <td>
                <Link to={hrefOf(['records', 'core', 'bills', String(bill.bill)])}>{bill.number}</Link>
                <span className="soft block">{bill.series_code}</span>
              </td>
              <td>{day(bill.period_from)} – {day(bill.period_to)}</td>
              <td className="num">{money(bill.total)}</td>
              <td className="num">{bill.run
                ? <Link to={hrefOf(['billing', String(bill.run)])}>{t('vee.bill.run')}</Link>
                : money(bill.total_now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Bills() {
  const { t, exact } = useWords();
  const [state, setState] = useState({});
  const look = async (renews) => {
    setState((old) => ({ ...old, isBusy: true, problem: null }));
    try {
      if (renews) await ask('POST', '/api/v1/core/do/vee_renew', {});
      setState({ answer: await get(BILLS) });
    } catch (problem) {
      setState((old) => ({ ...old, isBusy: false, problem }));
    }
  };
  const { answer } = state;
  return (
    <section className="panel vee-bills" aria-labelledby="bills-title">
      <h2 id="bills-title">{t('vee.bills')}</h2>
      <p className="soft">{t('vee.billsLead')}</p>
      {state.problem && <ErrorBox problem={state.problem} />}
      {answer && <p>{answer.count ? t('vee.billsCount', { n: exact(answer.count) }) : t('vee.billsNone')}</p>}
      {answer?.bills.length > 0 && <Table bills={answer.bills} />}
      <div className="actions">
        <button type="button" disabled={state.isBusy} onClick={() => look(false)}>{t('vee.billsLook')}</button>
        {answer?.count > answer?.of_runs && (
          <button type="button" className="primary" disabled={state.isBusy} onClick={() => look(true)}>
            {t('vee.billsRenew')}
          </button>
        )}
      </div>
    </section>
  );
}
