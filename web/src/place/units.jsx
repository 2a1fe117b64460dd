/* units.jsx: the wards and communes below a place, by who has reported: a map, a legend that counts
 * and filters, the same as a list, and what is known of the one that was chosen. */
import { useState } from 'react';
import { useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, set } from '../route.jsx';
import { ChartFrame } from '../ui/chart.jsx';
import { AreaMap } from '../ui/map.jsx';
import { roleOf } from '../shell/role.js';

export const UNIT_STATES = ['reported', 'late', 'missing'];
const SEES_REPORTS = ['operator', 'officer', 'auditor'];

function Legend({ units, shown }) {
  const { t, number } = useWords();
  return (
    <ul className="plain map-legend">
      {UNIT_STATES.map((state) => (
        <li key={state}>
          <button type="button" aria-pressed={shown === state}
            onClick={() => set({ units: shown === state ? '' : state, unit: '' }, { isReplacing: true })}>
            <span className={`map-swatch swatch-${state}`} aria-hidden="true" />
            <strong>{number(units.filter((unit) => unit.state === state).length)}</strong>
            {' '}{t(`units.${state}`)}
          </button>
        </li>
      ))}
    </ul>
  );
}

export const unitName = (unit, lang) => (lang === 'en' && unit.name_en ? unit.name_en : unit.name);

/* What is known of one unit. */
function Chosen({ unit, year }) {
  const { t, day, lang } = useWords();
  const me = useGet('/api/v1/me');
  const maySee = SEES_REPORTS.includes(roleOf(me.data));
  return (
    <div className="unit-card" role="status">
      <div>
        <h3>{unitName(unit, lang)}</h3>
        <p className={`unit-state unit-${unit.state}`}>
          <span className={`map-swatch swatch-${unit.state}`} aria-hidden="true" />
          {t(`units.is.${unit.state}`)}
          {unit.due && <span className="soft"> · {t('units.due', { day: day(unit.due) })}</span>}
        </p>
      </div>
      <div className="actions">
        {unit.report && maySee && (
          <Link className="button" to={hrefOf(['records', 'programme', 'reports', String(unit.report)])}>
            {t('units.report')}</Link>
        )}
        <Link className="button" to={hrefOf(['place', unit.code], { year })}>{t('units.open')}</Link>
        <button type="button" className="quiet" aria-label={t('why.close')}
          onClick={() => set({ unit: '' }, { isReplacing: true })}>
          <span aria-hidden="true">✕</span>
        </button>
      </div>
    </div>
  );
}

function useColumns(year) {
  const { t, day, lang } = useWords();
  return [
    { name: 'code', label: t('bars.code'), isForFile: true },
    { name: 'name', label: t('units.unit'), show: (unit) => (
      <Link to={hrefOf(['place', unit.code], { year })}>{unitName(unit, lang)}</Link>) },
    { name: 'state', label: t('records.state'), show: (unit) => (
      <span className="unit-state">
        <span className={`map-swatch swatch-${unit.state}`} aria-hidden="true" />
        {t(`units.${unit.state}`)}
      </span>) },
    { name: 'due', label: t('programme.due'), show: (unit) => day(unit.due) },
  ];
}

export function Units({ data, view }) {
  const words = useWords();
  const { t, lang } = words;
  const { units } = data;
  const [at, setAt] = useState(null);
  const map = useGet(data.place ? `/api/v1/places/${data.place}/map` : null);
  const shown = UNIT_STATES.includes(view.query.units) ? view.query.units : '';
  const byCode = new Map(units.map((unit) => [unit.code, unit]));
  const chosen = byCode.get(view.query.unit) ?? null;
  const seen = byCode.get(at);
  const say = (unit) => `${unitName(unit, lang)}: ${t(`units.${unit.state}`)}`;
  const rows = units.filter((unit) => !shown || unit.state === shown);
  const isSchematic = map.data?.features?.some((feature) => feature.properties.is_schematic);
  const columns = useColumns(data.year);
  return (
    <div className="panel place-units">
      <ChartFrame title={t('units.title', { n: units.length })} columns={columns} rows={rows}
        fileName={`${data.place_code}-${data.year}-units`} isTableFirst={Boolean(map.error)}
        readout={seen ? say(seen) : <span className="soft">{t('units.hint')}</span>}
        lead={<Legend units={units} shown={shown} />}
        foot={chosen && <Chosen unit={chosen} year={data.year} />}>
        <AreaMap collection={map.data} label={t('units.mapLabel', { n: units.length })}
          states={Object.fromEntries(units.map((unit) => [unit.code, unit.state]))}
          labelOf={(area) => (byCode.get(area.code) ? say(byCode.get(area.code))
            : unitName(area, lang))}
          shown={shown} picked={chosen?.code} onPoint={setAt}
          onOpen={(code) => set({ unit: code }, { isReplacing: true })} />
        {isSchematic && <p className="soft map-note">{t('units.schematic')}</p>}
      </ChartFrame>
    </div>
  );
}
