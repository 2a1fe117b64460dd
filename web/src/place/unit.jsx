/* unit.jsx: a place that has no plan of its own: what it is, and what the place above knows of it. */
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { useTitle } from '../ui/hooks.js';
import { Waiting } from '../ui/state.jsx';
import { STANDING } from './place.jsx';
import { unitName } from './units.jsx';

/* How it stands in the plan of the place above. */
function InPlan({ place, year }) {
  const { t, pick, day } = useWords();
  const above = useGet(place.parent ? url(STANDING, { place: place.parent, year }) : null);
  const unit = above.data?.units?.find(({ code }) => code === place.code);
  if (above.isLoading && !above.data) return <Waiting />;
  if (!unit) return <p className="soft">{t('unit.nothing')}</p>;
  return (
    <>
      <p className="soft">{pick(above.data, 'title')}</p>
      <p className={`unit-state unit-large unit-${unit.state}`}>
        <span className={`map-swatch swatch-${unit.state}`} aria-hidden="true" />
        {t(`units.is.${unit.state}`)}
      </p>
      {unit.due && <p>{t('units.due', { day: day(unit.due) })}</p>}
      <p><Link to={hrefOf(['place', above.data.place_code], { year, unit: place.code })}>
        {t('unit.onMap')}</Link></p>
    </>
  );
}

export function UnitPage({ place, year }) {
  const { t, lang, number, day } = useWords();
  useTitle(unitName(place, lang));
  return (
    <>
      <div className="page-head">
        <p className="crumbs"><Link to={hrefOf([])}>{t('nav.place')}</Link>
          {place.parent_label && ` › ${place.parent_label}`}</p>
        <h1>{unitName(place, lang)}</h1>
        {lang === 'vi' && place.name_en && <p className="lead">{place.name_en}</p>}
      </div>
      <section className="panel">
        <h2>{t('unit.standing')}</h2>
        <InPlan place={place} year={year} />
      </section>
      <section className="panel">
        <h2>{t('unit.about')}</h2>
        <dl className="pairs">
          <div><dt>{t('bars.code')}</dt><dd>{place.code}</dd></div>
          {place.area_km2 && <div><dt>{t('unit.area')}</dt><dd>{number(place.area_km2)} km²</dd></div>}
          {place.valid_from && <div><dt>{t('unit.since')}</dt><dd>{day(place.valid_from)}</dd></div>}
          {place.source && <div><dt>{t('why.source')}</dt><dd>{place.source}</dd></div>}
        </dl>
      </section>
    </>
  );
}
