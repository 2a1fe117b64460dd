/* outbox.js: what waits to be sent, and its sending, each thing once however often the network breaks:
 * a reading sent again is a duplicate, a photo sent again is the same file, a report sent again with
 * its key is the same report. Sent by one tab at a time. */
import { useEffect, useState } from 'react';
import { Problem, ask, url } from '../api.js';
import { allKept, drop, keep, onKept } from './store.js';

const AGAIN_MS = 15000;
const SHOWN_AFTER_MS = 24 * 3600 * 1000;

export const newKey = () => (crypto.randomUUID ? crypto.randomUUID()
  : [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join(''));

/* item: {who, kind, title, ...}; states: waiting, sending, sent, refused. */
export async function addToOutbox(item) {
  await keep({ key: newKey(), state: 'waiting', at: Date.now(), ...item });
  flush(item.who);
}

async function sendPhoto(photo) {
  const { data } = await ask('POST', url('/api/v1/files', { name: photo.name }), photo.blob,
    { 'Content-Type': photo.blob.type });
  return { title: photo.name, kind: 'photo', reference: `/api/v1/files/${data.id}` };
}

async function sendPhotos(item) {
  const evidence = [];
  for (const photo of item.photos ?? []) evidence.push(await sendPhoto(photo));
  return evidence;
}

async function sendReading(item) {
  await sendPhotos(item);
  const { data } = await ask('POST', '/api/v1/readings', [item.reading]);
  const refused = data.rows.find((row) => row.status === 'refused');
  if (refused) throw new Problem({ status: 400, code: 'INVALID', ...(refused.error ?? refused) });
}

/* Made or changed, then submitted; each step may have been done already by a try whose answer was
 * lost. */
async function sendReport(item) {
  const photos = await sendPhotos(item);
  const body = { ...item.report, evidence: [...(item.report.evidence ?? []), ...photos] };
  const path = '/api/v1/programme/reports';
  let answer;
  if (item.id) {
    answer = await ask('GET', `${path}/${item.id}`);
    if (answer.data.state === 'returned' || answer.data.state === 'draft') {
      const { client_key: _, ...rest } = body;
      answer = await ask('PATCH', `${path}/${item.id}`, rest, { 'If-Match': answer.etag });
    }
  } else {
    answer = await ask('POST', path, { ...body, client_key: item.key });
  }
  if (answer.data.state === 'draft' || answer.data.state === 'returned') {
    answer = await ask('POST', `${path}/${answer.data.id}/submit`, {}, { 'If-Match': answer.etag });
  }
  return answer.data.id;
}

const SENDERS = { reading: sendReading, report: sendReport };

const isLater = (problem) => problem.code === 'NETWORK' || problem.retry || problem.status >= 500;

async function sendOne(item) {
  await keep({ ...item, state: 'sending' });
  try {
    const id = await SENDERS[item.kind](item);
    await keep({ key: item.key, who: item.who, kind: item.kind, title: item.title, duty: item.duty,
      state: 'sent', id, at: Date.now() });
    return true;
  } catch (problem) {
    await keep({ ...item, state: isLater(problem) ? 'waiting' : 'refused',
      problem: { ...problem, detail: problem.detail } });
    return !isLater(problem);
  }
}

async function sendAll(who) {
  for (const item of await allKept()) {
    const isOld = item.state === 'sent' && Date.now() - item.at > SHOWN_AFTER_MS;
    if (isOld) await drop(item.key);
    if (item.who !== who || (item.state !== 'waiting' && item.state !== 'sending')) continue;
    if (!await sendOne(item)) return;
  }
}

/* One tab at a time: two would send the same thing twice at once. */
let running = null;
export function flush(who) {
  running ??= (navigator.locks
    ? navigator.locks.request('xanh-outbox', () => sendAll(who)) : sendAll(who))
    .catch(() => {}).finally(() => { running = null; });
  return running;
}

/* So that what is written here can be opened again without a network (public/sw.js). */
function keepPages() {
  if ('serviceWorker' in navigator) navigator.serviceWorker.register('/sw.js').catch(() => {});
}

/* What this person has here, newest first; sends it when the network comes back. */
export function useOutbox(who) {
  const [items, setItems] = useState([]);
  useEffect(() => {
    let isCurrent = true;
    const read = () => allKept().then((all) => isCurrent && setItems(
      all.filter((item) => item.who === who && item.state !== 'draft').sort((a, b) => b.at - a.at)));
    const send = () => flush(who);
    const stop = onKept(read);
    const timer = setInterval(send, AGAIN_MS);
    window.addEventListener('online', send);
    read();
    send();
    keepPages();
    return () => {
      isCurrent = false;
      stop();
      clearInterval(timer);
      window.removeEventListener('online', send);
    };
  }, [who]);
  return items;
}
