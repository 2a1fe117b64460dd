/* account.jsx: on a server that asks for keys: whose key is used, and another one. */
import { useRef, useState } from 'react';
import { readKey, useGet, useMeta, writeKey } from '../api.js';
import { useWords } from '../i18n/index.js';
import { ErrorBox } from '../ui/state.jsx';

export function Account() {
  const { t } = useWords();
  const meta = useMeta();
  const me = useGet('/api/v1/me');
  const dialog = useRef(null);
  const [key, setKey] = useState('');
  const isOpen = meta.data?.identities === null || me.error;
  if (!isOpen) return null;
  const put = (text) => { writeKey(text.trim()); window.location.reload(); };
  const submit = (event) => { event.preventDefault(); put(key); };
  return (
    <>
      <button type="button" onClick={() => dialog.current.showModal()}>
        {me.data && readKey() ? me.data.name : t('key.enter')}
      </button>
      <dialog ref={dialog} className="ask" aria-labelledby="key-title">
        <form onSubmit={submit}>
          <h2 id="key-title">{t('key.title')}</h2>
          <p className="soft">{t('key.how')}</p>
          {me.error && <ErrorBox problem={me.error} />}
          <label className="field">
            <span>{t('key.key')}</span>
            <input type="password" autoComplete="current-password" required value={key}
              onChange={(event) => setKey(event.target.value)} />
          </label>
          <div className="actions">
            <button type="submit" className="primary">{t('key.use')}</button>
            {readKey() && <button type="button" onClick={() => put('')}>{t('key.forget')}</button>}
            <button type="button" onClick={() => dialog.current.close()}>{t('form.cancel')}</button>
          </div>
        </form>
      </dialog>
    </>
  );
}
