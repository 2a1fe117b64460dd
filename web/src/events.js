/* events.js: server-sent events over fetch, so that they carry the key and the eyes that one looks
 * through (EventSource cannot). It comes back by itself after a loss, and tells the server the last
 * event that it has seen. */

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 10000;

/* "id: 7\nevent: reading\ndata: {...}" */
export function parseEvent(block) {
  const event = { type: 'message', data: '', id: null };
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    if (at === 0) continue;
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
    if (name === 'event') event.type = value;
    else if (name === 'data') event.data += event.data ? `\n${value}` : value;
    else if (name === 'id') event.id = value;
  }
  return event;
}

async function readAll(response, take) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop();
    blocks.filter(Boolean).map(parseEvent).forEach(take);
  }
}

/* onEvent(type, data); onState(true) while the stream is there. Gives back what closes it. */
export function openEvents(path, headers, onEvent, onState) {
  const abort = new AbortController();
  let lastId = null;
  let retry_ms = RETRY_FIRST_MS;
  let timer = 0;
  const take = (event) => {
    if (event.id) lastId = event.id;
    if (event.data) onEvent(event.type, JSON.parse(event.data));
  };
  const again = () => {
    if (abort.signal.aborted) return;
    onState(false);
    timer = setTimeout(connect, retry_ms);
    retry_ms = Math.min(RETRY_MOST_MS, retry_ms * 2);
  };
  async function connect() {
    try {
      const response = await fetch(path, {
        signal: abort.signal,
        headers: { Accept: 'text/event-stream', ...headers, ...(lastId ? { 'Last-Event-ID': lastId } : {}) },
      });
      if (response.status >= 400 && response.status < 500) return; /* it will not be otherwise */
      if (response.ok) {
        retry_ms = RETRY_FIRST_MS;
        onState(true);
        await readAll(response, take);
      }
    } catch {
      /* lost: again below */
    }
    again();
  }
  connect();
  return () => {
    abort.abort();
    clearTimeout(timer);
  };
}
