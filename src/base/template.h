/* template.h: texts with names in braces, and patterns with stars, as rules of an office use them.
 *
 * A template is text with {name} or {name|otherwise} in it; braces cannot be written otherwise.
 * What stands behind '|' is taken where the name has no value, or an empty one.
 *
 * A pattern is text in which '*' stands for any text, also none; the rest stands for itself.
 */
#ifndef XH_BASE_TEMPLATE_H
#define XH_BASE_TEMPLATE_H

#include "base/arena.h"

/* The value of a name; false: there is none. */
typedef bool xh_template_fn(void *arg, struct xh_str name, struct xh_str *ret);

/* False: a name has no value and nothing to stand for it, a brace has no partner, or the result is
 * empty. *ret lives in the arena. */
bool xh_template_expand(struct xh_arena *arena, struct xh_str text, xh_template_fn *value,
                        void *arg, struct xh_str *ret);
/* Has every brace its partner, and is every name one that is_name knows? */
bool xh_template_is_right(struct xh_str text, bool (*is_name)(struct xh_str name));

bool xh_pattern_fits(struct xh_str pattern, struct xh_str text);

#endif
