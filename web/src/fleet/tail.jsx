/* tail.jsx: what a device sends right now and what becomes of it, as it comes. Listens only while it
 * is asked to. */
import { useState } from 'react';
import { useEvents } from '../api.js';
import { useWords } from '../i18n/index.js';
import { unitText } from '../ui/number.jsx';
import { sentence } from '../ui/state.jsx';

const SHOWN_MAX = 100;

function Line({ kind, data }) {
  const { t, exact, time, term } = useWords();
  if (kind === 'message') {
    return <><span className="soft">{data.source}</span> <code>{data.payload ?? data.hex}</code></>;
  }
  if (kind === 'refusal') {
    return <><strong>{data.series}</strong> <span lang="en">{sentence(data.error?.detail)}</span></>;
  }
  return (
    <>
      <strong>{data.series}</strong> {exact(data.value)} {unitText(data.unit)} · {time(data.time)}
      {data.quality.map((one) => <span key={one}> · {term('quality', one)}</span>)}
      {data.duplicate && <span> · {t('fleet.duplicate')}</span>}
    </>
  );
}

function Stream({ device }) {
  const { t, clock } = useWords();
  const [lines, setLines] = useState([]);
  const add = (kind) => (data) => setLines((old) => [
    { kind, data, n: (old[0]?.n ?? 0) + 1 }, ...old,
  ].slice(0, SHOWN_MAX));
  const isLost = useEvents(`/api/v1/devices/${device.id}/tail`,
    { message: add('message'), reading: add('reading'), refusal: add('refusal') });
  return (
    <>
      <p className="soft" role="status">{t(isLost ? 'fleet.tailLost' : 'fleet.tailOn')}</p>
      <ol className="fleet-tail" aria-label={t('fleet.tail')}>
        {lines.map(({ kind, data, n }) => (
          <li key={n} className={`fleet-${kind}`}>
            <span className="soft">{clock(data.arrival)}</span>{' '}
            <span className="fleet-kind">{t(`fleet.tail.${kind}`)}</span>{' '}
            <Line kind={kind} data={data} />
          </li>
        ))}
      </ol>
    </>
  );
}

export function Tail({ device }) {
  const { t } = useWords();
  const [isOn, setOn] = useState(false);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('fleet.tail')}</h2>
        <button type="button" aria-pressed={isOn} onClick={() => setOn(!isOn)}>
          {t(isOn ? 'fleet.tailStop' : 'fleet.tailStart')}
        </button>
      </div>
      <p className="soft">{t('fleet.tailHow')}</p>
      {isOn && <Stream device={device} />}
    </section>
  );
}
