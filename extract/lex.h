/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A raw lexer for C text: tokens, comments and directives with their byte ranges. It neither expands nor evaluates; it
 * is for what libclang's cursors do not show (directives, comments, the exact text of declarations, macros passed as
 * arguments).
 */
#ifndef BG_LEX_H
#define BG_LEX_H

#include "core/base.h"

enum bg_tok_kind { BG_TOK_IDENT, BG_TOK_NUMBER, BG_TOK_STRING, BG_TOK_PUNCT };

struct bg_tok {
	uint32_t s, e;
	/* strings: character constants too; '##' is one punctuator, all others are single */
	enum bg_tok_kind kind;
};

enum bg_dir_kind { BG_DIR_DEFINE, BG_DIR_UNDEF, BG_DIR_INCLUDE, BG_DIR_IF, BG_DIR_IFDEF, BG_DIR_ELIF, BG_DIR_ELIFDEF,
		   BG_DIR_ELSE, BG_DIR_ENDIF, BG_DIR_PRAGMA, BG_DIR_OTHER };

struct bg_dir {
	uint32_t s, e;                  /* '#' to the end of the logical line, without its newline */
	uint32_t rest;                  /* behind the directive's name */
	enum bg_dir_kind kind;          /* BG_DIR_IFDEF: ifdef and ifndef; BG_DIR_ELIFDEF: elifdef and elifndef */
};

struct bg_range { uint32_t s, e; };

struct bg_lexed {
	BG_VEC(struct bg_tok) toks;
	BG_VEC(struct bg_dir) dirs;
	BG_VEC(struct bg_range) comments;
};

/* Lexes text[b..e). Outputs are appended. Unterminated comments and strings end at e or at the line's end. */
void bg_lex(const char *text, uint32_t b, uint32_t e, struct bg_lexed *to);
/* As above, for the text of a macro, which has no directives: '#' is an operator wherever it stands. */
void bg_lex_body(const char *text, uint32_t b, uint32_t e, struct bg_lexed *to);
/* As bg_lex(), directives and their defines only; tokens and comments are passed over. */
void bg_lex_dirs(const char *text, uint32_t b, uint32_t e, struct bg_lexed *to);
/*
 * Appends what l has of [b, e), moved by so many bytes. A comment or directive that goes on behind e ends there. l: of
 * the whole file, e of a line's end.
 */
void bg_lexed_part(const struct bg_lexed *l, uint32_t b, uint32_t e, int64_t by, struct bg_lexed *to);
void bg_lexed_done(struct bg_lexed *l);

/* A directive's text behind its name as one line: continuations and comments become blanks. Caller frees. */
char *bg_dir_rest(const char *text, const struct bg_dir *d);
bool bg_ident_char(char c);
/* Appends the words of an assembler's line that can be symbols; those of less than three characters are registers. */
void bg_lex_symbols(const char *s, size_t n, struct bg_strv *to);
/* Index of the first element of toks / dirs at or behind off. */
size_t bg_tok_at(const struct bg_lexed *l, uint32_t off);
size_t bg_dir_at(const struct bg_lexed *l, uint32_t off);

#endif
