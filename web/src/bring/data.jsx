/* data.jsx: bring your own data, in three ways: a file of bills, a reading by hand or by curl, devices.
 */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { useTitle } from '../ui/hooks.js';
import { BringFile } from './file.jsx';
import { SendData } from './send.jsx';
import './bring.css';

function Devices() {
  const { t } = useWords();
  const ways = [
    [['devices', 'new'], 'bring.manyDevices', 'bring.manyDevicesHow'],
    [['mapping'], 'mapping.title', 'mapping.intro'],
  ];
  return (
    <>
      {ways.map(([path, title, how]) => (
        <section className="panel" key={title}>
          <h2>{t(title)}</h2>
          <p>{t(how)}</p>
          <p><Link to={hrefOf(path)}>{t('bring.go')}</Link></p>
        </section>
      ))}
      <section className="panel">
        <h2>{t('data.file')}</h2>
        <p>{t('data.fileHow')}</p>
        <pre tabIndex={0}><code>xanh import readings.csv</code></pre>
      </section>
    </>
  );
}

const TABS = { file: BringFile, send: SendData, devices: Devices };

export function DataPage({ view }) {
  const { t } = useWords();
  useTitle(t('data.title'));
  const on = TABS[view.query.tab] ? view.query.tab : 'file';
  const Tab = TABS[on];
  return (
    <>
      <div className="page-head">
        <h1>{t('data.title')}</h1>
        <p className="lead">{t('bring.lead')}</p>
      </div>
      <nav className="bring-tabs no-print" aria-label={t('data.title')}>
        {Object.keys(TABS).map((tab) => (
          <Link key={tab} to={hrefOf(['data'], { tab: tab === 'file' ? '' : tab })}
            aria-current={tab === on ? 'page' : undefined}>{t(`bring.tab.${tab}`)}</Link>
        ))}
      </nav>
      <Tab />
    </>
  );
}
