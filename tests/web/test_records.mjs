/* Pages of records are drawn from the rooms' tables: lists, forms with their errors, history, verbs,
 * files. Against the program itself. */
import { check, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 2, days: 3 });

async function open(newPage, path, options) {
  const page = await newPage({ width: 1366, height: 768, ...options });
  await page.goto(program.url + path);
  return page;
}

const save = (page) => page.getByRole('button', { name: 'Lưu', exact: true }).click();
const field = (page, name) => page.locator(`[data-field="${name}"] :is(input, select, textarea)`).first();

await run(async ({ test, newPage }) => {
  await test('every record type of every room has a list, a form and a record that can be read', async () => {
    const page = await open(newPage, '/records');
    await page.waitForSelector('.kinds');
    const { rooms } = await program.get('/api/v1/meta');
    const types = rooms.flatMap((room) => room.records);
    check.equal(await page.locator('.kinds li').count(), types.length);
    for (const type of types) {
      const path = type.path.replace('/api/v1', '/records');
      await page.goto(program.url + path);
      await page.waitForSelector('main table, main .empty');
      check.equal((await page.textContent('h1')).trim(), type.plural_vi);
      const link = page.locator('main tbody a').first();
      if (await link.count()) {
        await link.click();
        await page.waitForSelector('.history li');
        check.equal(await page.locator('main [role="alert"]').count(), 0, path);
      }
      await page.goto(`${program.url + path}/new`);
      await page.waitForSelector('form.record-form');
      const editable = type.fields.filter((one) => !one.read_only && !one.computed).length;
      check.equal(await page.locator('form.record-form > div > .field').count(), editable, path);
      check.equal(await page.locator('fieldset.part').count(), type.parts.length, path);
    }
  });

  await test('every report and every action of every room has its page', async () => {
    const page = await open(newPage, '/records');
    await page.waitForSelector('.asks');
    const { rooms } = await program.get('/api/v1/meta');
    for (const room of rooms) {
      for (const query of room.queries) {
        await page.goto(`${program.url}/tables/${room.name}/${query.name}`);
        await page.waitForSelector('h1');
        check.equal((await page.textContent('h1')).trim(), query.label_vi);
        check.equal(await page.locator('.param-form .field').count(), query.params.length);
      }
      for (const action of room.actions) {
        await page.goto(`${program.url}/actions/${room.name}/${action.name}`);
        await page.waitForSelector('h1');
        check.equal((await page.textContent('h1')).trim(), action.label_vi);
        check.equal(await page.locator('.param-form .field').count(), action.in.length);
      }
    }
  });

  await test('a report shows its rows, and an action that reads answers from the URL', async () => {
    const page = await open(newPage, '/tables/programme/duties_of_period');
    await page.getByRole('button', { name: 'Xem' }).click();
    await page.waitForSelector('main tbody tr');
    check.match(page.url(), /from=\d{4}-01-01/);
    await page.goto(`${program.url}/actions/energy/carbon?energy_kwh=100&year=2023`);
    await page.waitForSelector('dd:has-text("65,92")');
  });

  await test('a form says what is missing, beside the fields and in a summary', async () => {
    const page = await open(newPage, '/records/core/parties/new');
    await save(page);
    await page.waitForSelector('[role="alert"]');
    const summary = await page.$$eval('[role="alert"] li', (all) => all.map((one) => one.textContent));
    check.deepEqual(summary, ['Mã: Hãy điền mục này.', 'Tên: Hãy điền mục này.', 'Loại: Hãy điền mục này.']);
    check.equal(await page.locator('.field-wrong').count(), 3);
    await page.locator('[role="alert"] li button').nth(1).click();
    check.equal(await page.evaluate(() => document.activeElement.closest('[data-field]').dataset.field), 'name');
  });

  await test('what the server refuses stands beside the field that it names', async () => {
    const page = await open(newPage, '/records/core/parties/new');
    await field(page, 'code').fill('shop-1');
    await field(page, 'name').fill('Cửa hàng Xanh');
    await field(page, 'kind').selectOption('firm');
    await field(page, 'heads').fill('0');
    await save(page);
    await page.waitForSelector('[data-field="heads"] .field-error');
    const text = await page.textContent('[data-field="heads"] .field-error');
    check.match(text, /100000/, 'the limit is named');
    check.equal(await field(page, 'heads').getAttribute('aria-invalid'), 'true');
    check.equal(await field(page, 'name').inputValue(), 'Cửa hàng Xanh', 'nothing typed is lost');
    await field(page, 'heads').fill('abc');
    await save(page);
    await page.waitForSelector('[data-field="heads"] .field-error:has-text("Hãy nhập một số.")');
  });

  await test('a record is made, found without its diacritics, and changed; its history tells it', async () => {
    const page = await open(newPage, '/records/core/parties/new');
    await field(page, 'code').fill('market-dx');
    await field(page, 'name').fill('Chợ Đồng Xuân');
    await field(page, 'kind').selectOption('market');
    await save(page);
    await page.waitForSelector('h1:has-text("Chợ Đồng Xuân")');
    await page.getByRole('button', { name: 'Sửa', exact: true }).click();
    await field(page, 'name').fill('Chợ Đồng Xuân mới');
    await save(page);
    await page.waitForSelector('h1:has-text("Chợ Đồng Xuân mới")');
    await page.waitForSelector('.changes:has-text("Chợ Đồng Xuân mới")');
    check.match(await page.textContent('.changes'), /Tên: Chợ Đồng Xuân .*Chợ Đồng Xuân mới/);
    await page.goto(`${program.url}/records/core/parties`);
    await page.getByPlaceholder('Tìm theo tên, mã').fill('dong xuan');
    await page.waitForFunction(() => document.querySelectorAll('main tbody tr').length === 1);
    check.match(await page.textContent('main tbody'), /Chợ Đồng Xuân mới/);
  });

  await test('a change of somebody else is told, not overwritten', async () => {
    const page = await open(newPage, '/records/core/parties/1?edit=1');
    await field(page, 'contact').fill('của tôi');
    const { version } = await program.get('/api/v1/core/parties/1');
    await program.patch('/api/v1/core/parties/1', { contact: 'của người khác' }, { 'If-Match': `"${version}"` });
    await save(page);
    await page.waitForSelector('[role="alert"]:has-text("Người khác vừa sửa hồ sơ này")');
    check.equal((await program.get('/api/v1/core/parties/1')).contact, 'của người khác');
    await page.getByRole('button', { name: 'Xem bản mới' }).click();
    await page.waitForFunction(() => document.querySelector('[data-field="contact"] input').value === 'của người khác');
  });

  await test('what was half typed survives a reload and a lost network', async () => {
    const page = await open(newPage, '/records/core/measures/new');
    await field(page, 'title').fill('Thay đèn bằng đèn LED');
    await page.context().setOffline(true);
    await field(page, 'kind').selectOption({ index: 1 });
    await save(page);
    await page.waitForSelector('[role="alert"]');
    page.errors.length = 0; /* the browser logs that the network is gone */
    await page.context().setOffline(false);
    await page.reload();
    await page.waitForSelector('[role="status"]:has-text("khôi phục")');
    check.equal(await field(page, 'title').inputValue(), 'Thay đèn bằng đèn LED');
    await page.getByRole('button', { name: 'Bỏ bản nhập dở' }).click();
    check.equal(await field(page, 'title').inputValue(), '');
  });

  await test('a reference is found by typing, with the keyboard alone', async () => {
    const page = await open(newPage, '/records/core/balances/new');
    await field(page, 'place').focus();
    await page.keyboard.type('phuong ba dinh');
    await page.waitForSelector('[role="option"]:has-text("Ba Đình")');
    await page.keyboard.press('Enter');
    check.match(await field(page, 'place').inputValue(), /Ba Đình/);
  });

  await test('rows of a part are added, refused by row, and saved', async () => {
    const page = await open(newPage, '/records/core/balances/new');
    await field(page, 'title').fill('Lộ 471');
    await field(page, 'period_from').fill('2026-10-01');
    await field(page, 'period_to').fill('2026-11-01');
    await field(page, 'unit').fill('kWh');
    for (const [side, label, amount] of [['in', 'Trạm', '1.234,5'], ['out', 'Các nhà', '']]) {
      await page.getByRole('button', { name: 'Thêm dòng' }).click();
      const row = page.locator('.part-row').last();
      await row.locator('[data-field="side"] select').selectOption(side);
      await row.locator('[data-field="label"] input').fill(label);
      await row.locator('[data-field="amount"] input').fill(amount);
    }
    await save(page);
    await page.waitForSelector('[role="alert"] li');
    check.match(await page.textContent('[role="alert"] li'), /2: Lượng/);
    await page.locator('.part-row').last().locator('[data-field="amount"] input').fill('1200');
    await save(page);
    await page.waitForSelector('h1:has-text("Lộ 471")');
    const text = (await page.textContent('main')).replace(/\s+/g, ' ');
    check.match(text, /Tổn thất34,5/);
  });

  await test('a verb asks for the reason that it needs', async () => {
    const { items } = await program.get('/api/v1/programme/reports?state=submitted');
    const page = await open(newPage, `/records/programme/reports/${items[0].id}`);
    await page.getByRole('button', { name: 'Trả lại' }).click();
    await page.locator('.verbs form button[type="submit"]').click();
    await page.waitForSelector('.verbs .field-error');
    await page.locator('.verbs textarea').fill('thiếu bằng chứng');
    await page.locator('.verbs form button[type="submit"]').click();
    await page.waitForSelector('h1 .badge:has-text("bị trả lại")');
    await page.waitForSelector('dd:has-text("thiếu bằng chứng")');
  });

  await test('a file is tried first, its faults told by row, then taken', async () => {
    const page = await open(newPage, '/records/core/parties');
    await page.getByRole('button', { name: 'Nhập từ tệp' }).click();
    const table = 'code,name,kind,heads\ntried-1,Công ty Một,firm,12\ntried-2,Công ty Hai,firm,0\n';
    await page.setInputFiles('input[type="file"]', { name: 'firms.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
    await page.waitForSelector('.upload tbody tr');
    const fault = await page.textContent('.upload tbody tr');
    check.match(fault, /^3heads/, 'the line and the column');
    check.equal((await program.ask('GET', '/api/v1/core/parties/by/code/tried-1')).status, 404);
    await page.locator('.upload button.primary').click();
    await page.waitForSelector('.upload:has-text("Đã nhập: thêm 1")');
    check.equal((await program.get('/api/v1/core/parties/by/code/tried-1')).heads, 12);
  });

  await test('lists download as CSV and XLSX, filtered as they are shown', async () => {
    const page = await open(newPage, '/records/core/parties?kind=household');
    await page.waitForSelector('main tbody tr');
    const shown = await page.locator('main tbody tr').count();
    for (const [ending, start] of [['CSV', 'id,'], ['XLSX', 'PK']]) {
      const [download] = await Promise.all([page.waitForEvent('download'),
        page.getByRole('button', { name: ending, exact: true }).click()]);
      const bytes = Buffer.concat(await (await download.createReadStream()).toArray());
      const text = bytes.toString('latin1');
      check.ok(ending === 'XLSX' ? text.startsWith(start) : text.includes('household'), text.slice(0, 80));
      if (ending === 'CSV') check.equal(text.trim().split('\n').length, shown + 1);
    }
  });

  await test('filters and sorting stand in the URL', async () => {
    const page = await open(newPage, '/records/core/places');
    await page.waitForSelector('main tbody tr');
    await page.locator('.filters summary').click();
    await page.getByLabel('Loại').selectOption('province');
    await page.waitForFunction(() => /34 hồ sơ/.test(document.querySelector('main').textContent));
    check.match(page.url(), /kind=province/);
    await page.getByRole('button', { name: 'Mã' }).click();
    await page.getByRole('button', { name: 'Mã' }).click();
    await page.waitForSelector('th[aria-sort="descending"]');
    check.match(page.url(), /sort=-code/);
  });

  await test('a long list turns its pages', async () => {
    const page = await open(newPage, '/records/core/places?kind=commune');
    await page.waitForSelector('main tbody tr');
    const first = await page.textContent('main tbody tr');
    await page.getByRole('button', { name: 'Trang sau' }).click();
    await until('the next page', async () => await page.textContent('main tbody tr') !== first, 5000);
    await page.goBack();
    await until('the page before', async () => await page.textContent('main tbody tr') === first, 5000);
  });
});
