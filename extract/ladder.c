// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/ladder.h"

#include <ctype.h>

#include "core/compile.h"
#include "core/fs.h"
#include "core/proc.h"
#include "extract/objcmp.h"

const char *const bg_level_names[] = {
	[BG_LEVEL_SAME] = "same", [BG_LEVEL_PINNED] = "pinned",	  [BG_LEVEL_REDUCED] = "reduced",
	[BG_LEVEL_IR] = "ir",	  [BG_LEVEL_DIFFERS] = "differs",
};

static const char *opt_tool(void)
{
	const char *env = getenv("BPFGRAFT_OPT");

	return env && *env ? env : "opt-19";
}

static bool run(const struct bg_strv *argv, const char *cwd)
{
	struct bg_proc_result r;
	int err = bg_proc_run(&(struct bg_proc){ .argv = (const char *const *)argv->v, .cwd = cwd }, &r);
	bool ok = !err && r.status == 0;

	bg_proc_result_done(&r);
	return ok;
}

/* Unoptimised IR of a source, as text. */
static char *unoptimised(const char *source, const char *cwd, const struct bg_strv *flags, const char *out)
{
	struct bg_strv argv = { 0 };
	struct bg_str text = { 0 };
	bool ok;

	bg_strv_add(&argv, bg_clang());
	bg_clang_flags(&argv, flags);
	for (const char *const *a = (const char *const[]){ "-w", "-Xclang", "-disable-llvm-passes", "-emit-llvm", "-S",
							   source, "-o", out, NULL };
	     *a; a++)
		bg_strv_add(&argv, *a);
	ok = run(&argv, cwd) && bg_read_file(out, 0, &text) == 0;
	bg_strv_done(&argv);
	if (ok)
		return bg_str_take(&text);
	bg_str_done(&text);
	return NULL;
}

/* Without llvm.used, which keeps all that has a section, only what the entry reaches survives. */
static char *drop_used(const char *ir)
{
	struct bg_str out = { 0 };

	while (*ir) {
		const char *nl = strchrnul(ir, '\n');

		if (!bg_starts(ir, "@llvm.used ") && !bg_starts(ir, "@llvm.compiler.used ")) {
			bg_str_addn(&out, ir, (size_t)(nl - ir));
			bg_str_addc(&out, '\n');
		}
		ir = *nl ? nl + 1 : nl;
	}
	return bg_str_take(&out);
}

/* Flags of the target and optimiser: the rest has done its work when there is IR. */
static void code_flags(const struct bg_strv *flags, struct bg_strv *to)
{
	for (size_t i = 0; i < flags->n; i++)
		if (bg_starts(flags->v[i], "-O") || bg_starts(flags->v[i], "-mcpu=") ||
		    bg_starts(flags->v[i], "-mattr="))
			bg_strv_add(to, flags->v[i]);
}

/* Optimises a module in a file and makes an object of it, as clang does with a source. */
static bool ir_object(const struct bg_ladder *l, const char *ir, const struct bg_strv *flags, const char *object)
{
	struct bg_strv own = { 0 }, clang = { 0 };
	bool ok;

	code_flags(flags, &own);
	bg_strv_add(&clang, bg_clang());
	bg_clang_flags(&clang, &own);
	for (const char *const *a = (const char *const[]){ "-Wno-unused-command-line-argument", "-w", "-x", "ir", "-c",
							   ir, "-o", object, NULL };
	     *a; a++)
		bg_strv_add(&clang, *a);
	ok = run(&clang, l->tmp);
	bg_strv_done(&own);
	bg_strv_done(&clang);
	return ok;
}

/* The object of the module reduced to the entry and what it reaches. */
static bool reduced_object(const struct bg_ladder *l, const char *name, const char *ir, const struct bg_strv *flags,
			   char **ret)
{
	BG_CLEANUP(bg_freep)
	char *in = bg_printf("%s/%s.in.ll", l->tmp, name),
	     *out = bg_printf("%s/%s.out.ll", l->tmp, name);
	BG_CLEANUP(bg_freep) char *object = bg_printf("%s/%s.o", l->tmp, name), *dropped = drop_used(ir);
	struct bg_strv opt = { 0 };
	bool ok = bg_write_file(in, dropped, strlen(dropped)) == 0;

	for (const char *const *a =
		     (const char *const[]){ opt_tool(), "-S", "-passes=internalize,globaldce", in, "-o", out, NULL };
	     *a; a++)
		bg_strv_add(&opt, *a);
	bg_strv_addf(&opt, "-internalize-public-api-list=%s", l->visible ? l->visible : l->entry);
	ok = ok && run(&opt, l->tmp) && ir_object(l, out, flags, object);
	bg_strv_done(&opt);
	if (ok)
		*ret = BG_TAKE(object);
	return ok;
}

/* --- unoptimised IR, function by function */

/* The text of 'define ... @name(' up to its closing brace. NULL: not there. Borrowed end in *ret_end. */
static const char *function_text(const char *ir, const char *name, const char **ret_end)
{
	BG_CLEANUP(bg_freep) char *head = bg_printf("@%s(", name);

	for (const char *p = ir; *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : strchrnul(p, '\n')) {
		const char *nl = strchrnul(p, '\n'), *at;

		if (!bg_starts(p, "define "))
			continue;
		at = memmem(p, (size_t)(nl - p), head, strlen(head));
		if (!at)
			continue;
		nl = strstr(p, "\n}\n");
		*ret_end = nl ? nl + 2 : p + strlen(p);
		return p;
	}
	return NULL;
}

/*
 * What differs between modules for no reason in the function: numbers of metadata, of attribute groups, and the
 * suffixes that make private names unique (@.str.4, %struct.anon.12).
 */
static char *normalised(const char *s, const char *e)
{
	struct bg_str out = { 0 };

	while (s < e) {
		if ((*s == '!' && isdigit((unsigned char)s[1])) || (*s == '#' && isdigit((unsigned char)s[1]))) {
			bg_str_addc(&out, *s++);
			while (s < e && isdigit((unsigned char)*s))
				s++;
		} else if (*s == '.' && isdigit((unsigned char)s[1]) && out.n &&
			   (isalnum((unsigned char)out.s[out.n - 1]) || out.s[out.n - 1] == '_')) {
			const char *d = s + 1;

			while (d < e && isdigit((unsigned char)*d))
				d++;
			if (d < e && (isalnum((unsigned char)*d) || *d == '_')) /* a name that goes on */
				bg_str_addn(&out, s, (size_t)(d - s));
			s = d;
		} else {
			bg_str_addc(&out, *s++);
		}
	}
	return bg_str_take(&out);
}

/* Names of the functions that the unit's module defines. */
static void defined(const char *ir, struct bg_strv *names)
{
	for (const char *p = ir; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		const char *at, *paren;

		if (!bg_starts(p, "define "))
			continue;
		at = strchr(p, '@');
		paren = at ? strchr(at, '(') : NULL;
		if (paren) {
			BG_CLEANUP(bg_freep) char *name = bg_strndup(at + 1, (size_t)(paren - at - 1));

			bg_strv_add(names, name);
		}
	}
}

static bool same_ir(const char *full, const char *unit, char **ret_detail)
{
	struct bg_strv names = { 0 };
	bool same = true;

	defined(unit, &names);
	for (size_t i = 0; i < names.n && same; i++) {
		const char *fe = NULL, *ue = NULL, *f = function_text(full, names.v[i], &fe),
			   *u = function_text(unit, names.v[i], &ue);
		BG_CLEANUP(bg_freep) char *a = f ? normalised(f, fe) : NULL, *b = normalised(u, ue);

		same = bg_streq(a, b);
		if (!same)
			*ret_detail = bg_printf("the unoptimised IR of function '%s' differs", names.v[i]);
	}
	if (same)
		*ret_detail = bg_printf("the unoptimised IR of all %zu functions is equal", names.n);
	bg_strv_done(&names);
	return same;
}

/* --- the order of functions */

/*
 * The unit's module with its functions in the order in which upstream's module has them, by which the optimiser walks
 * them: that is the order in which clang first meets each, so that it is another one where an earlier program is gone.
 * NULL: it is the same order.
 */
static char *reordered(const char *unit, const char *full)
{
	struct bg_strv names = { 0 }, order = { 0 };
	struct bg_str out = { 0 }, functions = { 0 };
	const char *at = unit;
	bool moved = false;

	defined(unit, &names);
	defined(full, &order);
	bg_strv_extend(&order, &names); /* those that upstream has not */
	for (size_t i = 0, n = 0; i < order.n; i++) {
		const char *e = NULL, *s = function_text(unit, order.v[i], &e);
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = bg_streq(order.v[k], order.v[i]);
		if (!s || again)
			continue;
		moved = moved || n >= names.n || !bg_streq(names.v[n], order.v[i]);
		n++;
		bg_str_addn(&functions, s, (size_t)(e - s));
		bg_str_add(&functions, "\n\n");
	}
	for (size_t i = 0; i < names.n; i++) {
		const char *e = NULL, *s = function_text(unit, names.v[i], &e);

		bg_str_addn(&out, at, (size_t)(s - at));
		if (i == 0)
			bg_str_addn(&out, functions.s, functions.n);
		at = e;
	}
	bg_str_add(&out, at);
	bg_strv_done(&names);
	bg_strv_done(&order);
	bg_str_done(&functions);
	if (moved)
		return bg_str_take(&out);
	bg_str_done(&out);
	return NULL;
}

static bool same_in_order(const struct bg_ladder *l, const char *full, const char *unit)
{
	BG_CLEANUP(bg_freep)
	char *ir = reordered(unit, full),
	     *path = bg_join(l->tmp, "pinned.ll"), *object = bg_join(l->tmp, "pinned.o");
	struct bg_objcmp cmp = { 0 };
	bool same = ir && bg_write_file(path, ir, strlen(ir)) == 0 && ir_object(l, path, l->unit_flags, object) &&
		    bg_objcmp(l->object, object, l->entry, &cmp) == 0 && cmp.same;

	bg_objcmp_done(&cmp);
	return same;
}

enum bg_level bg_ladder_climb(const struct bg_ladder *l, char **ret_detail)
{
	BG_CLEANUP(bg_freep) char *full_ll = bg_join(l->tmp, "full.ll"), *unit_ll = bg_join(l->tmp, "unit.ll");
	BG_CLEANUP(bg_freep)
	char *full = unoptimised(l->main, l->root, l->flags, full_ll),
	     *unit = unoptimised(l->unit, NULL, l->unit_flags, unit_ll);
	BG_CLEANUP(bg_freep) char *full_o = NULL, *unit_o = NULL;
	struct bg_objcmp cmp = { 0 };
	bool reduced;

	*ret_detail = NULL;
	if (!full || !unit) {
		*ret_detail = bg_strdup("clang gives no IR to compare");
		return BG_LEVEL_DIFFERS;
	}
	if (same_in_order(l, full, unit)) {
		*ret_detail = bg_strdup("equal once the functions of both modules are in the same order");
		return BG_LEVEL_PINNED;
	}
	reduced = reduced_object(l, "full", full, l->flags, &full_o) &&
		  reduced_object(l, "unit", unit, l->unit_flags, &unit_o) &&
		  bg_objcmp(full_o, unit_o, l->entry, &cmp) == 0 && cmp.same;
	bg_objcmp_done(&cmp);
	if (reduced) {
		*ret_detail = bg_strdup("equal once both modules hold only the entry and what it reaches");
		return BG_LEVEL_REDUCED;
	}
	return same_ir(full, unit, ret_detail) ? BG_LEVEL_IR : BG_LEVEL_DIFFERS;
}
