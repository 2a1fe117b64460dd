/* store.js: what is kept in this browser until it was sent: half-filled reports, readings, photos. It
 * outlives a reload and a lost network (IndexedDB). Where the browser keeps nothing (a private
 * window of some), it lives as long as the page. */
const NAME = 'xanh';
const STORE = 'kept';
const memory = new Map();
let opening = null;

function open() {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opening;
}

async function run(mode, work) {
  const base = await open();
  if (!base) return undefined;
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(STORE, mode);
    const request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/* Others on this page, and pages in other tabs, are told. */
const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('xanh-kept') : null;
const listeners = new Set();
const tell = () => { for (const listener of listeners) listener(); };
channel?.addEventListener('message', tell);
export function onKept(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export async function keep(item) {
  memory.set(item.key, item);
  await run('readwrite', (store) => store.put(item));
  tell();
  channel?.postMessage('');
}

export async function drop(key) {
  memory.delete(key);
  await run('readwrite', (store) => store.delete(key));
  tell();
  channel?.postMessage('');
}

export async function kept(key) {
  const base = await open();
  return base ? run('readonly', (store) => store.get(key)) : memory.get(key);
}

export async function allKept() {
  const base = await open();
  return base ? run('readonly', (store) => store.getAll()) : [...memory.values()];
}
