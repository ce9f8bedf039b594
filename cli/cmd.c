// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What commands share: finding one, refusing a command line. */
#include "cli/cmd.h"

const struct bg_cmd *bg_cmd_find(const struct bg_cmd *cmds, const char *name)
{
	for (; cmds->name; cmds++)
		if (strcmp(cmds->name, name) == 0)
			return cmds;
	return NULL;
}

enum bg_exit bg_usage_error(struct bg_ctx *c, const char *fmt, ...)
{
	BG_CLEANUP(bg_freep) char *text = NULL;
	struct bg_str b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	bg_str_vaddf(&b, fmt, ap);
	va_end(ap);
	text = bg_str_take(&b);
	bg_diag(c->ds, BG_ERROR, BG_ID_USAGE, BG_NOWHERE, "%s; see 'bpfgraft%s%s --help'", text, c->cmd ? " " : "",
		c->cmd ? c->cmd->name : "");
	return BG_EXIT_USAGE;
}

bool bg_is_spec_name(const char *arg)
{
	return bg_ends(arg, ".yaml") || bg_ends(arg, ".yml");
}
