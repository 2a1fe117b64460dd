/* tabs.jsx: the three pages of those who keep the devices, each one click from the others. */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import './fleet.css';

const TABS = [
  { path: 'devices', key: 'fleet.title' },
  { path: 'quality', key: 'vee.title' },
  { path: 'mapping', key: 'mapping.title' },
];

export function FleetTabs({ on }) {
  const { t } = useWords();
  return (
    <nav className="fleet-tabs no-print" aria-label={t('nav.devices')}>
      {TABS.map(({ path, key }) => (
        <Link key={path} to={hrefOf([path])} aria-current={path === on ? 'page' : undefined}>
          {t(key)}
        </Link>
      ))}
    </nav>
  );
}
