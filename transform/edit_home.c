// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A port of ours that goes back to where it came from: the lines that the first port put into its head are found by
 * what they say, and go. What the rules of that pair wrote into functions, the rules of this one turn back.
 */
#include "transform/edit.h"

static bool is_line(const char *line, size_t n, const char *text)
{
	return strlen(text) == n && strncmp(line, text, n) == 0;
}

static bool is_include(const char *line, size_t n, const char *name)
{
	BG_CLEANUP(bg_freep) char *text = bg_printf("#include \"bpfgraft/%s\"", name);

	return is_line(line, n, text);
}

/* A line that only a port of the pair has: its mark, its headers, the definitions for those, verdicts that the unit
 * lacked. */
static bool is_ours(const struct bg_pair *p, const char *line, size_t n)
{
	BG_CLEANUP(bg_freep) char *header = p->header ? bg_printf("#include <%s>", p->header) : NULL;
	BG_CLEANUP(bg_freep) char *blind = p->blind ? bg_printf("#define %s ", p->blind) : NULL;

	if (bg_starts(line, BG_PORT_MARK) || is_include(line, n, p->runtime) ||
	    is_include(line, n, p->context_header) || bg_starts(line, "#define BG_XDP_PASS ") ||
	    bg_starts(line, "#define BG_XDP_TX_FLAGS ") || bg_starts(line, "#define BG_XDP_META ") ||
	    bg_starts(line, "#define BG_XDP_FRONT ") ||
	    (header && is_line(line, n, header)) || (blind && bg_starts(line, blind)))
		return true;
	for (size_t i = 0; i < p->verdicts.n; i++) {
		BG_CLEANUP(bg_freep) char *define = bg_printf("#define %s %s", p->verdicts.v[i], p->values.v[i]);

		if (is_line(line, n, define))
			return true;
	}
	return false;
}

void bg_edit_home(const struct bg_facts *f, const struct bg_aim *aim, struct bg_edits *e)
{
	const struct bg_pair *back = bg_data_pair(aim->data, aim->to->family, f->hook->family);
	BG_CLEANUP(bg_freep) char *runtime = back ? bg_printf("#include \"bpfgraft/%s\"\n", back->runtime) : NULL;
	const char *text = f->text.s;
	size_t n;

	if (!back || !(strstr(text, BG_PORT_MARK) || strstr(text, runtime)))
		return;
	for (const char *line = text; *line; line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		if (is_ours(back, line, n))
			bg_vec_push(&e->edits, (struct bg_edit){ .off = (size_t)(line - text),
								 .len = n + (line[n] == '\n'),
								 .text = bg_strdup(""),
								 .kind = e->kind });
	}
}
