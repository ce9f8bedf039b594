// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The program: reads the command line, does what a command's flags ask for, runs it, hands its result to the renderer.
 * The exit code is what the command returned, with --json as without.
 */
#include <locale.h>
#include <signal.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/opt.h"
#include "cli/render.h"
#include "core/fs.h"
#include "core/libclang.h"

static const struct bg_cmd commands[] = {
	{ "run", &bg_usage_run, bg_cmd_run, bg_render_run, BG_NEED_SPEC },
	{ "extract", &bg_usage_extract, bg_cmd_extract, bg_render_extract, BG_TAKES_SPEC | BG_TAKES_FLAGS },
	{ "transform", &bg_usage_transform, bg_cmd_transform, bg_render_transform, BG_TAKES_SPEC | BG_TAKES_FLAGS },
	{ "check", &bg_usage_check, bg_cmd_check, bg_render_check, BG_TAKES_FLAGS },
	{ "rules", &bg_usage_rules, bg_cmd_rules, bg_render_rules, 0 },
	{ "verify", &bg_usage_verify, bg_cmd_verify, bg_render_verify, BG_TAKES_SPEC },
	{ "compose", &bg_usage_compose, bg_cmd_compose, bg_render_compose, 0 },
	{ "apply", &bg_usage_apply, bg_cmd_apply, bg_render_apply, 0 },
	{ "detach", &bg_usage_detach, bg_cmd_detach, bg_render_detach, 0 },
	{ "status", &bg_usage_status, bg_cmd_status, bg_render_status, 0 },
	{ "reload", &bg_usage_reload, bg_cmd_reload, bg_render_reload, 0 },
	{ "repair", &bg_usage_repair, bg_cmd_repair, bg_render_repair, 0 },
	{ "config", &bg_usage_config, bg_cmd_config, bg_render_config, 0 },
	{ "watch", &bg_usage_watch, bg_cmd_watch, bg_render_watch, 0 },
	{ "report", &bg_usage_report, bg_cmd_report, bg_render_report, 0 },
	{ "lock", &bg_usage_lock, bg_cmd_lock, bg_render_lock, BG_NEED_SPEC | BG_NO_LOCK },
	{ "regress", &bg_usage_regress, bg_cmd_regress, bg_render_regress, 0 },
	{ "index", &bg_usage_index, bg_cmd_index, bg_render_index, BG_TAKES_SPEC | BG_TAKES_FLAGS },
	{ "query", &bg_usage_query, bg_cmd_query, bg_render_query, 0 },
	{ "why", &bg_usage_why, bg_cmd_why, bg_render_why, 0 },
	{ "explain", &bg_usage_explain, bg_cmd_explain, bg_render_explain, 0 },
	{ "help", &bg_usage_help, bg_cmd_help, bg_render_help, 0 },
	{ NULL }
};

/* 'bpfgraft foo --help' is 'bpfgraft help foo'; --version has a document of its own. */
static enum bg_exit show_help(struct bg_ctx *c)
{
	const struct bg_cmd *about = c->cmd;

	c->cmd = bg_cmd_find(commands, "help");
	json_object_update_new(c->doc, bg_opt_help(commands, about));
	return BG_EXIT_OK;
}

static enum bg_exit show_version(struct bg_ctx *c)
{
	c->schema = "version";
	json_object_set_new(c->doc, "version", json_string(BG_VERSION));
	return BG_EXIT_OK;
}

static enum bg_exit run_command(struct bg_ctx *c)
{
	unsigned needs = c->cmd->needs;
	bool has_spec = needs & BG_NEED_SPEC || (needs & BG_TAKES_SPEC && c->args.n && bg_is_spec_name(c->args.v[0]));

	if (has_spec) {
		enum bg_exit code = BG_EXIT_OK;

		if (bg_spec_load(c->args.v[0], c->ds, &c->spec))
			return BG_EXIT_USAGE;
		if (!(needs & BG_NO_LOCK))
			code = bg_lock_take(c->spec, c->global.locked, c->ds, &c->lock);
		if (code)
			return code;
	}
	return c->cmd->run(c);
}

static void set_up_log(const struct bg_ctx *c)
{
	const struct bg_global *g = &c->global;
	enum bg_log_level level = g->quiet ? BG_LOG_QUIET : g->verbose > 1 ? BG_LOG_TRACE : g->verbose ? BG_LOG_DEBUG :
				  BG_LOG_INFO;

	bg_log_setup(level, !g->json);
}

int main(int argc, char **argv)
{
	struct bg_ctx c = { .cmds = commands, .ds = bg_diags_new(), .doc = json_object() };
	enum bg_exit code;

	bg_tmpdirs_on_signal();
	signal(SIGXFSZ, SIG_IGN);       /* a file that may not grow is an error of a write, and said as one */
	setlocale(LC_CTYPE, "");        /* libsmartcols measures columns in the terminal's characters */
	if (bg_opt_parse(&c, argc, (const char **)argv))
		code = BG_EXIT_USAGE;
	else if (c.global.help)
		code = show_help(&c);
	else if (c.global.version)
		code = show_version(&c);
	else {
		set_up_log(&c);
		code = run_command(&c);
	}
	code = bg_render(&c, code);
	/*
	 * Nobody needs the memory back, and LLVM's destructors with it take a fiftieth of a cold extraction.
	 * LeakSanitizer wants to see all of it freed.
	 */
	if (!BG_SANITIZED)
		_exit(code);
	bg_libclang_settle();
	bg_lock_free(c.lock);
	bg_spec_free(c.spec);
	bg_strv_done(&c.args);
	bg_strv_done(&c.flags);
	bg_diags_free(c.ds);
	json_decref(c.doc);
	return code;
}
