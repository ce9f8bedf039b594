// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What came of original and port on each kernel, the one that ran them first: whether they load, the packets, what the
 * verifier counted, and what it had counted when the spec was locked.
 */
#include "report/inside.h"

static const char *const figures[] = { "instructions", "states", "peak_states", "max_states_per_insn" };
static const char *const words[] = { "instructions", "states", "peak states", "states of one instruction" };

static void number(const json_t *n, struct bg_str *out)
{
	if (json_is_integer(n))
		bg_html(out, "%lld", (long long)json_integer_value(n));
	else
		bg_str_add(out, "–");
}

/* One side's figures, in four cells. */
static void counted(const json_t *verifier, const char *side, struct bg_str *out)
{
	bg_html(out, "<td>%s</td>", side);
	for (size_t i = 0; i < BG_ARRAY_SIZE(figures); i++) {
		bg_str_add(out, "<td class=num>");
		number(json_object_get(json_object_get(verifier, side), figures[i]), out);
		bg_str_add(out, "</td>");
	}
}

/* Against the lock: what differs on this kernel, from its number to the one now. */
static void against(const json_t *row, struct bg_str *out)
{
	const json_t *changes = json_object_get(row, "changes"), *c;

	bg_str_add(out, "<td class=locked>");
	if (!json_is_object(changes)) {
		bg_str_add(out, "–</td>");
		return;
	}
	if (!json_object_size(changes))
		bg_str_add(out, "the same");
	for (size_t i = 0; i < BG_ARRAY_SIZE(figures); i++) {
		c = json_object_get(changes, figures[i]);
		if (c)
			bg_html(out, "<div>%lld → %lld %s</div>", (long long)bg_jint(c, "was"),
				(long long)bg_jint(c, "is"), words[i]);
	}
	if (!json_is_true(json_object_get(row, "same_kernel")))
		bg_str_add(out, " <small>of another kernel</small>");
	if (!json_is_true(json_object_get(row, "same_clang")))
		bg_str_add(out, " <small>of another clang</small>");
	bg_str_add(out, "</td>");
}

/* Yes, no, or a dash for what is not known. */
static void answer(const json_t *v, const char *yes, const char *no, struct bg_str *out)
{
	if (json_is_boolean(v))
		bg_badge(out, json_is_true(v) ? "good" : "bad", json_is_true(v) ? yes : no);
	else
		bg_str_add(out, "–");
}

/* k: an item of 'kernels', or one made alike of the running kernel. */
static void kernel(const json_t *k, const json_t *locked, bool alone, struct bg_str *out)
{
	const json_t *verifier = json_object_get(k, "verifier");
	const char *release = bg_jtext(k, "release"), *cause = bg_jtext(k, "cause"), *why = bg_jtext(k, "why");
	int rows = alone ? 1 : 2;

	bg_html(out, "<tr class=kernel><th scope=row rowspan=%d>Linux %s", rows,
		release ? release : bg_jtext(k, "kernel"));
	bg_str_add(out, bg_jtext(k, "kernel") ? "" : " <small>that ran this</small>");
	bg_html(out, "</th><td rowspan=%d>", rows);
	answer(json_object_get(k, "loads"), "loads", "does not load", out);
	if (cause || why)
		bg_html(out, " <small>%s</small>", cause ? cause : why);
	bg_html(out, "</td><td rowspan=%d>", rows);
	answer(json_object_get(k, "equal"), "equal", "not equal", out);
	if (json_is_integer(json_object_get(k, "packets")) && alone)
		bg_html(out, " <small>%lld run</small>", (long long)bg_jint(k, "packets"));
	else if (json_is_integer(json_object_get(k, "packets")))
		bg_html(out, " <small>%lld of %lld differ</small>", (long long)bg_jint(k, "different"),
			(long long)bg_jint(k, "packets"));
	bg_str_add(out, "</td>");
	counted(verifier, "original", out);
	against(locked, out);
	if (alone) {
		bg_str_add(out, "</tr>\n");
		return;
	}
	bg_str_add(out, "</tr>\n<tr>");
	counted(verifier, "port", out);
	bg_str_add(out, "<td>–</td></tr>\n");
}

static void say_lock(const json_t *locked, struct bg_str *out)
{
	const json_t *was = json_object_get(locked, "figures");
	bool any = false;

	if (!json_is_object(locked))
		return;
	bg_html(out, "<p class=lock>When ‘%s’ was locked, on Linux %s with %s, the verifier counted ",
		bg_jtext(locked, "unit"), bg_jtext(locked, "kernel") ? bg_jtext(locked, "kernel") : "unknown",
		bg_jtext(locked, "clang") ? bg_jtext(locked, "clang") : "a clang that is not known");
	for (size_t i = 0; i < BG_ARRAY_SIZE(figures); i++)
		if (json_is_integer(json_object_get(was, figures[i]))) {
			bg_html(out, "%s%lld %s", any ? ", " : "", (long long)bg_jint(was, figures[i]), words[i]);
			any = true;
		}
	bg_str_add(out, ".</p>\n");
}

void bg_report_kernels(const json_t *report, struct bg_str *out)
{
	const json_t *counts = json_object_get(report, "counts"), *locked = json_object_get(report, "locked"), *k;
	const json_t *rows = json_object_get(locked, "kernels"), *verdict = json_object_get(report, "verdict");
	bool alone = json_is_null(json_object_get(report, "port"));
	json_t *here;
	size_t i;

	if (!json_is_object(json_object_get(report, "verifier")))
		return; /* verify.json of an earlier version */
	here = json_pack("{s:O?, s:b, s:O?, s:O?, s:O?, s:O?}", "release", json_object_get(report, "kernel"), "loads",
			 !bg_streq(bg_jtext(verdict, "level"), "refused"), "equal", json_object_get(verdict, "equal"),
			 "packets", json_object_get(counts, "packets"), "different",
			 json_object_get(counts, "different"), "verifier", json_object_get(report, "verifier"));
	bg_str_add(out, "<h3>Kernels</h3>\n");
	say_lock(locked, out);
	bg_str_add(out,
		   "<div class=scroll tabindex=0><table class=\"grid kernels\"><thead><tr><th scope=col>Kernel<th "
		   "scope=col>Loads<th scope=col>Packets<th scope=col>Program<th scope=col class=num>Verified "
		   "instructions<th scope=col class=num>States<th scope=col class=num>Peak<th scope=col class=num>Of "
		   "one instruction<th scope=col>From the lock to now</tr></thead><tbody>\n");
	kernel(here, json_array_get(rows, 0), alone, out);
	json_array_foreach (json_object_get(report, "kernels"), i, k)
		kernel(k, json_array_get(rows, i + 1), alone, out);
	bg_str_add(out, "</tbody></table></div>\n");
	json_decref(here);
}
