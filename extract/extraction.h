/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* One extraction under way: what its three parts share. extract.c has the stages in order, prove.c the proof, report.c
 * the evidence. */
#ifndef BG_EXTRACTION_H
#define BG_EXTRACTION_H

#include "extract/answers.h"
#include "core/compile.h"
#include "core/load.h"
#include "extract/closure.h"
#include "extract/emit.h"
#include "extract/extract.h"
#include "extract/harness.h"
#include "extract/index.h"
#include "extract/ladder.h"
#include "extract/minimal.h"
#include "extract/repo.h"

struct bg_extraction {
	const struct bg_extract_job *job;
	struct bg_diags *ds;
	struct bg_diags *aside;         /* notes that are only for extract.json */
	struct bg_extract_result *ret;
	struct bg_repo repo;
	struct bg_strv flags;           /* of the translation unit */
	char *source;                   /* the file that is meant: what->file, or what m4 makes of it */
	struct bg_answers answers;
	char *main;                     /* the file that is parsed: source, or one that joins the answers to it */
	struct bg_hash request;         /* memo.c: what is asked for; empty where that is not remembered */
	struct bg_index *index;         /* open while the facts may still be on their way into it */
	struct bg_tu *facts;
	struct bg_closure closure;
	struct bg_pieces pieces;        /* of the unit */
	struct bg_emit_counts counts;
	enum bg_minimality minimality;
	json_t *trials;                 /* report of bg_minimal_prove(), NULL: not asked for, or not come to it */
	json_t *exact;                  /* report of bg_exact_restore(), NULL: not asked for, or not come to it */
	const struct bg_f_decl *entry;
	char *base;                     /* DIR/BASENAME, without extension */
	struct bg_tmpdir tmp;           /* of the proof */
	struct bg_compiling *compiling_unit, *compiling_upstream;       /* begun and not waited for yet, else NULL */
	struct bg_harness harness;      /* of a function that is no program; file NULL: there is none */
	char *reference; /* what the unit is compared with: upstream's main file, or the harness around it */
	json_t *licence;                /* report of bg_licence_judge() */
	json_t *questions, *user_space, *build_macros, *writers;  /* the last three NULL: not looked for */
	size_t unanswered;
	bool compiles, upstream_compiles, compared;
	enum bg_level level;            /* of identity, when compared */
	int loads, upstream_loads;      /* 1 yes, 0 no, -1 not tried */
	size_t instructions;
	struct bg_load_stats verifier;  /* of the unit, when it loads */
	char *detail;
	enum bg_exit outcome;
};

/* The first reason why the outcome is not BG_EXIT_OK is the exit code. */
void bg_extraction_worsen(struct bg_extraction *r, enum bg_exit e);
/* A function with the section of a program type; any other is to be included or linked. */
bool bg_extraction_is_program(const struct bg_extraction *r);
struct bg_emit_head bg_extraction_head(const struct bg_extraction *r);        /* borrows from r */
/* Writes the unit's pieces to ret->source. BG_EXIT_OK or BG_EXIT_ENV with a diagnostic. */
enum bg_exit bg_extraction_write_unit(struct bg_extraction *r);

/* prove.c: compiles the unit alone and upstream's file with its flags, compares, loads, tries removals when asked to.
 */
void bg_extraction_prove(struct bg_extraction *r);
/*
 * Begins what the proof will wait for, so that it happens beside other work; to be followed by bg_extraction_prove().
 */
void bg_extraction_prove_begin(struct bg_extraction *r);
/* report.c: functions.json, maps.json and extract.json; first_diag: the first diagnostic that is about this extraction.
 */
void bg_extraction_write_evidence(struct bg_extraction *r, size_t first_diag);

#endif
