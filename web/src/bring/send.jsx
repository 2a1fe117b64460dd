/* send.jsx: pick a meter, type what it shows, see it arrive; or copy the line that a device would
 * send. */
import { useState } from 'react';
import { ask, url, useEvents, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { parseNumber } from '../ui/parse.js';
import { unitText } from '../ui/number.jsx';
import { qualityText } from '../ui/quality.jsx';
import { Answer, Empty, ErrorBox } from '../ui/state.jsx';
import { CurlLine } from '../start/curl.jsx';
import { nameOf } from '../start/meters.jsx';

const SHOWN = 8;

function Arrivals({ code }) {
  const words = useWords();
  const { t, exact, time } = words;
  const [arrived, setArrived] = useState([]);
  useEvents(url('/api/v1/events', { series: code }), {
    reading: (reading) => setArrived((old) => [reading, ...old].slice(0, SHOWN)),
  });
  return (
    <section aria-live="polite">
      <h3>{t('data.arriving')}</h3>
      {arrived.length === 0 && <p className="soft">{t('data.waiting')}</p>}
      <ol className="plain arrivals">
        {arrived.map((reading) => (
          <li key={`${reading.time} ${reading.seq}`}>
            <strong>{exact(reading.value)} {unitText(reading.unit)}</strong>{' '}
            <span className="soft">{time(reading.time)} {qualityText(reading, words)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function SendForm({ series }) {
  const { t, lang } = useWords();
  const [value, setValue] = useState('');
  const [state, setState] = useState({});
  const send = async (event) => {
    event.preventDefault();
    const number = parseNumber(value, lang);
    if (number === null) {
      setState({ error: { code: 'INVALID', detail: '' } });
      return;
    }
    setState({ isBusy: true });
    try {
      const body = `{"series":${JSON.stringify(series.code)},"value":${number},"quality":["manual"]}`;
      const { data } = await ask('POST', '/api/v1/readings', body,
        { 'Content-Type': 'application/json' });
      setState({ taken: data.taken ?? 1 });
      setValue('');
    } catch (error) {
      setState({ error });
    }
  };
  return (
    <form className="send" onSubmit={send}>
      <label>
        <span>{t('data.value', { unit: unitText(series.unit) })}</span>
        <input inputMode="decimal" required value={value} aria-invalid={Boolean(state.error)}
          onChange={(event) => setValue(event.target.value)} />
      </label>
      <button type="submit" className="primary" disabled={state.isBusy}>{t('data.send')}</button>
      <p role="status" className="soft">{state.taken ? t('data.taken') : ''}</p>
      {state.error && <ErrorBox problem={state.error} />}
    </form>
  );
}

function Sender({ items }) {
  const { t } = useWords();
  const [code, setCode] = useState(items[0].code);
  const series = items.find((item) => item.code === code);
  return (
    <>
      <section className="panel">
        <h2>{t('data.byHand')}</h2>
        <label className="field">
          <span>{t('data.meter')}</span>
          <select value={code} onChange={(event) => setCode(event.target.value)}>
            {items.map((item) => (
              <option key={item.code} value={item.code}>
                {nameOf(item)} ({item.code})
              </option>
            ))}
          </select>
        </label>
        <SendForm key={code} series={series} />
        <Arrivals key={`a${code}`} code={code} />
        <p><Link to={hrefOf(['meter', ...code.split('/')])}>{t('data.open')}</Link></p>
      </section>
      <section className="panel">
        <h2>{t('data.byDevice')}</h2>
        <p>{t('data.byDeviceHow')}</p>
        <CurlLine series={code} value="1234.5" />
        <p className="soft">{t('data.formats')}</p>
      </section>
    </>
  );
}

export function SendData() {
  const { t } = useWords();
  const series = useGet(url('/api/v1/core/series', { limit: 1000 }));
  return (
    <Answer of={series}>{(data) => (data.items.length > 0 ? <Sender items={data.items} /> : (
      <Empty title={t('start.empty')}>
        <p>{t('start.emptyHow')}</p>
        <CurlLine series="home-7/electricity" value="1234.5" />
      </Empty>
    ))}</Answer>
  );
}
