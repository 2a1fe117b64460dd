/* api.js: asking the server. Every answer is JSON; every refusal is a problem (RFC 9457) that is
 * thrown as it is, so that a form can put it beside the field it names. */
import { useCallback, useEffect, useRef, useState } from 'react';

export class Problem extends Error {
  constructor(body) {
    super(body.detail || body.title || 'error');
    Object.assign(this, body);
  }
}

/* Whom the demo shows the page to; set by the shell. */
let viewAs = '';
export function setViewAs(name) { viewAs = name || ''; }
export const viewedAs = () => viewAs;

async function readProblem(response) {
  try {
    return new Problem(await response.json());
  } catch {
    return new Problem({ status: response.status, title: response.statusText, code: 'IO' });
  }
}

export async function ask(method, path, body, headers = {}) {
  const options = { method, headers: { Accept: 'application/json', ...headers } };
  if (viewAs) options.headers['Xanh-View-As'] = viewAs;
  if (body !== undefined) {
    const isRaw = typeof body === 'string' || body instanceof Blob;
    options.body = isRaw ? body : JSON.stringify(body);
    if (!isRaw) options.headers['Content-Type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem({ status: 0, code: 'NETWORK', title: 'network', retry: true });
  }
  if (!response.ok) throw await readProblem(response);
  const text = await response.text();
  return { data: text ? JSON.parse(text) : null, etag: response.headers.get('ETag') };
}

export const get = async (path) => (await ask('GET', path)).data;

export function url(path, query) {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') all.set(name, value);
  }
  return `${path}?${all}`;
}

/* {data, error, isLoading, reload}. While another address loads, the old data stays, so that nothing
 * jumps. path null: nothing is asked. */
export function useGet(path) {
  const [state, setState] = useState({ data: null, error: null, isLoading: Boolean(path) });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!path) {
      setState({ data: null, error: null, isLoading: false });
      return undefined;
    }
    let isCurrent = true;
    setState((old) => ({ ...old, isLoading: true }));
    get(path).then(
      (data) => isCurrent && setState({ data, error: null, isLoading: false }),
      (error) => isCurrent && setState({ data: null, error, isLoading: false }),
    );
    return () => { isCurrent = false; };
  }, [path, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  return { ...state, reload };
}

/* What the rooms are made of: asked for once for each pair of eyes. */
const metas = new Map();
export function useMeta() {
  const [state, setState] = useState({ data: metas.get(viewAs)?.data ?? null, error: null });
  useEffect(() => {
    const key = viewAs;
    let isCurrent = true;
    if (!metas.has(key)) {
      const entry = { data: null };
      entry.promise = get('/api/v1/meta').then((data) => { entry.data = data; return data; });
      entry.promise.catch(() => metas.delete(key));
      metas.set(key, entry);
    }
    metas.get(key).promise.then(
      (data) => isCurrent && setState({ data, error: null }),
      (error) => isCurrent && setState({ data: null, error }),
    );
    return () => { isCurrent = false; };
  }, [viewAs]);
  return state;
}

/* Server-sent events while the component is shown; the browser reconnects by itself. */
export function useEvents(path, handlers) {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    if (!path) return undefined;
    const source = new EventSource(viewAs ? `${path}&as=${encodeURIComponent(viewAs)}` : path);
    for (const type of Object.keys(latest.current)) {
      source.addEventListener(type, (event) => latest.current[type](JSON.parse(event.data)));
    }
    return () => source.close();
  }, [path]);
}
