/* device.h: what the files of `xanh device` share. */
#ifndef XH_APP_DEVICE_H
#define XH_APP_DEVICE_H

#include "app/door.h"
#include "kernel/shape.h"

/* The id of the device with this code. */
int xh_device_find(struct xh_app *app, struct xh_door *door, struct xh_str code, int64_t *ret_id,
                   struct xh_err *err);
/* The second operand, or an error that says what it is. */
int xh_device_operand(const struct xh_args *args, size_t index, const char *what,
                      struct xh_str *ret, struct xh_err *err);

/* -- device_make.c -- */
int xh_device_add(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                  struct xh_err *err);
int xh_device_provision(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                        struct xh_err *err);
/* -- device_tail.c -- */
int xh_device_tail(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                   struct xh_err *err);

#endif
