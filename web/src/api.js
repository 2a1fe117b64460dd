/* api.js: asking the server. Every answer is JSON; every refusal is a problem (RFC 9457) that is
 * thrown as it is, so that a form can put it beside the field it names. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { openEvents } from './events.js';
import { save } from './ui/download.js';

export class Problem extends Error {
  constructor(body) {
    super(body.detail || body.title || 'error');
    Object.assign(this, body);
  }
}

/* Whom the demo shows the page to; set by the shell. */
let viewAs = '';
export function setViewAs(name) { viewAs = name || ''; }

/* The key of whoever uses a server that asks for keys; forgotten when the browser's tab is closed. */
export const readKey = () => sessionStorage.getItem('key') ?? '';
export function writeKey(key) {
  if (key) sessionStorage.setItem('key', key);
  else sessionStorage.removeItem('key');
}

/* The headers that say who asks. */
function identity() {
  const headers = {};
  if (readKey()) headers.Authorization = `Bearer ${readKey()}`;
  if (viewAs) headers['Xanh-View-As'] = viewAs;
  return headers;
}

/* A file of the API, for whoever the page is shown to. */
export async function download(path, name) {
  const response = await fetch(path, { headers: identity() });
  if (!response.ok) throw await readProblem(response);
  save(name, await response.blob());
}

/* The same, to be shown on the page. */
export async function getBlob(path) {
  const response = await fetch(path, { headers: identity() });
  if (!response.ok) throw await readProblem(response);
  return response.blob();
}

async function readProblem(response) {
  try {
    return new Problem(await response.json());
  } catch {
    return new Problem({ status: response.status, title: response.statusText, code: 'IO' });
  }
}

export async function ask(method, path, body, headers = {}) {
  const options = { method, headers: { Accept: 'application/json', ...identity(), ...headers } };
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

/* Every item of a list, page by page, up to a most; {items, isCut}. */
const LIST_PAGE = 1000;
const LIST_MOST = 10000;
export async function getAll(path, query = {}) {
  const items = [];
  let after = '';
  do {
    const page = await get(url(path, { ...query, limit: LIST_PAGE, after }));
    items.push(...page.items);
    after = page.next;
  } while (after && items.length < LIST_MOST);
  return { items, isCut: Boolean(after) };
}

/* {data, error, isLoading, reload}. While another address loads, the old data stays, so that nothing
 * jumps. path null: nothing is asked. `read` asks; it must stay the same while the path does. */
export function useGet(path, read = get) {
  const [state, setState] = useState({ data: null, error: null, isLoading: Boolean(path) });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!path) {
      setState({ data: null, error: null, isLoading: false });
      return undefined;
    }
    let isCurrent = true;
    setState((old) => ({ ...old, isLoading: true }));
    read(path).then(
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

/* Server-sent events while the component is shown: {type: handler(data)}. True while the stream is
 * lost. */
export function useEvents(path, handlers) {
  const latest = useRef(handlers);
  const [isLost, setLost] = useState(false);
  latest.current = handlers;
  useEffect(() => {
    if (!path) return undefined;
    return openEvents(path, identity(), (type, data) => latest.current[type]?.(data),
      (isThere) => setLost(!isThere));
  }, [path]);
  return isLost;
}
