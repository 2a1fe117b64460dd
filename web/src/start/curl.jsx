/* curl.jsx: the one line that sends a reading, ready to be copied. */
import { useState } from 'react';
import { useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';

/* In the demo everybody may write; elsewhere the line names the key that `xanh key` prints. */
export function curlText({ series, value, hasKey }) {
  const key = hasKey ? ' -H "Authorization: Bearer $XANH_KEY"' : '';
  const body = JSON.stringify({ series, value: '#' }).replace('"#"', value);
  return `curl ${window.location.origin}/api/v1/readings${key}`
    + ` -H 'Content-Type: application/json' -d '${body}'`;
}

export function CurlLine({ series, value }) {
  const { t } = useWords();
  const { data: meta } = useMeta();
  const [isCopied, setCopied] = useState(false);
  const text = curlText({ series, value, hasKey: meta && !meta.identities });
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div className="curl">
      <pre tabIndex={0} aria-label="curl"><code>{text}</code></pre>
      <button type="button" className="no-print" onClick={copy}>
        {t(isCopied ? 'curl.copied' : 'curl.copy')}
      </button>
    </div>
  );
}
