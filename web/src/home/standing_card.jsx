/* standing_card.jsx: how far the place is, in small: the sentence and a bar for each target. */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { SimulatedBadge } from '../ui/badge.jsx';
import { Answer } from '../ui/state.jsx';
import { TargetBar, valueText } from '../place/bars.jsx';
import { usePlaceStanding } from '../place/place.jsx';
import { Verdict } from '../place/verdict.jsx';
import '../place/place.css';

/* `children` stand below, where there is a plan. */
export function StandingCard({ title, children }) {
  const words = useWords();
  const { t, pick } = words;
  const standing = usePlaceStanding('', '');
  return (
    <section className="card">
      <h2>{title}</h2>
      <Answer of={standing}>{(data) => (data.has_place ? (
        <>
          <p className="sentence">{pick(data, 'sentence')} {data.is_simulated && <SimulatedBadge />}</p>
          <ul className="plain small-bars">
            {data.targets.map((target) => (
              <li key={target.code}>
                <div className="target-line">
                  <Link to={hrefOf(['target', target.code], { year: data.year })}>{pick(target, 'label')}</Link>
                  <strong>{valueText(target, words)}</strong>
                </div>
                <TargetBar target={target} height={8} />
                <Verdict value={target.verdict} />
              </li>
            ))}
          </ul>
          {children}
        </>
      ) : <p className="soft">{t('public.noPlan')}</p>)}</Answer>
    </section>
  );
}
