/* cases.jsx: case files of cleaner production: the six steps with their eighteen tasks, and what was
 * saved. */
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { Empty } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { Section, isKnown } from './asked.jsx';

const CUTS = ['material', 'energy', 'dust', 'wastewater'];

/* {data: {task_count, done_count, tasks}}: the table of tasks, with what a file has done of it. */
export const useTasks = (file) => useGet(url('/api/v1/industry/do/tasks', { case_file: file.id }));

/* [[step_no, tasks]] in order. */
export function stepsOf(tasks) {
  const steps = new Map();
  for (const task of tasks) steps.set(task.step_no, [...(steps.get(task.step_no) ?? []), task]);
  return [...steps];
}

function StepBar({ tasks }) {
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

function Steps({ file }) {
  const { t, pick } = useWords();
  const { data } = useTasks(file);
  if (!data) return null;
  return (
    <ol className="steps" aria-label={t('case.steps')}>
      {stepsOf(data.tasks).map(([step, tasks]) => (
        <li key={step}>
          <StepBar tasks={tasks} />
          <span className="step-name">{step}. {pick(tasks[0], 'step')}</span>
          <span>{t('case.stepDone', {
            n: tasks.filter((task) => task.is_done).length, of: tasks.length,
          })}</span>
        </li>
      ))}
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
              <Steps file={file} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
