/* options.jsx: the options of cleaner production in their eight classes, with what they are worth. */
import { Fragment } from 'react';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { Badge } from '../ui/badge.jsx';
import { Empty } from '../ui/state.jsx';
import { Section, isKnown, signed, useChoice } from './asked.jsx';

const DECISIONS = { do_now: 'good', study: 'plain', reject: 'warn' };

/* How many there are in each class; a class without any says so. */
function Classes({ items, choices }) {
  const { t, pick } = useWords();
  return (
    <ul className="classes" aria-label={t('option.classes')}>
      {choices.map((choice) => {
        const count = items.filter((option) => option.class === choice.value).length;
        return (
          <li key={choice.value} className={count ? undefined : 'none'}>
            <span>{pick(choice, 'label')}</span><strong>{count}</strong>
          </li>
        );
      })}
    </ul>
  );
}

function Row({ option, word }) {
  const { t, moneyMinor, number } = useWords();
  return (
    <tr>
      <td>
        <Link to={hrefOf(['records', 'industry', 'options', String(option.id)])}>{option.title}</Link>
        {option.measure && (
          <span className="block"><Link to={hrefOf(['measure', String(option.measure)])}>
            {t('option.measure')}</Link></span>
        )}
      </td>
      <td>{option.decision && (
        <Badge kind={DECISIONS[option.decision] ?? 'plain'}>{word('decision', option.decision)}</Badge>
      )}</td>
      <td className="num">{isKnown(option.investment) ? moneyMinor(option.investment) : '–'}</td>
      <td className="num">{isKnown(option.saving_yearly) ? moneyMinor(option.saving_yearly) : '–'}</td>
      <td className="num">{isKnown(option.payback_years)
        ? t('option.years', { n: number(option.payback_years) }) : '–'}</td>
      <td className="num">{isKnown(option.npv) ? signed(moneyMinor(option.npv)) : '–'}</td>
      <td className="num">{isKnown(option.irr_percent) ? `${signed(number(option.irr_percent))} %` : '–'}</td>
    </tr>
  );
}

export function OptionsTable({ items }) {
  const { t, pick } = useWords();
  const { choicesOf, word } = useChoice('industry.option');
  const choices = choicesOf('class');
  const label = t('firm.table', { of: t('option.title') });
  return (
    <>
      <Classes items={items} choices={choices} />
      <div className="scroll" tabIndex={0} role="region" aria-label={label}>
        <table className="options">
          <thead>
            <tr>
              <th>{t('option.option')}</th><th>{t('option.decision')}</th>
              <th className="num">{t('option.investment')}</th><th className="num">{t('option.saving')}</th>
              <th className="num">{t('option.payback')}</th><th className="num">NPV</th>
              <th className="num">IRR</th>
            </tr>
          </thead>
          <tbody>
            {choices.map((choice) => {
              const of = items.filter((option) => option.class === choice.value);
              return of.length > 0 && (
                <Fragment key={choice.value}>
                  <tr><th scope="rowgroup" colSpan={7}>{pick(choice, 'label')}</th></tr>
                  {of.map((option) => <Row key={option.id} option={option} word={word} />)}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

export function OptionsPanel({ list }) {
  const { t } = useWords();
  return (
    <Section id="options" title={t('option.title')} of={list}>
      {list.items.length === 0 ? <Empty title={t('option.none')} /> : <OptionsTable items={list.items} />}
    </Section>
  );
}
