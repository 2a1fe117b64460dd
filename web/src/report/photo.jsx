/* photo.jsx: photos from the camera or the gallery, made small before they are kept: at most 1600
 * pixels, as JPEG. A photo so small loses its place and its camera (EXIF), too. */
import { useEffect, useId, useMemo, useState } from 'react';
import { useWords } from '../i18n/index.js';

const EDGE_MAX_PX = 1600;
const QUALITY = 0.8;

function loadImage(file) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    const address = URL.createObjectURL(file);
    image.onload = () => { URL.revokeObjectURL(address); resolve(image); };
    image.onerror = () => { URL.revokeObjectURL(address); reject(new Error('not a picture')); };
    image.src = address;
  });
}

export async function makeSmall(file) {
  const image = await loadImage(file);
  const scale = Math.min(1, EDGE_MAX_PX / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff'; /* a see-through picture becomes no black one */
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', QUALITY); });
  return { name: `${file.name.replace(/\.[^.]*$/, '') || 'photo'}.jpg`, blob };
}

export function Photo({ photo, onRemove }) {
  const { t } = useWords();
  const address = useMemo(() => URL.createObjectURL(photo.blob), [photo.blob]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return (
    <li className="photo">
      <img src={address} alt={photo.name} />
      <span className="soft photo-name">{photo.name}</span>
      {onRemove && (
        <button type="button" className="quiet" onClick={onRemove}
          aria-label={`${t('photo.remove')} ${photo.name}`}>×</button>
      )}
    </li>
  );
}

export function PhotoInput({ photos, onChange, most = 5, label }) {
  const { t } = useWords();
  const id = useId();
  const [error, setError] = useState('');
  const add = async (event) => {
    const files = [...event.target.files].slice(0, most - photos.length);
    event.target.value = '';
    setError('');
    try {
      const small = await Promise.all(files.map(makeSmall));
      onChange([...photos, ...small]);
    } catch {
      setError(t('photo.wrong'));
    }
  };
  return (
    <div className="photos">
      {photos.length > 0 && (
        <ul className="plain">
          {photos.map((photo, i) => (
            <Photo key={`${photo.name} ${photo.blob.size}`} photo={photo}
              onRemove={() => onChange(photos.filter((_, n) => n !== i))} />
          ))}
        </ul>
      )}
      {photos.length < most && (
        <>
          <input className="hidden" type="file" id={id} accept="image/*" capture="environment"
            multiple={most > 1} onChange={add} />
          <label className="button" htmlFor={id}>{label ?? t('photo.add')}</label>
        </>
      )}
      {error && <p className="field-error" role="alert">{error}</p>}
    </div>
  );
}
