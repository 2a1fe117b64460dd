/* cases.jsx: case files of cleaner production: the six steps with their eighteen tasks, and what was
 * saved. */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { Empty } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { Section, isKnown } from './asked.jsx';

const STEPS = [1, 2, 3, 4, 5, 6];
const CUTS = ['material', 'energy', 'dust', 'wastewater'];

export const tasksOf = (file, step) => (file.tasks ?? []).filter((task) => task.step_no === step);

export function StepBar({ tasks }) {
  const width = 100 / Math.max(1, tasks.length);
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      {tasks.map((task, i) => (
        <rect key={task.task_no} className={task.is_done ? 'task-done' : 'task-all'} x={i * width}
          width={width - 3} height="8" rx="2" />
      ))}
    </svg>
  );
}

export function Steps({ file }) {
  const { t } = useWords();
  return (
    <ol className="steps" aria-label={t('case.steps')}>
      {STEPS.map((step) => {
        const tasks = tasksOf(file, step);
        return (
          <li key={step}>
            <StepBar tasks={tasks} />
            <span className="step-name">{step}. {t(`case.step.${step}`)}</span>
            <span>{t('case.tasksDone', { n: tasks.filter((task) => task.is_done).length, of: tasks.length })}</span>
          </li>
        );
      })}
    </ol>
  );
}

/* "material −3,6 %": positive is a cut. */
export function Cuts({ file }) {
  const { t, number } = useWords();
  const known = CUTS.filter((kind) => isKnown(file[`${kind}_cut_percent`]));
  if (!known.length) return <p className="soft">{t('case.noResults')}</p>;
  return (
    <p className="cuts">
      {known.map((kind) => (
        <span key={kind}>{t(`case.kind.${kind}`)}{' '}
          <strong>{cutText(file[`${kind}_cut_percent`], number)}</strong></span>
      ))}
    </p>
  );
}

export const cutText = (cut, number) => (cut < 0 ? `+${number(-cut)} %` : `−${number(cut)} %`);

export function CasesPanel({ list }) {
  const { t } = useWords();
  const items = [...list.items].sort((a, b) => b.year - a.year);
  return (
    <Section id="cases" title={t('firm.cases')} of={list}>
      {items.length === 0 ? <Empty title={t('firm.noCases')} /> : (
        <ul className="case-cards">
          {items.map((file) => (
            <li key={file.id} className="case-card">
              <h3>
                <Link to={hrefOf(['case', String(file.id)])}>{file.year} · {file.title}</Link>
                <StateBadge value={file.state} />
                <Why label={file.title} about={{ record: 'industry.case', id: file.id }} />
              </h3>
              <Cuts file={file} />
              {file.tasks?.length > 0 && <Steps file={file} />}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
