/* fleet.jsx: the devices and how they are.
 *
 *   /devices          all; ?state=silent&q=words filters, the server searches
 *   /devices/new      many at once from a table
 *   /devices/<id>     one: signs, series, keys, what it sends right now, another in its place
 */
import { useEffect, useState } from 'react';
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, set } from '../route.jsx';
import { Badge } from '../ui/badge.jsx';
import { useCalm, useTitle } from '../ui/hooks.js';
import { Age } from '../ui/number.jsx';
import { Answer, Empty } from '../ui/state.jsx';
import { DevicePage } from './device.jsx';
import { ProvisionPage } from './provision.jsx';
import './fleet.css';

const STATES = ['all', 'fine', 'silent', 'never_seen', 'noisy', 'low_battery', 'clock_off'];
const PAGE = 200;
const CALM_MS = 250;

/* What is the matter with a device, in words. */
export function Flags({ flags }) {
  const { t } = useWords();
  if (!flags.length) return <Badge kind="good">{t('fleet.state.fine')}</Badge>;
  return flags.map((flag) => (
    <Badge key={flag} kind={flag === 'never_seen' ? 'plain' : 'warn'}>{t(`fleet.state.${flag}`)}</Badge>
  ));
}

function Search({ query }) {
  const { t } = useWords();
  const [text, setText] = useState(query.q ?? '');
  const calm = useCalm(text, CALM_MS);
  useEffect(() => {
    if (calm !== (query.q ?? '')) set({ q: calm, after: '' }, { isReplacing: true });
  }, [calm]);
  return (
    <label className="fleet-search">
      <span className="hidden">{t('fleet.search')}</span>
      <input type="search" value={text} placeholder={t('fleet.search')}
        onChange={(event) => setText(event.target.value)} />
    </label>
  );
}

function Chips({ counts, state }) {
  const { t, exact } = useWords();
  return (
    <div className="fleet-chips" role="group" aria-label={t('fleet.states')}>
      {STATES.map((name) => (
        <button key={name} type="button" className="chip" aria-pressed={state === name}
          onClick={() => set({ state: name === 'all' ? '' : name, after: '' })}>
          {t(`fleet.state.${name}`)} <strong>{exact(counts[name])}</strong>
        </button>
      ))}
    </div>
  );
}

function Row({ device }) {
  const { number, t } = useWords();
  return (
    <tr>
      <th scope="row">
        <Link to={hrefOf(['devices', String(device.id)])}>{device.name}</Link>
        <span className="soft block">{device.code}</span>
      </th>
      <td>{device.place_label}</td>
      <td><span className="fleet-flags"><Flags flags={device.flags} /></span></td>
      <td>{device.seen ? <Age time={device.seen} /> : <span className="soft">{t('fleet.never')}</span>}</td>
      <td className="num">{device.battery_pct === null ? '–' : `${number(device.battery_pct, 0)} %`}</td>
      <td className="num">{device.rssi_dbm === null ? '–' : `${number(device.rssi_dbm, 0)} dBm`}</td>
    </tr>
  );
}

function Devices({ page }) {
  const { t } = useWords();
  if (!page.items.length) {
    return <Empty title={t('fleet.none')}><p>{t('fleet.noneHow')}</p></Empty>;
  }
  return (
    <>
      <div className="scroll" tabIndex={0} role="region" aria-label={t('fleet.title')}>
        <table className="fleet">
          <thead>
            <tr>
              <th>{t('fleet.device')}</th><th>{t('fleet.place')}</th><th>{t('fleet.states')}</th>
              <th>{t('fleet.seen')}</th><th className="num">{t('fleet.battery')}</th>
              <th className="num">{t('fleet.signal')}</th>
            </tr>
          </thead>
          <tbody>{page.items.map((device) => <Row key={device.id} device={device} />)}</tbody>
        </table>
      </div>
      {page.next && (
        <div className="pager">
          <button type="button" onClick={() => set({ after: page.next })}>{t('fleet.more')}</button>
        </div>
      )}
    </>
  );
}

function FleetList({ query }) {
  const { t } = useWords();
  useTitle(t('fleet.title'));
  const page = useGet(url('/api/v1/devices', {
    state: query.state, q: query.q, after: query.after, limit: PAGE,
  }));
  return (
    <>
      <div className="page-head">
        <h1>{t('fleet.title')}</h1>
        <p className="lead">{t('fleet.lead')}</p>
        <p>
          <Link className="button primary" to={hrefOf(['devices', 'new'])}>{t('fleet.add')}</Link>
        </p>
      </div>
      <Search query={query} />
      <Answer of={page} tall>{(data) => (
        <>
          <Chips counts={data.counts} state={query.state || 'all'} />
          <Devices page={data} />
        </>
      )}</Answer>
    </>
  );
}

export function FleetPage({ view }) {
  const { t } = useWords();
  const [, which] = view.path;
  if (which === undefined) return <FleetList query={view.query} />;
  if (which === 'new') return <ProvisionPage />;
  return /^\d+$/.test(which) ? <DevicePage id={which} /> : <h1>{t('state.notFound')}</h1>;
}
