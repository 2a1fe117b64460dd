/* home.jsx: three cards for whoever looks, by what one is: resident, business, operator, officer,
 * auditor, or everybody. */
import { useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { useTitle } from '../ui/hooks.js';
import { Answer } from '../ui/state.jsx';
import { Sign } from '../place/doors.jsx';
import { roleOf } from '../shell/role.js';
import { AuditorHome } from './auditor.jsx';
import { BusinessHome } from './business.jsx';
import { OfficerHome } from './officer.jsx';
import { OperatorHome } from './operator.jsx';
import { PublicHome } from './public.jsx';
import { ResidentHome } from './resident.jsx';
import './home.css';

/* Who has no cards of his own is shown what everybody is. */
const HOMES = {
  auditor: AuditorHome,
  business: BusinessHome,
  officer: OfficerHome,
  operator: OperatorHome,
  public: PublicHome,
  resident: ResidentHome,
};

export function HomePage({ view }) {
  const { t } = useWords();
  const me = useGet('/api/v1/me');
  const role = me.data ? roleOf(me.data) : null;
  const shown = role in HOMES ? role : 'public';
  useTitle(role && t(`home.${shown}`));
  return (
    <Answer of={me} tall>{(data) => {
      const Cards = HOMES[shown];
      return (
        <>
          <div className="page-head home-head">
            <Sign role={shown} />
            <div>
              <h1>{t(`home.${shown}`)}</h1>
              <p className="lead">{t(`doors.${shown}.behind`)}</p>
            </div>
          </div>
          <div className={`home-cards home-${shown}`}><Cards view={view} me={data} /></div>
        </>
      );
    }}</Answer>
  );
}
