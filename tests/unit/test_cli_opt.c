// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The command line's reading: where options may stand, what is refused and in which words, what --help holds. */
#include "harness.h"

#include "cli/opt.h"

static struct {
	char *out;
	char **many;
	int count, flag;
} given;

static const struct poptOption options[] = {
	{ "output", 'o', POPT_ARG_STRING, &given.out, 0, "a folder", "DIR" },
	{ "many", 0, POPT_ARG_ARGV, &given.many, 0, "several", "X" },
	{ "count", 0, POPT_ARG_INT, &given.count, 0, "a number", "N" },
	{ "flag", 0, POPT_ARG_NONE, &given.flag, 0, "a flag", NULL },
	POPT_TABLEEND
};

static const struct bg_usage usage_build = {
	.summary = "build it", .synopsis = (const char *const[]){ "A [B]", NULL },
	.examples = (const char *const[]){ "bpfgraft build a", NULL }, .options = options, .min_args = 1, .max_args = 2,
};
static const struct bg_usage usage_show = { .summary = "show it", .synopsis = (const char *const[]){ "", NULL } };

static const struct bg_cmd commands[] = {
	{ "build", &usage_build, NULL, NULL, BG_TAKES_FLAGS },
	{ "show", &usage_show, NULL, NULL, 0 },
	{ NULL }
};

static struct bg_ctx c;

static int parse(const char *const *words)
{
	int n = 0;

	free(given.out);
	for (char **m = given.many; m && *m; m++)
		free(*m);
	free(given.many);
	memset(&given, 0, sizeof(given));
	bg_strv_done(&c.args);
	bg_strv_done(&c.flags);
	bg_diags_free(c.ds);
	c = (struct bg_ctx){ .cmds = commands, .ds = bg_diags_new() };
	while (words[n])
		n++;
	return bg_opt_parse(&c, n, (const char **)words);
}
#define PARSE(...) parse((const char *const[]){ "bpfgraft", __VA_ARGS__, NULL })

/* The one usage error that the last parse() gave. */
static const char *refusal(void)
{
	CU_ASSERT_EQUAL(bg_diags_count(c.ds), 1);
	CU_ASSERT_EQUAL(bg_diags_get(c.ds, 0)->id, BG_ID_USAGE);
	return bg_diags_get(c.ds, 0)->message;
}

static void test_globals_stand_anywhere(void)
{
	CU_ASSERT_EQUAL(PARSE("-j", "--offline", "build", "a", "-vv", "--color=never", "b"), 0);
	CU_ASSERT(c.global.json && c.global.offline && !c.global.quiet);
	CU_ASSERT_EQUAL(c.global.verbose, 2);
	CU_ASSERT_EQUAL(c.global.color, BG_COLOR_NEVER);
	CU_ASSERT_STRING_EQUAL(c.cmd->name, "build");
	CU_ASSERT_EQUAL(c.args.n, 2);
	CU_ASSERT_STRING_EQUAL(c.args.v[1], "b");

	CU_ASSERT_EQUAL(PARSE("-v", "build", "-v", "a"), 0);
	CU_ASSERT_EQUAL(c.global.verbose, 2);
	CU_ASSERT(!c.global.json);
}

static void test_own_options(void)
{
	CU_ASSERT_EQUAL(PARSE("build", "a", "-o", "dir", "--many", "x", "--many=y", "--count", "7", "--flag"), 0);
	CU_ASSERT_STRING_EQUAL(given.out, "dir");
	CU_ASSERT(given.many && strcmp(given.many[0], "x") == 0 && strcmp(given.many[1], "y") == 0 && !given.many[2]);
	CU_ASSERT_EQUAL(given.count, 7);
	CU_ASSERT_EQUAL(given.flag, 1);
}

static void test_flags_after_dashes(void)
{
	CU_ASSERT_EQUAL(PARSE("build", "a", "--", "-I.", "--json", "-DX=1"), 0);
	CU_ASSERT(!c.global.json);
	CU_ASSERT_EQUAL(c.flags.n, 3);
	CU_ASSERT_STRING_EQUAL(c.flags.v[0], "-I.");
	CU_ASSERT_EQUAL(c.args.n, 1);

	/* a command without flags: "--" only ends the options */
	CU_ASSERT_EQUAL(PARSE("show", "--", "-x"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "unexpected argument '-x'; see 'bpfgraft show --help'");
}

static void test_refusals(void)
{
	CU_ASSERT_EQUAL(PARSE("buidl"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "unknown command 'buidl' (did you mean 'build'?); see 'bpfgraft --help'");
	CU_ASSERT_EQUAL(PARSE("transmogrify"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "unknown command 'transmogrify'; see 'bpfgraft --help'");
	CU_ASSERT_EQUAL(PARSE("bui"), -EINVAL);
	CU_ASSERT_EQUAL(PARSE("build", "a", "--ouput", "x"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(),
			       "unknown option '--ouput' (did you mean '--output'?); see 'bpfgraft build --help'");
	CU_ASSERT_EQUAL(PARSE("build", "a", "-Z"), -EINVAL);
	CU_ASSERT_EQUAL(PARSE("build", "a", "-o"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "option '-o' needs a value; see 'bpfgraft build --help'");
	CU_ASSERT_EQUAL(PARSE("build", "a", "--count", "many"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "a number is needed, not 'many'; see 'bpfgraft build --help'");
	CU_ASSERT_EQUAL(PARSE("build", "a", "--flag=1"), -EINVAL);
	CU_ASSERT_EQUAL(PARSE("build", "a", "-o", "x", "--output=y"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "option '--output' is given twice; see 'bpfgraft build --help'");
	CU_ASSERT_EQUAL(PARSE("--color=never", "build", "a", "--color=always"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "option '--color' is given twice; see 'bpfgraft build --help'");
	CU_ASSERT_EQUAL(PARSE("build", "a", "--color=red"), -EINVAL);
	CU_ASSERT_EQUAL(PARSE("build"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "an argument is missing: bpfgraft build A [B]; see 'bpfgraft build --help'");
	CU_ASSERT_EQUAL(PARSE("build", "a", "b", "c"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "unexpected argument 'c'; see 'bpfgraft build --help'");
	CU_ASSERT_EQUAL(PARSE("-q"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(refusal(), "a command is missing; see 'bpfgraft --help'");
}

/* Errors reach a program that asked for JSON, even when the parser stopped before the option. */
static void test_json_in_spite_of_errors(void)
{
	CU_ASSERT_EQUAL(PARSE("build", "--bogus", "--json"), -EINVAL);
	CU_ASSERT(c.global.json);
	CU_ASSERT_EQUAL(PARSE("--bogus", "-j"), -EINVAL);
	CU_ASSERT(c.global.json);
	CU_ASSERT_EQUAL(PARSE("build", "--bogus", "--", "--json"), -EINVAL);
	CU_ASSERT(!c.global.json);
}

static void test_help_needs_no_arguments(void)
{
	CU_ASSERT_EQUAL(PARSE("build", "--help"), 0);
	CU_ASSERT(c.global.help);
	CU_ASSERT_EQUAL(PARSE("--help"), 0);
	CU_ASSERT(c.global.help && !c.cmd);
	CU_ASSERT_EQUAL(PARSE("--version"), 0);
	CU_ASSERT(c.global.version);
}

static void test_help_document(void)
{
	json_t *help = bg_opt_help(commands, &commands[0]), *own = json_object_get(help, "options");
	json_t *program = bg_opt_help(commands, NULL);

	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(json_object_get(help, "synopsis"), 0)),
			       "bpfgraft build A [B]");
	CU_ASSERT_EQUAL(json_array_size(own), 4);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(own, 0), "long")), "output");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(own, 0), "short")), "o");
	CU_ASSERT(json_is_true(json_object_get(json_array_get(own, 1), "repeatable")));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(help, "commands")), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(program, "commands")), 2);
	json_decref(help);
	json_decref(program);
}

static void test_nearest(void)
{
	static const char *const names[] = { "run", "extract", "transform", "rules" };
	size_t n = BG_ARRAY_SIZE(names), s = sizeof(*names);

	CU_ASSERT_PTR_EQUAL(bg_opt_nearest("extrct", names, n, s), names[1]);
	CU_ASSERT_PTR_EQUAL(bg_opt_nearest("tranform", names, n, s), names[2]);
	CU_ASSERT_PTR_EQUAL(bg_opt_nearest("rnu", names, n, s), names[0]);
	CU_ASSERT_PTR_NULL(bg_opt_nearest("xyzzy", names, n, s));
	CU_ASSERT_PTR_NULL(bg_opt_nearest("", names, 0, s));
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "global options before and after the command", test_globals_stand_anywhere },
		{ "a command's own options", test_own_options },
		{ "clang's flags after --", test_flags_after_dashes },
		{ "refusals in one line", test_refusals },
		{ "--json is honoured in spite of errors", test_json_in_spite_of_errors },
		{ "--help and --version need nothing else", test_help_needs_no_arguments },
		{ "the help document", test_help_document },
		{ "nearest name", test_nearest },
	};
	int failures = BG_RUN_TESTS("cli_opt", tests);

	PARSE("--version");
	bg_diags_free(c.ds);
	return failures;
}
