/* doors.jsx: six doors, one for everybody who has to do with the place, and what is behind each. */
import { useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { identityOf } from '../shell/role.js';

const DOORS = ['resident', 'business', 'operator', 'officer', 'auditor', 'public'];

/* A house, a factory, a switchboard, a paper that is ticked, a glass, a column of numbers. */
const SIGNS = {
  resident: 'M3 11 12 3.5 21 11M5.5 9.5V20h13V9.5M10 20v-5.5h4V20',
  business: 'M3 20V10l6 4v-4l6 4V4.5h4.5V20zM7 17h1.5M11.2 17h1.5M15.4 17h1.5',
  operator: 'M4 19a9 9 0 1 1 16 0M12 15l4.5-5.5M12 15.6v.1M6.2 12.5l.8.4M12 7v1',
  officer: 'M6 3h9l4 4v14H6zM9.5 13.5l2.2 2.2 4-4.4M14.5 3v4.5H19',
  auditor: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.3 15.3 21 21M8 10.5h5M10.5 8v5',
  public: 'M4 20h16M6 20v-6h3v6M10.5 20V9h3v11M15 20V4h3v16',
};

export function Sign({ role }) {
  return (
    <svg className="sign" width="28" height="28" viewBox="0 0 24 24" aria-hidden="true">
      <path d={SIGNS[role]} fill="none" stroke="currentColor" strokeWidth="1.5"
        strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

/* In the demonstration a door leads into somebody's eyes; elsewhere all doors but the public one
 * lead to one's own home. */
export function Doors() {
  const { t } = useWords();
  const { data } = useMeta();
  const nameOf = (role) => identityOf(data?.identities, role)?.name;
  return (
    <nav className="doors no-print" aria-label={t('doors.title')}>
      <h2>{t('doors.title')}</h2>
      <ul className="plain">
        {DOORS.map((role) => (
          <li key={role}>
            <Link className={`door door-${role}`} to={hrefOf(['home'], { as: nameOf(role) })}>
              <Sign role={role} />
              <span>
                <strong>{t(`doors.${role}`)}</strong>
                <span className="soft block">{t(`doors.${role}.behind`)}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
