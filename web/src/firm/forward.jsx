/* forward.jsx: the demonstration's clock put forward, so that one sees what a measure does. Only the
 * operator of a demonstration has it. */
import { useEffect, useState } from 'react';
import { ask, get, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { setNow } from '../ui/dates.js';
import { ErrorBox } from '../ui/state.jsx';

const ASK_MS = 400;
const DAYS = 30;

/* How far the making of history is, asked for while it runs. */
function useMaking(isRunning) {
  const [making, setMaking] = useState(null);
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => get('/api/v1/demo')
      .then((demo) => setMaking(demo.making), () => {}), ASK_MS);
    return () => { clearInterval(timer); setMaking(null); };
  }, [isRunning]);
  return making;
}

/* The clock has moved when the server answers; the readings between may still be made. */
async function settled() {
  for (;;) {
    const demo = await get('/api/v1/demo');
    setNow(demo.now);
    if (!demo.making) return;
    await new Promise((resolve) => { setTimeout(resolve, ASK_MS); });
  }
}

export function Forward({ me, onDone }) {
  const { t, pick } = useWords();
  const meta = useMeta();
  const demo = useGet(meta.data?.identities ? '/api/v1/demo' : null);
  const [state, setState] = useState({});
  const making = useMaking(state.isBusy);
  const isKeeper = me?.roles?.some((role) => role === 'operator' || role === 'admin');
  if (!demo.data?.is_demo || !isKeeper) return null;
  const forward = async () => {
    setState({ isBusy: true });
    try {
      await ask('POST', '/api/v1/demo/forward', { days: DAYS });
      await settled();
      setState({ isDone: true });
      onDone();
    } catch (problem) {
      setState({ problem });
    }
  };
  return (
    <div className="forward no-print">
      <button type="button" disabled={state.isBusy} onClick={forward}>
        <span aria-hidden="true">⏩ </span>{t('forward.do', { n: DAYS })}
      </button>
      {state.isBusy && (
        <>
          <progress max={making?.total || 1} value={making ? making.done : undefined}
            aria-label={t('forward.busy')} />
          <p className="soft" role="status">{pick(making, 'text') || t('forward.busy')}</p>
        </>
      )}
      {state.isDone && <p className="soft" role="status">{t('forward.done', { n: DAYS })}</p>}
      {state.problem && <ErrorBox problem={state.problem} />}
      <p className="soft">{t('forward.how')}</p>
    </div>
  );
}
