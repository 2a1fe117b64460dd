/* app.jsx: the shell around every page, and which page an address means.
 *
 *   /                         the place: its meters, its sum, how to send data
 *   /meter/<code>             one meter
 *   /records/<room>/<plural>  a list; .../new a form; .../<id> one record
 *   /charge                   what an amount costs under a tariff
 *   /tables/<room>/<query>    a report of a room; /actions/<room>/<action> what it does
 *   /programme                targets and reports
 *   /quality                  readings that did not pass a check
 *   /mapping                  messages of any shape, and rules for them
 *   /devices                  the devices and how they are; .../new many at once; .../<id> one
 *   /data                     send your own data
 */
import { useEffect, useRef, useState } from 'react';
import { readKey, setViewAs, useGet, useMeta, writeKey } from './api.js';
import { ChargePage } from './charge/charge.jsx';
import { FleetPage } from './fleet/fleet.jsx';
import { useWords } from './i18n/index.js';
import { MappingPage } from './mapping/mapping.jsx';
import { MeterPage } from './meter/meter.jsx';
import { ProgrammePage } from './programme/programme.jsx';
import { QualityPage } from './quality/quality.jsx';
import { ActionPage, TablePage } from './records/ask.jsx';
import { RecordsPage } from './records/records.jsx';
import { Link, hrefOf, set, useView } from './route.jsx';
import { DataPage } from './start/data.jsx';
import { StartPage } from './start/start.jsx';
import { ErrorBox } from './ui/state.jsx';
import { WhyDrawer } from './ui/why.jsx';

const PAGES = {
  meter: MeterPage, charge: ChargePage, records: RecordsPage, programme: ProgrammePage, data: DataPage,
  tables: TablePage, actions: ActionPage, quality: QualityPage, mapping: MappingPage,
  devices: FleetPage,
};

const NAV = [
  { path: [], key: 'nav.home' },
  { path: ['charge'], key: 'nav.charge' },
  { path: ['programme'], key: 'nav.programme' },
  { path: ['devices'], key: 'nav.devices', isForKeepers: true },
  { path: ['records'], key: 'nav.records' },
  { path: ['data'], key: 'nav.data' },
];

/* Which of the links a page belongs to. */
const AREAS = {
  meter: '', tables: 'records', actions: 'records', quality: 'devices', mapping: 'devices',
};
const areaOf = ({ path: [first = ''] }) => AREAS[first] ?? first;

function Navigation({ view }) {
  const { t } = useWords();
  const me = useGet('/api/v1/me');
  const isKeeper = me.data?.roles?.some((role) => role === 'operator' || role === 'admin');
  return (
    <nav aria-label={t('app.name')}>
      {NAV.filter(({ isForKeepers }) => !isForKeepers || isKeeper).map(({ path, key }) => (
        <Link key={key} to={hrefOf(path)}
          aria-current={areaOf(view) === (path[0] ?? '') ? 'page' : undefined}>
          {t(key)}
        </Link>
      ))}
    </nav>
  );
}

/* auto follows the device until somebody chooses. */
function useTheme() {
  const [theme, setTheme] = useState(() => localStorage.getItem('theme') ?? 'auto');
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    if (theme !== 'auto') localStorage.setItem('theme', theme);
  }, [theme]);
  const isDark = theme === 'dark'
    || (theme === 'auto' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  return () => setTheme(isDark ? 'light' : 'dark');
}

/* In the demo everybody may look through everybody's eyes. */
function ViewAs({ view }) {
  const { t, pick } = useWords();
  const { data } = useMeta();
  const me = useGet(data?.identities ? '/api/v1/me' : null);
  if (!data?.identities || !me.data) return null;
  return (
    <label className="view-as">
      <span>{t('shell.viewAs')}</span>
      <select value={view.query.as ?? me.data.name}
        onChange={(event) => set({ as: event.target.value, why: '' })}>
        {data.identities.map((identity) => (
          <option key={identity.name} value={identity.name}>
            {pick(identity, 'label') || identity.name}
          </option>
        ))}
      </select>
    </label>
  );
}

/* On a server that asks for keys: whose key is used, and another one. */
function Account() {
  const { t } = useWords();
  const meta = useMeta();
  const me = useGet('/api/v1/me');
  const dialog = useRef(null);
  const [key, setKey] = useState('');
  const isOpen = meta.data?.identities === null || me.error;
  if (!isOpen) return null;
  const put = (text) => { writeKey(text.trim()); window.location.reload(); };
  const submit = (event) => { event.preventDefault(); put(key); };
  return (
    <>
      <button type="button" onClick={() => dialog.current.showModal()}>
        {me.data && readKey() ? me.data.name : t('key.enter')}
      </button>
      <dialog ref={dialog} className="ask" aria-labelledby="key-title">
        <form onSubmit={submit}>
          <h2 id="key-title">{t('key.title')}</h2>
          <p className="soft">{t('key.how')}</p>
          {me.error && <ErrorBox problem={me.error} />}
          <label className="field">
            <span>{t('key.key')}</span>
            <input type="password" autoComplete="current-password" required value={key}
              onChange={(event) => setKey(event.target.value)} />
          </label>
          <div className="actions">
            <button type="submit" className="primary">{t('key.use')}</button>
            {readKey() && <button type="button" onClick={() => put('')}>{t('key.forget')}</button>}
            <button type="button" onClick={() => dialog.current.close()}>{t('form.cancel')}</button>
          </div>
        </form>
      </dialog>
    </>
  );
}

/* Who goes to another page by keyboard or with a screen reader starts at its beginning. */
function useFocus(path) {
  const main = useRef(null);
  const last = useRef(path);
  useEffect(() => {
    if (last.current !== path) main.current?.focus({ preventScroll: true });
    last.current = path;
  }, [path]);
  return main;
}

export function App() {
  const view = useView();
  const { t, lang } = useWords();
  const toggleTheme = useTheme();
  setViewAs(view.query.as);
  useEffect(() => { document.documentElement.lang = lang; }, [lang]);
  const path = view.path.join('/');
  const main = useFocus(path);
  const Page = view.path.length === 0 ? StartPage : PAGES[view.path[0]];
  return (
    <>
      <a className="skip" href="#main">{t('app.skip')}</a>
      <header className="bar">
        <Link to={hrefOf([])} className="brand"><img src="/icon.svg" alt="" />{t('app.name')}</Link>
        <Navigation key={view.query.as} view={view} />
        <div className="bar-tools">
          <ViewAs key={view.query.as} view={view} />
          <Account />
          <button type="button" className="quiet" lang={lang === 'vi' ? 'en' : 'vi'}
            onClick={() => set({ lang: lang === 'vi' ? 'en' : '' })}>
            {t('shell.language')}
          </button>
          <button type="button" className="quiet" onClick={toggleTheme} title={t('shell.theme')}
            aria-label={t('shell.theme')}>
            <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
              <circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" strokeWidth="1.6" />
              <path d="M9 2a7 7 0 0 1 0 14Z" fill="currentColor" />
            </svg>
          </button>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <div key={`${path} ${view.query.as ?? ''}`}>
          {Page ? <Page view={view} /> : <h1>{t('state.notFound')}</h1>}
        </div>
      </main>
      <footer className="foot"><p>{t('shell.foot')}</p></footer>
      <WhyDrawer key={view.query.as} />
    </>
  );
}
