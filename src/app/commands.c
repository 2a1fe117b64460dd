/* commands.c: the list of commands, in the order in which help shows them. */
#include "app/app.h"

const struct xh_command *const xh_commands[] = {
    &xh_command_serve,  &xh_command_demo,
    &xh_command_import, &xh_command_query,
    &xh_command_export, &xh_command_bill,
    &xh_command_erase,
    &xh_command_device, &xh_command_simulate,
    &xh_command_backup, &xh_command_restore,
    &xh_command_check,  &xh_command_job,
    &xh_command_quality,
    &xh_command_key,    &xh_command_schema,
    &xh_command_bench,  &xh_command_version,
    &xh_command_help,
    NULL,
};

const struct xh_command *xh_command_find(struct xh_str name)
{
    for (size_t i = 0; xh_commands[i]; i++) {
        if (xh_str_is(name, xh_commands[i]->name)) {
            return xh_commands[i];
        }
    }
    return NULL;
}
