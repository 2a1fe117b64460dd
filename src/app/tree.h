/* tree.h: a JSON answer as a tree, for commands that show it. Numbers stay the text they were, so
 * that digits are printed as they came. All in an arena. */
#ifndef XH_APP_TREE_H
#define XH_APP_TREE_H

#include "base/json.h"

struct xh_tree {
    enum xh_json_type type; /* OBJECT, ARRAY, STRING, NUMBER, TRUE, FALSE, NULL */
    struct xh_str name;     /* as a member */
    struct xh_str text;     /* STRING, NUMBER; "true" or "false" */
    struct xh_tree *first, *next;
    size_t count; /* of members or items */
};

/* XH_E_INVALID: not one JSON value. */
int xh_tree_parse(struct xh_arena *arena, struct xh_str json, const struct xh_tree **ret,
                  struct xh_err *err);
/* A member; NULL when there is none, or when tree is NULL or no object. */
const struct xh_tree *xh_tree_get(const struct xh_tree *tree, const char *name);
/* Of a member: its text, empty when null or absent; its whole number, 0 likewise. */
struct xh_str xh_tree_text(const struct xh_tree *tree, const char *name);
int64_t xh_tree_int(const struct xh_tree *tree, const char *name);
double xh_tree_real(const struct xh_tree *tree, const char *name);
bool xh_tree_is_true(const struct xh_tree *tree, const char *name);
bool xh_tree_is_null(const struct xh_tree *tree, const char *name); /* or absent */

#endif
