// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft explain, help: what a diagnostic means, what a command takes. */
#include "cli/cmd.h"
#include "cli/diag_ids.h"
#include "cli/opt.h"

struct explanation {
	unsigned id;
	const char *meaning, *text;
};

/* Every stage's table; within one, numbers ascend, and the files stand in the order of their numbers. */
static const struct explanation explanations[] = {
#define X(name, number, meaning, text) { number, meaning, text },
#include "core/diag_ids.def"
#include "cli/diag_ids.def"
#include "library/diag_ids.def"
#include "report/diag_ids.def"
#include "extract/diag_ids.def"
#include "transform/diag_ids.def"
#include "transform/verify_ids.def"
#include "compose/diag_ids.def"
#include "regress/diag_ids.def"
#undef X
};

/* Does not compile when two diagnostics have the same number. */
static inline void numbers_are_unique(unsigned id)
{
	switch (id) {
#define X(name, number, meaning, text) case number:
#include "core/diag_ids.def"
#include "cli/diag_ids.def"
#include "library/diag_ids.def"
#include "report/diag_ids.def"
#include "extract/diag_ids.def"
#include "transform/diag_ids.def"
#include "transform/verify_ids.def"
#include "compose/diag_ids.def"
#include "regress/diag_ids.def"
#undef X
		break;
	}
}

const struct bg_usage bg_usage_explain = {
	.summary = "say what a diagnostic's id means and what can be done; without an id, list all",
	.synopsis = (const char *const[]){ "[BGnnnn]", NULL },
	.examples = (const char *const[]){ "bpfgraft explain BG0006", NULL },
	.max_args = 1,
};

const struct bg_usage bg_usage_help = {
	.summary = "show what bpfgraft, or one of its commands, takes",
	.synopsis = (const char *const[]){ "[COMMAND]", NULL },
	.examples = (const char *const[]){ "bpfgraft help extract", NULL },
	.max_args = 1,
};

static json_t *row(const struct explanation *e, bool with_text)
{
	char id[16];

	snprintf(id, sizeof(id), "BG%04u", e->id);
	return json_pack("{s:s, s:s, s:s?}", "id", id, "meaning", e->meaning, "text", with_text ? e->text : NULL);
}

/* "BG2104", "bg2104" or "2104"; 0 for anything else. */
static unsigned parse_id(const char *s)
{
	if (strncasecmp(s, "BG", 2) == 0)
		s += 2;
	if (strlen(s) > 4 || !*s || strspn(s, "0123456789") != strlen(s))
		return 0;
	return (unsigned)strtoul(s, NULL, 10);
}

enum bg_exit bg_cmd_explain(struct bg_ctx *c)
{
	unsigned wanted = c->args.n ? parse_id(c->args.v[0]) : 0;
	json_t *ids = json_array();

	json_object_set_new(c->doc, "ids", ids);
	if (c->args.n && !wanted)
		return bg_usage_error(c, "'%s' is no id of a diagnostic, such as BG0002", c->args.v[0]);
	for (size_t i = 0; i < BG_ARRAY_SIZE(explanations); i++)
		if (!wanted || explanations[i].id == wanted)
			json_array_append_new(ids, row(&explanations[i], wanted));
	if (json_array_size(ids))
		return BG_EXIT_OK;
	bg_diag(c->ds, BG_ERROR, BG_ID_EXPLAIN_UNKNOWN, BG_NOWHERE, "there is no diagnostic '%s'", c->args.v[0]);
	return BG_EXIT_USAGE;
}

enum bg_exit bg_cmd_help(struct bg_ctx *c)
{
	const struct bg_cmd *about = c->args.n ? bg_cmd_find(c->cmds, c->args.v[0]) : NULL;

	if (c->args.n && !about)
		return bg_usage_error(c, "unknown command '%s'", c->args.v[0]);
	json_object_update_new(c->doc, bg_opt_help(c->cmds, about));
	return BG_EXIT_OK;
}
