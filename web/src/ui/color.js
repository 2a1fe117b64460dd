/* color.js: the same thing has the same colour everywhere. */
export function colorOf({ direction, unit, quantity }) {
  if (direction === 'production' || direction === 'export') return 'sun';
  if (quantity === 'energy.solar' || quantity === 'energy.export') return 'sun';
  if (quantity) return quantity.startsWith('water.') ? 'water' : 'use';
  return unit === 'm3' || unit === 'L' ? 'water' : 'use';
}
