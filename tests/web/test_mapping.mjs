/* The page of messages: what no rule takes becomes a rule that was tried before, and then takes it. On
 * a phone as well. Against the program itself. */
import { check, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 1, days: 2 });

async function send(topic, body) {
  const headers = { 'Xanh-View-As': 'operator' };
  const response = await fetch(`${program.url}/api/v1/inbox/${topic}`, { method: 'POST', headers, body });
  return { status: response.status, ...(await response.json()) };
}

async function open(newPage, path, size) {
  const page = await newPage({ width: 1366, height: 900, ...size });
  await page.goto(program.url + path);
  return page;
}

const flat = (text) => text.replace(/\s+/g, ' ').trim();

await run(async ({ test, newPage }) => {
  await test('a message that no rule takes becomes a rule that takes the next one', async () => {
    const message = '{"ts": 1767225600, "meter": {"energy_kwh": 1043.5, "state": "ok"}}';
    check.equal((await send('plant/hall-3/state', message)).status, 202);
    const page = await open(newPage, '/mapping?as=operator&lang=en');
    await page.waitForSelector('.mapping-message');
    check.ok(flat(await page.textContent('.mapping-message')).includes('plant/hall-3/state'));
    await page.getByRole('button', { name: 'Make a rule of it' }).first().click();
    await page.waitForSelector('.mapping-made td:has-text("hall-3.meter_energy_kwh")');
    const row = flat(await page.textContent('.mapping-made tbody tr'));
    check.ok(row.includes('1,043.5 kWh') && row.includes('will be made'), row);
    check.equal(await page.inputValue('[data-field="topic"] input'), 'plant/{device}/state');
    check.equal(await page.inputValue('[data-field="time_format"] select'), 'unix_s');

    await page.fill('[data-field="pointer"] input', '/meter/none');
    await page.waitForSelector('.mapping-made p:has-text("Nothing")');
    await page.fill('[data-field="pointer"] input', '/meter/energy_kwh');
    await page.waitForSelector('.mapping-made tbody tr');

    await page.getByLabel('Name of the rule').fill('halls');
    await page.getByRole('button', { name: 'Keep it as a rule' }).click();
    await page.waitForSelector('.mapping-save a');
    const answer = await send('plant/hall-4/state', message.replace('1043.5', '2.5'));
    check.equal([answer.status, answer.taken].join(' '), '200 1');
    await until('the reading', async () => {
      const { items } = await program.get('/api/v1/readings?series=hall-4.meter_energy_kwh');
      return items.length === 1 && items[0].value === 2.5;
    });
  });

  await test('a rule that makes no sense is said beside the message', async () => {
    const page = await open(newPage, '/mapping?as=operator');
    await page.waitForSelector('.mapping-made tbody tr');
    await page.fill('[data-field="topic"] input', 'a/#/b');
    await page.waitForSelector('.mapping-made [role="alert"]');
    check.ok((await page.textContent('.mapping-made [role="alert"]')).includes('topic'));
  });

  await test('the newest message is tried first, and in the reader\'s language is said why', async () => {
    await send('plant/hall-9/state', '{"energy_kwh": 7}');
    await send('cellar/pump-2', '{"energy_kwh": 8.5}');
    const page = await open(newPage, '/mapping?as=operator');
    await page.waitForSelector('.mapping-made td:has-text("8,5 kWh")');
    check.equal(await page.inputValue('.mapping-trial label:has-text("Chủ đề") input'), 'cellar/pump-2');
    check.match(await page.textContent('.mapping-message'), /Chưa có quy tắc nào cho chủ đề này/);
  });

  await test('on a phone nothing is wider than the screen', async () => {
    await send('a/very/long/topic/that/goes/on/and/on/and/on/without/an/end/7', '{"v": "x"}');
    const page = await open(newPage, '/mapping?as=operator', { width: 360, height: 740 });
    await page.waitForSelector('.mapping-made :is(p, tbody tr)');
    const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth,
      window.innerWidth]);
    check.ok(content <= screen, `${content} > ${screen}`);
  });
});
await program.stop();
