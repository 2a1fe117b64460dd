/* measures.jsx: measures as cards: what was promised, what was proved. */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { unitText } from '../ui/number.jsx';
import { Empty } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { Section, Verdict, isKnown, signed } from './asked.jsx';

/* "−240 MWh (−310 … −170)": proved or not, the interval is told. */
export function effectText(measure, { number, t }) {
  const unit = unitText(measure.expected_unit);
  if (!isKnown(measure.verified_effect)) return t('measure.noEffect');
  return `${signed(number(measure.verified_effect))} ${unit} (${signed(number(measure.verified_low))} … `
    + `${signed(number(measure.verified_high))})`;
}

export function MeasureCard({ measure }) {
  const words = useWords();
  const { t, number, moneyMinor, day } = words;
  return (
    <li className="measure">
      <h3><Link to={hrefOf(['measure', String(measure.id)])}>{measure.title}</Link></h3>
      <p className="measure-state">
        <StateBadge value={measure.state} />
        {measure.verdict && <Verdict value={measure.verdict} />}
        <Why label={measure.title} about={{ record: 'core.measure', id: measure.id }} />
      </p>
      <dl>
        {isKnown(measure.expected_effect) && (
          <div><dt>{t('measure.expected')}</dt>
            <dd>{signed(number(measure.expected_effect))} {unitText(measure.expected_unit)}</dd></div>
        )}
        {isKnown(measure.verified_effect) && (
          <div><dt>{t('measure.verified')}</dt><dd>{effectText(measure, words)}</dd></div>
        )}
        {isKnown(measure.cost) && (
          <div><dt>{t('measure.cost')}</dt><dd>{moneyMinor(measure.cost)}</dd></div>
        )}
        {isKnown(measure.done) ? <div><dt>{t('measure.done')}</dt><dd>{day(measure.done)}</dd></div>
          : isKnown(measure.due) && <div><dt>{t('measure.due')}</dt><dd>{day(measure.due)}</dd></div>}
      </dl>
    </li>
  );
}

/* What runs now comes first, what was dropped last. */
const ORDER = ['running', 'done', 'verified', 'planned', 'dropped'];
export const inOrder = (list) => [...list].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));

export function MeasuresPanel({ list }) {
  const { t } = useWords();
  const items = inOrder(list.items);
  return (
    <Section id="measures" title={t('firm.measures')} of={list}>
      {items.length === 0 ? <Empty title={t('firm.noMeasures')} /> : (
        <ul className="measures">
          {items.map((measure) => <MeasureCard key={measure.id} measure={measure} />)}
        </ul>
      )}
    </Section>
  );
}
