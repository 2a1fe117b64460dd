/* route.js: the URL as the state of the page.
 *
 * A view is {path: [segments], query: {name: text}}. go() makes a new entry in the history, set()
 * changes parameters of the view where one is (no entry for those that follow quickly). */
import { useSyncExternalStore } from 'react';

const EVENT = 'xanh-route';

function read() {
  const query = {};
  new URLSearchParams(window.location.search).forEach((value, name) => { query[name] = value; });
  const path = window.location.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  return { path, query };
}

let view = read();
let key = window.location.href;

function refresh() {
  if (window.location.href !== key) {
    key = window.location.href;
    view = read();
    window.dispatchEvent(new Event(EVENT));
  }
}

function subscribe(listener) {
  window.addEventListener('popstate', refresh);
  window.addEventListener(EVENT, listener);
  return () => window.removeEventListener(EVENT, listener);
}

export function useView() {
  return useSyncExternalStore(subscribe, () => view);
}

/* What stays when one goes from page to page. */
const KEPT = ['lang', 'as'];

export function hrefOf(path, query = {}) {
  const kept = {};
  for (const name of KEPT) if (view.query[name]) kept[name] = view.query[name];
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...kept, ...query })) {
    if (value !== undefined && value !== null && value !== '') all.set(name, value);
  }
  const text = all.toString();
  const where = `/${path.map(encodeURIComponent).join('/')}`;
  return text ? `${where}?${text}` : where;
}

export function go(href) {
  window.history.pushState(null, '', href);
  refresh();
  window.scrollTo(0, 0);
}

export function set(changes, { isReplacing = false } = {}) {
  const query = { ...view.query, ...changes };
  const href = hrefOf(view.path, query);
  window.history[isReplacing ? 'replaceState' : 'pushState'](null, '', href);
  refresh();
}

/* A link that stays in the page. */
export function Link({ to, children, ...rest }) {
  const onClick = (event) => {
    if (event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      go(to);
    }
  };
  return <a href={to} onClick={onClick} {...rest}>{children}</a>;
}
