/* records.jsx: what else belongs to a firm: balances with what stays unexplained, duties, bills. */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { Badge, StateBadge } from '../ui/badge.jsx';
import { unitText } from '../ui/number.jsx';
import { Empty } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { Section, isKnown, useChoice } from './asked.jsx';

/* ---- balances ---- */

function Balance({ balance, word }) {
  const { t, exact, number, day } = useWords();
  const unit = unitText(balance.unit);
  const loss = Number(balance.loss);
  return (
    <article className="measure">
      <h3><Link to={hrefOf(['records', 'core', 'balances', String(balance.id)])}>{balance.title}</Link></h3>
      <p className="soft">{word('kind', balance.kind)} · {day(balance.period_from)} – {day(balance.period_to)}</p>
      <dl>
        {(balance.terms ?? []).map((term, i) => (
          <div key={i}><dt>{word('side', term.side, 'terms')}: {term.label}</dt>
            <dd>{exact(term.amount)} {unit}</dd></div>
        ))}
        <div><dt>{t('balance.in')}</dt><dd>{exact(balance.in_total)} {unit}</dd></div>
        <div><dt>{t('balance.out')}</dt><dd>{exact(balance.out_total)} {unit}</dd></div>
        <div className={loss < 0 ? 'lost' : undefined}>
          <dt><strong>{t('balance.loss')}</strong></dt>
          <dd>{exact(balance.loss)} {unit}
            {isKnown(balance.loss_share_percent) && ` (${number(balance.loss_share_percent)} %)`}</dd>
        </div>
        {isKnown(balance.closure_percent) && (
          <div><dt>{t('balance.closure')}</dt><dd>{number(balance.closure_percent)} %</dd></div>
        )}
      </dl>
    </article>
  );
}

export function BalanceCards({ items }) {
  const { word } = useChoice('core.balance');
  return (
    <div className="measures">
      {items.map((balance) => <Balance key={balance.id} balance={balance} word={word} />)}
    </div>
  );
}

export function BalancesPanel({ list }) {
  const { t } = useWords();
  return (
    <Section id="balances" title={t('firm.balances')} of={list}>
      {list.items.length === 0 ? <Empty title={t('balance.none')} /> : <BalanceCards items={list.items} />}
    </Section>
  );
}

/* ---- duties ---- */

/* What is owed first; what was handed in after it. */
const STANDINGS = ['late', 'due', 'done_late', 'done', 'waived'];
const SHOWN = 8;

export function DutiesPanel({ list }) {
  const { t, day, term } = useWords();
  const items = [...list.items].sort((a, b) => STANDINGS.indexOf(a.standing)
    - STANDINGS.indexOf(b.standing) || String(b.due).localeCompare(a.due)).slice(0, SHOWN);
  return (
    <Section id="duties" title={t('firm.duties')} of={list}>
      {items.length === 0 ? <Empty title={t('firm.noDuties')} /> : (
        <div className="scroll" tabIndex={0} role="region" aria-label={t('firm.table', { of: t('firm.duties') })}>
          <table>
            <thead><tr><th>{t('programme.duty')}</th><th>{t('programme.due')}</th>
              <th>{t('programme.standing')}</th></tr></thead>
            <tbody>
              {items.map((duty) => (
                <tr key={duty.id}>
                  <td><Link to={hrefOf(['records', 'core', 'duties', String(duty.id)])}>{duty.title}</Link></td>
                  <td className="num">{day(duty.due)}</td>
                  <td><Badge kind={duty.standing === 'late' ? 'warn' : 'plain'}>
                    {term('standing', duty.standing)}</Badge></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

/* ---- bills ---- */

export function BillsPanel({ list }) {
  const { t, month, moneyMinor } = useWords();
  const items = list.items.filter((bill) => bill.state !== 'superseded').slice(0, SHOWN);
  return (
    <Section id="bills" title={t('firm.bills')} of={list}>
      {items.length === 0 ? <Empty title={t('firm.noBills')} /> : (
        <div className="scroll" tabIndex={0} role="region" aria-label={t('firm.table', { of: t('firm.bills') })}>
          <table>
            <thead><tr><th>{t('firm.bill')}</th><th className="num">{t('bill.total')}</th>
              <th>{t('bill.state')}</th><th><span className="hidden">{t('why.open')}</span></th></tr></thead>
            <tbody>
              {items.map((bill) => (
                <tr key={bill.id}>
                  <td><Link to={hrefOf(['records', 'core', 'bills', String(bill.id)])}>
                    {month(bill.period_from)}</Link>
                  <span className="soft block">{bill.series_label ?? bill.number}</span></td>
                  <td className="num">{moneyMinor(bill.total, bill.currency)}</td>
                  <td><StateBadge value={bill.state} />{bill.revision > 1
                    && <span className="soft block">{t('bill.revisionOf', { n: bill.revision })}</span>}</td>
                  <td className="narrow"><Why label={bill.number} about={{ bill: bill.id }} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
