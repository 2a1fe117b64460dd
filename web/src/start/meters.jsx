/* meters.jsx: the meters of a place, a row each: what it is, its month in a small picture, what it
 * shows now and how old that is. */
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, useView } from '../route.jsx';
import { SimulatedBadge } from '../ui/badge.jsx';
import { Age, LiveNumber, unitText } from '../ui/number.jsx';
import { Spark } from '../ui/spark.jsx';
import { colorOf } from '../ui/color.js';
import { fold } from '../ui/fold.js';
import { useFirst } from '../ui/more.jsx';

/* More rows than this are shown without their pictures. */
const PICTURES_MAX = 40;
const FIRST = 80;

function Use({ series, period }) {
  const { number, pick } = useWords();
  const use = useGet(url('/api/v1/use', {
    series: series.code, from: period.from, to: period.to, period: period.period,
  }));
  if (!use.data || use.data.total === null) return <td className="spark-cell" role="cell" />;
  return (
    <td className="spark-cell" role="cell"><div>
      <Spark amounts={use.data.windows.map((window) => window.amount)} color={colorOf(series)} />
      <span className="spark-sum" title={pick(use.data, 'sentence')}>
        {number(use.data.total)} <span className="unit">{unitText(use.data.unit)}</span>
      </span>
    </div></td>
  );
}

/* With its place, unless its name says it already. */
export function nameOf({ name, place_label: place }) {
  return place && !fold(name).includes(fold(place)) ? `${place} · ${name}` : name;
}

function Row({ series, last, period, hasPicture }) {
  const { t } = useWords();
  const { query } = useView();
  const href = hrefOf(['meter', ...series.code.split('/')], { view: query.view, on: query.on });
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        <Link to={href}>{nameOf(series)}</Link>
        <span className="soft block">{series.code}</span>
      </th>
      {hasPicture && <Use series={series} period={period} />}
      <td className="num" role="cell">
        {last?.time ? (
          <>
            <LiveNumber value={last.value} unit={last.unit ?? series.unit} />
            <span className="soft block"><Age time={last.time} /></span>
          </>
        ) : <span className="soft">{t('start.silent')}</span>}
      </td>
    </tr>
  );
}

export function Meters({ series, lasts, period }) {
  const { t } = useWords();
  const { shown, more } = useFirst(series, FIRST);
  const hasPicture = series.length <= PICTURES_MAX;
  const isSimulated = series.some((item) => lasts[item.code]?.quality?.includes('simulated'));
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('start.meters')}>
      {isSimulated && <p><SimulatedBadge /></p>}
      <table className="meters" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader">{t('start.meter')}</th>
            {hasPicture && <th role="columnheader">{t(`start.used.${period.view}`)}</th>}
            <th role="columnheader" className="num">{t('meter.now')}</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((item) => (
            <Row key={item.id} series={item} last={lasts[item.code]} period={period}
              hasPicture={hasPicture} />
          ))}
        </tbody>
      </table>
      {more}
    </div>
  );
}
