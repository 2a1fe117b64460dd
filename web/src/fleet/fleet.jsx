/* fleet.jsx: the devices and how they are.
 *
 *   /devices          what needs care first, then the rest; ?state=silent&q=words filters, the
 *                     server searches
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
import { FleetTabs } from './tabs.jsx';
import './fleet.css';

/* The gravest first. */
const CARES = ['silent', 'noisy', 'low_battery', 'clock_off', 'never_seen'];
const STATES = ['all', 'care', ...CARES, 'fine'];
const PAGE = 200;
const FIRST = 50; /* of each part, before more is asked for */
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
      {STATES.filter((name) => name === 'all' || name === state || counts[name] > 0).map((name) => (
        <button key={name} type="button" className="chip" aria-pressed={state === name}
          onClick={() => set({ state: name === 'all' ? '' : name, after: '' })}>
          {t(`fleet.state.${name}`)} <strong>{exact(counts[name])}</strong>
        </button>
      ))}
    </div>
  );
}

/* A narrow screen shows a card a device: there each value says what it is. */
function Row({ device }) {
  const { number, exact, t } = useWords();
  const refused = device.hour_refused > 0
    && <Badge kind="warn">{t('fleet.refusedHour', { n: exact(device.hour_refused) })}</Badge>;
  return (
    <tr>
      <th scope="row">
        <Link to={hrefOf(['devices', String(device.id)])}>{device.name}</Link>
        <span className="soft block">{device.code}</span>
      </th>
      <td data-name={t('fleet.place')}>{device.place_label}</td>
      <td><span className="fleet-flags"><Flags flags={device.flags} />{refused}</span></td>
      <td data-name={t('fleet.seen')}>
        {device.seen ? <Age time={device.seen} /> : <span className="soft">{t('fleet.never')}</span>}
      </td>
      <td className="num" data-name={t('fleet.battery')} data-none={device.battery_pct === null}>
        {device.battery_pct === null ? '–' : `${number(device.battery_pct, 0)} %`}
      </td>
      <td className="num" data-name={t('fleet.signal')} data-none={device.rssi_dbm === null}>
        {device.rssi_dbm === null ? '–' : `${number(device.rssi_dbm, 0)} dBm`}
      </td>
    </tr>
  );
}

const gravity = ({ flags }) => Math.min(CARES.length, ...flags.map((flag) => CARES.indexOf(flag)));

function Table({ items, label }) {
  const { t } = useWords();
  const ordered = [...items].sort((a, b) => gravity(a) - gravity(b));
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={label}>
      <table className="fleet">
        <thead>
          <tr>
            <th>{t('fleet.device')}</th><th>{t('fleet.place')}</th><th>{t('fleet.states')}</th>
            <th>{t('fleet.seen')}</th><th className="num">{t('fleet.battery')}</th>
            <th className="num">{t('fleet.signal')}</th>
          </tr>
        </thead>
        <tbody>{ordered.map((device) => <Row key={device.id} device={device} />)}</tbody>
      </table>
    </div>
  );
}

/* The first of those that need care, or of those that do not. */
function Part({ state, query }) {
  const { t, exact } = useWords();
  const page = useGet(url('/api/v1/devices', { state, q: query.q, limit: FIRST }));
  return (
    <Answer of={page} tall>{({ items, counts, next }) => (items.length === 0 ? null : (
      <section className="fleet-part">
        <h2>{t(`fleet.part.${state}`)} <span className="soft">{exact(counts[state])}</span></h2>
        <Table items={items} label={t(`fleet.part.${state}`)} />
        {next && (
          <div className="pager">
            <button type="button" onClick={() => set({ state, after: '' })}>
              {t('fleet.rest', { n: exact(counts[state]) })}
            </button>
          </div>
        )}
      </section>
    ))}</Answer>
  );
}

function Filtered({ page }) {
  const { t } = useWords();
  if (!page.items.length) {
    return <Empty title={t('fleet.none')}><p>{t('fleet.noneHow')}</p></Empty>;
  }
  return (
    <>
      <Table items={page.items} label={t('fleet.title')} />
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
  const state = query.state || 'all';
  const page = useGet(url('/api/v1/devices', {
    state, q: query.q, after: query.after, limit: state === 'all' ? 1 : PAGE,
  }));
  return (
    <>
      <FleetTabs on="devices" />
      <div className="page-head fleet-head">
        <div>
          <h1>{t('fleet.title')}</h1>
          <p className="lead">{t('fleet.lead')}</p>
        </div>
        <Link className="button primary" to={hrefOf(['devices', 'new'])}>{t('fleet.add')}</Link>
      </div>
      <Search query={query} />
      <Answer of={page} tall>{(data) => (
        <>
          <Chips counts={data.counts} state={state} />
          {state === 'all' && data.items.length > 0 ? (
            <>
              <Part state="care" query={query} />
              <Part state="fine" query={query} />
            </>
          ) : <Filtered page={data} />}
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
