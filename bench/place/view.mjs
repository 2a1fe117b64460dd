/* The first view: from the start of the navigation until five bars are on the screen, by the browser's
 * own clock. node view.mjs URL TIMES; one line of JSON. The cache is empty each time (`cold`) or holds
 * what the visit before left (`warm`). */
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../../tests/web/package.json', import.meta.url))('playwright-core');

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const SIZES = [{ width: 1366, height: 768 }, { width: 360, height: 740 }];
const [url, times] = [process.argv[2], Number(process.argv[3] ?? 10)];

/* Runs in the page before anything of it: notes when bars and map are first there to be painted. */
function watch() {
  const seen = {};
  const look = () => {
    if (!seen.bars && document.querySelectorAll('.target-row svg.target-bar').length >= 5) {
      seen.bars = true;
      requestAnimationFrame(() => setTimeout(() => { window.barsAt = performance.now(); }));
    }
    if (!seen.map && document.querySelectorAll('.map .area').length > 0) {
      seen.map = true;
      requestAnimationFrame(() => setTimeout(() => { window.mapAt = performance.now(); }));
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
}

async function visit(context) {
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(url);
  await page.waitForFunction(() => window.barsAt && window.mapAt);
  const seen = await page.evaluate(() => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const resources = performance.getEntriesByType('resource');
    const at = (part) => resources.find((one) => one.name.includes(part))?.responseEnd;
    return { paint: paint?.startTime, bars: window.barsAt, map: window.mapAt, requests: resources.length,
      standing_done: at('place_standing'), map_done: at('/map'),
      sent: resources.reduce((sum, one) => sum + one.transferSize, 0),
      loaded: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd };
  });
  await page.close();
  return seen;
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
const result = [];
for (const viewport of SIZES) {
  for (let i = 0; i < times; i += 1) {
    const context = await browser.newContext({ viewport });
    result.push({ ...viewport, cache: 'cold', ...await visit(context) });
    result.push({ ...viewport, cache: 'warm', ...await visit(context) });
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify(result));
