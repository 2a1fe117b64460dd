/* device.jsx: one device: how it is, its series, its keys, what it sends, another in its place. */
import { useState } from 'react';
import { ask, url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { colorOf } from '../ui/color.js';
import { addDays, today } from '../ui/dates.js';
import { useTitle } from '../ui/hooks.js';
import { Age, unitText } from '../ui/number.jsx';
import { Spark } from '../ui/spark.jsx';
import { Answer, ErrorBox, sentence } from '../ui/state.jsx';
import { Flags } from './fleet.jsx';
import { Keys } from './keys.jsx';
import { Replace } from './replace.jsx';
import { Tail } from './tail.jsx';

const COUNTED = ['register', 'interval', 'power'];
const SPARK_POINTS = 48;

function Signs({ device }) {
  const { t, number, exact, time, day } = useWords();
  const pairs = [
    ['seen', device.seen && <><Age time={device.seen} /> · {time(device.seen)}</>],
    ['reading', device.reading && time(device.reading)],
    ['battery', device.battery_pct !== null && `${number(device.battery_pct, 0)} %`],
    ['signal', device.rssi_dbm !== null && `${number(device.rssi_dbm, 0)} dBm`],
    ['snr', device.snr_db !== null && `${number(device.snr_db, 1)} dB`],
    ['firmware', device.firmware],
    ['serial', device.serial],
    ['rate', device.expected_per_hour > 0
      && t('fleet.rateOf', { n: exact(device.hour_readings), m: number(device.expected_per_hour) })],
    ['readings', exact(device.readings)],
    ['refused', device.refused > 0 && exact(device.refused)],
    ['installed', device.installed && day(device.installed)],
    ['removed', device.removed && day(device.removed)],
  ].filter(([, value]) => value);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('fleet.signs')}</h2>
        <span className="fleet-flags"><Flags flags={device.flags} /></span>
      </div>
      <dl className="pairs">
        {pairs.map(([name, value]) => (
          <div key={name}><dt>{t(`fleet.sign.${name}`)}</dt><dd>{value}</dd></div>
        ))}
      </dl>
      {device.refusal && (
        <p className="notice notice-warn" lang="en">{sentence(device.refusal)}</p>
      )}
    </section>
  );
}

/* Of what is counted the use of each hour, of the rest the latest values. */
function SeriesSpark({ series }) {
  const on = today();
  const isCounted = COUNTED.includes(series.kind);
  const use = useGet(isCounted ? url('/api/v1/use', {
    series: series.code, from: addDays(on, -1), to: addDays(on, 1), period: 'hour',
  }) : null);
  const readings = useGet(isCounted ? null : url('/api/v1/readings', {
    series: series.code, limit: SPARK_POINTS, order: 'desc',
  }));
  const amounts = use.data ? use.data.windows.map((window) => window.amount)
    : (readings.data?.items ?? []).map((item) => item.value).reverse();
  return amounts.length ? <Spark amounts={amounts} color={colorOf(series)} isLine={!isCounted} /> : null;
}

function Series({ device }) {
  const { t, exact } = useWords();
  const lasts = useGet(device.series.length ? url('/api/v1/readings/last', {
    series: device.series.map(({ code }) => code).join(','),
  }) : null);
  const lastOf = (code) => lasts.data?.items.find((item) => item.series === code);
  return (
    <section className="panel">
      <h2>{t('fleet.series')}</h2>
      {device.series.length === 0 && <p className="soft">{t('fleet.noSeries')}</p>}
      <ul className="fleet-series">
        {device.series.map((series) => {
          const last = lastOf(series.code);
          return (
            <li key={series.id}>
              <span>
                <Link to={hrefOf(['meter', ...series.code.split('/')])}>{series.name}</Link>
                <span className="soft block">{series.code}</span>
              </span>
              <SeriesSpark series={series} />
              <span className="num">
                {last?.time ? (
                  <>
                    {exact(last.value)} <span className="unit">{unitText(series.unit)}</span>
                    <span className="soft block"><Age time={last.time} /></span>
                  </>
                ) : <span className="soft">{t('fleet.never')}</span>}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Device({ device, reload }) {
  const { t } = useWords();
  useTitle(device.name);
  const mayChange = device.keys !== null;
  return (
    <>
      <div className="page-head">
        <p><Link to={hrefOf(['devices'])}>{t('fleet.title')}</Link></p>
        <h1>{device.name}</h1>
        <p className="lead">
          {device.code} · {device.place_label}{' · '}
          <Link to={hrefOf(['records', 'core', 'devices', String(device.id)])}>{t('fleet.record')}</Link>
        </p>
      </div>
      <Signs device={device} />
      <Series device={device} />
      <Tail device={device} />
      {mayChange && <Keys device={device} reload={reload} />}
      {mayChange && !device.removed && <Replace device={device} />}
    </>
  );
}

export function DevicePage({ id }) {
  const device = useGet(`/api/v1/devices/${id}`);
  return (
    <Answer of={device} tall>
      {(data) => <Device device={data} reload={device.reload} />}
    </Answer>
  );
}

/* Asks and tells how it goes: {run, isBusy, error, data}. */
export function useAsk() {
  const [state, setState] = useState({});
  const run = async (...request) => {
    setState({ isBusy: true });
    try {
      const { data } = await ask(...request);
      setState({ data });
      return data;
    } catch (error) {
      setState({ error });
      return null;
    }
  };
  return { ...state, run };
}

export function AskError({ of }) {
  return of.error ? <ErrorBox problem={of.error} /> : null;
}
