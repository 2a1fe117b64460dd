/* dated_csv.h: dated rows written as CSV, the form in which the program carries its own (data/).
 *
 * Columns, in this order, named in the first record:
 *   code,table,key,item,variant,value,unit,quantity_from,quantity_to,weekdays,minute_from,
 *   minute_to,valid_from,valid_to,document,source,verified,is_disputed,note
 * Days are ISO 8601; valid_to is exclusive and empty for a row that is still in force. quantity_to
 * is empty for a block without an upper limit; minute_to 1440 is the end of the day. is_disputed is
 * true, false or empty (false). weekdays: "Mon-Sat", "Sun", "Mon,Wed-Fri", empty for no day. Rows
 * of hours have weekdays and minutes, no value, and the unit "min".
 */
#ifndef XH_KERNEL_DATED_CSV_H
#define XH_KERNEL_DATED_CSV_H

#include "kernel/dated.h"

enum { XH_DATED_CSV_ROWS_MAX = 100000, XH_WEEKDAYS_TEXT_BYTES = 32 };

/* Rows and their texts live in `arena`, unsorted. XH_E_INVALID names line, column and value; also
 * for a code that occurs twice and a block or time that ends before it begins. */
int xh_dated_csv_read(struct xh_str csv, struct xh_arena *arena, struct xh_dated **ret_rows,
                      size_t *ret_count, struct xh_err *err);

/* Bit 0 = Monday. Errors: XH_E_INVALID. */
int xh_weekdays_parse(struct xh_str text, uint8_t *ret_weekdays);
size_t xh_weekdays_print(uint8_t weekdays, char text[XH_WEEKDAYS_TEXT_BYTES]);

#endif
