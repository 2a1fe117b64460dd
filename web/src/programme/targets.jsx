/* targets.jsx: the targets in force in a year, by document, each with where it stands. */
import { useState } from 'react';
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { Badge, VerifiedBadge } from '../ui/badge.jsx';
import { unitText } from '../ui/number.jsx';
import { Answer, Empty } from '../ui/state.jsx';

function goalText(target, { t, exact }) {
  const unit = unitText(target.unit);
  if (target.comparator === 'range') {
    return `${exact(target.value_min)}–${exact(target.value_max)} ${unit}`;
  }
  return `${t(`goal.${target.comparator}`)} ${exact(target.value_min ?? target.value_max)} ${unit}`;
}

const VERDICTS = { on_track: 'good', reached: 'good', behind: 'warn', not_known: 'plain' };

/* A target without data says so. */
function Standing({ target }) {
  const { t, term, number } = useWords();
  const { data, error } = useGet(url('/api/v1/programme/do/target_standing', { target: target.id }));
  if (error) return <span className="soft">{t('targets.unknown')}</span>;
  if (!data) return <span className="soft">…</span>;
  const has = data.value !== null && data.value !== undefined;
  return (
    <>
      {has && <strong>{number(data.value)} {unitText(target.unit)} </strong>}
      <Badge kind={VERDICTS[data.verdict] ?? 'plain'}>{term('verdict', data.verdict)}</Badge>
      {data.denominator > 0 && (
        <span className="soft block">
          {t('targets.fraction', { n: number(data.numerator), of: number(data.denominator) })}
          {data.missing > 0 && ` · ${t('targets.missing', { n: number(data.missing) })}`}
        </span>
      )}
    </>
  );
}

function Row({ target }) {
  const words = useWords();
  const { day, pick } = words;
  return (
    <tr>
      <td>
        <Link to={hrefOf(['records', 'programme', 'targets', String(target.id)])}>
          {pick(target, 'label') || target.indicator}
        </Link>
        <span className="soft block">{target.scope}</span>
      </td>
      <td className="goal">{goalText(target, words)}</td>
      <td>{[target.period_from, target.period_to].filter(Boolean)
        .filter((one, i, all) => all.indexOf(one) === i)
        .map((one) => (String(one).length > 4 ? day(one) : one)).join('–')}</td>
      <td><Standing target={target} /></td>
      <td><VerifiedBadge value={target.verified} /></td>
    </tr>
  );
}

function Document({ name, targets, isOpen }) {
  const { t } = useWords();
  const [wasOpened, setOpened] = useState(isOpen);
  return (
    <details className="document" open={isOpen}
      onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary><strong>{name}</strong> <span className="soft">
        {t('targets.count', { n: targets.length })}</span></summary>
      {wasOpened && (
        <div className="scroll" tabIndex={0} role="region" aria-label={name}>
          <table className="targets">
            <thead>
              <tr>
                <th>{t('targets.target')}</th><th>{t('targets.goal')}</th>
                <th>{t('targets.years')}</th><th>{t('targets.standing')}</th>
                <th>{t('targets.source')}</th>
              </tr>
            </thead>
            <tbody>{targets.map((target) => (
              <Row key={target.id} target={target} />
            ))}</tbody>
          </table>
        </div>
      )}
    </details>
  );
}

const covers = (target, year) => (!target.period_from || Number(target.period_from) <= year)
  && (!target.period_to || Number(target.period_to) >= year);

export function Targets({ year }) {
  const { t } = useWords();
  const targets = useGet(url('/api/v1/programme/targets', { limit: 1000 }));
  return (
    <section className="panel">
      <h2>{t('targets.title', { year })}</h2>
      <Answer of={targets} tall>{(data) => {
        const inForce = data.items.filter((target) => covers(target, year));
        if (!inForce.length) return <Empty title={t('targets.none', { year })} />;
        const documents = new Map();
        for (const target of inForce) {
          const name = target.document || t('targets.noDocument');
          documents.set(name, [...(documents.get(name) ?? []), target]);
        }
        return (
          <>
            <p className="sentence">
              {t('targets.sentence', { n: inForce.length, year, documents: documents.size })}
            </p>
            {[...documents].map(([name, list], i) => (
              <Document key={name} name={name} targets={list} isOpen={i === 0} />
            ))}
          </>
        );
      }}</Answer>
    </section>
  );
}
