/* app.jsx: the shell around every page. In the demonstration a page that names nobody (?as=) is
 * shown as everybody may see it. */
import { useEffect, useRef } from 'react';
import { readKey, setViewAs } from './api.js';
import { useWords } from './i18n/index.js';
import { PAGES } from './pages.js';
import { useView } from './route.jsx';
import { Bar } from './shell/bar.jsx';
import { DemoStrip, useDemo } from './shell/demo.jsx';
import { Waiting } from './ui/state.jsx';
import { WhyDrawer } from './ui/why.jsx';

/* Who goes to another page by keyboard or with a screen reader starts at its beginning. */
function useFocus(path) {
  const main = useRef(null);
  const last = useRef(path);
  useEffect(() => {
    if (last.current !== path) main.current?.focus({ preventScroll: true });
    last.current = path;
  }, [path]);
  return main;
}

/* Whom the pages are shown to: a name, '' for whoever the key says, null while it is not known. */
function eyesOf(view, start) {
  if (!start) return null;
  if (view.query.as) return view.query.as;
  return start.isDemo && !readKey() ? 'public' : '';
}

export function App() {
  const view = useView();
  const { t, lang } = useWords();
  const start = useDemo();
  const eyes = eyesOf(view, start);
  setViewAs(eyes);
  useEffect(() => { document.documentElement.lang = lang; }, [lang]);
  const path = view.path.join('/');
  const main = useFocus(path);
  const Page = PAGES[view.path[0] ?? ''];
  return (
    <>
      <a className="skip" href="#main">{t('app.skip')}</a>
      <Bar view={view} eyes={eyes} />
      {start?.isDemo && <DemoStrip eyes={eyes} demo={start.demo} />}
      <main id="main" ref={main} tabIndex={-1}>
        {eyes === null ? <Waiting tall /> : (
          <div key={`${path} ${eyes}`}>
            {Page ? <Page view={view} /> : <h1>{t('state.notFound')}</h1>}
          </div>
        )}
      </main>
      <footer className="foot"><p>{t('shell.foot')}</p></footer>
      {eyes !== null && <WhyDrawer key={eyes} />}
    </>
  );
}
