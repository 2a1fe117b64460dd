/* fields.h: one line a field, for the tables of records and requests: name, flags (kernel/shape.h),
 * what the kind needs, labels in Vietnamese and English. A field that needs more (a help sentence,
 * a longer text) is written out as struct xh_field. */
#ifndef XH_KERNEL_FIELDS_H
#define XH_KERNEL_FIELDS_H

#include "kernel/shape.h"

/* The code by which people and files name a record: required, unique, in lists. */
#define XH_FIELD_CODE(vi, en)                                                                      \
    {"code", XH_T_TEXT, XH_F_REQUIRED | XH_F_UNIQUE | XH_F_INDEXED | XH_F_LIST, vi, en, NULL, 0,   \
     0, 120, NULL, NULL, NULL, NULL}
#define XH_FIELD_TEXT(name, flags, vi, en)                                                         \
    {name, XH_T_TEXT, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}
#define XH_FIELD_REF(name, flags, type, vi, en)                                                    \
    {name, XH_T_REF, flags, vi, en, NULL, 0, 0, 0, NULL, type, NULL, NULL}
#define XH_FIELD_DAY(name, flags, vi, en)                                                          \
    {name, XH_T_DAY, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}
#define XH_FIELD_TIME(name, flags, vi, en)                                                         \
    {name, XH_T_TIME, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}
#define XH_FIELD_BOOL(name, flags, vi, en)                                                         \
    {name, XH_T_BOOL, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}
#define XH_FIELD_CHOICE(name, flags, choices, vi, en)                                              \
    {name, XH_T_CHOICE, flags, vi, en, NULL, 0, 0, 0, choices, NULL, NULL, NULL}
/* Numbers: least and most (both 0: no limit), unit (NULL: none). */
#define XH_FIELD_INT(name, flags, min, max, unit, vi, en)                                          \
    {name, XH_T_INT, flags, vi, en, unit, min, max, 0, NULL, NULL, NULL, NULL}
#define XH_FIELD_REAL(name, flags, min, max, unit, vi, en)                                         \
    {name, XH_T_REAL, flags, vi, en, unit, min, max, 0, NULL, NULL, NULL, NULL}
#define XH_FIELD_DEC(name, flags, unit, vi, en)                                                    \
    {name, XH_T_DEC, flags, vi, en, unit, 0, 0, 0, NULL, NULL, NULL, NULL}
#define XH_FIELD_MONEY(name, flags, vi, en)                                                        \
    {name, XH_T_MONEY, flags, vi, en, "VND", 0, 0, 0, NULL, NULL, NULL, NULL}

#endif
