/* records.jsx: pages of every record type of every room, drawn from the rooms' tables.
 *
 *   /records                        all kinds
 *   /records/<room>/<plural>        a list; ?<field>=value filters, ?after=cursor pages
 *   /records/<room>/<plural>/new    a form
 *   /records/<room>/<plural>/<id>   one record; ?edit=1 its form
 */
import { useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { useTitle } from '../ui/hooks.js';
import { Answer } from '../ui/state.jsx';
import { RecordForm } from './form.jsx';
import { RecordList } from './list.jsx';
import { RecordView } from './view.jsx';
import './records.css';

export const hrefOfType = (type, ...more) => {
  const [, , , room, plural] = type.path.split('/');
  return hrefOf(['records', room, plural, ...more.map(String)]);
};

const isOpen = ({ may }) => may !== 'not';

/* Reports and actions of a room, as links in a line. */
function Asks({ room }) {
  const { pick } = useWords();
  const links = [
    ...(room.queries ?? []).filter(isOpen).map((one) => ({ ...one, to: ['tables', room.name, one.name] })),
    ...(room.actions ?? []).filter(isOpen).map((one) => ({ ...one, to: ['actions', room.name, one.name] })),
  ];
  if (!links.length) return null;
  return (
    <ul className="asks">
      {links.map((one) => <li key={one.path}><Link to={hrefOf(one.to)}>{pick(one, 'label')}</Link></li>)}
    </ul>
  );
}

function Kinds({ meta }) {
  const { t, pick } = useWords();
  useTitle(t('nav.records'));
  const rooms = meta.rooms.filter((room) => room.records?.some((type) => type.may?.read !== 'not')
    || room.queries?.some(isOpen) || room.actions?.some(isOpen));
  return (
    <>
      <div className="page-head">
        <h1>{t('nav.records')}</h1>
        <p className="lead">{t('records.lead')}</p>
        <p>
          <Link to={hrefOf(['devices'])}>{t('fleet.title')}</Link>{' · '}
          <Link to={hrefOf(['quality'])}>{t('vee.title')}</Link>
        </p>
      </div>
      {rooms.map((room) => (
        <section key={room.name} className="kinds-room">
          <h2>{pick(room, 'label')}</h2>
          <ul className="kinds">
            {room.records.filter((type) => type.may?.read !== 'not').map((type) => (
              <li key={type.name} className="card">
                <h3><Link to={hrefOfType(type)}>{pick(type, 'plural') || type.plural}</Link></h3>
                <p className="soft">{pick(type, 'help')}</p>
              </li>
            ))}
          </ul>
          <Asks room={room} />
        </section>
      ))}
    </>
  );
}

function find(meta, room, plural) {
  return meta.rooms.find((item) => item.name === room)?.records
    ?.find((type) => type.plural === plural || type.path === `/api/v1/${room}/${plural}`);
}

function Page({ meta, view }) {
  const { t } = useWords();
  const [, room, plural, id] = view.path;
  if (!room) return <Kinds meta={meta} />;
  const type = find(meta, room, plural);
  if (!type) return <h1>{t('state.notFound')}</h1>;
  if (!id) return <RecordList type={type} view={view} />;
  if (id === 'new') return <RecordForm type={type} />;
  return <RecordView type={type} id={id} view={view} />;
}

export function RecordsPage({ view }) {
  const meta = useMeta();
  return <Answer of={meta} tall>{(data) => <Page meta={data} view={view} />}</Answer>;
}
