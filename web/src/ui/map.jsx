/* map.jsx: areas on a map, each by the state it is in. One stop for the Tab key; arrow keys go to
 * the neighbour in that direction, Enter opens. The outlines are the place's own: GeoJSON of the
 * server, no tiles. Buttons make it larger, and then it can be moved. */
import { extent, median } from 'd3-array';
import { geoIdentity, geoPath } from 'd3-geo';
import { useId, useMemo, useRef, useState } from 'react';
import { useWords } from '../i18n/index.js';
import { useSize } from './hooks.js';

/* Degrees of longitude are shorter away from the equator: plane coordinates for the middle. */
function flat(collection) {
  const latitudes = [];
  const visit = (c, take) => (typeof c[0] === 'number' ? take(c) : c.map((one) => visit(one, take)));
  const features = collection.features.filter((feature) => feature.geometry);
  for (const feature of features) visit(feature.geometry.coordinates, ([, y]) => latitudes.push(y));
  const [south = 0, north = 0] = extent(latitudes);
  const shrink = Math.cos(((south + north) / 2) * Math.PI / 180);
  return { type: 'FeatureCollection',
    features: features.map((feature) => ({ ...feature, geometry: { ...feature.geometry,
      coordinates: visit(feature.geometry.coordinates, ([x, y]) => [x * shrink, y]) } })) };
}

/* [{code, d, x, y}] in a box. */
function useAreas(collection, width, height) {
  return useMemo(() => {
    if (!collection || !width) return [];
    const plane = flat(collection);
    const path = geoPath(geoIdentity().reflectY(true)
      .fitExtent([[4, 4], [width - 4, height - 4]], plane));
    path.digits?.(1);
    return plane.features.map((feature) => {
      const [x, y] = path.centroid(feature);
      return { code: feature.properties.code, properties: feature.properties, d: path(feature), x, y };
    });
  }, [collection, width, height]);
}

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/* The nearest area in a direction: what lies aside counts twice. */
function neighbour(areas, from, [dx, dy]) {
  let best = null;
  let least = Infinity;
  for (const area of areas) {
    const [x, y] = [area.x - from.x, area.y - from.y];
    const along = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (along > 0.5 && along + 2 * aside < least) {
      least = along + 2 * aside;
      best = area;
    }
  }
  return best;
}

const SCALES = [1, 1.7, 3, 5];

/* The part of the drawing that is seen: its middle and how large. */
function useSight(width, height) {
  const [sight, setSight] = useState({ step: 0, x: 0.5, y: 0.5 });
  const scale = SCALES[sight.step];
  const [w, h] = [width / scale, height / scale];
  const clamp = (value, half) => Math.max(half, Math.min(1 - half, value));
  const x = clamp(sight.x, 0.5 / scale) * width - w / 2;
  const y = clamp(sight.y, 0.5 / scale) * height - h / 2;
  const zoom = (by, at) => setSight((old) => ({
    step: Math.max(0, Math.min(SCALES.length - 1, old.step + by)),
    x: at ? at.x / width : old.x, y: at ? at.y / height : old.y }));
  const move = (dx, dy) => setSight((old) => ({ ...old,
    x: clamp(old.x - dx / width / scale, 0.5 / scale),
    y: clamp(old.y - dy / height / scale, 0.5 / scale) }));
  return { box: `${x} ${y} ${w} ${h}`, scale, zoom, move, step: sight.step };
}

/* Dragging moves the map when it is larger than its box. */
function useDrag(sight) {
  const from = useRef(null);
  const hasMoved = useRef(false);
  return {
    hasMoved,
    handlers: {
      onPointerDown: (event) => {
        from.current = sight.step > 0 ? [event.clientX, event.clientY] : null;
        hasMoved.current = false;
      },
      onPointerMove: (event) => {
        if (!from.current || event.buttons !== 1) return;
        const [dx, dy] = [event.clientX - from.current[0], event.clientY - from.current[1]];
        if (!hasMoved.current && Math.hypot(dx, dy) < 4) return;
        hasMoved.current = true;
        from.current = [event.clientX, event.clientY];
        sight.move(dx, dy);
      },
      onPointerUp: () => { from.current = null; },
    },
  };
}

function Patterns({ id, scale }) {
  const size = 5 / scale;
  return (
    <defs>
      <pattern id={`${id}-missing`} width={size} height={size} patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)">
        <rect className="map-ground-missing" width={size} height={size} />
        <line className="map-ink-missing" x1={size / 2} y1="0" x2={size / 2} y2={size}
          strokeWidth={size * 0.4} />
      </pattern>
      <pattern id={`${id}-late`} width={size * 0.9} height={size * 0.9} patternUnits="userSpaceOnUse">
        <rect className="map-ground-late" width={size} height={size} />
        <circle className="map-ink-late" cx={size * 0.45} cy={size * 0.45} r={size * 0.22} />
      </pattern>
    </defs>
  );
}

/* Nearer means nearer to the chosen one, else to where most areas are. */
function Buttons({ sight, areas, at }) {
  const { t } = useWords();
  const middle = at ?? (sight.step === 0
    ? { x: median(areas, (area) => area.x), y: median(areas, (area) => area.y) } : null);
  return (
    <div className="map-buttons no-print">
      <button type="button" onClick={() => sight.zoom(1, middle)} aria-label={t('map.closer')}
        disabled={sight.step === SCALES.length - 1}><span aria-hidden="true">+</span></button>
      <button type="button" onClick={() => sight.zoom(-1)} aria-label={t('map.farther')}
        disabled={sight.step === 0}><span aria-hidden="true">−</span></button>
    </div>
  );
}

/* states: {code: 'reported' | 'late' | 'missing'}; labelOf(properties) what an area says; shown: the
 * state that stands out, '' for all. onPoint(code|null) as one looks, onOpen(code) as one chooses. */
export function AreaMap({ collection, states, labelOf, label, shown = '', picked, onPoint, onOpen, ratio = 0.85, most = 390 }) {
  const { ref, width } = useSize();
  const id = `map${useId().replaceAll(':', '')}`;
  const height = Math.round(Math.min(width * ratio, most));
  const areas = useAreas(collection, width, height);
  const sight = useSight(width || 1, height || 1);
  const drag = useDrag(sight);
  const [at, setAt] = useState(null);
  const current = areas.find((area) => area.code === (at ?? picked)) ?? null;
  const point = (code) => { setAt(code); onPoint?.(code); };
  const onKeyDown = (event) => {
    if (WAYS[event.key]) {
      event.preventDefault();
      const from = current ?? { x: width / 2, y: height / 2 };
      const next = neighbour(areas, from, WAYS[event.key]);
      if (next) point(next.code);
    } else if (event.key === 'Enter' && current) {
      event.preventDefault();
      onOpen?.(current.code);
    } else if (event.key === 'Escape') point(null);
  };
  const kind = (code) => states[code] ?? 'none';
  return (
    <div className="map-box" ref={ref} style={{ minHeight: width ? height : undefined }}>
      {width > 0 && (
        <svg className={`plot map${sight.step ? ' map-near' : ''}`} width={width} height={height}
          viewBox={sight.box} role="listbox" tabIndex={0} aria-label={label} onKeyDown={onKeyDown}
          aria-activedescendant={current ? `${id}-${current.code}` : undefined}
          onPointerLeave={() => point(null)} onBlur={() => point(null)} {...drag.handlers}>
          <Patterns id={id} scale={sight.scale} />
          {areas.map((area) => (
            <path key={area.code} id={`${id}-${area.code}`} d={area.d} role="option"
              aria-selected={area.code === picked} aria-label={labelOf(area.properties)}
              className={`area area-${kind(area.code)}${
                shown && kind(area.code) !== shown ? ' area-dim' : ''}`}
              strokeWidth={0.8 / sight.scale}
              fill={['late', 'missing'].includes(kind(area.code))
                ? `url(#${id}-${kind(area.code)})` : undefined}
              onPointerEnter={() => point(area.code)}
              onClick={() => !drag.hasMoved.current && onOpen?.(area.code)} />
          ))}
          {[areas.find((area) => area.code === picked), current].map((area, i) => area && (
            <path key={i} d={area.d} className="area-ring" strokeWidth={2.4 / sight.scale} />
          ))}
        </svg>
      )}
      {areas.length > 0 && <Buttons sight={sight} areas={areas} at={current} />}
    </div>
  );
}
