// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The tables of spec_schema.h. A new key is a row here, a member in spec.h, a row in docs/spec.md and a property in
 * docs/spec.schema.json (test_spec says which of them is missing); only a new kind of value needs code, in spec_read.c.
 */
#include "core/spec_schema.h"

#define END { .name = NULL }
#define OF(type, member) .offset = offsetof(struct type, member)
#define NOT_KEPT .offset = BG_SPEC_NO_OFFSET
#define WORDS(...) .words = (const char *const[]){ __VA_ARGS__, NULL }

/*
 * {key:, value:} of a map's entry, {key:, to:, value:} for a range of an array: scalars, lists of bytes, or mappings of
 * struct members, as the map's BTF says.
 */
static const struct bg_spec_form entry_form = {
	.what = "a map's entry",
	.keys = (const struct bg_spec_key[]){
		{ "key", BG_SPEC_ANY, true, NOT_KEPT },
		{ "to", BG_SPEC_ANY, false, NOT_KEPT },
		{ "value", BG_SPEC_ANY, true, NOT_KEPT },
		END,
	},
};

static const struct bg_spec_form member_map_form = {
	.what = "a member's map",
	.keys = (const struct bg_spec_key[]){
		{ "pin", BG_SPEC_PIN, false, NOT_KEPT },
		{ "keep", BG_SPEC_BOOL, false, NOT_KEPT },
		{ "entries", BG_SPEC_NODE_LIST, false, NOT_KEPT, .form = &entry_form },
		END,
	},
};

static const struct bg_spec_form repo_form = {
	.what = "a repository",
	.keys = (const struct bg_spec_key[]){
		{ "url", BG_SPEC_URL, true, OF(bg_spec_repo, url) },
		{ "revision", BG_SPEC_TEXT, false, OF(bg_spec_repo, revision),
		  .place = offsetof(struct bg_spec_repo, revision_at) },
		{ "cflags", BG_SPEC_TEXTS, false, OF(bg_spec_repo, cflags) },
		{ "compile_commands", BG_SPEC_INNER_PATH, false, OF(bg_spec_repo, compile_commands) },
		END,
	},
	.size = sizeof(struct bg_spec_repo),
	.at = offsetof(struct bg_spec_repo, at),
};

static const struct bg_spec_form extract_form = {
	.what = "an extract",
	.keys = (const struct bg_spec_key[]){
		{ "name", BG_SPEC_NAME, true, OF(bg_spec_extract, name) },
		{ "from", BG_SPEC_NAME, false, OF(bg_spec_extract, from) },
		{ "at", BG_SPEC_AT, true, .offset = 0 }, /* several members */
		{ "cflags", BG_SPEC_TEXTS, false, OF(bg_spec_extract, cflags) },
		{ "resolve", BG_SPEC_PAIRS, false, OF(bg_spec_extract, resolve) },
		{ "accept", BG_SPEC_TEXTS, false, OF(bg_spec_extract, accept) },
		{ "on_change", BG_SPEC_WORD, false, OF(bg_spec_extract, on_change), WORDS("fail", "warn", "accept") },
		END,
	},
	.size = sizeof(struct bg_spec_extract),
	.at = offsetof(struct bg_spec_extract, at),
};

static const struct bg_spec_form verify_form = {
	.what = "'verify'",
	.keys = (const struct bg_spec_key[]){
		{ "vectors", BG_SPEC_FILES, false, OF(bg_spec_verify, vectors) },
		{ "generate", BG_SPEC_COUNT, false, OF(bg_spec_verify, generate) },
		{ "seed", BG_SPEC_COUNT, false, OF(bg_spec_verify, seed) },
		{ "maps", BG_SPEC_NODE_MAP_LIST, false, OF(bg_spec_verify, maps), .form = &entry_form },
		{ "kernels", BG_SPEC_TEXTS, false, OF(bg_spec_verify, kernels) },
		END,
	},
	.size = sizeof(struct bg_spec_verify),
	.at = BG_SPEC_NO_OFFSET,
};

static const struct bg_spec_form transform_form = {
	.what = "a transform",
	.keys = (const struct bg_spec_key[]){
		{ "name", BG_SPEC_NAME, true, OF(bg_spec_transform, name) },
		{ "unit", BG_SPEC_NAME, false, OF(bg_spec_transform, unit) },
		{ "source", BG_SPEC_FILE, false, OF(bg_spec_transform, source) },
		{ "entry", BG_SPEC_IDENT, false, OF(bg_spec_transform, entry) },
		{ "from", BG_SPEC_HOOK, false, OF(bg_spec_transform, from_hook) },
		{ "to", BG_SPEC_HOOK, true, OF(bg_spec_transform, to) },
		{ "pass", BG_SPEC_ENUM, false, OF(bg_spec_transform, pass), WORDS("default", "accept", "continue") },
		{ "cflags", BG_SPEC_TEXTS, false, OF(bg_spec_transform, cflags) },
		{ "accept", BG_SPEC_TEXTS, false, OF(bg_spec_transform, accept) },
		{ "verify", BG_SPEC_FORM, false, OF(bg_spec_transform, verify), .form = &verify_form },
		END,
	},
	.size = sizeof(struct bg_spec_transform),
	.at = offsetof(struct bg_spec_transform, at),
};

static const struct bg_spec_form member_form = {
	.what = "a member of a chain",
	.keys = (const struct bg_spec_key[]){
		{ "run", BG_SPEC_NAME, true, OF(bg_spec_member, run) },
		{ "object", BG_SPEC_PATH, false, OF(bg_spec_member, object) },
		{ "source", BG_SPEC_FILE, false, OF(bg_spec_member, source) },
		{ "program", BG_SPEC_IDENT, false, OF(bg_spec_member, program) },
		{ "cflags", BG_SPEC_TEXTS, false, OF(bg_spec_member, cflags) },
		{ "continue_on", BG_SPEC_VERDICTS, false, OF(bg_spec_member, continue_on) },
		{ "otherwise", BG_SPEC_OTHERWISE, false, OF(bg_spec_member, otherwise) },
		{ "globals", BG_SPEC_ANY_MAP, false, OF(bg_spec_member, globals) },
		{ "maps", BG_SPEC_NODE_MAP, false, OF(bg_spec_member, maps), .form = &member_map_form },
		END,
	},
	.size = sizeof(struct bg_spec_member),
	.at = offsetof(struct bg_spec_member, at),
};

static const struct bg_spec_form compose_form = {
	.what = "a datapath",
	.keys = (const struct bg_spec_key[]){
		{ "name", BG_SPEC_NAME, true, OF(bg_spec_compose, name) },
		{ "interface", BG_SPEC_INTERFACE, true, OF(bg_spec_compose, interface) },
		{ "netns", BG_SPEC_NAME, false, OF(bg_spec_compose, netns) },
		{ "hook", BG_SPEC_HOOK, true, OF(bg_spec_compose, hook) },
		{ "join", BG_SPEC_ENUM, false, OF(bg_spec_compose, join),
		  WORDS("auto", "fused", "tailcall", "separate") },
		{ "attach", BG_SPEC_ENUM, false, OF(bg_spec_compose, attach),
		  WORDS("auto", "libxdp", "xdp", "tcx", "tc") },
		{ "exclusive", BG_SPEC_BOOL, false, OF(bg_spec_compose, exclusive) },
		{ "chain", BG_SPEC_FORM_LIST, true, OF(bg_spec_compose, chain), .form = &member_form },
		{ "final", BG_SPEC_ENUM, false, OF(bg_spec_compose, final), WORDS("last", "pass", "drop") },
		{ "share", BG_SPEC_SHARES, false, OF(bg_spec_compose, share) },
		{ "metadata", BG_SPEC_WORD_MAP, false, OF(bg_spec_compose, metadata),
		  WORDS("u8", "u16", "u32", "u64") },
		{ "follows", BG_SPEC_NAME, false, OF(bg_spec_compose, follows) },
		{ "stats", BG_SPEC_BOOL, false, OF(bg_spec_compose, stats) },
		END,
	},
	.size = sizeof(struct bg_spec_compose),
	.at = offsetof(struct bg_spec_compose, at),
};

const struct bg_spec_form bg_spec_schema = {
	.what = "a spec",
	.keys = (const struct bg_spec_key[]){
		{ "bpfgraft", BG_SPEC_VERSION, true, NOT_KEPT },
		{ "repositories", BG_SPEC_FORM_NAMED, false, OF(bg_spec, repositories), .form = &repo_form },
		{ "extract", BG_SPEC_FORM_LIST, false, OF(bg_spec, extracts), .form = &extract_form },
		{ "transform", BG_SPEC_FORM_LIST, false, OF(bg_spec, transforms), .form = &transform_form },
		{ "compose", BG_SPEC_FORM_LIST, false, OF(bg_spec, composes), .form = &compose_form },
		{ "on_change", BG_SPEC_WORD, false, OF(bg_spec, on_change), WORDS("fail", "warn", "accept") },
		END,
	},
	.size = sizeof(struct bg_spec),
	.at = BG_SPEC_NO_OFFSET,
};
