/* bar.jsx: the bar at the top: the name, the few links of a role, the search, language and theme.
 * On a phone the links, the search and the rest are behind one button. */
import { useEffect, useState } from 'react';
import { useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { areaOf, linksOf } from '../pages.js';
import { Link, hrefOf, set } from '../route.jsx';
import { Account } from './account.jsx';
import { roleOf } from './role.js';
import { PlaceSearch } from './search.jsx';

function Navigation({ view }) {
  const { t } = useWords();
  const me = useGet('/api/v1/me');
  const role = roleOf(me.data);
  return (
    <nav aria-label={t('nav.label')}>
      {linksOf(role).map((first) => (
        <Link key={first} to={hrefOf(first ? [first] : [])}
          aria-current={areaOf(view) === first ? 'page' : undefined}>
          {first === 'home' ? t(`nav.home.${role}`) : t(`nav.${first || 'place'}`)}
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

function Theme() {
  const { t } = useWords();
  const toggle = useTheme();
  return (
    <button type="button" className="quiet" onClick={toggle} title={t('shell.theme')}
      aria-label={t('shell.theme')}>
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        <circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" strokeWidth="1.6" />
        <path d="M9 2a7 7 0 0 1 0 14Z" fill="currentColor" />
      </svg>
    </button>
  );
}

/* Open until one goes somewhere, or presses Escape. */
function useMenu(view) {
  const [isOpen, setOpen] = useState(false);
  const path = view.path.join('/');
  useEffect(() => { setOpen(false); }, [path]);
  useEffect(() => {
    if (!isOpen) return undefined;
    const onKey = (event) => event.key === 'Escape' && setOpen(false);
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [isOpen]);
  return [isOpen, setOpen];
}

/* eyes: whom the pages are shown to; null: not known yet. */
export function Bar({ view, eyes }) {
  const { t, lang } = useWords();
  const [isOpen, setOpen] = useMenu(view);
  return (
    <header className={isOpen ? 'bar bar-open' : 'bar'}>
      <Link to={hrefOf([])} className="brand"><img src="/icon.svg" alt="" />{t('app.name')}</Link>
      <button type="button" className="quiet menu-button" aria-expanded={isOpen}
        aria-controls="menu" onClick={() => setOpen(!isOpen)}>
        <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
          <path d={isOpen ? 'M4 4l12 12M16 4L4 16' : 'M2 5h16M2 10h16M2 15h16'} fill="none"
            stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
        </svg>
        <span>{t('nav.menu')}</span>
      </button>
      <div id="menu" className="menu">
        {eyes !== null && <Navigation key={eyes} view={view} />}
        <div className="bar-tools">
          <PlaceSearch onGone={() => setOpen(false)} />
          {eyes !== null && <Account key={eyes} />}
          <button type="button" className="quiet" lang={lang === 'vi' ? 'en' : 'vi'}
            onClick={() => set({ lang: lang === 'vi' ? 'en' : '' })}>
            {t('shell.language')}
          </button>
          <Theme />
        </div>
      </div>
    </header>
  );
}
