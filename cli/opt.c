// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns the reading of the command line. It refuses abbreviated commands (scripts would break when a command is added)
 * and says every mistake in one line; what a command's options mean is the command's business.
 */
#include "cli/opt.h"

static struct {
	int json, quiet, offline, locked, help, version;
	char *color;
} given;

enum { VERBOSE = 'v', FIRST_STRING = 1000, MAX_OPTIONS = 32 };

static const struct poptOption global_options[] = {
	{ "json", 'j', POPT_ARG_NONE, &given.json, 0, "print one JSON document instead of tables", NULL },
	{ "verbose", 'v', POPT_ARG_NONE, NULL, VERBOSE, "say more on stderr; twice: also what the libraries say",
	  NULL },
	{ "quiet", 'q', POPT_ARG_NONE, &given.quiet, 0, "say only errors on stderr", NULL },
	{ "color", 0, POPT_ARG_STRING, &given.color, 0, "colour of diagnostics; auto honours NO_COLOR and TERM=dumb",
	  "always|auto|never" },
	{ "offline", 0, POPT_ARG_NONE, &given.offline, 0, "do not use the network: only repositories in the cache",
	  NULL },
	{ "locked", 0, POPT_ARG_NONE, &given.locked, 0, "refuse a spec that disagrees with its lock", NULL },
	{ "help", 'h', POPT_ARG_NONE, &given.help, 0, "show this help", NULL },
	{ "version", 0, POPT_ARG_NONE, &given.version, 0, "show the version", NULL },
	POPT_TABLEEND
};

static void free_context(poptContext *p)
{
	if (*p)
		poptFreeContext(*p);
}

int bg_opt_choice(const char *word, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

const char *bg_opt_nearest(const char *word, const void *names, size_t n, size_t stride)
{
	const char *nearest = NULL;
	size_t least = strlen(word) / 3 + 2;    /* one more than what is taken for a typing mistake */

	for (size_t i = 0; i < n; i++) {
		const char *name;
		size_t d;

		memcpy(&name, (const char *)names + i * stride, sizeof(name));
		if (!name)
			continue;
		d = bg_edit_distance(word, name);
		if (d < least) {
			least = d;
			nearest = name;
		}
	}
	return nearest;
}

/* The last one of a table is none. */
static bool is_option(const struct poptOption *o)
{
	return o->longName || o->shortName;
}

static size_t option_count(const struct poptOption *o)
{
	size_t n = 0;

	while (is_option(&o[n]))
		n++;
	return n;
}

static const char *nearest_option(const char *word, const struct bg_cmd *cmd)
{
	const struct poptOption *own = cmd ? cmd->usage->options : NULL;
	const char *name = own ? bg_opt_nearest(word, own, option_count(own), sizeof(*own)) : NULL;

	return name ? name : bg_opt_nearest(word, global_options, option_count(global_options), sizeof(*own));
}

/* What popt refused, in our words. */
static void refuse_option(struct bg_ctx *c, poptContext popt, int rc)
{
	const char *bad = poptBadOption(popt, POPT_BADOPTION_NOALIAS);
	const char *nearest = NULL;

	bad = bad ? bad : "?";
	if (rc == POPT_ERROR_BADOPT && bg_starts(bad, "--")) {
		BG_CLEANUP(bg_freep) char *word = bg_strndup(bad + 2, strcspn(bad + 2, "="));

		nearest = nearest_option(word, c->cmd);
		if (nearest)
			bg_usage_error(c, "unknown option '%s' (did you mean '--%s'?)", bad, nearest);
		else
			bg_usage_error(c, "unknown option '%s'", bad);
	} else if (rc == POPT_ERROR_BADOPT) {
		bg_usage_error(c, "unknown option '%s'", bad);
	} else if (rc == POPT_ERROR_NOARG) {
		bg_usage_error(c, "option '%s' needs a value", bad);
	} else if (rc == POPT_ERROR_UNWANTEDARG) {
		bg_usage_error(c, "option '%s' takes no value", bad);
	} else if (rc == POPT_ERROR_BADNUMBER || rc == POPT_ERROR_OVERFLOW) {
		bg_usage_error(c, "a number is needed, not '%s'", bad);
	} else {
		bg_usage_error(c, "option '%s': %s", bad, poptStrerror(rc));
	}
}

/*
 * What popt reads: a command's options and the global ones. An option with a string stores nothing itself but returns
 * its index, because popt would lose the first value of one that is given twice.
 */
struct table {
	struct poptOption all[MAX_OPTIONS + 1];
	char **values[MAX_OPTIONS];     /* where strings go, NULL for other options */
	size_t n;
};

static void add_options(struct table *t, const struct poptOption *from)
{
	for (; from && is_option(from) && t->n < MAX_OPTIONS; from++, t->n++) {
		t->all[t->n] = *from;
		if ((from->argInfo & POPT_ARG_MASK) != POPT_ARG_STRING)
			continue;
		t->values[t->n] = from->arg;
		t->all[t->n].arg = NULL;
		t->all[t->n].val = FIRST_STRING + (int)t->n;
	}
}

static int take_string(struct bg_ctx *c, const struct table *t, size_t i, char *value)
{
	if (*t->values[i]) {
		free(value);
		bg_usage_error(c, "option '--%s' is given twice", t->all[i].longName);
		return -EINVAL;
	}
	*t->values[i] = value;
	return 0;
}

/* Runs popt over argv; what is no option goes to rest. */
static int read_options(struct bg_ctx *c, int argc, const char **argv, unsigned popt_flags, struct bg_strv *rest)
{
	BG_CLEANUP(free_context) poptContext popt = NULL;
	struct table table = { 0 };
	const char *arg;
	int rc;

	add_options(&table, c->cmd ? c->cmd->usage->options : NULL);
	add_options(&table, global_options);
	popt = poptGetContext("bpfgraft", argc, argv, table.all, popt_flags);
	if (!popt)
		bg_oom();
	while ((rc = poptGetNextOpt(popt)) >= 0) {
		c->global.verbose += rc == VERBOSE;
		if (rc >= FIRST_STRING && take_string(c, &table, (size_t)(rc - FIRST_STRING), poptGetOptArg(popt)))
			return -EINVAL;
	}
	if (rc < -1) {
		refuse_option(c, popt, rc);
		return -EINVAL;
	}
	while ((arg = poptGetArg(popt)))
		bg_strv_add(rest, arg);
	return 0;
}

static int take_globals(struct bg_ctx *c)
{
	static const char *const colors[] = { "auto", "always", "never", NULL };
	struct bg_global *g = &c->global;

	g->json = g->json || given.json;
	g->quiet = given.quiet;
	g->offline = given.offline;
	g->locked = given.locked;
	g->help = given.help;
	g->version = given.version;
	if (given.color) {
		int i = bg_opt_choice(given.color, colors);

		if (i < 0) {
			bg_usage_error(c, "option '--color' takes always, auto or never, not '%s'", given.color);
			return -EINVAL;
		}
		g->color = (enum bg_color)i;
	}
	return 0;
}

static int find_command(struct bg_ctx *c, const char *name)
{
	size_t n = 0;
	const char *nearest;

	c->cmd = bg_cmd_find(c->cmds, name);
	if (c->cmd)
		return 0;
	while (c->cmds[n].name)
		n++;
	nearest = bg_opt_nearest(name, c->cmds, n, sizeof(*c->cmds));
	if (nearest)
		bg_usage_error(c, "unknown command '%s' (did you mean '%s'?)", name, nearest);
	else
		bg_usage_error(c, "unknown command '%s'", name);
	return -EINVAL;
}

static int check_arguments(struct bg_ctx *c)
{
	const struct bg_usage *u = c->cmd->usage;

	if (c->flags.n && !(c->cmd->needs & BG_TAKES_FLAGS)) {  /* "--" only ends the options here */
		bg_strv_extend(&c->args, &c->flags);
		bg_strv_done(&c->flags);
	}
	if (c->args.n > u->max_args) {
		bg_usage_error(c, "unexpected argument '%s'", c->args.v[u->max_args]);
		return -EINVAL;
	}
	if (c->args.n < u->min_args) {
		bg_usage_error(c, "an argument is missing: bpfgraft %s %s", c->cmd->name, u->synopsis[0]);
		return -EINVAL;
	}
	return 0;
}

/* A program that asked for JSON gets errors in the command line so, even when popt stopped before it saw the option. */
static bool wants_json(int argc, const char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "-j") == 0)
			return true;
	return false;
}

static int parse_command(struct bg_ctx *c, const struct bg_strv *words)
{
	int err = find_command(c, words->v[0]);

	if (err)
		return err;
	err = read_options(c, (int)words->n, (const char **)words->v, 0, &c->args);
	if (err)
		return err;
	err = take_globals(c);
	return err || c->global.help || c->global.version ? err : check_arguments(c);
}

int bg_opt_parse(struct bg_ctx *c, int argc, const char **argv)
{
	struct bg_strv words = { 0 };
	int end, err;

	free(given.color);
	memset(&given, 0, sizeof(given));
	for (end = 1; end < argc && strcmp(argv[end], "--"); end++)
		;
	for (int i = end + 1; i < argc; i++)
		bg_strv_add(&c->flags, argv[i]);
	c->global.json = wants_json(argc, argv);
	err = read_options(c, end, argv, POPT_CONTEXT_POSIXMEHARDER, &words);
	if (!err)
		err = take_globals(c);
	if (!err && words.n)
		err = parse_command(c, &words);
	else if (!err && !c->global.help && !c->global.version)
		err = (bg_usage_error(c, "a command is missing"), -EINVAL);
	bg_strv_done(&words);
	return err;
}

static json_t *help_options(const struct poptOption *o)
{
	json_t *all = json_array();

	for (size_t i = 0; o && is_option(&o[i]); i++) {
		char letter[2] = { o[i].shortName, '\0' };
		bool many = (o[i].argInfo & POPT_ARG_MASK) == POPT_ARG_ARGV;

		json_array_append_new(all, json_pack("{s:s?, s:s?, s:s?, s:b, s:s}", "long", o[i].longName, "short",
			letter[0] ? letter : NULL, "value", o[i].argDescrip, "repeatable",
			many || o[i].val == VERBOSE, "text", o[i].descrip));
	}
	return all;
}

static json_t *help_lines(const char *const *lines, const char *prefix)
{
	json_t *all = json_array();

	for (; lines && *lines; lines++) {
		BG_CLEANUP(bg_freep) char *line = bg_printf("%s%s%s", prefix, **lines && *prefix ? " " : "", *lines);

		json_array_append_new(all, json_string(line));
	}
	return all;
}

json_t *bg_opt_help(const struct bg_cmd *cmds, const struct bg_cmd *cmd)
{
	static const char *const program_synopsis[] = { "COMMAND [ARGUMENTS]", "help COMMAND", NULL };
	static const struct bg_usage program = {
		.summary = "take eBPF functions out of other projects, port them to another hook, and chain them",
		.synopsis = program_synopsis,
	};
	const struct bg_usage *u = cmd ? cmd->usage : &program;
	BG_CLEANUP(bg_freep) char *prefix = bg_printf("bpfgraft%s%s", cmd ? " " : "", cmd ? cmd->name : "");
	json_t *commands = json_array();

	for (const struct bg_cmd *i = cmds; !cmd && i->name; i++)
		json_array_append_new(commands, json_pack("{s:s, s:s}", "name", i->name, "summary", i->usage->summary));
	return json_pack("{s:s?, s:s, s:o, s:o, s:o, s:o, s:o}", "command", cmd ? cmd->name : NULL, "summary",
			 u->summary, "synopsis", help_lines(u->synopsis, prefix), "commands", commands, "options",
			 help_options(u->options), "global_options", help_options(global_options), "examples",
			 help_lines(u->examples, ""));
}
