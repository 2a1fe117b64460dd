/* sums.jsx: what a place used in all, per quantity, with the sentence that compares it. */
import { useState } from 'react';
import { url, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Bars } from '../ui/bars.jsx';
import { ChartFrame } from '../ui/chart.jsx';
import { colorOf } from '../ui/color.js';
import { BigNumber, unitText } from '../ui/number.jsx';
import { Legend, flagsText } from '../ui/quality.jsx';
import { ErrorBox, Waiting } from '../ui/state.jsx';
import { barsOf } from '../meter/use_chart.jsx';
import { Why } from '../ui/why.jsx';

/* What meters count and places can sum. */
function quantitiesOf(meta) {
  return (meta?.rooms ?? []).flatMap((room) => (room.quantities ?? [])
    .filter((quantity) => quantity.kind === 'register')
    .map((quantity) => ({
      ...quantity,
      name: quantity.name.includes('.') ? quantity.name : `${room.name}.${quantity.name}`,
    })));
}

function Sum({ place, period, quantity, label }) {
  const words = useWords();
  const { t, number, pick } = words;
  const [at, setAt] = useState(null);
  const compare = period.compare === 'none' ? '' : period.compare;
  const use = useGet(url('/api/v1/use', {
    place: place.code, quantity, from: period.from, to: period.to, period: period.period, compare,
  }));
  if (use.error) {
    return use.error.status === 404 || use.error.status === 403 ? null
      : <ErrorBox problem={use.error} onRetry={use.reload} />;
  }
  if (!use.data) return <section className="panel"><Waiting tall /></section>;
  const { data } = use;
  if (!data.series_count) return null;
  const bars = barsOf(data, period.view, words);
  const unit = unitText(data.unit);
  const counted = [t('start.counted', { n: data.series_count }),
    data.silent_count > 0 ? t('start.silentCount', { n: data.silent_count }) : ''].join(' ');
  const say = (i) => (i === null || !bars[i] ? counted : `${bars[i].label}: ${
    bars[i].amount === null ? t('chart.noData') : `${number(bars[i].amount)} ${unit}`}`);
  const lead = (
    <>
      <BigNumber value={number(data.total)} unit={data.unit}>
        <Why label={label} about={{
          place: place.code, quantity, from: period.from, to: period.to,
        }} />
      </BigNumber>
      <p className="sentence">{pick(data, 'sentence')}</p>
    </>
  );
  return (
    <section className="panel">
      <ChartFrame title={label} lead={lead} readout={say(at)} fileName={`${place.code}-${quantity}-${period.from}`}
        legend={<Legend flags={[...new Set(bars.flatMap((bar) => bar.flags))]} />}
        rows={bars} columns={[
          { name: 'from', label: t('chart.time'), show: (bar) => bar.label },
          { name: 'amount', label: unit, isNumber: true, show: (bar) => number(bar.amount) },
          { name: 'flags', label: t('reading.quality'), show: (bar) => flagsText(bar.flags, words) },
        ]}>
        <Bars bars={bars} unit={data.unit} color={colorOf({ quantity })} height={190}
          label={`${label}. ${t('chart.arrows')}`} onReadout={setAt} valueText={say} />
      </ChartFrame>
    </section>
  );
}

export function PlaceSums({ place, period }) {
  const { pick } = useWords();
  const { data } = useMeta();
  return (
    <div className="sums">
      {quantitiesOf(data).map((quantity) => (
        <Sum key={quantity.name} {...{ place, period }} quantity={quantity.name}
          label={pick(quantity, 'label')} />
      ))}
    </div>
  );
}
