/* role.js: which of the six roles of the pages somebody has. Who has several is shown the page of
 * the one with most to do. */
export const ROLES = ['operator', 'officer', 'auditor', 'business', 'resident', 'public'];

export function roleOf(me) {
  const roles = me?.roles ?? [];
  if (roles.includes('admin')) return 'operator';
  return ROLES.find((role) => roles.includes(role)) ?? 'public';
}

/* The identity of the demo that has a role: "resident-7" is a resident. */
export const identityOf = (identities, role) => (identities ?? []).find(
  ({ name }) => name === role || name.startsWith(`${role}-`));
