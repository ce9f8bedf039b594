// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft report: the page of a run, made once more of its output folder. 'run --report' makes it at once. */
#include "cli/cmd.h"
#include "report/report.h"

static struct {
	char *out;
} given;

static const struct poptOption options[] = { { "output", 'o', POPT_ARG_STRING, &given.out, 0,
					       "the page; default report.html in the folder", "FILE" },
					     POPT_TABLEEND };

const struct bg_usage bg_usage_report = {
	.summary = "make the HTML page of a run once more of its output folder",
	.synopsis = (const char *const[]){ "DIR [-o FILE]", NULL },
	.examples = (const char *const[]){ "bpfgraft report out/katran-decap",
					   "bpfgraft report out/katran-decap -o /tmp/decap.html", NULL },
	.options = options,
	.min_args = 1,
	.max_args = 1,
};

enum bg_exit bg_cmd_report(struct bg_ctx *c)
{
	BG_CLEANUP(bg_freep) char *own = bg_join(c->args.v[0], BG_REPORT_FILE);
	enum bg_exit code = bg_report_write(c->args.v[0], given.out, c->ds);

	json_object_set_new(c->doc, "report", code ? json_null() : bg_json_text(given.out ? given.out : own));
	return code;
}
