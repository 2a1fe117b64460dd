/* answer.jsx: the four numbers that people come for: how much, what the meter shows now, what it
 * costs, what it emits. */
import { useWords } from '../i18n/index.js';
import { addDays, localDay } from '../ui/dates.js';
import { Age, BigNumber, LiveNumber, unitText } from '../ui/number.jsx';
import { periodTitle } from '../ui/period.jsx';
import { qualityText } from '../ui/quality.jsx';
import { Waiting } from '../ui/state.jsx';
import { VerifiedBadge } from '../ui/badge.jsx';
import { Why } from '../ui/why.jsx';

function UseCard({ series, period, use, color }) {
  const words = useWords();
  const { t, number, pick } = words;
  const data = use.data;
  return (
    <section className={`card card-main edge-${color}`} aria-live="polite">
      <h2 className="card-title">{t(`meter.used.${series.direction || 'use'}`)},{' '}
        {periodTitle(period, words)}</h2>
      {data ? (
        <>
          <BigNumber value={number(data.total)} unit={data.unit}>
            <Why label={t('meter.used.use')} about={{
              series: series.code, from: period.from, to: period.to,
            }} />
          </BigNumber>
          <p className="sentence">{pick(data, 'sentence')}</p>
        </>
      ) : !use.error && <Waiting />}
    </section>
  );
}

function NowCard({ series, live }) {
  const words = useWords();
  const { t, time } = words;
  const { reading } = live;
  const day = localDay(reading.time, series.zone);
  const marks = qualityText({ quality: (reading.quality ?? []).filter((q) => q !== 'simulated') },
    words);
  return (
    <section className="card">
      <h2 className="card-title">{t('meter.now')}</h2>
      <p className="big big-small">
        <LiveNumber value={reading.value} unit={reading.unit ?? series.unit} />
      </p>
      <p className="soft">
        <span className="pulse" key={reading.time} aria-hidden="true" />
        <time dateTime={reading.time} title={time(reading.time, series.zone)}>
          <Age time={reading.time} />
        </time>
        {marks && ` · ${marks}`}
        {' '}<Why label={t('meter.now')} about={{ series: series.code, from: day, to: addDays(day, 1) }} />
        {live.isLost && <strong className="lost" role="status"> · {t('live.lost')}</strong>}
      </p>
    </section>
  );
}

function BillCard({ bill, month, tariff }) {
  const words = useWords();
  const { t, moneyMinor, pick } = words;
  return (
    <section className="card">
      <h2 className="card-title">{t('bill.of', { month: words.month(`${month}-01`) })}</h2>
      {bill.data && <p className="big big-small">{moneyMinor(bill.data.total, bill.data.currency)}</p>}
      {!bill.data && bill.error && <p className="soft">{t('bill.none')}</p>}
      {!bill.data && !bill.error && <Waiting />}
      <p className="soft">
        {tariff && pick(tariff, 'label')} <a href="#bill">{t('bill.lines')}</a>
      </p>
    </section>
  );
}

function CarbonCard({ ghg, period }) {
  const { t, number, exact } = useWords();
  return (
    <section className="card">
      <h2 className="card-title">{t('carbon.title')}</h2>
      <p className="big big-small">
        {number(ghg.kgco2)} <span className="big-unit">kg CO₂</span>
        <Why label={t('carbon.title')} about={{ dated: ghg.row ?? 'grid-vn' }} />
      </p>
      <p className="soft">
        {t('carbon.factor', { year: ghg.factor_year, factor: exact(ghg.factor) })}{' '}
        {unitText(ghg.factor_unit)}
        {ghg.document && <> · {ghg.document}</>} <VerifiedBadge value={ghg.verified} />
        {ghg.factor_year && Number(ghg.factor_year) < Number(period.from.slice(0, 4))
          && <span> · {t('carbon.latest')}</span>}
      </p>
    </section>
  );
}

export function AnswerCards({ series, period, use, live, bill, tariff, month, color }) {
  return (
    <div className="cards">
      <UseCard {...{ series, period, use, color }} />
      <NowCard {...{ series, live }} />
      {series.tariff && <BillCard {...{ bill, month, tariff }} />}
      {use.data?.ghg && <CarbonCard ghg={use.data.ghg} period={period} />}
    </div>
  );
}
