/* business.jsx: what a firm opens first: what it pays and what would lower it, what it owes, what its
 * measures have proved. */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { Badge, StateBadge } from '../ui/badge.jsx';
import { Answer } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { Verdict, isKnown, useList } from '../firm/asked.jsx';
import { effectText, inOrder } from '../firm/measures.jsx';
import '../firm/firm.css';

const SHOWN = 4;

function LastBills({ party }) {
  const { t, month, moneyMinor } = useWords();
  const bills = useList('core/bills', { owner: party.id, sort: '-period_from', limit: 12 });
  const inForce = bills.items.filter((bill) => bill.state === 'issued');
  const latest = inForce.filter((bill) => bill.period_from === inForce[0].period_from);
  if (bills.data && !inForce.length) return <p className="soft">{t('biz.noBill')}</p>;
  return latest.map((bill) => (
    <div key={bill.id}>
      <p className="card-title">{t('biz.lastBill', { month: month(bill.period_from) })}
        {latest.length > 1 && ` · ${bill.series_label}`}</p>
      <p className="big big-small">{moneyMinor(bill.total, bill.currency)}
        <Why label={bill.number} about={{ bill: bill.id }} /></p>
    </div>
  ));
}

/* Already worth most at today's money; those under way are among the measures. */
function BestOptions({ party }) {
  const { t, moneyMinor, number } = useWords();
  const options = useList('industry/options', { party: party.id });
  const best = options.items.filter((option) => isKnown(option.npv) && !option.measure
    && option.decision !== 'reject').sort((a, b) => b.npv - a.npv).slice(0, SHOWN - 1);
  if (!options.data) return null;
  return (
    <>
      <h3>{t('biz.best')}</h3>
      {best.length === 0 && <p className="soft">{t('biz.noOptions')}</p>}
      <ul className="rows">
        {best.map((option) => (
          <li key={option.id}>
            <Link to={hrefOf(['records', 'industry', 'options', String(option.id)])}>{option.title}</Link>
            <span className="num"><strong>{moneyMinor(option.npv)}</strong>
              {isKnown(option.payback_years) && (
                <span className="soft block">{t('option.payback')}:{' '}
                  {t('option.years', { n: number(option.payback_years) })}</span>
              )}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Cost({ party }) {
  const { t } = useWords();
  return (
    <section className="card">
      <h2>{t('biz.cost')}</h2>
      <LastBills party={party} />
      <BestOptions party={party} />
      <p><Link className="button primary" to={hrefOf(['firm', party.code])}>{t('biz.open')}</Link></p>
    </section>
  );
}

function Duties({ party }) {
  const { t, day, term } = useWords();
  const duties = useList('core/duties', { party: party.id, sort: '-due' });
  const open = duties.items.filter((duty) => duty.state === 'open').reverse();
  const shown = (open.length ? open : duties.items).slice(0, SHOWN);
  return (
    <section className="card">
      <h2>{t('biz.duties')}</h2>
      <Answer of={duties}>{() => (
        <>
          {open.length === 0 && <p>{t('biz.noDuties')}</p>}
          <ul className="rows">
            {shown.map((duty) => (
              <li key={duty.id}>
                <Link to={hrefOf(['records', 'core', 'duties', String(duty.id)])}>{duty.title}</Link>
                <span className="num">{day(duty.due)}{' '}
                  <Badge kind={duty.standing === 'late' ? 'warn' : 'plain'}>
                    {term('standing', duty.standing)}</Badge></span>
              </li>
            ))}
          </ul>
        </>
      )}</Answer>
      <p><Link className="button" to={hrefOf(['report', 'new'])}>{t('biz.report')}</Link></p>
    </section>
  );
}

export function MeasureRows({ items }) {
  const words = useWords();
  return (
    <ul className="rows">
      {items.map((measure) => (
        <li key={measure.id}>
          <span>
            <Link to={hrefOf(['measure', String(measure.id)])}>{measure.title}</Link>
            {isKnown(measure.verified_effect)
              && <span className="soft block">{effectText(measure, words)}</span>}
          </span>
          <span className="num">
            {measure.verdict ? <Verdict value={measure.verdict} /> : <StateBadge value={measure.state} />}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Proof({ party }) {
  const { t } = useWords();
  const measures = useList('core/measures', { party: party.id, sort: '-id' });
  const items = inOrder(measures.items.filter((measure) => measure.state !== 'dropped'))
    .slice(0, 2 * SHOWN);
  return (
    <section className="card">
      <h2>{t('biz.proof')}</h2>
      <Answer of={measures}>{() => (items.length === 0 ? <p className="soft">{t('biz.noMeasures')}</p>
        : <MeasureRows items={items} />)}</Answer>
    </section>
  );
}

export function BusinessHome({ me }) {
  const { t } = useWords();
  if (!me.party) return <p className="soft">{t('biz.noParty')}</p>;
  return (
    <>
      <Cost party={me.party} />
      <Duties party={me.party} />
      <Proof party={me.party} />
    </>
  );
}
