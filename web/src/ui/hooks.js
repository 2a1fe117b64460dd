/* hooks.js: what a page asks of the browser. */
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useWords } from '../i18n/index.js';
import { nowMs } from './dates.js';

export function useTitle(text) {
  const { t } = useWords();
  useEffect(() => {
    document.title = text ? `${text} · ${t('app.name')}` : t('app.name');
  }, [text, t]);
}

/* {ref, width, scale}: how wide an element is, and how much larger than usual the text is. */
export function useSize() {
  const ref = useRef(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const fontSize = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return { ref, width, scale: fontSize / 16 };
}

const isStill = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

/* A number that glides to its new value. */
export function useGlide(target, duration_ms = 700) {
  const [shown, setShown] = useState(target);
  const from = useRef(target);
  useEffect(() => {
    const start = from.current;
    if (target === null || start === null || start === target || isStill()) {
      from.current = target;
      setShown(target);
      return undefined;
    }
    const began = performance.now();
    let frame = 0;
    const tick = (now) => {
      const share = Math.min(1, Math.max(0, (now - began) / duration_ms));
      const eased = 1 - (1 - share) ** 3;
      from.current = share === 1 ? target : start + (target - start) * eased;
      setShown(from.current);
      if (share < 1) frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [target, duration_ms]);
  return shown;
}

/* Now, told every second. */
export function useNow() {
  const [now, setNow] = useState(nowMs());
  useEffect(() => {
    const timer = setInterval(() => setNow(nowMs()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/* The value, once it has been the same for a while. */
export function useCalm(value, wait_ms) {
  const [calm, setCalm] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(value), wait_ms);
    return () => clearTimeout(timer);
  }, [value, wait_ms]);
  return calm;
}
