/* process.jsx: the flow chart of a line: step by step what goes in, what comes out, what is wasted;
 * the step that an assessment looks at is marked. */
import { useWords } from '../i18n/index.js';
import { Badge } from '../ui/badge.jsx';
import { Section, useList } from './asked.jsx';

function Step({ step }) {
  const { t } = useWords();
  const rows = [['process.in', step.inputs], ['process.out', step.outputs], ['process.waste', step.wastes]]
    .filter(([, text]) => text);
  return (
    <li className={step.is_focus ? 'process process-focus' : 'process'}>
      <h3>{step.step_no}. {step.name}</h3>
      {step.is_focus && <p><Badge kind="warn">{t('process.focus')}</Badge></p>}
      <dl>
        {rows.map(([key, text]) => <div key={key}><dt>{t(key)}</dt><dd>{text}</dd></div>)}
      </dl>
    </li>
  );
}

export function ProcessPanel({ line }) {
  const { t } = useWords();
  const list = useList('industry/processes', { line: line.id });
  const steps = [...list.items].sort((a, b) => a.step_no - b.step_no);
  if (!steps.length) return null;
  return (
    <Section id="process" title={t('process.title')} of={list}>
      <ol className="processes">{steps.map((step) => <Step key={step.id} step={step} />)}</ol>
    </Section>
  );
}
