// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* SPDX expressions, which licences go together, and what a file's head says. */
#include "extract/licence_expr.h"
#include "extract/licence_text.h"

#include "harness.h"

static struct bg_licences *table(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_licences *t = bg_licences_read(ds);

	CU_ASSERT_FATAL(t != NULL);
	return t;
}

/* normal NULL: it is no expression. */
static void expression(const char *text, const char *normal, size_t choices)
{
	struct bg_licences *t = table();
	struct bg_licence_expr e;
	int err = bg_licence_parse(t, text, &e);

	if ((err == 0) != (normal != NULL) || (normal && !bg_streq(e.text, normal)))
		fprintf(stderr, "\n  '%s' -> %d '%s'\n", text, err, e.text ? e.text : "");
	CU_ASSERT_EQUAL(err, normal ? 0 : -EINVAL);
	CU_ASSERT(!normal || (bg_streq(e.text, normal) && e.choices.n == choices && !e.unknown && e.under));
	CU_ASSERT(normal || (!e.text && !e.choices.n));
	bg_licence_expr_done(&e);
	bg_licences_free(t);
}

static void test_expressions(void)
{
	expression("MIT", "MIT", 1);
	expression("GPL-2.0", "GPL-2.0-only", 1);
	expression("GPL-2.0+", "GPL-2.0-or-later", 1);
	expression("gpl-2.0-ONLY", "GPL-2.0-only", 1);
	expression("(LGPL-2.1 OR BSD-2-Clause)", "LGPL-2.1-only OR BSD-2-Clause", 2);
	expression("((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)",
		   "GPL-2.0-only WITH Linux-syscall-note OR BSD-3-Clause", 2);
	expression("(GPL-2.0 WITH Linux-syscall-note) or BSD-2-clause",
		   "GPL-2.0-only WITH Linux-syscall-note OR BSD-2-Clause", 2);
	expression("MIT AND (ISC OR Zlib)", "MIT AND (ISC OR Zlib)", 1);
	expression("MIT AND ISC OR Zlib", "MIT AND ISC OR Zlib", 2); /* AND binds closer */
	expression("(MIT AND ISC) OR (Zlib)", "MIT AND ISC OR Zlib", 2);
	expression("((((MIT))))", "MIT", 1);
	expression("GPL-2.0-only WITH GCC-exception-2.0", "GPL-2.0-only WITH GCC-exception-2.0",
		   1); /* not in the table: as without */
	expression("", NULL, 0);
	expression("MIT OR", NULL, 0);
	expression("MIT ISC", NULL, 0);
	expression("(MIT", NULL, 0);
	expression("MIT)", NULL, 0);
	expression("MIT WITH", NULL, 0);
	expression("AND MIT", NULL, 0);
	expression("GPL v2", NULL, 0);
}

static void test_limits(void)
{
	struct bg_licences *t = table();
	struct bg_licence_expr e;
	struct bg_str deep = { 0 };

	for (int i = 0; i < 5000; i++)
		bg_str_addc(&deep, '(');
	bg_str_add(&deep, "MIT");
	for (int i = 0; i < 5000; i++)
		bg_str_addc(&deep, ')');
	CU_ASSERT_EQUAL(bg_licence_parse(t, deep.s, &e), -EINVAL);
	bg_str_done(&deep);
	CU_ASSERT_EQUAL(bg_licence_parse(t, "MIT OR Foo-1.0", &e), 0);
	CU_ASSERT(bg_streq(e.unknown, "Foo-1.0") && !e.under);
	bg_licence_expr_done(&e);
	bg_licences_free(t);
}

/* Whether code under both may be passed on as one, and under what (the first in the table; NULL: anything). */
static void together(const char *a, const char *b, bool compatible, const char *under)
{
	struct bg_licences *t = table();
	struct bg_licence_expr x, y;
	struct bg_strv names = { 0 };
	bg_licence_set both;

	CU_ASSERT_EQUAL_FATAL(bg_licence_parse(t, a, &x), 0);
	CU_ASSERT_EQUAL_FATAL(bg_licence_parse(t, b, &y), 0);
	both = x.under & y.under;
	if (!both != !compatible)
		fprintf(stderr, "\n  %s and %s\n", a, b);
	CU_ASSERT_EQUAL(!both, !compatible);
	bg_licence_names(t, both, &names);
	CU_ASSERT(!under ? !compatible || both == BG_LICENCE_ANY : names.n && bg_streq(names.v[0], under));
	bg_strv_done(&names);
	bg_licence_expr_done(&x);
	bg_licence_expr_done(&y);
	bg_licences_free(t);
}

static void test_compatibility(void)
{
	together("MIT", "BSD-3-Clause", true, NULL);
	together("MIT", "GPL-2.0-only", true, "GPL-2.0-only");
	together("GPL-2.0-only", "GPL-2.0-or-later", true, "GPL-2.0-only");
	together("GPL-2.0-only", "GPL-3.0-only", false, NULL);
	together("GPL-2.0-or-later", "GPL-3.0-only", true, "GPL-3.0-only");
	together("GPL-2.0-only", "Apache-2.0", false, NULL);
	together("GPL-2.0-or-later", "Apache-2.0", true, "GPL-3.0-only");
	together("GPL-2.0-only OR BSD-2-Clause", "Apache-2.0", true, "GPL-3.0-only");
	together("GPL-2.0-only AND BSD-2-Clause", "Apache-2.0", false, NULL);
	together("GPL-2.0-only WITH Linux-syscall-note", "Apache-2.0", true, "GPL-3.0-only");
	together("GPL-2.0-only WITH GCC-exception-2.0", "Apache-2.0", false, NULL);
	together("LGPL-2.1-only", "GPL-2.0-only", true, "GPL-2.0-only");
	together("LGPL-2.1-only", "Apache-2.0", true, "GPL-3.0-only");
	together("MPL-2.0", "GPL-2.0-only", true, "GPL-2.0-only");
	together("MPL-1.1", "GPL-2.0-only", false, NULL);
	together("BSD-4-Clause", "GPL-2.0-only", false, NULL);
	together("GPL-1.0+ WITH Linux-syscall-note", "CDDL-1.0", true, "CDDL-1.0");
}

static void says(const char *text, const char *spdx, const char *words, size_t copyrights)
{
	struct bg_licence_text l;

	bg_licence_text(text, strlen(text), &l);
	if (!(spdx ? bg_streq(l.spdx, spdx) : !l.spdx) || !(words ? bg_streq(l.words, words) : !l.words) ||
	    l.copyrights.n != copyrights)
		fprintf(stderr, "\n  %.60s...: '%s', '%s', %zu\n", text, l.spdx ? l.spdx : "-", l.words ? l.words : "-",
			l.copyrights.n);
	CU_ASSERT(spdx ? bg_streq(l.spdx, spdx) : !l.spdx);
	CU_ASSERT(words ? bg_streq(l.words, words) : !l.words);
	CU_ASSERT_EQUAL(l.copyrights.n, copyrights);
	bg_licence_text_done(&l);
}

static void test_heads(void)
{
	says("// SPDX-License-Identifier: GPL-2.0\n// Copyright (c) 2017 A\nint x;\n", "GPL-2.0", NULL, 1);
	says("/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */\r\nint x;\n", "(LGPL-2.1 OR BSD-2-Clause)",
	     NULL, 0);
	says("/*\n * SPDX-License-Identifier: MIT\n */\nint x;\n", "MIT", NULL, 0);
	says("#ifndef H\n#define H\n/* SPDX-License-Identifier: MIT */\nint x;\n", "MIT", NULL, 0);
	says("#include <a.h>\n/* SPDX-License-Identifier: MIT */\n", NULL, NULL, 0); /* not the head any more */
	says("int x; /* SPDX-License-Identifier: MIT */\n", NULL, NULL, 0);
	says("/* SPDX-License-Identifier: MIT\rint sneaked; */\n", "MIT", NULL, 0);
	says("/* SPDX-License-Identifier: MIT \\ */\n", "MIT", NULL, 0);
	says("// SPDX-License-Identifier: MIT \xc2\xa9 somebody\n", "MIT", NULL, 0);
	says("", NULL, NULL, 0);
	says("/* what it does */ int x;\n", NULL, NULL, 0);
}

static void test_words(void)
{
	says("/* Copyright (C) 2018-present, F\n *\n * This program is free software; you can redistribute it and/or "
	     "modify\n"
	     " * it under the terms of the GNU General Public License as published by\n * the Free Software "
	     "Foundation; version 2 of the License.\n */\n",
	     NULL, "GPL-2.0-only", 1);
	says("/* This program is free software; you can redistribute it and/or\n * modify it under the terms of "
	     "version 2 of the GNU General Public\n * License "
	     "as published by the Free Software Foundation.\n */\n",
	     NULL, "GPL-2.0-only", 0);
	says("/* ... GNU General Public License as published by the Free Software Foundation; either version 2 of the "
	     "License, or\n"
	     " * (at your option) any later version. */\n",
	     NULL, "GPL-2.0-or-later", 0);
	says("/* subject to the GNU General Public License */\n", NULL, "GPL-1.0-or-later", 0);
	says("/* GNU Lesser General Public License; version 2.1 */\n", NULL, "LGPL-2.1-only", 0);
	says("// Licensed under the Apache License,\n// Version 2.0 (the \"License\");\n", NULL, "Apache-2.0",
	     0); /* a comment for each line */
	says("// the GNU General Public License as published\n// by; version 2\n", NULL, "GPL-2.0-only", 0);
	says("/* Licensed under the Apache License,\n * Version 2.0 (the \"License\"); */\n", NULL, "Apache-2.0", 0);
	says("/* Permission is hereby granted, free of charge, to any person\n obtaining a copy */\n", NULL, "MIT", 0);
	says("/* Redistribution and use in source and binary forms, with or without\n modification, are permitted... "
	     "Neither the name of */\n",
	     NULL, "BSD-3-Clause", 0);
	says("/* Redistribution and use in source and binary forms ... */\n", NULL, "BSD-2-Clause", 0);
	says("/* under GPL v2 of the GNU General Public License, version 2. Alternatively:\n * Redistribution and use "
	     "in source and binary forms */\n",
	     NULL, "GPL-2.0-only OR BSD-2-Clause", 0);
	says("/* You can use this free for any purpose. It's in the public domain. */\n", NULL,
	     "LicenseRef-Public-Domain", 0);
	says("/* GNU General Public License, version 2; and Redistribution and use in source and binary forms */\n",
	     NULL, NULL, 0); /* which of them? */
}

static void test_generated(void)
{
	struct bg_licence_text l;
	static const char text[] = "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\ntypedef int a;\n";

	bg_licence_text(text, strlen(text), &l);
	CU_ASSERT(l.generated && !l.spdx && !l.words);
	bg_licence_text_done(&l);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "expressions", test_expressions },	 { "limits", test_limits },
		{ "compatibility", test_compatibility }, { "heads", test_heads },
		{ "licences in words", test_words },	 { "generated types", test_generated },
	};

	return BG_RUN_TESTS("licence", tests);
}
