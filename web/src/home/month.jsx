/* month.jsx: the month of one meter so far: what it costs, what it may come to, the stair of tiers
 * with the day on which each begins. All numbers and sentences come from core.month_so_far. */
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { SimulatedBadge } from '../ui/badge.jsx';
import { unitText } from '../ui/number.jsx';
import { Answer } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';

const isKnown = (value) => value !== null && value !== undefined;
const percent = (share) => `${Math.max(0, Math.min(100, share * 100)).toFixed(2)}%`;

/* So far, and where the month may end: full, hatched, and a line from the lower to the upper bound. */
function ForecastBar({ month, label }) {
  const top = Math.max(month.high_amount, month.amount) * 1.04 || 1;
  const at = (amount) => percent(amount / top);
  return (
    <div className="month-bar" role="img" aria-label={label}>
      <span className="month-rest" style={{ width: at(month.forecast_amount) }} />
      <span className="month-far" style={{ width: at(month.amount) }} />
      <span className="month-range" style={{ left: at(month.low_amount),
        width: percent((month.high_amount - month.low_amount) / top) }} />
    </div>
  );
}

function Forecast({ month }) {
  const { t, moneyMinor, number } = useWords();
  if (!month.has_forecast) return <p className="soft">{t('month.noForecast')}</p>;
  const values = {
    amount: moneyMinor(month.forecast_amount, month.currency),
    low: moneyMinor(month.low_amount, month.currency),
    high: moneyMinor(month.high_amount, month.currency),
    quantity: `${number(month.forecast_quantity)} ${unitText(month.unit)}`,
  };
  return (
    <div>
      <ForecastBar month={month} label={t('month.forecastLabel', values)} />
      <p>{t('month.forecast')} <strong>{values.amount}</strong>
        <span className="soft"> · {values.quantity}</span></p>
      <p className="soft">{t('month.range', values)}</p>
    </div>
  );
}

function dayText(tier, { t, dayShort }) {
  if (!tier.first_day) return t('month.tierNever');
  return t(tier.is_expected ? 'month.tierExpected' : 'month.tierSince', { day: dayShort(tier.first_day) });
}

/* The open tier is drawn as wide as the one below it. */
function shareOf(tier, tiers) {
  const below = tiers[tiers.length - 2];
  const width = isKnown(tier.to) ? tier.to - tier.from : (below ? below.to - below.from : 1);
  return Number(tier.quantity) / (width || 1);
}

function Ladder({ month }) {
  const words = useWords();
  const { t, moneyMinor, exact } = words;
  return (
    <ol className="ladder" aria-label={t('month.tiers')}>
      {month.tiers.map((tier) => (
        <li key={tier.tier} className={tier.tier === month.tier ? 'ladder-here' : undefined}
          aria-current={tier.tier === month.tier ? 'step' : undefined}>
          <span className="ladder-name"><strong>{t('bill.tier', { n: tier.tier })}</strong>
            <span className="soft"> {words.pick(tier, 'range')}</span></span>
          <span className="ladder-bar" aria-hidden="true">
            <span className={`tier-fill-${Math.min(6, tier.tier)}`}
              style={{ width: percent(shareOf(tier, month.tiers)) }} />
          </span>
          <span className="ladder-price">{moneyMinor(tier.price, month.currency)}/{unitText(month.unit)}</span>
          <span className="ladder-day soft">{dayText(tier, words)}
            {Number(tier.quantity) > 0 && <span className="hidden">
              {', '}{exact(tier.quantity)} {unitText(month.unit)}</span>}</span>
        </li>
      ))}
    </ol>
  );
}

/* The next thing to know: the day on which the fifth tier began or will, else the next one. */
function TierDay({ month }) {
  const { t, day } = useWords();
  const fifth = month.tiers.find((tier) => tier.tier === 5);
  if (fifth?.first_day) {
    return <p className="month-day">{t(fifth.is_expected ? 'month.fifthExpected' : 'month.fifthSince',
      { day: day(fifth.first_day) })}</p>;
  }
  if (month.next_tier_day) {
    return <p className="month-day">{t('month.next', { tier: month.tier + 1, day: day(month.next_tier_day) })}</p>;
  }
  return null;
}

function Head({ month, title }) {
  const { t, moneyMinor, number } = useWords();
  return (
    <>
      <h2>{title} {month.is_simulated && <SimulatedBadge />}</h2>
      <p className="big">
        <span className="big-value">{moneyMinor(month.amount, month.currency)}</span>
        <Why label={title} about={{ series: month.series_code, from: month.from, to: month.to }} />
      </p>
      <p className="month-quantity"><strong>{number(month.quantity)} {unitText(month.unit)}</strong>
        <span className="soft"> · {t('month.left', { n: month.days_left })}</span></p>
    </>
  );
}

export function MonthCard({ series, kind, children }) {
  const words = useWords();
  const { t, pick } = words;
  const of = useGet(url('/api/v1/core/do/month_so_far', { series: series.id }));
  return (
    <section className={`card month month-${kind}`} aria-live="off">
      <Answer of={of} tall>{(month) => {
        const title = t(`month.${kind}`, { month: words.month(month.from) });
        if (!month.has_value) {
          return <><h2>{title}</h2><p className="soft">{pick(month, 'sentence')}</p></>;
        }
        return (
          <>
            <Head month={month} title={title} />
            {pick(month, 'compare') && <p className="soft">{pick(month, 'compare')}.</p>}
            <Forecast month={month} />
            {month.tiers.length > 4 && <TierDay month={month} />}
            {month.tiers.length > 1 && <Ladder month={month} />}
            {month.missing_days > 0
              && <p className="notice notice-warn">{t('month.missing', { n: month.missing_days })}</p>}
            <details className="soft month-note">
              <summary>{t('month.how')}</summary>
              <p>{pick(month, 'note')}</p>
            </details>
          </>
        );
      }}</Answer>
      <p className="month-links">
        <Link to={hrefOf(['meter', ...series.code.split('/')])}>{t('month.meter')}</Link>
        {children}
      </p>
    </section>
  );
}
