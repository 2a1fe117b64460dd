/* sw.js: the pages open without a network after they were opened once. What comes from the network
 * always wins; the copy is used only when nothing comes. Answers of the API are never kept here. */
const KEPT = 'xanh-pages';
const PAGE = '/';
const FILES = [PAGE, '/app.js', '/app.css', '/icon.svg'];
const isOurs = (url) => url.origin === self.location.origin
  && !/^\/(api|v1\.|write|ping|query|health|metrics)/.test(url.pathname);

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)));
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function fromNetworkElseKept(request, name) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept.put(name, answer.clone());
    return answer;
  } catch (lost) {
    const copy = await kept.match(name);
    if (copy) return copy;
    throw lost;
  }
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || !isOurs(url)) return;
  const isPage = event.request.mode === 'navigate';
  if (isPage || FILES.includes(url.pathname)) {
    event.respondWith(fromNetworkElseKept(event.request, isPage ? PAGE : url.pathname));
  }
});
